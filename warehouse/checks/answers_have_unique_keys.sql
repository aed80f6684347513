-- No digest has two answers at one position: the engine keeps no index, so this check is the key.
-- changed: answers by digest_id
select
    digest_id,
    position,
    count(*) as n_rows
from answers
group by all
having count(*) > 1
