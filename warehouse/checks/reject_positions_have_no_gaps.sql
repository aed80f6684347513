-- The rejects of a digest are numbered from 1 without gaps: with a unique key, first 1 and last n prove it.
-- changed: rejects by digest_id
-- rows: rejects
select
    digest_id,
    min(position) as first_position,
    max(position) as last_position,
    count(*) as n_rows
from rejects
group by all
having min(position) <> 1 or max(position) <> count(*)
