-- No mention is joined twice: the engine keeps no index, so this check is the key.
-- changed: person_evidence by author_id
select
    arxiv_id,
    position,
    count(*) as n_rows
from person_evidence
group by all
having count(*) > 1
