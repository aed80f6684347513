-- Names that are held to be of several persons, and how sure that is.
-- grain: author_id
-- column author_id: The name.
-- column name: Display name.
-- column n_persons: Persons of that name.
-- column n_papers: Papers that name one of them.
-- column n_papers_of_largest: Papers of the person with most.
-- column n_persons_of_one_paper: Persons of whom one paper is known: some will be one of the others.
-- column least_confidence: Confidence of the least certain of these persons.
select
    authors.author_id,
    authors.name,
    count(*) as n_persons,
    authors.n_papers,
    max(persons.n_papers) as n_papers_of_largest,
    count(*) filter (where persons.n_papers = 1) as n_persons_of_one_paper,
    min(persons.confidence) as least_confidence
from persons
join authors using (author_id)
group by authors.author_id, authors.name, authors.n_papers
having count(*) > 1
