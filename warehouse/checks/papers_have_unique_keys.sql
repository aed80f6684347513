-- No two papers share an identifier: the engine keeps no index, so this check is the key.
-- changed: papers by arxiv_id
select
    arxiv_id,
    count(*) as n_rows
from papers
group by all
having count(*) > 1
