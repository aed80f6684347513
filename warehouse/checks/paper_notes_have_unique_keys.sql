-- No paper has a note twice: the engine keeps no index, so this check is the key.
-- changed: paper_notes by arxiv_id
select
    arxiv_id,
    note_id,
    count(*) as n_rows
from paper_notes
group by all
having count(*) > 1
