"""Rows of `persons`: what the mentions, papers and joins of each person add up to."""

from typing import Final

from paperhouse.warehouse.storage.frame_exchange import FrameExchange

_STEPS: Final = {
    "written": """
        select distinct person_id, author_id, arxiv_id
        from paper_authors
        semi join changed_authors using (author_id)
        where {condition}
    """,
    "summed": """
        select
            written.person_id,
            written.author_id,
            count(*) as n_papers,
            min(papers.first_listed_date) as first_listed_date,
            max(papers.last_listed_date) as last_listed_date,
            min(written.arxiv_id) as first_arxiv_id
        from written
        join papers using (arxiv_id)
        group by all
    """,
    "known": """
        with lone as (
            select person_id, first_arxiv_id as arxiv_id
            from summed
            where n_papers = 1
        ),
        met as (
            select distinct written.person_id, paper_authors.author_id
            from written
            anti join lone using (person_id)
            join paper_authors using (arxiv_id)
        )
        select person_id, n_names - 1 as n_coauthors
        from lone
        join list_lengths using (arxiv_id)
        union all
        select person_id, count(*) - 1 as n_coauthors
        from met
        group by person_id
    """,
    "favoured": """
        with counted as (
            select person_id, primary_category, count(*) as n_papers
            from written
            join papers using (arxiv_id)
            where primary_category is not null
            group by all
        )
        select
            person_id,
            list(primary_category order by n_papers desc, primary_category)[1:3] as main_categories
        from counted
        group by person_id
    """,
}
"""Temporary tables, each made from those before it."""
_LIST_LENGTHS: Final = """
    create or replace temp table list_lengths as
    with papers_of_names as (
        select distinct arxiv_id
        from paper_authors
        semi join changed_authors using (author_id)
    ),
    listed as (
        select distinct arxiv_id, author_id
        from paper_authors
        semi join papers_of_names using (arxiv_id)
    )
    select arxiv_id, count(*) as n_names
    from listed
    group by arxiv_id
"""
"""Most persons have one paper: how many others are in its list is counted once a paper."""
MENTIONS_PER_PART: Final = 1_000_000
"""Mentions whose persons are written at a time: each part looks at all mentions once."""
_PERSONS: Final = """
    with joined as (
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
    order by summed.person_id
"""


def insert_persons(bridge: FrameExchange) -> None:
    """Insert the persons of all changed names, as `paper_authors` and `person_evidence` have them."""
    n_mentions = bridge.count(
        "select count(*) from paper_authors semi join changed_authors using (author_id)"
    )
    if not n_mentions:
        return
    n_parts = 1 + n_mentions // MENTIONS_PER_PART
    bridge.connection.execute(_LIST_LENGTHS)
    for part in range(n_parts):
        _insert_part(bridge, f"author_id % {n_parts} = {part}")
    bridge.connection.execute("drop table list_lengths")


def _insert_part(bridge: FrameExchange, condition: str) -> None:
    """Insert the persons of those of the changed names for which the condition holds."""
    made = [
        f"create or replace temp table {table} as {query.format(condition=condition)}"
        for table, query in _STEPS.items()
    ]
    inserted = f"insert into persons by name {_PERSONS.format(condition=condition)}"
    dropped = [f"drop table {table}" for table in _STEPS]
    bridge.connection.execute(";".join([*made, inserted, *dropped]))
