-- No field of an entry is repaired twice: the engine keeps no index, so this check is the key.
-- changed: repairs by digest_id
select
    digest_id,
    position,
    field,
    count(*) as n_rows
from repairs
group by all
having count(*) > 1
