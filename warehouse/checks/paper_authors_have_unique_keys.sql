-- No paper has two authors at one position: the engine keeps no index, so this check is the key.
-- changed: paper_authors by arxiv_id
select
    arxiv_id,
    position,
    count(*) as n_rows
from paper_authors
group by all
having count(*) > 1
