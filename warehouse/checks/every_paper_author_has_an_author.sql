-- Every name in an author list leads to a row of authors.
-- changed: paper_authors by author_id
select
    paper_authors.arxiv_id,
    paper_authors.position,
    paper_authors.author_id,
    paper_authors.name_as_written
from paper_authors
anti join authors using (author_id)
