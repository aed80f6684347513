-- No two persons share a key: the engine keeps no index, so this check is the key.
-- changed: persons by author_id
select
    person_id,
    count(*) as n_rows
from persons
group by all
having count(*) > 1
