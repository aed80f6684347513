-- A list of like papers has up to ten others, each once, numbered from 1 without gaps: the most like first, of equals
-- the smaller identifier.
-- changed: paper_neighbours by arxiv_id
-- rows: paper_neighbours
select
    arxiv_id,
    count(*) as n_neighbours
from paper_neighbours
group by arxiv_id
having
    max(position) > 10
    or count(distinct position) <> max(position)
    or count(distinct neighbour_id) <> count(distinct position)
    or count(*) filter (neighbour_id = arxiv_id or score <= 0 or score > 1) > 0
    or list(neighbour_id order by position) <> list(neighbour_id order by score desc, neighbour_id)
