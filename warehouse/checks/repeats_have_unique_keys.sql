-- No digest has two repeats at one position: the engine keeps no index, so this check is the key.
-- changed: repeats by digest_id
select
    digest_id,
    position,
    count(*) as n_rows
from repeats
group by all
having count(*) > 1
