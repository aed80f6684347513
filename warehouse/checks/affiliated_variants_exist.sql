-- Every affiliation of a wording belongs to a wording of that paper.
-- changed: variant_affiliations, variants by arxiv_id
-- rows: variant_affiliations
select
    variant_affiliations.variant_id,
    variant_affiliations.arxiv_id,
    variant_affiliations.position
from variant_affiliations
anti join variants using (variant_id, arxiv_id)
