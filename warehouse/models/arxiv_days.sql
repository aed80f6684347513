-- Days and categories of which all of arXiv's announcements are held, within the days of the digests: by the daily
-- feed of the category, else by harvests whose window begins no later than the day and that was made after it.
-- grain: announced_date, category
-- column announced_date: Date of the announcement, as digests bear it.
-- column category: arXiv category.
-- column basis: feed where a feed of that day is held, else oai.
with sets as (
    select
        category,
        archive,
        case "group" when 'Physics' then 'physics' else archive end || ':' || replace(category, '.', ':') as set_spec
    from categories
),

span as (
    select
        min(digest_date) as first_date,
        max(digest_date) as last_date
    from digests
    where format not in ('reporter_index', 'arxiv_api', 'arxiv_oai', 'datacite', 'arxiv_kaggle')
),

feeds as (
    select
        digest_date as announced_date,
        unnest(string_split(list_name, '+')) as name
    from digests
    where format = 'arxiv_feed' and digest_date is not null and n_entries > 0
),

harvested as (
    select distinct
        unnest(
            generate_series(
                greatest(harvest_points.from_date, span.first_date)::timestamp,
                least(harvest_points.point_at::date, span.last_date)::timestamp,
                interval 1 day
            )
        )::date as announced_date,
        sets.category
    from harvest_points
    cross join span
    join sets
        on
            harvest_points.set_spec is null
            or harvest_points.set_spec = sets.set_spec
            or starts_with(sets.set_spec, harvest_points.set_spec || ':')
)

select
    feeds.announced_date,
    coalesce(sets.category, feeds.name) as category,
    'feed' as basis
from feeds
left join sets on feeds.name in (sets.category, sets.archive)
union
select
    harvested.announced_date,
    harvested.category,
    'oai' as basis
from harvested
anti join deferred_days on harvested.announced_date = deferred_days.day
where
    isodow(harvested.announced_date) < 6
    and not exists (
        select 1
        from feeds
        join sets on feeds.name in (sets.category, sets.archive)
        where feeds.announced_date = harvested.announced_date and sets.category = harvested.category
    )
