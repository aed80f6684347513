-- No category of the taxonomy stands there twice: the engine keeps no index, so this check is the key.
select
    category,
    count(*) as n_rows
from categories
group by all
having count(*) > 1
