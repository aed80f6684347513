"""What is parsed back from CSV and JSON is what the query gave."""

import csv
import datetime as dt
import io
import json
import math
from decimal import Decimal

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paperhouse.flows.output.results import (
    write_csv,
    write_json,
    write_ndjson,
    write_table,
)
from paperhouse.flows.output.terminal_text import display_width, escape_controls
from paperhouse.flows.output.values import unique_names
from paperhouse.warehouse.read.query import run_query

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.sampled_from(
    ["", ",", '"', "\r", "\n", "\r\n", "=1", "-1", "'", "\x00", "NULL", " x "]
)
SIMPLE = {
    "text": (pa.string(), TEXTS),
    "integer": (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    "unsigned": (pa.uint64(), st.integers(0, 2**64 - 1)),
    "double": (pa.float64(), st.floats()),
    "boolean": (pa.bool_(), st.booleans()),
    "decimal": (pa.decimal128(18, 4), st.decimals(-(10**13), 10**13, places=4)),
    "whole": (pa.decimal128(38, 0), st.integers(-(10**37), 10**37).map(Decimal)),
    "date": (pa.date32(), st.dates()),
    "time": (pa.time64("us"), st.times()),
    "timestamp": (pa.timestamp("us"), st.datetimes()),
    "utc": (pa.timestamp("us", tz="UTC"), st.datetimes(timezones=st.just(dt.UTC))),
    "blob": (pa.binary(), st.binary(max_size=5)),
}
NESTED = {
    **SIMPLE,
    "list": (pa.list_(pa.string()), st.lists(st.none() | TEXTS, max_size=3)),
    "struct": (
        pa.struct({"a": pa.int64(), "b": pa.list_(pa.float64())}),
        st.fixed_dictionaries({"a": st.none() | st.integers(0, 9), "b": st.lists(st.floats(), max_size=2)}),
    ),
}


def tables(kinds):
    """Tables of one to four columns of any kinds and names; names that repeat in any case are kept apart."""

    @st.composite
    def draw_table(draw):
        chosen = draw(st.lists(st.sampled_from(sorted(kinds)), min_size=1, max_size=4))
        names = draw(
            st.lists(
                st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"]), min_size=1, max_size=4),
                min_size=len(chosen),
                max_size=len(chosen),
                unique_by=str.casefold,
            )
        )
        n_rows = draw(st.integers(0, 4))
        columns = [
            pa.array(
                draw(st.lists(st.none() | kinds[kind][1], min_size=n_rows, max_size=n_rows)), kinds[kind][0]
            )
            for kind in chosen
        ]
        return chosen, pa.table(columns, names=names)

    return draw_table()


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        yield connection


def written(connection, table, writer, **options):
    connection.register("given_rows", table)
    stream = io.StringIO(newline="")
    assert writer(run_query(connection, "from given_rows"), stream, **options) == table.num_rows
    return stream.getvalue()


def same(got, expected):
    """Equal; NaN and infinity have become null."""
    if isinstance(expected, float):
        return got is None if not math.isfinite(expected) else got == expected
    if isinstance(expected, dict):
        return got.keys() == expected.keys() and all(same(got[key], expected[key]) for key in got)
    if isinstance(expected, list):
        return len(got) == len(expected) and all(map(same, got, expected))
    return got == expected and type(got) is type(expected)


FROM_JSON = {
    "decimal": Decimal,
    "whole": Decimal,
    "date": dt.date.fromisoformat,
    "time": dt.time.fromisoformat,
    "timestamp": dt.datetime.fromisoformat,
    "utc": dt.datetime.fromisoformat,
    "blob": bytes.fromhex,
}
FROM_CSV = {
    **FROM_JSON,
    "integer": int,
    "unsigned": int,
    "double": float,
    "boolean": {"true": True, "false": False}.__getitem__,
}


@settings(deadline=None, max_examples=150)
@given(drawn=tables(NESTED))
@pytest.mark.parametrize("writer", [write_json, write_ndjson])
def test_json_parsed_back_is_what_the_query_gave(connection, writer, drawn):
    kinds, table = drawn
    text = written(connection, table, writer)
    rows = json.loads(text) if writer is write_json else [json.loads(line) for line in text.split("\n")[:-1]]
    assert [list(row) for row in rows] == [table.column_names] * table.num_rows
    for kind, name in zip(kinds, table.column_names, strict=True):
        read = FROM_JSON.get(kind, lambda value: value)
        got = [None if row[name] is None else read(row[name]) for row in rows]
        assert same(got, table[name].to_pylist())


@settings(deadline=None, max_examples=150)
@given(drawn=tables(SIMPLE))
def test_csv_parsed_back_is_what_the_query_gave(connection, drawn):
    kinds, table = drawn
    header, *rows = csv.reader(
        io.StringIO(written(connection, table, write_csv, neutralise_formulas=False), newline="")
    )
    assert header == table.column_names
    assert len(rows) == table.num_rows
    for position, kind in enumerate(kinds):
        for row, value in zip(rows, table.column(position).to_pylist(), strict=True):
            cell = row[position]
            if value is None or value in ("", b""):
                assert cell == ""
            elif value != value:  # noqa: PLR0124  # NaN
                assert cell == "nan"
            else:
                assert FROM_CSV.get(kind, str)(cell) == value


@settings(deadline=None, max_examples=150)
@given(values=st.lists(st.none() | TEXTS, max_size=5))
def test_neutral_csv_differs_by_a_leading_apostrophe_only_and_starts_no_formula(connection, values):
    table = pa.table({"a": pa.array(values, pa.string())})
    _, *rows = csv.reader(io.StringIO(written(connection, table, write_csv), newline=""))
    for [cell], value in zip(rows, values, strict=True):
        assert cell in ((value or ""), "'" + (value or ""))
        assert cell[:1] not in {"=", "@", "\t", "\r", "\n"}
        if cell[:1] in {"+", "-"}:
            float(cell)


@settings(deadline=None, max_examples=150)
@given(drawn=tables(NESTED))
def test_a_table_has_a_line_a_row_and_no_control_character(connection, drawn):
    _, table = drawn
    text = written(connection, table, write_table)
    lines = text.split("\n")
    assert len(lines) == table.num_rows + 3
    assert escape_controls(text.replace("\n", "")) == text.replace("\n", "")
    assert all(display_width(line) <= display_width(lines[1]) for line in lines)


@given(st.lists(st.sampled_from(["a", "a_1", "a_2", "b", ""])))
def test_unique_names_are_unique_and_first_mentions_stay(names):
    unique = unique_names(names)
    assert len(set(unique)) == len(names)
    assert all(unique[names.index(name)] == name for name in names)
