-- Searched papers have as many postings as they count terms, and no posting is of another paper.
-- changed: search_papers, search_postings by paper
with counted as (
    select
        paper,
        count(*) as n_postings
    from search_postings
    group by paper
)

select
    paper,
    search_papers.arxiv_id,
    search_papers.n_terms,
    counted.n_postings
from search_papers
full join counted using (paper)
where search_papers.n_terms is distinct from coalesce(counted.n_postings, 0)
