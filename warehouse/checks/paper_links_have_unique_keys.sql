-- No paper has a URL twice: the engine keeps no index, so this check is the key.
select
    arxiv_id,
    url,
    count(*) as n_rows
from paper_links
group by all
having count(*) > 1
