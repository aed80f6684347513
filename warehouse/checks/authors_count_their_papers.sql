-- authors.n_papers and its first and last date are those of the author's papers, each counted once.
-- changed: authors, paper_authors by author_id
with named as (
    select distinct
        author_id,
        arxiv_id
    from paper_authors
),

counted as (
    select
        named.author_id,
        count(*) as n_papers,
        min(papers.first_listed_date) as first_listed_date,
        max(papers.last_listed_date) as last_listed_date
    from named
    left join papers using (arxiv_id)
    group by all
)

select
    authors.author_id,
    authors.name,
    authors.n_papers as n_papers_stored,
    counted.n_papers as n_papers_counted,
    authors.first_listed_date as first_date_stored,
    counted.first_listed_date as first_date_counted,
    authors.last_listed_date as last_date_stored,
    counted.last_listed_date as last_date_counted
from authors
left join counted using (author_id)
where
    authors.n_papers <> coalesce(counted.n_papers, 0)
    or authors.first_listed_date is distinct from counted.first_listed_date
    or authors.last_listed_date is distinct from counted.last_listed_date
