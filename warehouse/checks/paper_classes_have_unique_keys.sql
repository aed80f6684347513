-- No paper has two rows for one code: the engine keeps no index, so this check is the key.
-- changed: paper_classes by arxiv_id
select
    arxiv_id,
    scheme,
    code,
    count(*) as n_rows
from paper_classes
group by all
having count(*) > 1
