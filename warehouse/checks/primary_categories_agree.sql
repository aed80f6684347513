-- A paper has at most one primary category in paper_categories, and it is papers.primary_category.
-- changed: papers, paper_categories by arxiv_id
with primaries as (
    select
        arxiv_id,
        count(*) as n_primaries,
        min(category) as category
    from paper_categories
    where is_primary
    group by all
)

select
    papers.arxiv_id,
    papers.primary_category,
    primaries.category as primary_in_paper_categories,
    coalesce(primaries.n_primaries, 0) as n_primaries
from papers
left join primaries using (arxiv_id)
where
    papers.primary_category is distinct from primaries.category
    or primaries.n_primaries > 1
