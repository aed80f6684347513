-- papers.arxiv_id has no version, prefix or subject class, in the form of either era.
-- changed: papers by arxiv_id
select
    arxiv_id,
    title
from papers
where not regexp_full_match(arxiv_id, '\d{4}\.\d{4,5}|[a-z]+(?:-[a-z]+)*/\d{7}')
