-- No reply ends two harvests: the engine keeps no index, so this check is the key.
-- changed: harvest_points by digest_id
select
    digest_id,
    count(*) as n_rows
from harvest_points
group by all
having count(*) > 1
