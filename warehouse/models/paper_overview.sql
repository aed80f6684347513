-- One readable row per paper, with its links on arXiv and to code.
-- grain: arxiv_id
-- column arxiv_id: arXiv identifier.
-- column title: Title.
-- column first_author: First name of the author list as written; null where no source names any.
-- column n_authors: Length of the author list that is known; null where no source names any.
-- column authors_completeness: How much of the author list is known.
-- column primary_category: Primary arXiv category; null where no source states it.
-- column submitted_month: First day of the month in which the identifier was given out.
-- column first_listed_date: Earliest date of a digest that lists the paper; null if none has a date.
-- column lists: Names of the lists that hold the paper, sorted; empty where no digest names its list.
-- column n_listings: Number of listings.
-- column url: Page of the paper on arXiv.
-- column code_url: A place of its code, the first in the alphabet; null if none is known.
-- column abstract: Abstract; null where no source states one.
with list_names as (
    select
        listings.arxiv_id,
        list_sort(list(distinct digests.list_name)) as lists
    from listings
    join digests using (digest_id)
    where digests.list_name is not null
    group by all
),

code_links as (
    select
        arxiv_id,
        min(url) as code_url
    from paper_links
    where kind = 'code'
    group by all
)

select
    papers.arxiv_id,
    papers.title,
    paper_authors.name_as_written as first_author,
    papers.n_authors,
    papers.authors_completeness,
    papers.primary_category,
    papers.submitted_month,
    papers.first_listed_date,
    coalesce(list_names.lists, []) as lists,
    papers.n_listings,
    'https://arxiv.org/abs/' || papers.arxiv_id as url,
    code_links.code_url,
    papers.abstract
from papers
left join paper_authors
    on paper_authors.arxiv_id = papers.arxiv_id
    and paper_authors.position = 1
left join list_names on list_names.arxiv_id = papers.arxiv_id
left join code_links on code_links.arxiv_id = papers.arxiv_id
