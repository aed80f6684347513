-- No paper has a note twice: the engine keeps no index, so this check is the key.
select
    arxiv_id,
    note_id,
    count(*) as n_rows
from paper_notes
group by all
having count(*) > 1
