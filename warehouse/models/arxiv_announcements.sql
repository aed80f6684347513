-- Papers that arXiv announced as new, by day and category, for the days of arxiv_days. Replacements are none. A feed
-- states them; where a harvest does not, the day follows from the time of submission: what came in until 14:00 by the
-- clock of New York is announced the same evening, from Friday on the Sunday or Monday after, and bears the date of
-- the next day. A paper of one version whose record is up to ten days younger than that was held back so long.
-- grain: announced_date, category, arxiv_id
-- column announced_date: Date of the announcement, as digests bear it.
-- column category: Category in which it was announced.
-- column arxiv_id: arXiv identifier.
-- column is_cross: Whether it is a cross-list there: its primary category is another one.
-- column basis: feed or oai.
with fed as (
    select
        arxiv_days.announced_date,
        arxiv_days.category,
        listings.arxiv_id,
        case
            when digests.list_name = arxiv_days.category then listings.announce_type = 'cross'
            else particulars.categories[1] <> arxiv_days.category
        end as is_cross
    from digests
    join listings using (digest_id)
    left join particulars using (particulars_id)
    join arxiv_days
        on digests.digest_date = arxiv_days.announced_date and arxiv_days.basis = 'feed'
    where
        digests.format = 'arxiv_feed'
        and listings.announce_type in ('new', 'cross')
        and (
            digests.list_name = arxiv_days.category
            or (
                list_contains(particulars.categories, arxiv_days.category)
                and list_has_any(
                    string_split(digests.list_name, '+'),
                    [arxiv_days.category, string_split(arxiv_days.category, '.')[1]]
                )
            )
        )
),

first_versions as (
    select
        arxiv_id,
        min(submitted_at) filter (where version = 1) as submitted_at,
        max(version) as last_version,
        min(stated_date) as stated_date
    from paper_versions
    group by arxiv_id
),

frozen as (
    select
        arxiv_id,
        last_version,
        stated_date,
        -- Ten hours on, what came in by 14:00 is of the same day, and what came in later of the next.
        ((submitted_at at time zone 'America/New_York') + interval 10 hour)::date as day
    from first_versions
    where submitted_at is not null
),

frozen_on_weekdays as (
    select
        arxiv_id,
        last_version,
        stated_date,
        day + case isodow(day) when 6 then 2 when 7 then 1 else 0 end as day
    from frozen
),

by_submission as (
    select
        arxiv_id,
        last_version,
        stated_date,
        day + case isodow(day) when 5 then 3 else 1 end as day
    from frozen_on_weekdays
),

by_record as (
    select
        arxiv_id,
        case
            when last_version = 1 and stated_date > day and stated_date <= day + 10
                then stated_date + case isodow(stated_date) when 6 then 2 when 7 then 1 else 0 end
            else day
        end as day
    from by_submission
),

dated as (
    select
        by_record.arxiv_id,
        coalesce(deferred_days.next_day, by_record.day) as announced_date
    from by_record
    left join deferred_days using (day)
)

select
    announced_date,
    category,
    arxiv_id,
    bool_and(coalesce(is_cross, false)) as is_cross,
    'feed' as basis
from fed
group by all
union all
select
    dated.announced_date,
    paper_categories.category,
    dated.arxiv_id,
    not paper_categories.is_primary as is_cross,
    'oai' as basis
from dated
join paper_categories using (arxiv_id)
join arxiv_days
    on
        dated.announced_date = arxiv_days.announced_date
        and paper_categories.category = arxiv_days.category
        and arxiv_days.basis = 'oai'
