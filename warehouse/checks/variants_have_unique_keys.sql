-- No two wordings share a key: the engine keeps no index, so this check is the key.
-- changed: variants by arxiv_id
select
    variant_id,
    count(*) as n_rows
from variants
group by all
having count(*) > 1
