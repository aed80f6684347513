from importlib.resources import files

import duckdb
import pytest

from paperhouse.warehouse.schema import empty_warehouse
from paperhouse.warehouse.schema.ddl import create_tables
from paperhouse.warehouse.schema.empty_warehouse import (
    SHIPPED_FILE,
    make_empty_warehouse,
    packed,
    unpacked,
    write_empty_warehouse,
)
from paperhouse.warehouse.schema.relations import create_models

CATALOG = [
    "select table_name, comment, sql from duckdb_tables() where not internal order by all",
    "select view_name, comment, sql from duckdb_views() where not internal order by all",
    """
    select table_name, column_name, column_index, comment, data_type, is_nullable, column_default
    from duckdb_columns() where not internal order by all
    """,
    "select function_name, macro_definition from duckdb_functions() where not internal order by all",
]


def catalog_of(connection):
    return [connection.execute(query).fetchall() for query in CATALOG]


def test_the_file_holds_what_the_statements_make(tmp_path):
    write_empty_warehouse(tmp_path / "written.duckdb")
    with duckdb.connect(str(tmp_path / "made.duckdb")) as made:
        create_tables(made)
        create_models(made)
        expected = catalog_of(made)
    with duckdb.connect(str(tmp_path / "written.duckdb"), read_only=True) as written:
        assert catalog_of(written) == expected
        assert all(rows for rows in expected)


def test_what_was_shipped_is_the_file_that_was_packed():
    made = make_empty_warehouse()
    assert unpacked(packed(made)) == made


@pytest.mark.parametrize("name", ["warehouse_script", "models_version"])
def test_what_was_made_from_other_statements_is_not_used(monkeypatch, name):
    shipped = packed(b"of yesterday")
    assert unpacked(shipped) == b"of yesterday"
    monkeypatch.setattr(empty_warehouse, name, lambda: "of today")
    assert unpacked(shipped) is None


def test_what_another_engine_made_is_not_used(monkeypatch):
    shipped = packed(b"of another engine")
    monkeypatch.setattr(duckdb, "__version__", "1.5.0")
    assert unpacked(shipped) is None


def test_the_one_that_is_shipped_is_of_this_version():
    shipped = files("paperhouse.warehouse.schema").joinpath(SHIPPED_FILE).read_bytes()
    assert unpacked(shipped) is not None, "run tests/warehouse/schema/renew_empty_warehouse.py, then install"
