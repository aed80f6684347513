-- Both mentions of a piece of evidence are of the person that it names.
-- changed: paper_authors, person_evidence by author_id
-- rows: person_evidence
select
    person_evidence.arxiv_id,
    person_evidence.position,
    person_evidence.person_id,
    mentions.person_id as person_id_of_mention,
    joined.person_id as person_id_of_joined
from person_evidence
left join paper_authors as mentions
    on mentions.arxiv_id = person_evidence.arxiv_id
    and mentions.position = person_evidence.position
left join paper_authors as joined
    on joined.arxiv_id = person_evidence.joined_arxiv_id
    and joined.position = person_evidence.joined_position
where
    mentions.person_id is distinct from person_evidence.person_id
    or joined.person_id is distinct from person_evidence.person_id
