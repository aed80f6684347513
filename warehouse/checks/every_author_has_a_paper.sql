-- Every author stands in the list of some paper: one whose last paper lost the name must go too.
-- changed: authors, paper_authors by author_id
select
    authors.author_id,
    authors.name
from authors
anti join paper_authors using (author_id)
