"""Run warehouse/checks: each query returns the rows that break an invariant; no rows is a pass."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from paperhouse.transforms.errors import CheckFailedError
from paperhouse.warehouse.schema.relations import Check, load_checks
from paperhouse.warehouse.write.changed_keys import (
    changed_as_pulled,
    changed_in_place,
    copy_changed_rows,
    n_changed,
    only_changed,
)
from paperhouse.warehouse.write.row_counts import row_counts

N_SHOWN = 5
"""Offending rows that a failure shows; all are counted."""
CHECKS_PER_STATEMENT = 12
FEW_ROWS = 20_000
"""Up to so many rows to read, checks cost what it takes to plan them, and no memory to run side by side."""


@dataclass(frozen=True, slots=True)
class CheckFailure:
    """An invariant that does not hold: the first offending rows, sorted, and how many there are."""

    name: str
    description: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    n_rows: int

    def __str__(self) -> str:
        shown = [
            ", ".join(f"{column}={value!r}" for column, value in zip(self.columns, row, strict=True))
            for row in self.rows
        ]
        more = [f"and {self.n_rows - len(self.rows)} more"] if self.n_rows > len(self.rows) else []
        return "\n  ".join([f"{self.name}: {self.description} Rows: {self.n_rows}", *shown, *more])


def run_checks(connection: duckdb.DuckDBPyConnection, *, is_of_changes: bool = False) -> list[CheckFailure]:
    """Failures of all checks, by name; empty if every invariant holds.

    They look at the whole warehouse, or only at what was noted as changed: for one that held before.
    """
    return _failures(connection, row_counts(connection), is_of_changes=is_of_changes)


def _failures(
    connection: duckdb.DuckDBPyConnection, n_rows: Mapping[str, int], *, is_of_changes: bool
) -> list[CheckFailure]:
    n_read = n_changed(connection) if is_of_changes else sum(n_rows.values())
    are_few = n_read <= FEW_ROWS
    number = CHECKS_PER_STATEMENT if are_few else 1
    if not is_of_changes:
        return find_failures(connection, n_rows, lambda _: "", number)
    # Most checks read what another reads too, and a look for changed rows costs more than a check of them.
    place = changed_as_pulled if are_few else changed_in_place
    if are_few:
        tables = {(table, key) for check in load_checks() for table, key in check.changed}
        copy_changed_rows(connection, sorted(tables), n_rows)
    return find_failures(connection, n_rows, lambda check: only_changed(check.changed, place), number)


def find_failures(
    connection: duckdb.DuckDBPyConnection,
    n_rows: Mapping[str, int],
    scope_of: Callable[[Check], str],
    number: int,
) -> list[CheckFailure]:
    """Failures of all checks that tables of so many rows can break, `number` checks to a statement.

    `scope_of` gives a `with` clause for a check, which puts less in the place of tables, or nothing.
    """
    checks = [
        check for check in load_checks() if not check.rows or any(n_rows[table] for table in check.rows)
    ]
    return [
        _run_check(connection, check, scope_of(check))
        for start in range(0, len(checks), number)
        for check in _broken(connection, checks[start : start + number], scope_of)
    ]


def _broken(
    connection: duckdb.DuckDBPyConnection, checks: Sequence[Check], scope_of: Callable[[Check], str]
) -> list[Check]:
    """Those of the checks that find rows, by one statement: to plan each alone costs more than to run it."""
    counts = [
        f"select {number} as number, count(*) as n_rows from ({scope_of(check)}from ({check.sql}\n))"
        for number, check in enumerate(checks)
    ]
    found = connection.execute("\nunion all\n".join(counts)).fetchall()
    return [checks[number] for number, n_rows in sorted(found) if n_rows]


def _run_check(connection: duckdb.DuckDBPyConnection, check: Check, scope: str) -> CheckFailure:
    """Failure of a check that finds rows."""
    cursor = connection.execute(f"{scope}select * from ({check.sql}\n) order by all limit {N_SHOWN}")
    columns = tuple(column[0] for column in cursor.description)
    rows = tuple(cursor.fetchall())
    ((n_rows,),) = connection.execute(f"{scope}select count(*) from ({check.sql}\n)").fetchall()
    return CheckFailure(check.name, check.description, columns, rows, n_rows)


def require_checks(connection: duckdb.DuckDBPyConnection, *, is_of_changes: bool = False) -> None:
    """Let a warehouse pass only if every check does, over all of it or over what changed.

    Raises:
        CheckFailedError: names each failed check with its first offending rows; `failures` maps each check to
            its number of offending rows.
    """
    n_rows = row_counts(connection)
    are_few = is_of_changes and sum(n_rows.values()) <= FEW_ROWS
    if are_few and not _failures(connection, n_rows, is_of_changes=False):
        return  # all rows are fewer than it costs to find the changed ones among them
    refuse_failures(_failures(connection, n_rows, is_of_changes=is_of_changes))


def refuse_failures(failures: Sequence[CheckFailure]) -> None:
    """Publish nothing where a check failed.

    Raises:
        CheckFailedError: as `require_checks`.
    """
    if failures:
        found = "\n".join(map(str, failures))
        msg = f"{len(failures)} of {len(load_checks())} checks failed, nothing is published:\n{found}"
        raise CheckFailedError(msg, failures={failure.name: failure.n_rows for failure in failures})
