-- No paper has two translations into one language: the engine keeps no index, so this check is the key.
select
    arxiv_id,
    language,
    count(*) as n_rows
from paper_translations
group by all
having count(*) > 1
