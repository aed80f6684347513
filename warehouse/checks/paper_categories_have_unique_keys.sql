-- No paper has a category twice: the engine keeps no index, so this check is the key.
select
    arxiv_id,
    category,
    count(*) as n_rows
from paper_categories
group by all
having count(*) > 1
