-- Completeness is none exactly where there is no text. A wording whose text is null but not none borrows
-- it from its paper, which must then have it.
-- changed: papers, variants by arxiv_id
select
    'papers' as table_name,
    arxiv_id,
    null as variant_id,
    authors_completeness,
    abstract_completeness
from papers
where
    (n_authors is null) <> (authors_completeness = 'none')
union all
-- One plain question at a time: then only whether there is an abstract is read, not the abstracts.
select
    'papers',
    arxiv_id,
    null,
    authors_completeness,
    abstract_completeness
from papers
where abstract is null and abstract_completeness <> 'none'
union all
select
    'papers',
    arxiv_id,
    null,
    authors_completeness,
    abstract_completeness
from papers
where abstract is not null and abstract_completeness = 'none'
union all
select
    'variants',
    variants.arxiv_id,
    variants.variant_id,
    variants.authors_completeness,
    variants.abstract_completeness
from variants
join papers using (arxiv_id)
where
    (variants.authors is not null and variants.authors_completeness = 'none')
    or (variants.abstract is not null and variants.abstract_completeness = 'none')
    or (variants.authors is null and papers.n_authors is null and variants.authors_completeness <> 'none')
    or (variants.abstract is null and papers.abstract is null and variants.abstract_completeness <> 'none')
