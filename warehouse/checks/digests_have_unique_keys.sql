-- No two digests share a key: the engine keeps no index, so this check is the key.
-- changed: digests by digest_id
select
    digest_id,
    count(*) as n_rows
from digests
group by all
having count(*) > 1
