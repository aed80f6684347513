"""One number for what a warehouse says, whatever the order of its rows and the loads it came by."""

import hashlib

import duckdb

from transforms.tables import OPERATIONAL_COLUMNS, OPERATIONAL_TABLES, WAREHOUSE_TABLES
from warehouse.ddl import quoted_name


def table_hashes(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[int, int]]:
    """Rows and hash of every base table, by a full scan that reads and checks every block.

    The hash adds up a 64-bit hash of each row, so that the order of rows does not matter.
    """
    return {table: _table_hash(connection, table) for table in WAREHOUSE_TABLES}


def content_hash(connection: duckdb.DuckDBPyConnection) -> str:
    """Hash of all facts, 16 hexadecimal digits; `loads` and `digests.load_id` tell of runs and are left out."""
    digest = hashlib.blake2b(digest_size=8)
    for table in WAREHOUSE_TABLES:
        if table not in OPERATIONAL_TABLES:
            digest.update(f"{table} {_table_hash(connection, table)}\n".encode())
    return digest.hexdigest()


def _table_hash(connection: duckdb.DuckDBPyConnection, table: str) -> tuple[int, int]:
    columns = ", ".join(
        quoted_name(name)
        for name in WAREHOUSE_TABLES[table].columns()
        if (table, name) not in OPERATIONAL_COLUMNS
    )
    row = connection.execute(
        f"select count(*), coalesce(sum(hash({columns})), 0) from {quoted_name(table)}"
    ).fetchone()
    assert row is not None  # noqa: S101 - an aggregate always gives one row
    return int(row[0]), int(row[1])
