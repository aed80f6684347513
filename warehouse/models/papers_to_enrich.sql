-- Papers of which something is missing that arXiv knows, newest first: `paperhouse enrich` asks for them, unless it
-- did in the last 30 days.
-- grain: arxiv_id
-- column arxiv_id: arXiv identifier.
-- column submitted_month: First day of the month in which the identifier was given out.
-- column last_listed_date: Latest date of a digest that lists the paper; null if none has a date.
-- column lacks_categories: Whether no category is known.
-- column lacks_authors: Whether the author list is cut short or missing.
-- column lacks_abstract: Whether the abstract is cut short or missing.
-- column lacks_version: Whether nobody ever stated a version.
-- column last_asked_at: When it was last looked up at arXiv; null if never.
-- column last_outcome: What came of that.
-- column last_door: Who answered then: query_api, arXivRaw, arXiv or datacite.
with asked as (
    select
        arxiv_id,
        max(asked_at) as last_asked_at,
        arg_max(outcome, (asked_at, digest_id)) as last_outcome,
        arg_max_null(door, (asked_at, digest_id)) as last_door
    from lookups
    group by arxiv_id
),

classified as (
    select distinct arxiv_id
    from paper_categories
),

wants as (
    select
        papers.arxiv_id,
        papers.submitted_month,
        papers.last_listed_date,
        classified.arxiv_id is null as lacks_categories,
        papers.authors_completeness <> 'full' as lacks_authors,
        papers.abstract_completeness <> 'full' as lacks_abstract,
        papers.version is null and not exists (
            select 1 from variants where variants.arxiv_id = papers.arxiv_id and variants.version is not null
        ) as lacks_version
    from papers
    left join classified using (arxiv_id)
)

select
    wants.arxiv_id,
    wants.submitted_month,
    wants.last_listed_date,
    wants.lacks_categories,
    wants.lacks_authors,
    wants.lacks_abstract,
    wants.lacks_version,
    asked.last_asked_at,
    asked.last_outcome,
    asked.last_door
from wants
left join asked using (arxiv_id)
where wants.lacks_categories or wants.lacks_authors or wants.lacks_abstract or wants.lacks_version
order by wants.submitted_month desc, wants.arxiv_id desc
