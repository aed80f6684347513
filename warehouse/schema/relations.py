"""The SQL files of warehouse/models and warehouse/checks as values, and the models as views.

A file is a header of comment lines and one query. The first lines of the header say in sentences what the
query gives; a model adds its grain and a line per column, a longer description goes on in the next line:

    -- Papers listed per day and list.
    -- grain: digest_date, list_name
    -- column digest_date: Date of the digest.
    -- column n_papers: Distinct papers of that day and list,
    --   however often they are listed.
    select ...

A check may say which tables it needs only those rows of that a load changed, found by a key:

    -- changed: papers, listings by arxiv_id

and that each row that it gives stems from a row of one of these tables, so that it passes where they are empty:

    -- rows: lookups
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from graphlib import TopologicalSorter
from hashlib import blake2b
from importlib.resources import files
from typing import Final

import duckdb

from paperhouse.transforms.calendar.announcement_days import deferred_days
from paperhouse.transforms.digest import REASONS
from paperhouse.transforms.tables import WAREHOUSE_TABLES
from paperhouse.warehouse.schema.ddl import quoted_name, quoted_text
from paperhouse.warehouse.schema.key_checks import (
    key_check_description,
    key_check_name,
    key_check_sql,
    row_key,
)
from paperhouse.warehouse.schema.search_macro import search_macro_statement

FIRST_DAY: Final = date(2000, 1, 1)
LAST_DAY: Final = date(2049, 12, 31)
"""The years of arXiv's calendar that models know; beyond them every weekday counts."""

_VERSION_MACRO: Final = "paperhouse_models_version"
"""Gives which text the views of a file were made from: to make all of them anew costs a tenth of a second."""

_KEYED_LINE = re.compile(r"(grain|changed|rows|column \w+):\s*(.*)")
_SOURCE = re.compile(r"\b(?:from|join)\s+(\w+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Model:
    """A derived relation: `grain` names the columns that identify a row, `columns` describes each by name."""

    name: str
    description: str
    grain: tuple[str, ...]
    columns: dict[str, str]
    sql: str


@dataclass(frozen=True, slots=True)
class Check:
    """An invariant: `sql` gives the rows that break it.

    Where it held before, it is enough to look at the changed rows of the tables in `changed`, each given with the key
    that tells them, and at all rows of other tables. Where all tables of `rows` are empty nothing can break it; no
    tables there means that this is not known.
    """

    name: str
    description: str
    sql: str
    changed: tuple[tuple[str, str], ...] = ()
    rows: tuple[str, ...] = ()


@cache
def load_models() -> tuple[Model, ...]:
    """Every model, each after those that it reads, else by name."""
    models = {
        model.name: model
        for model in (*map(_parse_model, *_sql_files("models")), _reject_reasons(), _deferred_days())
    }
    order = TopologicalSorter({name: _sources(models[name]) & models.keys() for name in sorted(models)})
    return tuple(models[name] for name in order.static_order())


@cache
def load_checks() -> tuple[Check, ...]:
    """Every check by name: those of warehouse/checks, and one for each table's key."""
    checks = (*map(_parse_check, *_sql_files("checks")), *map(_key_check, WAREHOUSE_TABLES))
    return tuple(sorted(checks, key=lambda check: check.name))


def create_models(connection: duckdb.DuckDBPyConnection) -> None:
    """Create or replace every model as a view with comments, and `search`; views that are no model are dropped.

    A file that has the models already, by the macro that names their text, is left as it is.
    """
    _create(connection, _model_statements())


def create_lake_models(connection: duckdb.DuckDBPyConnection) -> None:
    """As `create_models`, in a lake, which takes comments on the columns of tables only."""
    _create(connection, [text for text in _model_statements() if not text.startswith("comment on column")])


def _create(connection: duckdb.DuckDBPyConnection, models: Sequence[str]) -> None:
    if _models_version_of(connection) == models_version():
        return
    statements = (
        *_drops(connection),
        *models,
        f"create or replace macro {_VERSION_MACRO}() as {quoted_text(models_version())}",
    )
    connection.execute("".join(f"{statement};\n" for statement in statements))


@cache
def models_version() -> str:
    """Tell the text of all models from any other."""
    return blake2b("\n".join(_model_statements()).encode(), digest_size=16).hexdigest()


def _models_version_of(connection: duckdb.DuckDBPyConnection) -> str | None:
    try:
        rows: list[tuple[str]] = connection.execute(f"select {_VERSION_MACRO}()").fetchall()
    except duckdb.CatalogException:
        return None
    return rows[0][0]


@cache
def _model_statements() -> tuple[str, ...]:
    views = tuple(statement for model in load_models() for statement in _view_statements(model))
    return (*views, search_macro_statement())


def _view_statements(model: Model) -> list[str]:
    view = quoted_name(model.name)
    on_columns = [
        f"comment on column {view}.{quoted_name(column)} is {quoted_text(description)}"
        for column, description in model.columns.items()
    ]
    return [
        f"create or replace view {view} as\n{model.sql}",
        f"comment on view {view} is {quoted_text(model.description)}",
        *on_columns,
    ]


def _drops(connection: duckdb.DuckDBPyConnection) -> list[str]:
    held = connection.execute(
        "select view_name from duckdb_views() where not internal and not temporary "
        "and database_name = current_database() and schema_name = current_schema() order by all"
    ).fetchall()
    models = {model.name for model in load_models()}
    return [f"drop view {quoted_name(name)}" for (name,) in held if name not in models]


def _sources(model: Model) -> set[str]:
    return set(_SOURCE.findall(model.sql))


def _sql_files(folder: str) -> tuple[list[str], list[str]]:
    paths = sorted(
        (
            path
            for path in files("paperhouse.warehouse").joinpath(folder).iterdir()
            if path.name.endswith(".sql")
        ),
        key=lambda path: path.name,
    )
    return [path.name.removesuffix(".sql") for path in paths], [path.read_text("utf-8") for path in paths]


def _parse_model(name: str, text: str) -> Model:
    header, sql = _split_header(name, text)
    on_columns = {
        key.removeprefix("column "): line for key, line in header.items() if key.startswith("column ")
    }
    if not header.get("grain"):
        msg = f"warehouse/models/{name}.sql: no line `-- grain: column, column` in the header"
        raise ValueError(msg)
    return Model(
        name=name,
        description=header["description"],
        grain=tuple(column.strip() for column in header["grain"].split(",")),
        columns=on_columns,
        sql=sql,
    )


def _parse_check(name: str, text: str) -> Check:
    header, sql = _split_header(name, text)
    tables, _, key = header.get("changed", "").partition(" by ")
    changed = tuple((table.strip(), key) for table in tables.split(",") if table)
    rows = tuple(table.strip() for table in header.get("rows", "").split(",") if table)
    return Check(name=name, description=header["description"], sql=sql, changed=changed, rows=rows)


def _key_check(table: str) -> Check:
    key = row_key(table)
    return Check(
        name=key_check_name(table),
        description=key_check_description(table),
        sql=key_check_sql(table),
        changed=((table, key),) if key else (),
        rows=(table,),
    )


def _split_header(name: str, text: str) -> tuple[dict[str, str], str]:
    lines = text.splitlines()
    n_header = next((number for number, line in enumerate(lines) if not line.startswith("--")), len(lines))
    header: dict[str, str] = {}
    key = "description"
    for line in lines[:n_header]:
        words = line.removeprefix("--").strip()
        if keyed := _KEYED_LINE.fullmatch(words):
            key, words = keyed[1], keyed[2]
        header[key] = f"{header.get(key, '')} {words}".strip()
    if not header.get("description"):
        msg = f"{name}.sql: the file must start with `-- ` and a sentence that says what the query gives"
        raise ValueError(msg)
    return header, "\n".join(lines[n_header:]).strip()


def _deferred_days() -> Model:
    """Model made of arXiv's calendar, so that its rules stand in one place only."""
    # One text, not a row each: models are bound at each load, and every row would cost time there.
    pairs = " ".join(f"{day}/{next_day}" for day, next_day in deferred_days(FIRST_DAY, LAST_DAY))
    return Model(
        name="deferred_days",
        description=f"Weekdays from {FIRST_DAY.year} to {LAST_DAY.year} on which arXiv announces nothing: holidays.",
        grain=("day",),
        columns={"day": "The day.", "next_day": "The next day with an announcement."},
        sql=(
            "select\n    pair[:10]::date as day,\n    pair[12:]::date as next_day\n"
            f"from (select unnest(string_split({quoted_text(pairs)}, ' ')) as pair)"
        ),
    )


def _reject_reasons() -> Model:
    """Model made of `transforms.digest.REASONS`, so that the codes are explained in one place only."""
    rows = ",\n    ".join(
        f"({quoted_text(code)}, {quoted_text(meaning)})" for code, meaning in REASONS.items()
    )
    return Model(
        name="reject_reasons",
        description="Reason codes of rejects and what they mean.",
        grain=("reason",),
        columns={"reason": "Reason code.", "meaning": "What it means."},
        sql=f"select\n    reason,\n    meaning\nfrom (values\n    {rows}\n) as reasons (reason, meaning)",
    )
