-- Persons who wrote papers together, each pair from both sides. Papers with more than 50 authors are left out.
-- grain: person_id, coauthor_person_id
-- column person_id: The person.
-- column name: Display name.
-- column coauthor_person_id: A person of another place in the same lists.
-- column coauthor_name: Display name.
-- column n_shared_papers: Papers of both, each counted once.
select
    mentions.person_id,
    persons.name,
    others.person_id as coauthor_person_id,
    coauthors.name as coauthor_name,
    count(distinct mentions.arxiv_id) as n_shared_papers
from paper_authors as mentions
join papers using (arxiv_id)
join paper_authors as others
    on others.arxiv_id = mentions.arxiv_id
    and others.person_id <> mentions.person_id
join persons on persons.person_id = mentions.person_id
join persons as coauthors on coauthors.person_id = others.person_id
where papers.n_authors <= 50
group by all
