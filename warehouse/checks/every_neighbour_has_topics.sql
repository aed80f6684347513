-- Papers in a list of like papers, and the paper whose list it is, are papers of whose text something is known.
-- changed: paper_neighbours by neighbour_list
-- rows: paper_neighbours
select
    paper_neighbours.arxiv_id,
    paper_neighbours.position,
    paper_neighbours.neighbour_id
from paper_neighbours
left join paper_topics as mine on mine.arxiv_id = paper_neighbours.arxiv_id
left join paper_topics as theirs on theirs.arxiv_id = paper_neighbours.neighbour_id
where mine.arxiv_id is null or theirs.arxiv_id is null
