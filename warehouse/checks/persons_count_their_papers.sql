-- persons.n_papers is the number of papers with a mention of the person, and there is at least one.
-- changed: paper_authors, persons by author_id
with counted as (
    select
        person_id,
        count(distinct arxiv_id) as n_papers
    from paper_authors
    group by all
)

select
    persons.person_id,
    persons.name,
    persons.n_papers as n_papers_stored,
    counted.n_papers as n_papers_counted
from persons
left join counted using (person_id)
where persons.n_papers is distinct from counted.n_papers
