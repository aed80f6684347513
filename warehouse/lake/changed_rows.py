"""What a load changed in a lake, pulled out of it once: each look into a lake costs as much as a whole check."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import duckdb

from paperhouse.transforms.tables import WAREHOUSE_TABLES
from paperhouse.warehouse.schema.ddl import create_lake_table_statement, quoted_name
from paperhouse.warehouse.schema.relations import Check, load_checks
from paperhouse.warehouse.write.changed_keys import (
    CHANGED_TABLES,
    changed_as_pulled,
    changed_key,
    rows_by_key,
)
from paperhouse.warehouse.write.content_hash import TABLES_PER_STATEMENT, hashes_of_relations
from paperhouse.warehouse.write.run_checks import CHECKS_PER_STATEMENT, CheckFailure, find_failures

_WORD: Final = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class ChangedRows:
    """Temporary tables with the changed rows of relations, by relation and the key that tells them."""

    connection: duckdb.DuckDBPyConnection
    pulled: Mapping[tuple[str, str | None], str]

    def failures(self, n_rows: Mapping[str, int]) -> list[CheckFailure]:
        """Failures of all checks over what changed; `n_rows` are the rows of all tables."""
        return find_failures(self.connection, n_rows, self._scope_of, CHECKS_PER_STATEMENT)

    def _scope_of(self, check: Check) -> str:
        names = set(_WORD.findall(check.sql))
        whole = {table: name for (table, key), name in self.pulled.items() if key is None and table in names}
        tables = whole | {table: self.pulled[table, key] for table, key in check.changed}
        parts = ", ".join(f"{quoted_name(table)} as (from {name})" for table, name in tables.items())
        return f"with {parts} " if parts else ""

    def hashes(self) -> dict[str, tuple[int, int]]:
        """Rows and hash of what each base table holds now of what changed."""
        relations = {table: self.pulled[table, changed_key(table)] for table in WAREHOUSE_TABLES}
        return hashes_of_relations(self.connection, relations, TABLES_PER_STATEMENT)


def pull_changed(connection: duckdb.DuckDBPyConnection, n_rows: Mapping[str, int]) -> ChangedRows:
    """Pull the rows under the changed keys that `warehouse/write/changed_keys.py` noted; of some tables all rows.

    Base tables that hold nothing, by `n_rows`, are not asked: each statement on a lake takes tens of milliseconds.
    """
    wanted: dict[tuple[str, str | None], str] = {
        (table, key): changed_as_pulled(table, key) for check in load_checks() for table, key in check.changed
    }
    for table in WAREHOUSE_TABLES:
        key = changed_key(table)
        wanted[table, key] = changed_as_pulled(table, key) if key else f"all_{table}"
    for (table, key), name in wanted.items():
        if not n_rows.get(table, 1):
            schema = WAREHOUSE_TABLES[table]
            connection.execute(create_lake_table_statement(name, schema, is_temporary=True))
            continue
        changed = (
            rows_by_key(CHANGED_TABLES[key], key, table, n_rows) if key else f"main.{quoted_name(table)}"
        )
        connection.execute(f"create or replace temp table {name} as from {changed}")
    return ChangedRows(connection, wanted)
