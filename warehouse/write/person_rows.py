"""Rows of `persons`: what the mentions, papers and joins of each person add up to."""

from paperhouse.warehouse.storage.frame_exchange import FrameExchange


def insert_persons(bridge: FrameExchange, mentions_per_part: int) -> None:
    """Insert the persons of all changed names, as `paper_authors` and `person_evidence` have them."""
    n_mentions = bridge.count(
        "select count(*) from paper_authors semi join changed_authors using (author_id)"
    )
    n_parts = 1 + n_mentions // mentions_per_part
    for part in range(n_parts if n_mentions else 0):
        _insert_part(bridge, f"author_id % {n_parts} = {part}")


def _insert_part(bridge: FrameExchange, condition: str) -> None:
    """Insert the persons of those of the changed names for which the condition holds.

    Most persons have one paper: how many others are in its list is counted once a paper.
    """
    bridge.connection.execute(
        f"""
        create or replace temp table written as
        select distinct person_id, author_id, arxiv_id
        from paper_authors
        semi join changed_authors using (author_id)
        where {condition};
        create or replace temp table summed as
        select
            written.person_id,
            written.author_id,
            count(*) as n_papers,
            min(papers.first_listed_date) as first_listed_date,
            max(papers.last_listed_date) as last_listed_date,
            min(written.arxiv_id) as first_arxiv_id
        from written
        join papers using (arxiv_id)
        group by all;
        create or replace temp table known as
        with lone as (
            select person_id, first_arxiv_id as arxiv_id
            from summed
            where n_papers = 1
        ),
        lists as (
            select arxiv_id, count(distinct author_id) - 1 as n_coauthors
            from paper_authors
            semi join lone using (arxiv_id)
            group by arxiv_id
        )
        select person_id, n_coauthors
        from lone
        join lists using (arxiv_id)
        union all
        select written.person_id, count(distinct paper_authors.author_id) - 1 as n_coauthors
        from written
        anti join lone using (person_id)
        join paper_authors using (arxiv_id)
        group by written.person_id;
        insert into persons by name
        with counted as (
            select person_id, primary_category, count(*) as n_papers
            from written
            join papers using (arxiv_id)
            where primary_category is not null
            group by all
        ),
        favoured as (
            select
                person_id,
                list(primary_category order by n_papers desc, primary_category)[1:3] as main_categories
            from counted
            group by person_id
        ),
        joined as (
            select person_id, min(score) as score
            from person_evidence
            semi join changed_authors using (author_id)
            where {condition}
            group by person_id
        )
        select
            summed.person_id,
            summed.author_id,
            authors.name,
            authors.name_key,
            summed.n_papers,
            summed.first_listed_date,
            summed.last_listed_date,
            coalesce(round(1 / (1 + exp(-greatest(-20, least(20, joined.score)))), 3), 1) as confidence,
            coalesce(favoured.main_categories, []) as main_categories,
            known.n_coauthors
        from summed
        join authors using (author_id)
        join known using (person_id)
        left join favoured using (person_id)
        left join joined using (person_id)
        order by summed.person_id;
        drop table written;
        drop table summed;
        drop table known
        """
    )
