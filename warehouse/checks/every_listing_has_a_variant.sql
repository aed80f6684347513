-- Every listing states a wording that the warehouse holds, and it is a wording of the listed paper.
select
    listings.digest_id,
    listings.position,
    listings.arxiv_id,
    listings.variant_id,
    variants.arxiv_id as arxiv_id_of_variant
from listings
left join variants using (variant_id)
where listings.arxiv_id is distinct from variants.arxiv_id
