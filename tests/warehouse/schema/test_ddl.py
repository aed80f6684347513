import duckdb
import polars as pl
import pytest
from judged_schema import judged_tables

from paperhouse.transforms import schema_library as dy
from paperhouse.transforms.tables import COMPLETENESS, WAREHOUSE_TABLES, table_description
from paperhouse.warehouse.schema.ddl import (
    column_description,
    create_table_statement,
    create_tables,
    duckdb_type,
)


class Shelves(dy.Schema):
    """One row per shelf's
    place.

    Not part of the description.
    """

    group = dy.String(primary_key=True, description="It's a key word.")
    completeness = dy.Enum(COMPLETENESS.categories, nullable=True, description="How much.")
    spans = dy.List(dy.String(), description="Spans.")
    read_at = dy.Datetime(time_zone="UTC", nullable=True)


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as opened:
        create_tables(opened)
        yield opened


def test_statement_quotes_names_and_states_rules():
    assert create_table_statement("shelves", Shelves) == (
        'create table "shelves" (\n'
        '    "group" varchar not null,\n'
        '    "completeness" varchar'
        " check (\"completeness\" in ('full', 'truncated', 'first_only', 'none')),\n"
        '    "spans" varchar[] not null,\n'
        '    "read_at" timestamptz\n'
        ")"
    )


def test_types_without_counterpart_are_refused_with_the_place_to_add_them():
    with pytest.raises(TypeError, match=r"_TYPES in warehouse/ddl\.py"):
        duckdb_type(dy.Float32())
    with pytest.raises(TypeError, match="with UTC for times"):
        duckdb_type(dy.Datetime())


def test_an_enumeration_says_its_values():
    assert column_description(Shelves.completeness) == "How much. One of: full, truncated, first_only, none."
    assert column_description(Shelves.read_at) == ""


@pytest.mark.parametrize(("table", "schema"), WAREHOUSE_TABLES.items())
def test_tables_have_the_columns_types_and_null_rules_of_the_schema(connection, table, schema):
    held = connection.execute(
        "select column_name, lower(data_type), is_nullable from duckdb_columns() where table_name = ? "
        "order by column_index",
        [table],
    ).fetchall()
    spelled = {"timestamptz": "timestamp with time zone"}
    assert held == [
        (name, spelled.get(duckdb_type(column), duckdb_type(column)), column.nullable)
        for name, column in schema.columns().items()
    ]


@pytest.mark.parametrize(("table", "schema"), WAREHOUSE_TABLES.items())
def test_every_table_and_column_carries_its_comment(connection, table, schema):
    comments = "select comment from duckdb_tables() where table_name = ?"
    assert connection.execute(comments, [table]).fetchall() == [(table_description(schema),)]
    on_columns = dict(
        connection.execute(
            "select column_name, comment from duckdb_columns() where table_name = ?", [table]
        ).fetchall()
    )
    assert on_columns == {name: column_description(column) for name, column in schema.columns().items()}
    assert all(on_columns.values())


@pytest.mark.parametrize("table", WAREHOUSE_TABLES)
def test_tables_take_frames_of_the_schema_from_parquet_and_arrow(connection, tmp_path, table):
    frame = judged_tables().WAREHOUSE_TABLES[table].sample(20)
    path = tmp_path / "rows.parquet"
    frame.write_parquet(path)
    connection.begin()
    connection.execute(f"insert into {table} select * from read_parquet('{path}')")
    connection.register("incoming", frame.to_arrow())
    connection.execute(f"insert into {table} select * from incoming")
    assert connection.execute(f"select count(*) from {table}").fetchall() == [(2 * frame.height,)]
    connection.rollback()


def test_there_is_no_index_and_no_unique_constraint(connection):
    assert connection.execute("select * from duckdb_indexes()").fetchall() == []
    kinds = connection.execute(
        "select distinct constraint_type from duckdb_constraints() order by 1"
    ).fetchall()
    assert kinds == [("CHECK",), ("NOT NULL",)]


def test_a_value_outside_an_enumeration_is_refused(connection):
    with pytest.raises(duckdb.ConstraintException, match="kind"):
        connection.execute("insert into paper_links values ('2504.00001', 'https://x.org', 'paper', 'x.org')")


def test_lists_and_enumerations_come_back_as_they_went_in(connection):
    connection.begin()
    connection.execute("insert into paper_links values ('2504.00001', 'https://x.org', 'code', 'x.org')")
    kinds = connection.sql("select kind from paper_links").pl()
    assert kinds.equals(pl.DataFrame({"kind": ["code"]}))
    connection.rollback()
