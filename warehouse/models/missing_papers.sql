-- Papers that a list should show and does not, each with the evidence. Where arXiv's announcements are held (feed,
-- oai): what arXiv announced in a category that the list shows whole by its habit. Where they are not (lists): what
-- a list of the same source shows whose papers all stand in other lists too, day by day, and none shows on this day.
-- What a list may still bring, and what came after it ended, is not missing.
-- grain: announced_date, category, arxiv_id, source, list_name
-- column announced_date: Date of the announcement; by lists, the date of the digests.
-- column category: Category in which arXiv announced it; null where only lists tell.
-- column arxiv_id: arXiv identifier.
-- column source: Who publishes the list that lacks it; null if not given.
-- column list_name: The list that lacks it.
-- column is_cross: Whether it is a cross-list in this category; null where only lists tell.
-- column is_listed_elsewhere: Whether another list shows it: then the paper itself is not missing.
-- column is_filled: Whether an answer of arXiv's holds it, by `paperhouse fill` or a harvest.
-- column has_digest: Whether the list has a digest of that day.
-- column basis: feed, oai, or lists.
with spans as (
    select
        source,
        list_name,
        min(digest_date) as first_date,
        max(digest_date) as last_date
    from digests
    where
        format not in ('reporter_index', 'arxiv_api', 'arxiv_oai', 'datacite', 'arxiv_kaggle', 'arxiv_feed')
        and digest_date is not null
    group by source, list_name
),

horizon as (
    select max(digest_date) as last_date
    from digests
    where format not in ('reporter_index', 'arxiv_api', 'arxiv_oai', 'datacite', 'arxiv_kaggle')
),

-- A list that is silent for three weeks has ended; what it had not shown by then, nobody waits for.
waiting as (
    select
        spans.source,
        spans.list_name,
        spans.first_date,
        spans.last_date,
        case
            when horizon.last_date - spans.last_date > 21 then spans.last_date
            else greatest(spans.last_date, horizon.last_date - 1)
        end as due_date
    from spans
    cross join horizon
),

shown as (
    select distinct
        source,
        list_name,
        arxiv_id
    from listed_papers
),

listed as (
    select distinct arxiv_id
    from shown
),

by_arxiv as (
    select
        announced.announced_date,
        announced.category,
        announced.arxiv_id,
        habits.source,
        habits.list_name,
        announced.is_cross,
        listed.arxiv_id is not null as is_listed_elsewhere,
        announced.basis
    from arxiv_announcements as announced
    join list_habits as habits
        on announced.category = habits.category and habits.kind in ('whole', 'primary')
    join waiting
        on
            habits.source is not distinct from waiting.source
            and habits.list_name is not distinct from waiting.list_name
            and announced.announced_date >= waiting.first_date
            and announced.announced_date + habits.usual_delay::integer <= waiting.due_date
    left join listed on announced.arxiv_id = listed.arxiv_id
    anti join shown
        on
            habits.source is not distinct from shown.source
            and habits.list_name is not distinct from shown.list_name
            and announced.arxiv_id = shown.arxiv_id
    where habits.kind = 'whole' or not announced.is_cross
),

-- Papers on the first day on which the source shows them: pages that keep old rows would hide what is new.
first_days as (
    select
        source,
        arxiv_id,
        digest_date,
        n_lists
    from (
        select
            source,
            arxiv_id,
            digest_date,
            count(*) as n_lists
        from listed_papers
        where digest_date is not null
        group by all
    )
    qualify digest_date = min(digest_date) over (partition by source, arxiv_id)
),

fresh as (
    select
        listed_papers.source,
        listed_papers.list_name,
        listed_papers.digest_date,
        listed_papers.arxiv_id,
        first_days.n_lists
    from listed_papers
    join first_days
        on
            listed_papers.source is not distinct from first_days.source
            and listed_papers.digest_date = first_days.digest_date
            and listed_papers.arxiv_id = first_days.arxiv_id
),

-- Lists whose papers stand in other lists as well, on all of their days but a few.
contained as (
    select
        source,
        list_name
    from (
        select
            source,
            list_name,
            digest_date,
            count(*) as n_papers,
            count(*) filter (where n_lists > 1) as n_shared
        from fresh
        group by all
    )
    group by source, list_name
    having
        count(*) >= 10
        and sum(n_papers) >= 50
        and avg((n_shared = n_papers)::integer) >= 0.8
        -- Days on which no other list has any of them are those of a gap, not of the habit.
        and sum(n_shared) >= 0.98 * sum(n_papers) filter (where n_shared > 0)
),

alone as (
    select
        fresh.source,
        fresh.list_name,
        fresh.digest_date,
        fresh.arxiv_id
    from fresh
    semi join contained
        on
            fresh.source is not distinct from contained.source
            and fresh.list_name is not distinct from contained.list_name
    where fresh.n_lists = 1
),

pairs as (
    select
        alone_lists.source,
        alone_lists.list_name,
        others.list_name as other_name,
        count(*) as n_shared
    from (select distinct source, list_name from alone) as alone_lists
    join fresh
        on
            alone_lists.source is not distinct from fresh.source
            and alone_lists.list_name is not distinct from fresh.list_name
    join fresh as others
        on
            fresh.source is not distinct from others.source
            and fresh.digest_date = others.digest_date
            and fresh.arxiv_id = others.arxiv_id
            and fresh.list_name is distinct from others.list_name
    group by all
),

partners as (
    select
        source,
        list_name,
        arg_max(other_name, (n_shared, other_name)) as other_name
    from pairs
    group by source, list_name
),

-- All of a day and source are laid to the list to which most of them belong: that one failed is likelier than two.
suspects as (
    select
        source,
        digest_date,
        arg_max(other_name, (n_alone, other_name)) as list_name
    from (
        select
            alone.source,
            alone.digest_date,
            partners.other_name,
            count(*) as n_alone
        from alone
        join partners
            on
                alone.source is not distinct from partners.source
                and alone.list_name is not distinct from partners.list_name
        group by all
    )
    group by all
),

by_lists as (
    select distinct
        alone.digest_date as announced_date,
        alone.arxiv_id,
        alone.source,
        suspects.list_name
    from alone
    join suspects
        on
            alone.source is not distinct from suspects.source
            and alone.digest_date = suspects.digest_date
    anti join by_arxiv on alone.arxiv_id = by_arxiv.arxiv_id
    where
        not exists (
            select 1
            from list_habits as habits
            join arxiv_days using (category)
            where
                habits.source is not distinct from alone.source
                and habits.list_name is not distinct from suspects.list_name
                and habits.kind in ('whole', 'primary')
                and arxiv_days.announced_date = alone.digest_date
        )
),

missing as (
    select
        announced_date,
        category,
        arxiv_id,
        source,
        list_name,
        is_cross,
        is_listed_elsewhere,
        basis
    from by_arxiv
    union all
    select
        announced_date,
        null as category,
        arxiv_id,
        source,
        list_name,
        null as is_cross,
        true as is_listed_elsewhere,
        'lists' as basis
    from by_lists
)

select
    missing.announced_date,
    missing.category,
    missing.arxiv_id,
    missing.source,
    missing.list_name,
    missing.is_cross,
    missing.is_listed_elsewhere,
    exists (
        select 1
        from answers
        where answers.arxiv_id = missing.arxiv_id
    ) as is_filled,
    exists (
        select 1
        from digests
        where
            digests.source is not distinct from missing.source
            and digests.list_name is not distinct from missing.list_name
            and digests.digest_date = missing.announced_date
            and digests.format not in ('reporter_index', 'arxiv_api', 'arxiv_oai', 'datacite', 'arxiv_kaggle', 'arxiv_feed')
    ) as has_digest,
    missing.basis
from missing
