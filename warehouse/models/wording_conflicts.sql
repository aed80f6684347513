-- Papers whose wordings contradict each other: several titles, or several full author lists or full abstracts.
-- Truncated texts are no contradiction, nor are spaces or a URL that one side masks (`this https URL`).
-- A new version may well explain the difference: see n_versions.
-- grain: arxiv_id
-- column arxiv_id: arXiv identifier.
-- column title: Title of the canonical record.
-- column n_variants: Number of distinct wordings.
-- column n_versions: Distinct versions that were stated with them.
-- column n_titles: Distinct titles.
-- column n_author_lists: Distinct full author lists.
-- column n_abstracts: Distinct full abstracts.
with stated as (
    select
        variant_texts.arxiv_id,
        papers.title,
        variant_texts.version,
        trim(regexp_replace(variant_texts.title, '\s+', ' ', 'g')) as stated_title,
        case
            when variant_texts.authors_completeness = 'full' then variant_texts.authors
        end as full_authors,
        case
            when variant_texts.abstract_completeness = 'full' then trim(regexp_replace(
                regexp_replace(
                    variant_texts.abstract, 'this https? URL|https?://\S*[^\s.,;:)\]]', '<URL>', 'g'
                ),
                '\s+', ' ', 'g'
            ))
        end as full_abstract
    from variant_texts
    join papers using (arxiv_id)
    where papers.n_variants > 1
)

select
    arxiv_id,
    title,
    count(*) as n_variants,
    count(distinct version) as n_versions,
    count(distinct stated_title) as n_titles,
    count(distinct full_authors) as n_author_lists,
    count(distinct full_abstract) as n_abstracts
from stated
group by all
having n_titles > 1 or n_author_lists > 1 or n_abstracts > 1
