"""The check of every table's key, made from the schema: DuckDB keeps no index, so these checks are the keys."""

from typing import Final

from paperhouse.transforms.papers.paper_tables import PAPER_TABLES
from paperhouse.transforms.search.layout import NUMBERS_PER_YEAR
from paperhouse.transforms.tables import OPERATIONAL_TABLES, WAREHOUSE_TABLES
from paperhouse.warehouse.schema.ddl import quoted_name, table_key

_READ_WHOLE: Final = OPERATIONAL_TABLES | {"person_corrections"}
"""Small tables whose rows no changed paper, author or digest points to."""
LIST_KEYS: Final = {"paper_authors": "author_list", "paper_neighbours": "neighbour_list"}
"""Lists of papers that a load may change alone: who the persons are, which papers are like it."""
SEARCH_KEYS: Final = {"search_postings": "paper", "search_words": "term"}
"""The columns that tell which rows of the search index a load changed."""
_YEAR, _LAST_YEAR = f"paper // {NUMBERS_PER_YEAR}", f"last_paper // {NUMBERS_PER_YEAR}"
_UNLESS_IN_ORDER: Final = f"""where exists (
    from (
        select
            paper,
            term,
            lag(paper, 1, 0) over () as last_paper,
            lag(term, 1, 0) over () as last_term
        from search_postings
    )
    where
        {_YEAR} < {_LAST_YEAR}
        or {_YEAR} = {_LAST_YEAR} and (term < last_term or term = last_term and paper <= last_paper)
)"""
"""Rows that come one after the other as `STORED_ORDER` has them cannot be twice: to see that is ten times as fast."""


def key_check_name(table: str) -> str:
    """Name of the check that no two rows of a table share its key."""
    return f"{table}_have_unique_keys"


def key_check_sql(table: str) -> str:
    """Query that gives each key that several rows of a table share, with the number of rows."""
    columns = "".join(f"    {quoted_name(column)},\n" for column in table_key(WAREHOUSE_TABLES[table]))
    condition = f"{_UNLESS_IN_ORDER}\n" if table == "search_postings" else ""
    return (
        f"select\n{columns}    count(*) as n_rows\nfrom {table}\n{condition}group by all\nhaving count(*) > 1"
    )


def key_check_description(table: str) -> str:
    """Sentence that says what the check of a table's key guarantees."""
    key = ", ".join(table_key(WAREHOUSE_TABLES[table]))
    return f"No two rows of {table} have the same {key}: the engine keeps no index, so this check is the key."


def row_key(table: str) -> str | None:
    """The column that tells which rows of a table a load may have changed; None where all of them must be read.

    Author blocks are written whole; of tables with digests and papers the digest tells, for its positions are the key.
    """
    columns = WAREHOUSE_TABLES[table].columns()
    if table in _READ_WHOLE:
        return None
    if table in LIST_KEYS:
        return LIST_KEYS[table]
    if table in SEARCH_KEYS:
        return SEARCH_KEYS[table]
    if "author_id" in columns and table not in PAPER_TABLES:
        return "author_id"
    return next((key for key in ("digest_id", "arxiv_id") if key in columns), None)
