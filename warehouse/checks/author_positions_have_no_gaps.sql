-- Author lists are numbered from 1 without gaps: with a unique key, first 1 and last n prove it.
-- changed: paper_authors by arxiv_id
select
    arxiv_id,
    min(position) as first_position,
    max(position) as last_position,
    count(*) as n_rows
from paper_authors
group by all
having min(position) <> 1 or max(position) <> count(*)
