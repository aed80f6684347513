-- Papers and the places of their code: links of kind code, whoever stated them.
-- grain: arxiv_id, url
-- column arxiv_id: arXiv identifier.
-- column title: Title.
-- column primary_category: Primary arXiv category; null where no source states it.
-- column submitted_month: First day of the month in which the identifier was given out.
-- column first_listed_date: Earliest date of a digest that lists the paper; null if none has a date.
-- column url: URL of the code.
-- column host: Host of the URL, lower case, without www.
select
    papers.arxiv_id,
    papers.title,
    papers.primary_category,
    papers.submitted_month,
    papers.first_listed_date,
    paper_links.url,
    paper_links.host
from paper_links
join papers using (arxiv_id)
where paper_links.kind = 'code'
