-- No entry is two at once: listings, repeats and answers share the positions of their digest.
select
    digest_id,
    position,
    count(*) as n_rows
from entries
group by all
having count(*) > 1
