"""Run warehouse/checks: each query returns the rows that break an invariant; no rows is a pass."""

from dataclasses import dataclass
from typing import Any

import duckdb

from paperhouse.transforms.errors import CheckFailedError
from paperhouse.warehouse.schema.relations import Check, load_checks
from paperhouse.warehouse.write.changed_keys import only_changed

N_SHOWN = 5
"""Offending rows that a failure shows; all are counted."""


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

    They look at the whole warehouse, or only at what warehouse/changed.py noted: for one that held before.
    """
    failures = (run_check(connection, check, is_of_changes=is_of_changes) for check in load_checks())
    return [failure for failure in failures if failure is not None]


def run_check(
    connection: duckdb.DuckDBPyConnection, check: Check, *, is_of_changes: bool = False
) -> CheckFailure | None:
    """Failure of one check, or None if it passes."""
    scope = only_changed(check.changed) if is_of_changes else ""
    cursor = connection.execute(f"{scope}select * from ({check.sql}\n) order by all limit {N_SHOWN}")
    columns = tuple(column[0] for column in cursor.description)
    rows = tuple(cursor.fetchall())
    if not rows:
        return None
    counted = connection.execute(f"{scope}select count(*) from ({check.sql}\n)").fetchall()
    return CheckFailure(check.name, check.description, columns, rows, counted[0][0])


def require_checks(connection: duckdb.DuckDBPyConnection, *, is_of_changes: bool = False) -> None:
    """Let a warehouse pass only if every check does, over all of it or over what changed.

    Raises:
        CheckFailedError: names each failed check with its first offending rows; `failures` maps each check to
            its number of offending rows.
    """
    failures = run_checks(connection, is_of_changes=is_of_changes)
    if failures:
        found = "\n".join(map(str, failures))
        msg = f"{len(failures)} of {len(load_checks())} checks failed, nothing is published:\n{found}"
        raise CheckFailedError(msg, failures={failure.name: failure.n_rows for failure in failures})
