"""One number for what a warehouse says, whatever the order of its rows and the loads it came by."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import duckdb

from paperhouse.transforms.tables import OPERATIONAL_COLUMNS, OPERATIONAL_TABLES, WAREHOUSE_TABLES
from paperhouse.warehouse.schema.ddl import quoted_name, quoted_text
from paperhouse.warehouse.write.changed_keys import changed_key


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


def hashes_of_changed(
    connection: duckdb.DuckDBPyConnection, key_files: Mapping[str, Path]
) -> dict[str, tuple[int, int]]:
    """Rows and hash of what every base table holds under the keys in these Parquet files, by name of the key column.

    Hashes add up: a table's whole hash changes by that of the new rows less that of the old ones. The
    few rows of a table that no key tells are all taken.
    """
    hashes = {}
    for table in WAREHOUSE_TABLES:
        key = changed_key(table)
        file = quoted_text(str(key_files[key])) if key else ""
        hashes[table] = _table_hash(
            connection, table, f"semi join read_parquet({file}) using ({key})" if key else ""
        )
    return hashes


def _table_hash(connection: duckdb.DuckDBPyConnection, table: str, scope: str = "") -> tuple[int, int]:
    columns = ", ".join(
        quoted_name(name)
        for name in WAREHOUSE_TABLES[table].columns()
        if (table, name) not in OPERATIONAL_COLUMNS
    )
    row = connection.execute(
        f"select count(*), coalesce(sum(hash({columns})), 0) from {quoted_name(table)} {scope}"
    ).fetchone()
    assert row is not None  # noqa: S101 - an aggregate always gives one row
    return int(row[0]), int(row[1])
