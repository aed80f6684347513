-- What each list shows of each category by its habit, learned from the days of which arXiv's announcements are held:
-- all of it, the papers whose primary category it is, or a part chosen by keywords. A list that shows less than a
-- fiftieth of a category is not about it.
-- grain: source, list_name, category
-- column source: Who published the list; null if not given.
-- column list_name: The list; null where nothing says so.
-- column category: arXiv category.
-- column kind: whole (new papers and cross-lists), primary (new papers alone), or part; part too where fewer than ten
--   papers could be learned from.
-- column n_days: Days learned from: arXiv's announcements are held, and the list has a digest of them.
-- column new_share: Median over these days of the share of new papers of the category that the list shows; null where
--   none were announced.
-- column cross_share: The same of cross-lists.
-- column pooled_share: Share of all of them over all these days.
-- column usual_delay: Median of the days from an announcement to the date of the digest.
with announced as (
    select
        announced_date,
        category,
        arxiv_id,
        is_cross
    from arxiv_announcements
),

list_dates as (
    select distinct
        source,
        list_name,
        digest_date
    from listed_papers
    where digest_date is not null
),

first_shown as (
    select
        source,
        list_name,
        arxiv_id,
        min(digest_date) as digest_date
    from listed_papers
    group by all
),

delays as (
    select
        first_shown.source,
        first_shown.list_name,
        greatest(round(median(first_shown.digest_date - announced.announced_date))::integer, 0) as delay
    from announced
    join first_shown using (arxiv_id)
    group by all
),

-- Each day with the next one: a digest of the day has its place before that.
days as (
    select
        stepped.announced_date,
        stepped.category,
        coalesce(deferred_days.next_day, stepped.day) as next_date
    from (
        select distinct
            announced_date,
            category,
            announced_date + case isodow(announced_date) when 5 then 3 else 1 end as day
        from announced
    ) as stepped
    left join deferred_days using (day)
),

-- Days of which the list has a digest: a day without one tells of a gap, not of the habit.
near as (
    select distinct
        list_dates.source,
        list_dates.list_name,
        days.announced_date,
        days.category
    from days
    cross join delays
    join list_dates
        on
            delays.source is not distinct from list_dates.source
            and delays.list_name is not distinct from list_dates.list_name
            and list_dates.digest_date >= days.announced_date + delays.delay
            and list_dates.digest_date < days.next_date + delays.delay
),

by_day as (
    select
        near.source,
        near.list_name,
        near.category,
        near.announced_date,
        count(*) as n_announced,
        count(first_shown.arxiv_id) as n_shown,
        count(*) filter (where not announced.is_cross) as n_new,
        count(first_shown.arxiv_id) filter (where not announced.is_cross) as n_new_shown,
        count(*) filter (where announced.is_cross) as n_cross,
        count(first_shown.arxiv_id) filter (where announced.is_cross) as n_cross_shown,
        median(first_shown.digest_date - announced.announced_date) as delay
    from near
    join announced using (announced_date, category)
    left join first_shown
        on
            near.source is not distinct from first_shown.source
            and near.list_name is not distinct from first_shown.list_name
            and announced.arxiv_id = first_shown.arxiv_id
    group by all
),

learned as (
    select
        source,
        list_name,
        category,
        count(*) as n_days,
        median(n_new_shown / nullif(n_new, 0)) as new_share,
        median(n_cross_shown / nullif(n_cross, 0)) as cross_share,
        sum(n_shown) / sum(n_announced) as pooled_share,
        sum(n_new) as n_new,
        sum(n_new_shown) / nullif(sum(n_new), 0) as pooled_new_share,
        greatest(median(delay), 0) as usual_delay
    from by_day
    group by all
)

select
    source,
    list_name,
    category,
    case
        when coalesce(new_share, 0) < 0.9 or pooled_new_share < 0.75 or n_new < 10 then 'part'
        when coalesce(cross_share, 1) >= 0.9 then 'whole'
        else 'primary'
    end as kind,
    n_days,
    new_share,
    cross_share,
    pooled_share,
    usual_delay
from learned
where pooled_share >= 0.02
