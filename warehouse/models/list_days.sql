-- Each list on each of its days, and what is wrong with it. Expected is a digest on every day on which arXiv
-- announces and the list has one by its habit, from its first day to the newest of the warehouse; a list that is
-- silent for three weeks has ended. How much the list has, and which of it is new, is compared with its own other
-- days and with the other lists of its source.
-- grain: source, list_name, digest_date
-- column source: Who publishes the list; null if not given.
-- column list_name: The list; null where nothing says so.
-- column digest_date: The day.
-- column n_papers: Papers of its digest; null where there is none.
-- column n_new: Those that no earlier digest of the list has.
-- column usual_new: Median of n_new on this day of the week, over eight weeks before and after.
-- column n_missing: Papers that the list lacks: those of missing_papers where these tell them, else by its habit.
-- column finding: no_digest, empty, same_as_before (papers of earlier days under this date), rows_stopped (the
--   heading goes on, no row is new), cut_short (it has none of the first or last
--   stretch of the day's identifiers), papers_missing,
--   no_announcement (a weekend or holiday), or ok.
-- column basis: What tells it: calendar, list (its own other days), lists (those of its source), feed, or oai.
with dated as (
    select
        source,
        list_name,
        digest_date,
        bool_or(n_rejects > 0) as has_rejects
    from digests
    where
        format not in ('reporter_index', 'arxiv_api', 'arxiv_oai', 'datacite', 'arxiv_kaggle', 'arxiv_feed')
        and digest_date is not null
    group by all
),

horizon as (
    select max(digest_date) as last_date
    from digests
    where format not in ('reporter_index', 'arxiv_api', 'arxiv_oai', 'datacite', 'arxiv_kaggle')
),

spans as (
    select
        dated.source,
        dated.list_name,
        min(dated.digest_date) as first_date,
        case
            when any_value(horizon.last_date) - max(dated.digest_date) > 21 then max(dated.digest_date)
            else any_value(horizon.last_date)
        end as last_date
    from dated
    cross join horizon
    group by dated.source, dated.list_name
),

calendar as (
    select
        spans.source,
        spans.list_name,
        unnest(
            generate_series(spans.first_date::timestamp, spans.last_date::timestamp, interval 1 day)
        )::date as digest_date
    from spans
),

announced as (
    select
        calendar.source,
        calendar.list_name,
        calendar.digest_date,
        dated.digest_date is not null as has_digest
    from calendar
    anti join deferred_days on calendar.digest_date = deferred_days.day
    left join dated
        on
            calendar.source is not distinct from dated.source
            and calendar.list_name is not distinct from dated.list_name
            and calendar.digest_date = dated.digest_date
    where isodow(calendar.digest_date) < 6
),

usual as (
    select
        source,
        list_name,
        digest_date,
        has_digest,
        avg(has_digest::integer) over (
            partition by source, list_name, isodow(digest_date)
            order by digest_date
            rows between 8 preceding and 8 following
        ) as share
    from announced
),

days as (
    select
        source,
        list_name,
        digest_date,
        true as has_digest
    from dated
    union all
    select
        source,
        list_name,
        digest_date,
        false as has_digest
    from usual
    where not has_digest and share >= 0.5
),

first_shown as (
    select
        source,
        list_name,
        arxiv_id,
        min(digest_date) as digest_date
    from listed_papers
    where digest_date is not null
    group by all
),

papers_of_days as (
    select
        listed_papers.source,
        listed_papers.list_name,
        listed_papers.digest_date,
        count(*) as n_papers,
        count(*) filter (where first_shown.digest_date = listed_papers.digest_date) as n_new
    from listed_papers
    join first_shown
        on
            listed_papers.source is not distinct from first_shown.source
            and listed_papers.list_name is not distinct from first_shown.list_name
            and listed_papers.arxiv_id = first_shown.arxiv_id
    where listed_papers.digest_date is not null
    group by all
),

newest_rows as (
    select
        digests.source,
        digests.list_name,
        digests.digest_date,
        max(listings.stated_date) as stated_date
    from digests
    join listings using (digest_id)
    where
        digests.digest_date is not null
        and digests.format not in ('reporter_index', 'arxiv_api', 'arxiv_oai', 'datacite', 'arxiv_kaggle', 'arxiv_feed')
    group by all
),

counted as (
    select
        days.source,
        days.list_name,
        days.digest_date,
        days.has_digest,
        case when days.has_digest then coalesce(papers_of_days.n_papers, 0) end as n_papers,
        case when days.has_digest then coalesce(papers_of_days.n_new, 0) end as n_new,
        isodow(days.digest_date) > 5 or deferred_days.day is not null as is_free,
        days.digest_date = min(days.digest_date) over (partition by days.source, days.list_name) as is_first,
        days.digest_date - newest_rows.stated_date as age_of_newest_row
    from days
    left join papers_of_days
        on
            days.source is not distinct from papers_of_days.source
            and days.list_name is not distinct from papers_of_days.list_name
            and days.digest_date = papers_of_days.digest_date
    left join newest_rows
        on
            days.source is not distinct from newest_rows.source
            and days.list_name is not distinct from newest_rows.list_name
            and days.digest_date = newest_rows.digest_date
    left join deferred_days on days.digest_date = deferred_days.day
),

habits as (
    select
        source,
        list_name,
        count(n_papers) as n_digests,
        count(*) filter (where n_papers = 0 and not is_free) as n_empty,
        count(*) filter (where n_new = 0 and not is_free) as n_without_new,
        coalesce(median((n_papers - n_new) / nullif(n_papers, 0)) filter (where not is_first), 0) as seen_share
    from counted
    group by source, list_name
),

-- Length of each run of digests without anything new.
runs as (
    select
        source,
        list_name,
        digest_date,
        count(*) over (partition by source, list_name, run order by digest_date) - 1 as n_quiet
    from (
        select
            source,
            list_name,
            digest_date,
            n_new,
            count(*) filter (where n_new > 0) over (partition by source, list_name order by digest_date) as run
        from counted
        where has_digest and not is_free
    )
),

-- The papers that a source shows for the first time on a day, in the order of their identifiers. A list that shows
-- many of them, and at one end none of a long stretch, was cut there.
source_days as (
    select
        source,
        arxiv_id,
        min(digest_date) as digest_date
    from listed_papers
    where digest_date is not null
    group by all
),

sisters as (
    select
        listed_papers.source,
        listed_papers.list_name,
        listed_papers.digest_date,
        listed_papers.arxiv_id
    from listed_papers
    join source_days
        on
            listed_papers.source is not distinct from source_days.source
            and listed_papers.digest_date = source_days.digest_date
            and listed_papers.arxiv_id = source_days.arxiv_id
),

ranked as (
    select
        source,
        digest_date,
        arxiv_id,
        row_number() over (partition by source, digest_date order by arxiv_id) as place,
        count(*) over (partition by source, digest_date) as n_all
    from source_days
),

own_places as (
    select
        sisters.source,
        sisters.list_name,
        sisters.digest_date,
        ranked.place,
        ranked.n_all
    from sisters
    join ranked
        on
            sisters.source is not distinct from ranked.source
            and sisters.digest_date = ranked.digest_date
            and sisters.arxiv_id = ranked.arxiv_id
),

ends as (
    select
        source,
        list_name,
        digest_date,
        count(*) as n_shown,
        count(*) / any_value(n_all) as share,
        min(place) - 1 as n_before,
        any_value(n_all) - max(place) as n_after
    from own_places
    group by all
),

-- How much of the day a list leaves out at both ends by its habit: cross-lists and late papers come in clusters.
end_habits as (
    select
        source,
        list_name,
        median(share) as usual_share,
        3 * quantile_cont(n_before, 0.8) + 8 / median(share) as most_before,
        3 * quantile_cont(n_after, 0.8) + 8 / median(share) as most_after
    from ends
    group by source, list_name
    having count(*) >= 10 and median(share) between 0.05 and 0.98
),

cut as (
    select
        ends.source,
        ends.list_name,
        ends.digest_date,
        round(
            greatest(ends.n_before, ends.n_after) * end_habits.usual_share / (1 - end_habits.usual_share)
        )::bigint as n_missing
    from ends
    join end_habits
        on
            ends.source is not distinct from end_habits.source
            and ends.list_name is not distinct from end_habits.list_name
    where ends.n_before > end_habits.most_before or ends.n_after > end_habits.most_after
),

lacking as (
    select
        source,
        list_name,
        announced_date as digest_date,
        count(distinct arxiv_id) as n_missing,
        min(basis) as basis
    from missing_papers
    group by all
),

weighed as (
    select
        counted.source,
        counted.list_name,
        counted.digest_date,
        counted.n_papers,
        counted.n_new,
        median(counted.n_new) over (
            partition by counted.source, counted.list_name, isodow(counted.digest_date)
            order by counted.digest_date
            rows between 8 preceding and 8 following
        ) as usual_new,
        lacking.n_missing as n_lacking,
        lacking.basis as lacking_basis,
        cut.n_missing as n_cut,
        case
            when counted.is_free then 'no_announcement'
            when not counted.has_digest then 'no_digest'
            when counted.n_papers = 0 and (habits.n_empty + 1) / (habits.n_digests + 2) < 0.15 then 'empty'
            when counted.n_papers = 0 then 'ok'
            when
                habits.seen_share <= 0.5
                and (counted.n_papers >= 3 or habits.n_digests >= 10)
                and (counted.n_papers - counted.n_new) >= 0.8 * counted.n_papers
                then 'same_as_before'
            when counted.age_of_newest_row > 60 then 'rows_stopped'
            when
                habits.seen_share > 0.5
                and pow((habits.n_without_new + 1 - runs.n_quiet) / (habits.n_digests + 2), runs.n_quiet) < 0.005
                then 'rows_stopped'
            when cut.n_missing is not null then 'cut_short'
            when lacking.n_missing > 0 then 'papers_missing'
            else 'ok'
        end as finding
    from counted
    join habits
        on
            counted.source is not distinct from habits.source
            and counted.list_name is not distinct from habits.list_name
    left join runs
        on
            counted.source is not distinct from runs.source
            and counted.list_name is not distinct from runs.list_name
            and counted.digest_date = runs.digest_date
    left join cut
        on
            counted.source is not distinct from cut.source
            and counted.list_name is not distinct from cut.list_name
            and counted.digest_date = cut.digest_date
    left join lacking
        on
            counted.source is not distinct from lacking.source
            and counted.list_name is not distinct from lacking.list_name
            and counted.digest_date = lacking.digest_date
),

-- Where a list of the source failed, papers that only its sisters show are its own; no other list is at fault.
settled as (
    select
        source,
        list_name,
        digest_date,
        n_papers,
        n_new,
        usual_new,
        n_lacking,
        lacking_basis,
        n_cut,
        case
            when
                finding = 'papers_missing'
                and lacking_basis = 'lists'
                and bool_or(finding not in ('ok', 'papers_missing')) over (partition by source, digest_date)
                then 'ok'
            else finding
        end as finding
    from weighed
)

select
    source,
    list_name,
    digest_date,
    n_papers,
    n_new,
    usual_new,
    case
        when finding in ('ok', 'no_announcement') then 0
        when n_lacking > 0 and (lacking_basis <> 'lists' or finding = 'papers_missing') then n_lacking
        when finding = 'cut_short' then n_cut
        else greatest(round(usual_new)::bigint - coalesce(n_new, 0), 0)
    end as n_missing,
    finding,
    case
        when finding in ('ok', 'no_announcement') then null
        when n_lacking > 0 and (lacking_basis <> 'lists' or finding = 'papers_missing') then lacking_basis
        when finding = 'no_digest' then 'calendar'
        when finding = 'cut_short' then 'lists'
        else 'list'
    end as basis
from settled
