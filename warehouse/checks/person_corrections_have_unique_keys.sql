-- No two corrections speak of the same pair: the engine keeps no index, so this check is the key.
select
    arxiv_id,
    position,
    other_arxiv_id,
    other_position,
    count(*) as n_rows
from person_corrections
group by all
having count(*) > 1
