"""One number for what a warehouse says, whatever the order of its rows and the loads it came by."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import duckdb

from paperhouse.transforms.tables import OPERATIONAL_COLUMNS, OPERATIONAL_TABLES, WAREHOUSE_TABLES
from paperhouse.warehouse.schema.ddl import quoted_name, quoted_text
from paperhouse.warehouse.write.changed_keys import FindRows, changed_key, rows_by_place

TABLES_PER_STATEMENT = 7
"""What is planned together ..."""
FEW_BYTES = 1024**2
"""... where the keys of changed rows are no more: each table's are held in memory meanwhile."""


def table_hashes(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[int, int]]:
    """Rows and hash of every base table, by a full scan that reads and checks every block.

    The hash adds up a 64-bit hash of each row, so that the order of rows does not matter.
    """
    return hashes_of_relations(
        connection, {table: quoted_name(table) for table in WAREHOUSE_TABLES}, TABLES_PER_STATEMENT
    )


def content_hash(connection: duckdb.DuckDBPyConnection) -> str:
    """Hash of all facts, 16 hexadecimal digits; `loads` and `digests.load_id` tell of runs and are left out."""
    return hash_of_tables(table_hashes(connection))


def hash_of_tables(tables: Mapping[str, tuple[int, int]]) -> str:
    """The content hash of a warehouse whose tables have these rows and hashes."""
    digest = hashlib.blake2b(digest_size=8)
    for table, hashed in tables.items():
        if table not in OPERATIONAL_TABLES:
            digest.update(f"{table} {hashed}\n".encode())
    return digest.hexdigest()


def hashes_of_changed(
    connection: duckdb.DuckDBPyConnection,
    key_files: Mapping[str, Path],
    n_rows: Mapping[str, int],
    find: FindRows = rows_by_place,
) -> dict[str, tuple[int, int]]:
    """Rows and hash of what every base table holds under the keys in these Parquet files, by name of the key column.

    Hashes add up: a table's whole hash changes by that of the new rows less that of the old ones. The
    few rows of a table that no key tells are all taken. Tables that hold nothing, by `n_rows`, are not asked.
    """
    connection.execute(
        "".join(
            f"create or replace temp table hashed_{key} as from read_parquet({quoted_text(str(file))});"
            for key, file in key_files.items()
        )
    )
    relations = {}
    for table in WAREHOUSE_TABLES:
        if n_rows[table]:
            key = changed_key(table)
            relations[table] = find(f"hashed_{key}", key, table, n_rows) if key else quoted_name(table)
    are_few = sum(file.stat().st_size for file in key_files.values()) <= FEW_BYTES
    hashes = hashes_of_relations(connection, relations, TABLES_PER_STATEMENT if are_few else 1)
    return {table: hashes.get(table, (0, 0)) for table in WAREHOUSE_TABLES}


def hashes_of_relations(
    connection: duckdb.DuckDBPyConnection, relations: Mapping[str, str], number: int
) -> dict[str, tuple[int, int]]:
    """Rows and hash of relations that hold rows of the base tables that they are given for, `number` at a time."""
    hashes = {}
    tables = list(relations)
    for start in range(0, len(tables), number):
        queries = [_hash_query(table, relations[table]) for table in tables[start : start + number]]
        for table, n_rows, total in connection.execute(" union all ".join(queries)).fetchall():
            hashes[table] = int(n_rows), int(total)
    return {table: hashes[table] for table in relations}


def _hash_query(table: str, relation: str) -> str:
    columns = ", ".join(
        quoted_name(name)
        for name in WAREHOUSE_TABLES[table].columns()
        if (table, name) not in OPERATIONAL_COLUMNS
    )
    return f"select {quoted_text(table)}, count(*), coalesce(sum(hash({columns})), 0) from {relation}"
