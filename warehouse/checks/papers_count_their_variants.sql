-- papers.n_variants is the number of wordings in variants.
-- changed: papers, variants by arxiv_id
with counted as (
    select
        arxiv_id,
        count(*) as n_variants
    from variants
    group by all
)

select
    papers.arxiv_id,
    papers.n_variants as n_variants_stored,
    counted.n_variants as n_variants_counted
from papers
left join counted using (arxiv_id)
where papers.n_variants <> coalesce(counted.n_variants, 0)
