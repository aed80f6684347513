-- Mentions of one name that a correction calls the same are one person's, and different ones are not.
-- changed: person_corrections by arxiv_id
-- rows: person_corrections
select
    person_corrections.arxiv_id,
    person_corrections.position,
    person_corrections.other_arxiv_id,
    person_corrections.other_position,
    person_corrections.verdict
from person_corrections
join paper_authors as mentions using (arxiv_id, position)
join paper_authors as others
    on others.arxiv_id = person_corrections.other_arxiv_id
    and others.position = person_corrections.other_position
    and others.author_id = mentions.author_id
where (mentions.person_id = others.person_id) <> (person_corrections.verdict = 'same')
