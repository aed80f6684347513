-- No two loads share a key: the engine keeps no index, so this check is the key.
select
    load_id,
    count(*) as n_rows
from loads
group by all
having count(*) > 1
