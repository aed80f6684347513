-- Every entry states a wording that the warehouse holds, and it is a wording of the listed paper.
-- changed: entries, variants by arxiv_id
select
    entries.digest_id,
    entries.position,
    entries.arxiv_id,
    entries.variant_id,
    variants.arxiv_id as arxiv_id_of_variant
from entries
left join variants using (variant_id)
where entries.arxiv_id is distinct from variants.arxiv_id
