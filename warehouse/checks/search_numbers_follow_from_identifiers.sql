-- The number of a paper in the search index is that of its identifier; old ones come after all others.
-- changed: search_papers by arxiv_id
-- rows: search_papers
select
    arxiv_id,
    paper
from search_papers
where
    case
        when contains(arxiv_id, '/')
            then paper < 1000000000 or paper % 10000000 <> split_part(arxiv_id, '/', 2)::uinteger
        else paper <> replace(arxiv_id, '.', '')::uinteger
    end
