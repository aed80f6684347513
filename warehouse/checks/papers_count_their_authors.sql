-- papers.n_authors is the number of names in paper_authors, and null where there are none.
-- changed: papers, paper_authors by arxiv_id
with counted as (
    select
        arxiv_id,
        count(*) as n_authors
    from paper_authors
    group by all
)

select
    papers.arxiv_id,
    papers.n_authors as n_authors_stored,
    counted.n_authors as n_authors_counted
from papers
left join counted using (arxiv_id)
where papers.n_authors is distinct from counted.n_authors
