-- Authors, affiliations, categories, classes, versions, links, translations, notes, topics, numbers in the search index,
-- variants and particulars belong to a paper that is held.
-- When a paper is written anew, all its rows are; a row left behind shows up here.
-- changed: paper_authors, paper_categories, paper_classes, paper_versions, author_affiliations, paper_links,
--   paper_translations, paper_notes, paper_topics, search_papers, variants, particulars, variant_affiliations,
--   papers by arxiv_id
with about_papers as (
    select 'paper_authors' as table_name, arxiv_id from paper_authors
    union all
    select 'paper_categories', arxiv_id from paper_categories
    union all
    select 'paper_classes', arxiv_id from paper_classes
    union all
    select 'paper_versions', arxiv_id from paper_versions
    union all
    select 'author_affiliations', arxiv_id from author_affiliations
    union all
    select 'paper_links', arxiv_id from paper_links
    union all
    select 'paper_translations', arxiv_id from paper_translations
    union all
    select 'paper_notes', arxiv_id from paper_notes
    union all
    select 'paper_topics', arxiv_id from paper_topics
    union all
    select 'search_papers', arxiv_id from search_papers
    union all
    select 'variants', arxiv_id from variants
    union all
    select 'particulars', arxiv_id from particulars
    union all
    select 'variant_affiliations', arxiv_id from variant_affiliations
)

select
    about_papers.table_name,
    about_papers.arxiv_id,
    count(*) as n_rows
from about_papers
anti join papers using (arxiv_id)
group by all
