-- The wording that a paper names as its canonical record exists and is a wording of that paper.
-- changed: papers, variants by arxiv_id
select
    papers.arxiv_id,
    papers.variant_id,
    variants.arxiv_id as arxiv_id_of_variant
from papers
left join variants using (variant_id)
where papers.arxiv_id is distinct from variants.arxiv_id
