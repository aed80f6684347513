-- The papers of each person, with the place in the author list.
-- grain: person_id, arxiv_id
-- column person_id: The person.
-- column name: Display name.
-- column arxiv_id: The paper.
-- column title: Its title.
-- column position: The first place at which the person stands in its author list.
-- column n_authors: Length of that list.
-- column primary_category: Primary category; null where no source states it.
-- column submitted_month: Month of the identifier.
-- column first_listed_date: Earliest date of a digest that lists it; null if none has a date.
select
    persons.person_id,
    persons.name,
    papers.arxiv_id,
    papers.title,
    min(paper_authors.position) as position,
    papers.n_authors,
    papers.primary_category,
    papers.submitted_month,
    papers.first_listed_date
from paper_authors
join persons using (person_id)
join papers using (arxiv_id)
group by all
