-- No paper has two translations into one language: the engine keeps no index, so this check is the key.
-- changed: paper_translations by arxiv_id
select
    arxiv_id,
    language,
    count(*) as n_rows
from paper_translations
group by all
having count(*) > 1
