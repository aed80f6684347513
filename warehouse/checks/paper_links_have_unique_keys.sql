-- No paper has a URL twice: the engine keeps no index, so this check is the key.
-- changed: paper_links by arxiv_id
select
    arxiv_id,
    url,
    count(*) as n_rows
from paper_links
group by all
having count(*) > 1
