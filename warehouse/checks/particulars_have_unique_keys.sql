-- No two sets of particulars share a key: the engine keeps no index, so this check is the key.
-- changed: particulars by arxiv_id
select
    particulars_id,
    count(*) as n_rows
from particulars
group by all
having count(*) > 1
