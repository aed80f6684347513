-- The canonical wording keeps no title, authors or abstract of its own: they are those of the paper. Only where
-- its abstract is cut short and the paper has a fuller one does it keep what it says.
-- changed: papers, variants by arxiv_id
select
    papers.arxiv_id,
    papers.variant_id
from papers
join (
    -- Hardly any is left, so that the long texts of the papers need not be read for a join.
    from variants
    where title <> '' or authors is not null or abstract is not null
) as variants using (variant_id)
where
    variants.title <> ''
    or variants.authors is not null
    or variants.abstract = papers.abstract
    or (variants.abstract is not null and variants.abstract_completeness = papers.abstract_completeness)
