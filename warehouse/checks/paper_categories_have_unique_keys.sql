-- No paper has a category twice: the engine keeps no index, so this check is the key.
-- changed: paper_categories by arxiv_id
select
    arxiv_id,
    category,
    count(*) as n_rows
from paper_categories
group by all
having count(*) > 1
