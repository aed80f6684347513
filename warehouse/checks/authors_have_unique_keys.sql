-- No two authors share a key: the engine keeps no index, so this check is the key.
-- changed: authors by author_id
select
    author_id,
    count(*) as n_rows
from authors
group by all
having count(*) > 1
