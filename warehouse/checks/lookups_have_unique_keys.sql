-- No reply has two outcomes for one identifier: the engine keeps no index, so this check is the key.
-- changed: lookups by digest_id
select
    digest_id,
    arxiv_id,
    count(*) as n_rows
from lookups
group by all
having count(*) > 1
