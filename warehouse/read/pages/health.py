"""Whether sources still arrive, and what could not be read."""

from typing import Any

import duckdb

from paperhouse.warehouse.storage.connections import dict_rows

Row = dict[str, Any]


def read_rejects(connection: duckdb.DuckDBPyConnection, n_most: int = 50) -> list[Row]:
    """The rejects of the newest digests, with place, reason and the beginning of their text."""
    query = """
        select
            digests.path,
            rejects.line_start,
            rejects.line_end,
            digests.digest_date,
            rejects.reason,
            left(rejects.text, 240) as text
        from rejects
        join digests using (digest_id)
        order by digests.digest_date desc nulls last, digests.path, rejects.position
        limit $n_most
    """
    return dict_rows(connection, query, {"n_most": n_most})


def read_rejects_by_reason(connection: duckdb.DuckDBPyConnection) -> list[Row]:
    """Rejects by reason, the most frequent first."""
    query = """
        select
            reason,
            count(*) as n_rejects
        from rejects
        group by all
        order by n_rejects desc, reason
    """
    return dict_rows(connection, query)
