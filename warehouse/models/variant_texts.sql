-- Every wording with its full text: what variants leaves null because it equals the paper's is filled in.
-- Title, authors and abstract are null only where the wording states none.
-- grain: variant_id
-- column variant_id: The wording.
-- column arxiv_id: arXiv identifier of the paper.
-- column version: Version that was stated with this wording; null when it was not.
-- column title: Title; null where none is stated.
-- column authors: Author names in order; null where none are stated.
-- column authors_completeness: How much of the author list this wording states.
-- column abstract: Abstract; null where none is stated.
-- column abstract_completeness: How much of the abstract this wording states.
-- column source_kind: arxiv if arXiv itself ever stated this wording, else digest.
-- column is_canonical: Whether it is the canonical record of the paper.
-- column first_listed_date: Earliest date of a digest with this wording; null if none has a date.
-- column last_listed_date: Latest date of a digest with this wording; null if none has a date.
-- column n_listings: Number of listings with this wording.
with author_lists as (
    select
        arxiv_id,
        list(name_as_written order by position) as authors
    from paper_authors
    group by all
)

select
    variants.variant_id,
    variants.arxiv_id,
    variants.version,
    nullif(coalesce(variants.title, papers.title), '') as title,
    case
        when variants.authors_completeness <> 'none' then coalesce(variants.authors, author_lists.authors)
    end as authors,
    variants.authors_completeness,
    case
        when variants.abstract_completeness <> 'none' then coalesce(variants.abstract, papers.abstract)
    end as abstract,
    variants.abstract_completeness,
    variants.source_kind,
    variants.variant_id = papers.variant_id as is_canonical,
    variants.first_listed_date,
    variants.last_listed_date,
    variants.n_listings
from variants
join papers using (arxiv_id)
left join author_lists using (arxiv_id)
