-- A list of like papers has up to ten others, each once, numbered from 1 without gaps: the most like first, of equals
-- the smaller identifier.
-- changed: paper_neighbours by neighbour_list
-- rows: paper_neighbours
select
    arxiv_id,
    count(*) as n_neighbours
from paper_neighbours
group by arxiv_id
having
    max(position) > 10
    or min(position) <> 1
    or count(*) < max(position)
    or count(*) filter (neighbour_id = arxiv_id or score <= 0 or score > 1) > 0
union all
select
    arxiv_id,
    count(*) as n_neighbours
from paper_neighbours
group by arxiv_id, neighbour_id
having min(position) <> max(position)
union all
select
    one.arxiv_id,
    count(*) as n_neighbours
from paper_neighbours as one
inner join paper_neighbours as next on next.arxiv_id = one.arxiv_id and next.position = one.position + 1
where (next.score, one.neighbour_id) >= (one.score, next.neighbour_id)
group by one.arxiv_id
