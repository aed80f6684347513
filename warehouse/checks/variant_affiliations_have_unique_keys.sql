-- No author of a wording has two rows for one affiliation: the engine keeps no index, so this check is the key.
-- changed: variant_affiliations by arxiv_id
select
    variant_id,
    position,
    affiliation,
    count(*) as n_rows
from variant_affiliations
group by all
having count(*) > 1
