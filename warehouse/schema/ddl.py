"""The base tables in DuckDB and DuckLake: `create table` and `comment on`, derived from transforms/tables.py.

A table has NOT NULL and CHECK rules, but no primary key, unique constraint or index: ART indexes have
corrupted files. That keys are unique is proved by warehouse/checks on every load.
"""

from functools import cache

import duckdb

from paperhouse.transforms import schema_library as dy
from paperhouse.transforms.tables import WAREHOUSE_TABLES, table_description

_TYPES: dict[type[dy.Column], str] = {
    dy.String: "varchar",
    # Not a DuckDB enum: those come back as Categorical, sort by declaration, and DuckLake has no such type.
    dy.Enum: "varchar",
    dy.Int8: "tinyint",
    dy.Int64: "bigint",
    dy.UInt8: "utinyint",
    dy.UInt16: "usmallint",
    dy.UInt32: "uinteger",
    dy.UInt64: "ubigint",
    dy.Float64: "double",
    dy.Bool: "boolean",
    dy.Date: "date",
    dy.Datetime: "timestamptz",
}


def duckdb_type(column: dy.Column) -> str:
    """DuckDB type that holds a column: `varchar`, `varchar[]`, `timestamptz` ...

    Raises:
        TypeError: the schema uses a type that has no counterpart here, or a time zone other than UTC.
    """
    if isinstance(column, dy.List):
        return f"{duckdb_type(column.inner)}[]"
    is_local = isinstance(column, dy.Datetime) and column.time_zone != "UTC"
    if type(column) not in _TYPES or is_local:
        msg = f"no DuckDB type for {column!r}; add one to _TYPES in warehouse/ddl.py, with UTC for times"
        raise TypeError(msg)
    return _TYPES[type(column)]


def column_description(column: dy.Column) -> str:
    """Words of the schema about a column; for an enumeration with the values that it may take."""
    description = column.description or ""
    if isinstance(column, dy.Enum):
        return f"{description} One of: {', '.join(column.categories)}."
    return description


def table_key(schema: type[dy.Schema]) -> tuple[str, ...]:
    """Names of the columns that identify a row."""
    return tuple(name for name, column in schema.columns().items() if column.primary_key)


def create_table_statement(name: str, schema: type[dy.Schema]) -> str:
    """`create table` for one schema; columns in the order of the schema."""
    lines = [_column_definition(column_name, column) for column_name, column in schema.columns().items()]
    return f"create table {quoted_name(name)} (\n    " + ",\n    ".join(lines) + "\n)"


def create_lake_table_statement(name: str, schema: type[dy.Schema], *, is_temporary: bool = False) -> str:
    """`create table` as DuckLake takes it: without CHECK rules and choices of compression.

    A temporary table takes the place of one of its name.
    """
    lines = [_plain_definition(column_name, column) for column_name, column in schema.columns().items()]
    kind = "or replace temp table" if is_temporary else "table"
    return f"create {kind} {quoted_name(name)} (\n    " + ",\n    ".join(lines) + "\n)"


def comment_statements(name: str, schema: type[dy.Schema]) -> list[str]:
    """`comment on` for the table and each of its columns."""
    table = quoted_name(name)
    on_columns = [
        f"comment on column {table}.{quoted_name(column_name)} is {quoted_text(column_description(column))}"
        for column_name, column in schema.columns().items()
    ]
    return [f"comment on table {table} is {quoted_text(table_description(schema))}", *on_columns]


@cache
def warehouse_script() -> str:
    """All statements that make an empty warehouse, models left out."""
    statements = [
        statement
        for name, schema in WAREHOUSE_TABLES.items()
        for statement in (create_table_statement(name, schema), *comment_statements(name, schema))
    ]
    return ";\n".join(statements)


@cache
def lake_script() -> str:
    """All statements that make the empty tables of a lake."""
    statements = [
        statement
        for name, schema in WAREHOUSE_TABLES.items()
        for statement in (create_lake_table_statement(name, schema), *comment_statements(name, schema))
    ]
    return ";\n".join(statements)


def create_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Create every base table, empty, with comments, in the current schema."""
    connection.execute(warehouse_script())


def create_lake_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Create every base table, empty, with comments, in the current schema of a lake."""
    connection.execute(lake_script())


def quoted_name(name: str) -> str:
    """`name` in quotes as SQL writes it: `group` and others are key words."""
    return '"' + name.replace('"', '""') + '"'


def quoted_text(text: str) -> str:
    """`text` as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def _plain_definition(name: str, column: dy.Column) -> str:
    definition = f"{quoted_name(name)} {duckdb_type(column)}"
    return definition if column.nullable else f"{definition} not null"


def _column_definition(name: str, column: dy.Column) -> str:
    definition = _plain_definition(name, column)
    compression = (column.metadata or {}).get("compression")
    if compression:
        definition += f" using compression {compression}"
    if isinstance(column, dy.Enum):
        values = ", ".join(quoted_text(value) for value in column.categories)
        definition += f" check ({quoted_name(name)} in ({values}))"
    return definition
