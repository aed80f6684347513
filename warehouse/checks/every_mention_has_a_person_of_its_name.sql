-- Every place in an author list belongs to a person, and that person bears its name.
-- changed: paper_authors, persons by author_id
select
    paper_authors.arxiv_id,
    paper_authors.position,
    paper_authors.person_id,
    paper_authors.author_id,
    persons.author_id as author_id_of_person
from paper_authors
left join persons using (person_id)
where persons.author_id is distinct from paper_authors.author_id
