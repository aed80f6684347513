-- Every paper was listed by some digest, so that it can be traced to file and line.
-- changed: papers, listings by arxiv_id
select
    papers.arxiv_id,
    papers.title
from papers
anti join listings using (arxiv_id)
