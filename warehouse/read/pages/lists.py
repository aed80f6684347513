"""Lists and categories: how many papers they show, day by day, and which."""

from typing import Any

import duckdb

from paperhouse.warehouse.read.pages.cards import LIST_LABEL, NO_LISTS
from paperhouse.warehouse.storage.connections import dict_rows

Row = dict[str, Any]


def read_lists(connection: duckdb.DuckDBPyConnection) -> list[Row]:
    """Each list with its papers, digests, days and newest day; the one with most papers first."""
    query = f"""
        select
            {LIST_LABEL} as list,
            count(distinct listings.arxiv_id) as n_papers,
            count(distinct digests.digest_id) as n_digests,
            count(distinct digests.digest_date) as n_days,
            min(digests.digest_date) as first_day,
            max(digests.digest_date) as last_day
        from digests
        left join listings using (digest_id)
        where digests.format not in {NO_LISTS}
        group by all
        order by n_papers desc, list
    """
    return dict_rows(connection, query)


def read_list_days(connection: duckdb.DuckDBPyConnection) -> list[Row]:
    """Papers by list and day, and those that no list showed earlier; the oldest day first."""
    query = f"""
        select
            {LIST_LABEL} as list,
            digests.digest_date as day,
            count(distinct listings.arxiv_id) as n_papers,
            count(distinct listings.arxiv_id) filter (
                where papers.first_listed_date = digests.digest_date
                and coalesce(listings.announce_type, 'new') = 'new'
            ) as n_new
        from digests
        left join listings using (digest_id)
        left join papers using (arxiv_id)
        where digests.digest_date is not null and digests.format not in {NO_LISTS}
        group by all
        order by day, list
    """
    return dict_rows(connection, query)


def read_list_topics(connection: duckdb.DuckDBPyConnection, list_label: str, n_most: int = 12) -> list[Row]:
    """Headings inside a list's digests with most papers."""
    query = f"""
        select
            listings.topic,
            count(distinct listings.arxiv_id) as n_papers
        from listings
        join digests using (digest_id)
        where {LIST_LABEL} = $list and listings.topic is not null and digests.format not in {NO_LISTS}
        group by all
        order by n_papers desc, listings.topic
        limit $n_most
    """
    return dict_rows(connection, query, {"list": list_label, "n_most": n_most})


def read_topics(connection: duckdb.DuckDBPyConnection, n_most: int = 500) -> list[Row]:
    """Headings inside digests with most papers, each with its lists and its first and last day."""
    query = f"""
        select
            listings.topic,
            count(distinct listings.arxiv_id) as n_papers,
            list_sort(list_distinct(list({LIST_LABEL}))) as lists,
            min(digests.digest_date) as first_day,
            max(digests.digest_date) as last_day
        from listings
        join digests using (digest_id)
        where listings.topic is not null and digests.format not in {NO_LISTS}
        group by listings.topic
        order by n_papers desc, listings.topic
        limit $n_most
    """
    return dict_rows(connection, query, {"n_most": n_most})


def read_topic_papers(connection: duckdb.DuckDBPyConnection, topic: str, n_most: int) -> list[str]:
    """Identifiers of the papers under a heading, those that were listed last first; undated ones at the end."""
    query = f"""
        select listings.arxiv_id
        from listings
        join digests using (digest_id)
        where listings.topic = $topic and digests.format not in {NO_LISTS}
        group by listings.arxiv_id
        order by max(digests.digest_date) desc nulls last, listings.arxiv_id desc
        limit $n_most
    """
    return [row["arxiv_id"] for row in dict_rows(connection, query, {"topic": topic, "n_most": n_most})]


def read_topic_months(connection: duckdb.DuckDBPyConnection, topic: str) -> list[Row]:
    """Papers under a heading by month of submission, the oldest first."""
    query = f"""
        select
            papers.submitted_month as month,
            count(distinct arxiv_id) as n_papers
        from listings
        join digests using (digest_id)
        join papers using (arxiv_id)
        where listings.topic = $topic and digests.format not in {NO_LISTS}
        group by all
        order by month
    """
    return dict_rows(connection, query, {"topic": topic})


def read_list_papers(connection: duckdb.DuckDBPyConnection, list_label: str, n_most: int) -> list[str]:
    """Identifiers of a list's papers, those that were listed last first; undated ones at the end."""
    query = f"""
        select listings.arxiv_id
        from listings
        join digests using (digest_id)
        where {LIST_LABEL} = $list and digests.format not in {NO_LISTS}
        group by listings.arxiv_id
        order by max(digests.digest_date) desc nulls last, listings.arxiv_id desc
        limit $n_most
    """
    rows = dict_rows(connection, query, {"list": list_label, "n_most": n_most})
    return [row["arxiv_id"] for row in rows]


def read_paper_categories(connection: duckdb.DuckDBPyConnection) -> list[Row]:
    """Each category that papers bear, with its name and papers; the one with most papers first."""
    query = """
        select
            paper_categories.category,
            categories.name,
            count(*) as n_papers,
            count(*) filter (where paper_categories.is_primary) as n_primary
        from paper_categories
        left join categories using (category)
        group by all
        order by n_papers desc, paper_categories.category
    """
    return dict_rows(connection, query)


def read_category_months(connection: duckdb.DuckDBPyConnection) -> list[Row]:
    """Papers by month of submission and category."""
    query = """
        select
            papers.submitted_month as month,
            paper_categories.category,
            count(*) as n_papers
        from paper_categories
        join papers using (arxiv_id)
        group by all
        order by month, paper_categories.category
    """
    return dict_rows(connection, query)


def read_category_papers(connection: duckdb.DuckDBPyConnection, category: str, n_most: int) -> list[str]:
    """Identifiers of a category's papers, the newest first."""
    query = """
        select arxiv_id
        from paper_categories
        join papers using (arxiv_id)
        where paper_categories.category = $category
        order by papers.first_listed_date desc nulls last, arxiv_id desc
        limit $n_most
    """
    rows = dict_rows(connection, query, {"category": category, "n_most": n_most})
    return [row["arxiv_id"] for row in rows]
