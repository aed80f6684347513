-- No paper has two rows for one version: the engine keeps no index, so this check is the key.
-- changed: paper_versions by arxiv_id
select
    arxiv_id,
    version,
    count(*) as n_rows
from paper_versions
group by all
having count(*) > 1
