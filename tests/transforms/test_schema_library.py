"""The schema's own columns say what dataframely's would: dataframely judges, and is installed with the tests only."""

import polars as pl
import pytest
from judged_schema import judged_tables

from paperhouse.transforms import tables
from paperhouse.transforms.schema_library import Column, Date, Datetime, Enum, List, Schema, String, UInt16


def facts_of(column) -> dict:
    names = ("dtype", "nullable", "primary_key", "description", "metadata", "time_zone")
    facts = {name: getattr(column, name) for name in names if hasattr(column, name)}
    facts["categories"] = list(getattr(column, "categories", ()))
    return facts | {"inner": facts_of(column.inner) if hasattr(column, "inner") else None}


@pytest.mark.parametrize("container", ["PACKAGE_TABLES", "WAREHOUSE_TABLES"])
def test_every_table_is_the_same_to_dataframely(container):
    ours, theirs = getattr(tables, container), getattr(judged_tables(), container)
    assert list(ours) == list(theirs)
    for name, schema in ours.items():
        expected = theirs[name].columns()
        assert list(schema.columns()) == list(expected), name
        for column_name, column in schema.columns().items():
            assert facts_of(column) == facts_of(expected[column_name]), (name, column_name)
            assert type(column).__name__ == type(expected[column_name]).__name__


def test_a_table_has_the_columns_of_the_one_it_extends_first():
    class Places(Schema):
        line = UInt16(primary_key=True)

    class DatedPlaces(Places):
        seen_date = Date(nullable=True)

    assert list(DatedPlaces.columns()) == ["line", "seen_date"]


def test_columns_have_the_types_of_frames():
    assert List(String()).dtype == pl.List(pl.String)
    assert Enum(["a", "b"]).dtype == pl.Enum(["a", "b"])
    assert Datetime(time_zone="UTC").dtype == pl.Datetime("us", "UTC")


def test_a_column_of_the_key_cannot_be_null():
    with pytest.raises(ValueError, match="cannot be nullable"):
        String(primary_key=True, nullable=True)
    assert isinstance(String(primary_key=True), Column)
