-- No load forgets a digest twice: the engine keeps no index, so this check is the key.
select
    digest_id,
    load_id,
    count(*) as n_rows
from forgotten_digests
group by all
having count(*) > 1
