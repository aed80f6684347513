-- The canonical wording keeps no title, authors or abstract of its own: they are those of the paper.
select
    papers.arxiv_id,
    papers.variant_id
from papers
join variants using (variant_id)
where
    variants.title is not null
    or variants.authors is not null
    or variants.abstract is not null
