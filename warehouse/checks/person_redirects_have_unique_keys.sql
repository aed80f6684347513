-- No two redirects share a key: the engine keeps no index, so this check is the key.
-- changed: person_redirects by author_id
select
    retired_person_id,
    count(*) as n_rows
from person_redirects
group by all
having count(*) > 1
