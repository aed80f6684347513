-- Every paper was listed by some digest, or stated by arXiv, so that it can be traced to file and line.
-- changed: papers, entries by arxiv_id
select
    papers.arxiv_id,
    papers.title
from papers
anti join entries using (arxiv_id)
