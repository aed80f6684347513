-- No digest has two rejects with one number: the engine keeps no index, so this check is the key.
-- changed: rejects by digest_id
select
    digest_id,
    position,
    count(*) as n_rows
from rejects
group by all
having count(*) > 1
