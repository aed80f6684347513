-- No digest has two entries at one position: the engine keeps no index, so this check is the key.
-- changed: listings by digest_id
select
    digest_id,
    position,
    count(*) as n_rows
from listings
group by all
having count(*) > 1
