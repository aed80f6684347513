-- Whether the digests of a source and list still arrive and still hold papers. The newest digest is that of
-- the latest date; where several have it, the one with most entries. Indexes (reporter_index) and
-- arXiv's replies to lookups and harvests are no lists.
-- grain: source, list_name
-- column source: Who published the digests; null if not given.
-- column list_name: The list or topic; null where nothing says so.
-- column n_digests: Number of digests.
-- column n_undated_digests: Those without a date.
-- column n_empty_digests: Those with 0 entries.
-- column n_rejects: Rejects in all of them.
-- column last_digest_date: Latest date of a digest; null if none has a date.
-- column previous_digest_date: The date before that; null if there is none.
-- column days_since_previous: Days between the two.
-- column median_days_between: Median of the days between one date and the next; null with fewer than two dates.
-- column days_behind: Days from last_digest_date to the latest date of any digest in the warehouse.
-- column usual_gap: Median of arXiv's announcement days from one date to the next, over the twelve weeks up to
--   last_digest_date; null with fewer than two dates.
-- column n_announcements_behind: Announcement days after last_digest_date, up to the latest date in the warehouse.
-- column median_entries: Median of the number of entries over all digests.
-- column newest_n_entries: Entries of the newest digest; null if none has a date.
-- column newest_to_median: newest_n_entries divided by median_entries; null where the median is 0.
-- column is_empty: Whether the newest digest has 0 entries.
-- column is_low: Whether the newest digest has less than half of the median, 0 included.
-- column is_stopped: Whether n_announcements_behind is more than three times usual_gap, or than three where that is less
--   than one: what `paperhouse status` calls quiet, as of the latest date in the warehouse and not of today.
with dated as (
    select
        source,
        list_name,
        digest_date,
        n_entries,
        n_rejects,
        max(digest_date) over (partition by source, list_name) as last_digest_date
    from digests
    where format not in ('reporter_index', 'arxiv_api', 'arxiv_oai', 'datacite', 'arxiv_kaggle')
),

steps as (
    select
        source,
        list_name,
        digest_date - lag(digest_date) over (partition by source, list_name order by digest_date) as n_days
    from (select distinct source, list_name, digest_date from dated where digest_date is not null)
),

paces as (
    select
        source,
        list_name,
        median(n_days) as median_days_between
    from steps
    group by source, list_name
),

calendar as (
    select
        day,
        isodow(day) <= 5 and deferred_days.day is null as is_announced,
        count(*) filter (is_announced) over (order by day) as n_announced
    from (
        select unnest(generate_series(min(digest_date), max(digest_date), interval 1 day))::date as day
        from dated
    )
    left join deferred_days using (day)
),

gaps as (
    select
        source,
        list_name,
        n_announced - lag(n_announced) over (partition by source, list_name order by digest_date) as n_days
    from (
        select distinct
            source,
            list_name,
            digest_date,
            min(digest_date) over (partition by source, list_name) as first_date
        from dated
        where digest_date >= last_digest_date - 84
    ) as recent
    join calendar on recent.digest_date = calendar.day
    where calendar.is_announced or recent.digest_date = recent.first_date
),

habits as (
    select
        source,
        list_name,
        median(n_days) as usual_gap
    from gaps
    group by source, list_name
),

behind as (
    select
        day,
        max(n_announced) over () - n_announced as n_announcements_behind
    from calendar
),

summed as (
    select
        source,
        list_name,
        count(*) as n_digests,
        count(*) filter (where digest_date is null) as n_undated_digests,
        count(*) filter (where n_entries = 0) as n_empty_digests,
        sum(n_rejects)::bigint as n_rejects,
        max(digest_date) as last_digest_date,
        max(digest_date) filter (where digest_date < last_digest_date) as previous_digest_date,
        median(n_entries) as median_entries,
        max(n_entries) filter (where digest_date = last_digest_date) as newest_n_entries,
        max(max(digest_date)) over () - max(digest_date) as days_behind
    from dated
    group by source, list_name
)

select
    summed.source,
    summed.list_name,
    summed.n_digests,
    summed.n_undated_digests,
    summed.n_empty_digests,
    summed.n_rejects,
    summed.last_digest_date,
    summed.previous_digest_date,
    summed.last_digest_date - summed.previous_digest_date as days_since_previous,
    paces.median_days_between,
    summed.days_behind,
    habits.usual_gap,
    behind.n_announcements_behind,
    summed.median_entries,
    summed.newest_n_entries,
    summed.newest_n_entries / nullif(summed.median_entries, 0) as newest_to_median,
    summed.newest_n_entries = 0 as is_empty,
    summed.newest_n_entries < summed.median_entries / 2 as is_low,
    -- QUIET_GAPS of transforms/calendar/cadence.py, and its rule.
    behind.n_announcements_behind > 3 * if(habits.usual_gap < 1, 1, habits.usual_gap) as is_stopped
from summed
left join behind on summed.last_digest_date = behind.day
left join habits
    on
        summed.source is not distinct from habits.source
        and summed.list_name is not distinct from habits.list_name
left join paces
    on
        summed.source is not distinct from paces.source
        and summed.list_name is not distinct from paces.list_name
