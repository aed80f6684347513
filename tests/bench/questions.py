"""What people ask a large warehouse, for `bench.py queries`."""

from typing import Any, Final

QUESTIONS: Final = {
    "papers by month and list": """
        select submitted_month, list_name, count(distinct arxiv_id) as n_papers
        from listings join digests using (digest_id) join papers using (arxiv_id)
        group by all order by all""",
    "one author's papers": """
        select papers.arxiv_id, papers.title, papers.first_listed_date
        from authors join paper_authors using (author_id) join papers using (arxiv_id)
        where authors.name = '{author}'
        order by first_listed_date desc, arxiv_id""",
    "co-authors of an author": """
        with own as (
            select distinct arxiv_id from authors join paper_authors using (author_id) where authors.name = '{author}'
        )
        select authors.name, count(distinct arxiv_id) as n_shared_papers
        from own join paper_authors using (arxiv_id) join authors using (author_id)
        where authors.name <> '{author}'
        group by all order by n_shared_papers desc, name limit 50""",
    "top links": """
        select host, url, count(*) as n_papers
        from paper_links
        group by all order by n_papers desc, url limit 20""",
    "title search with ilike": """
        select arxiv_id, title from papers where title ilike '%ation%ness%' order by arxiv_id desc limit 50""",
    "papers of a day": """
        select list_name, listings.position, papers.title
        from digests join listings using (digest_id) join papers using (arxiv_id)
        where digest_date = (select max(digest_date) from digests)
        order by all""",
}


def busiest_author(connection: Any) -> str:
    """The author with the most papers."""
    ((name,),) = connection.execute(
        "select name from authors order by n_papers desc, name limit 1"
    ).fetchall()
    return str(name)
