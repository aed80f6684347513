-- What digests list of what arXiv announced, by day and category. Where arXiv's own announcements are held (basis feed
-- or oai) the counts are exact. Days, and lists, of which none are held make a row without category (basis lists):
-- arXiv's number is not known there, and what is missing is estimated by the habit of the lists.
-- grain: announced_date, category
-- column announced_date: Date of the announcement, as digests bear it.
-- column category: arXiv category; null where only lists tell.
-- column n_announced: Papers that arXiv announced as new, cross-lists among them; null where only lists tell.
-- column n_cross_listed: Those of another primary category; null where only lists tell.
-- column n_listed: Those that any digest lists; where only lists tell, papers that lists of the day show.
-- column n_missing: Papers that no digest lists and a list should by its habit.
-- column n_filled: Those of n_missing that an answer of arXiv's holds.
-- column n_lacking: Papers that a list lacks by its habit and another list shows.
-- column usual_share: The largest share of the category that a list shows by its habit; null where only lists tell.
-- column shown_by: Lists that show the category, each with what it shows by its habit; by lists, those of the day.
-- column reason: complete, papers_missing, no_digest, empty, same_as_before, rows_stopped, cut_short,
--   fewer_than_usual (a part, and far less than usual), part_by_habit (no list shows all, which is no gap), not_due,
--   not_followed (no list shows the category), no_announcement.
-- column lists_at_fault: Lists that the reason is about; null if there are none.
-- column basis: feed, oai, or lists.
with listed as (
    select distinct arxiv_id
    from listed_papers
),

announced as (
    select
        arxiv_days.announced_date,
        arxiv_days.category,
        arxiv_days.basis,
        count(announcements.arxiv_id) as n_announced,
        count(*) filter (where announcements.is_cross) as n_cross_listed,
        count(listed.arxiv_id) as n_listed
    from arxiv_days
    left join arxiv_announcements as announcements using (announced_date, category)
    left join listed on announcements.arxiv_id = listed.arxiv_id
    group by all
),

missed as (
    select
        announced_date,
        category,
        count(distinct arxiv_id) filter (where not is_listed_elsewhere) as n_missing,
        count(distinct arxiv_id) filter (where not is_listed_elsewhere and is_filled) as n_filled,
        count(distinct arxiv_id) filter (where is_listed_elsewhere) as n_lacking
    from missing_papers
    where category is not null
    group by all
),

habits as (
    select
        category,
        bool_or(kind in ('whole', 'primary')) as is_whole,
        max(pooled_share) as usual_share,
        min(usual_delay)::integer as usual_delay,
        list_sort(
            list(coalesce(list_name, source, 'no list') || ' ' || kind || ' ' || round(100 * pooled_share)::integer || ' %')
        ) as shown_by
    from list_habits
    group by category
),

findings as (
    select
        source,
        list_name,
        digest_date,
        n_papers,
        n_missing,
        finding,
        array_position(
            ['no_digest', 'empty', 'same_as_before', 'rows_stopped', 'cut_short', 'papers_missing'], finding
        ) as severity
    from list_days
),

at_fault as (
    select
        habits.category,
        findings.digest_date as announced_date,
        arg_min(findings.finding, (findings.severity, coalesce(findings.list_name, ''))) as finding,
        list_sort(list(distinct coalesce(findings.list_name, findings.source, 'no list'))) as lists_at_fault
    from findings
    join list_habits as habits
        on
            findings.source is not distinct from habits.source
            and findings.list_name is not distinct from habits.list_name
            and habits.kind in ('whole', 'primary')
    where findings.severity is not null
    group by all
),

newest as (
    select max(digest_date) as digest_date
    from listed_papers
),

by_arxiv as (
    select
        announced.announced_date,
        announced.category,
        announced.n_announced,
        announced.n_cross_listed,
        announced.n_listed,
        coalesce(missed.n_missing, 0) as n_missing,
        coalesce(missed.n_filled, 0) as n_filled,
        coalesce(missed.n_lacking, 0) as n_lacking,
        habits.usual_share,
        coalesce(habits.is_whole, false) as is_whole,
        habits.shown_by,
        announced.announced_date + coalesce(habits.usual_delay, 0) > newest.digest_date as is_early,
        -- Four standard deviations and one paper below the habit: once in tens of thousands of days by chance.
        habits.usual_share * announced.n_announced - announced.n_listed
        > 4 * sqrt(habits.usual_share * (1 - habits.usual_share) * announced.n_announced) + 1 as is_short,
        at_fault.finding,
        at_fault.lists_at_fault,
        announced.basis
    from announced
    cross join newest
    left join missed using (announced_date, category)
    left join habits using (category)
    left join at_fault using (announced_date, category)
),

covered as (
    select distinct
        habits.source,
        habits.list_name,
        arxiv_days.announced_date
    from list_habits as habits
    join arxiv_days using (category)
    where habits.kind in ('whole', 'primary')
),

uncovered as (
    select
        findings.source,
        findings.list_name,
        findings.digest_date,
        findings.n_papers,
        findings.n_missing,
        findings.finding,
        findings.severity
    from findings
    anti join covered
        on
            findings.source is not distinct from covered.source
            and findings.list_name is not distinct from covered.list_name
            and findings.digest_date = covered.announced_date
),

-- Papers of a list that no other list of its source shows on the day: what is lost if it alone fails.
shared as (
    select
        source,
        digest_date,
        arxiv_id,
        count(*) as n_lists,
        any_value(list_name) as list_name
    from listed_papers
    where digest_date is not null
    group by source, digest_date, arxiv_id
),

own as (
    select
        source,
        list_name,
        median(n_own) as usual_own
    from (
        select
            findings.source,
            findings.list_name,
            findings.digest_date,
            count(shared.arxiv_id) as n_own
        from findings
        left join shared
            on
                findings.source is not distinct from shared.source
                and findings.list_name is not distinct from shared.list_name
                and findings.digest_date = shared.digest_date
                and shared.n_lists = 1
        where findings.finding = 'ok'
        group by all
    )
    group by source, list_name
),

source_days as (
    select
        source,
        digest_date,
        count(*) as n_papers,
        median(count(*)) over (
            partition by source, isodow(digest_date)
            order by digest_date
            rows between 8 preceding and 8 following
        ) as usual_papers
    from shared
    group by source, digest_date
),

usual_days as (
    select
        source,
        isodow(digest_date) as weekday,
        median(n_papers) as usual_papers
    from source_days
    group by all
),

lost as (
    select
        uncovered.source,
        uncovered.digest_date,
        bool_and(coalesce(uncovered.severity <= 4, false)) as is_all,
        sum(
            case
                when uncovered.severity <= 4 then least(own.usual_own, uncovered.n_missing)
                when uncovered.finding = 'cut_short' then least(own.usual_own, uncovered.n_missing)
                else 0
            end
        ) as n_missing,
        list(uncovered.list_name) filter (where uncovered.severity is not null) as names,
        arg_min(uncovered.finding, (uncovered.severity, coalesce(uncovered.list_name, ''))) filter (
            where uncovered.severity is not null
        ) as finding,
        min(uncovered.severity) as severity,
        list_sort(list(distinct coalesce(uncovered.list_name, uncovered.source, 'no list'))) as shown_by,
        bool_and(uncovered.finding = 'no_announcement') as is_free
    from uncovered
    left join own
        on
            uncovered.source is not distinct from own.source
            and uncovered.list_name is not distinct from own.list_name
    group by all
),

lost_by_source as (
    select
        lost.source,
        lost.digest_date,
        case when lost.is_all then usual_days.usual_papers else lost.n_missing end as n_missing,
        lost.finding,
        lost.severity,
        lost.shown_by,
        lost.is_free,
        list_transform(lost.names, lambda name: coalesce(name, lost.source, 'no list')) as names
    from lost
    left join usual_days
        on
            lost.source is not distinct from usual_days.source
            and isodow(lost.digest_date) = usual_days.weekday
),

shown as (
    select
        digest_date,
        count(distinct arxiv_id) as n_listed
    from listed_papers
    group by digest_date
),

lacked as (
    select
        announced_date,
        count(distinct arxiv_id) as n_lacking
    from missing_papers
    where category is null
    group by announced_date
),

by_lists as (
    select
        lost_by_source.digest_date as announced_date,
        any_value(coalesce(shown.n_listed, 0)) as n_listed,
        round(sum(coalesce(lost_by_source.n_missing, 0)))::bigint as n_missing,
        any_value(coalesce(lacked.n_lacking, 0)) as n_lacking,
        list_sort(list_distinct(flatten(list(lost_by_source.shown_by)))) as shown_by,
        arg_min(lost_by_source.finding, (lost_by_source.severity, lost_by_source.finding)) filter (
            where lost_by_source.severity is not null
        ) as finding,
        list_sort(list_distinct(flatten(list(lost_by_source.names)))) as lists_at_fault,
        bool_and(lost_by_source.is_free) as is_free
    from lost_by_source
    left join shown using (digest_date)
    left join lacked on lost_by_source.digest_date = lacked.announced_date
    group by lost_by_source.digest_date
)

select
    announced_date,
    category,
    n_announced,
    n_cross_listed,
    n_listed,
    case
        when is_whole or not coalesce(is_short, false) or is_early then n_missing
        else round(usual_share * n_announced)::bigint - n_listed
    end as n_missing,
    n_filled,
    n_lacking,
    usual_share,
    shown_by,
    case
        when n_announced = 0 then 'no_announcement'
        when usual_share is null then 'not_followed'
        when n_missing + n_lacking > 0 then coalesce(finding, 'papers_missing')
        when is_early then 'not_due'
        when is_whole then 'complete'
        when is_short then 'fewer_than_usual'
        else 'part_by_habit'
    end as reason,
    case when n_missing + n_lacking > 0 then lists_at_fault end as lists_at_fault,
    basis
from by_arxiv
union all
select
    announced_date,
    null as category,
    null as n_announced,
    null as n_cross_listed,
    n_listed,
    n_missing,
    0 as n_filled,
    n_lacking,
    null as usual_share,
    shown_by,
    case
        when finding is not null then finding
        when is_free then 'no_announcement'
        else 'complete'
    end as reason,
    case when finding is not null then lists_at_fault end as lists_at_fault,
    'lists' as basis
from by_lists
