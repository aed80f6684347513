-- Papers per month of submission and arXiv category; a paper counts in each of its categories.
-- grain: submitted_month, category
-- column submitted_month: First day of the month in which the papers' identifiers were given out.
-- column category: arXiv category.
-- column category_name: Its name; null for one that the taxonomy does not hold.
-- column n_papers: Papers in the category.
-- column n_primary_papers: Those with it as their primary category.
select
    papers.submitted_month,
    paper_categories.category,
    categories.name as category_name,
    count(*) as n_papers,
    count(*) filter (where paper_categories.is_primary) as n_primary_papers
from paper_categories
join papers using (arxiv_id)
left join categories using (category)
group by all
