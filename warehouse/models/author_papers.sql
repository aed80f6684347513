-- Authors and their papers, readable on both sides; a name repeated inside one list counts once.
-- grain: author_id, arxiv_id
-- column author_id: The author.
-- column name: Display name of the author.
-- column arxiv_id: arXiv identifier.
-- column title: Title of the paper.
-- column first_position: First place of the author in the list.
-- column n_authors: Length of the author list that is known.
-- column submitted_month: First day of the month in which the identifier was given out.
-- column first_listed_date: Earliest date of a digest that lists the paper; null if none has a date.
with placed as (
    select
        author_id,
        arxiv_id,
        min(position) as first_position
    from paper_authors
    group by all
)

select
    placed.author_id,
    authors.name,
    placed.arxiv_id,
    papers.title,
    placed.first_position,
    papers.n_authors,
    papers.submitted_month,
    papers.first_listed_date
from placed
join authors using (author_id)
join papers using (arxiv_id)
