import csv
import io
import json
import os
import pty
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from paperhouse.flows.output.results import (
    FORMATS,
    ROWS_ON_TERMINAL,
    render,
    replacing,
    write_csv,
    write_json,
    write_markdown,
    write_ndjson,
    write_table,
)
from paperhouse.flows.output.terminal_text import display_width, escape_controls
from paperhouse.flows.output.values import unique_names
from paperhouse.transforms.errors import InputError, QueryError, SettingsError
from paperhouse.warehouse.read.query import run_query


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        yield connection


@pytest.fixture
def text(connection):
    def write(writer, sql, **options):
        stream = io.StringIO(newline="")
        writer(run_query(connection, sql), stream, **options)
        return stream.getvalue()

    return write


def cells(line):
    return line.split("  ")


# ---- every format


def test_importing_render_loads_nothing_heavy():
    heavy = "{'duckdb', 'pyarrow', 'polars', 'rich', 'prefect'}"
    script = f"import sys, paperhouse.flows.output.results; print(sorted({heavy} & set(sys.modules)))"
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert said.stdout == "[]\n"


@pytest.mark.parametrize("format_name", FORMATS)
def test_every_format_takes_every_type_of_the_engine(connection, tmp_path, format_name):
    result = run_query(connection, "from test_all_types()")
    assert render(result, format_name, output=tmp_path / "out", stdout=sys.stdout) == 3
    assert (tmp_path / "out").stat().st_size > 1000


@pytest.mark.parametrize("format_name", ["table", "markdown", "csv", "ndjson"])
def test_a_statement_without_result_writes_nothing(connection, tmp_path, format_name):
    result = run_query(connection, "set variable x = 1")
    assert render(result, format_name, output=tmp_path / "out", stdout=sys.stdout) == 0
    assert (tmp_path / "out").read_bytes() == b""


def test_unknown_format_names_the_known_ones(connection):
    with pytest.raises(SettingsError, match="'xml' is no output format; choose one of table, markdown"):
        render(run_query(connection, "select 1"), "xml", stdout=sys.stdout)


def test_standard_output_gets_utf_8_whatever_the_locale(connection):
    raw = io.BytesIO()
    stdout = io.TextIOWrapper(raw, encoding="ascii")
    assert render(run_query(connection, "select '日本' as a"), "csv", stdout=stdout) == 1
    stdout.flush()
    assert raw.getvalue().decode() == "a\r\n日本\r\n"


# ---- table


def test_table_aligns_columns_and_puts_numbers_to_the_right(text):
    sql = "select * from (values (1, 'one', 1.5), (10, 'three', null)) as t(number, word, share)"
    assert text(write_table, sql) == (
        "number  word   share\n------  -----  -----\n     1  one      1.5\n    10  three   NULL\n"
    )


def test_table_aligns_wide_characters_and_combining_marks(text):
    lines = text(write_table, "select unnest(['日本', 'cafe\u0301', 'abcd']) as a, 'x' as b").splitlines()
    assert lines == ["a     b", "----  -", "日本  x", "cafe\u0301  x", "abcd  x"]
    assert [display_width(line) for line in lines] == [7] * 5


def test_table_cuts_nothing_in_a_pipe(text):
    assert "x" * 5000 in text(write_table, "select repeat('x', 5000)")


def test_table_tells_null_from_the_empty_text(text):
    assert text(write_table, "select null as a, '' as b, 1 as c").splitlines()[2] == "NULL     1"


def test_table_escapes_line_breaks_and_terminal_codes(text):
    shown = text(
        write_table,
        r"select e'a\nb\x1b[31mred\x1b]0;title\x07\x7f' as t, chr(8238) || 'abc' || chr(155) || '1m' as u",
    )
    assert "a\\nb\\x1b[31mred\\x1b]0;title\\x07\\x7f  \\u202eabc\\x9b1m" in shown
    assert not [character for character in shown if ord(character) < 32 and character != "\n"]
    assert "\x1b" not in text(write_table, 'select 1 as "a\x1b[31m"')


def test_table_on_a_terminal_is_cut_and_says_so_and_holds_no_raw_codes():
    script = f"""
import sys, duckdb
from paperhouse.flows.output.results import render
from paperhouse.warehouse.read.query import run_query
sql = "select range as n, 'a\x1b[31mb [red]日本' as t from range({ROWS_ON_TERMINAL + 1})"
render(run_query(duckdb.connect(), sql), "table", stdout=sys.stdout)
"""
    status, shown = on_a_terminal(script)
    assert status == 0
    assert "a\\x1b[31mb [red]日本" in shown
    assert "a\x1b" not in shown
    assert f"The first {ROWS_ON_TERMINAL:,} rows" in shown
    assert "\n999 " in shown
    assert "\n1000 " not in shown


def on_a_terminal(script: str) -> tuple[int, str]:
    ours, theirs = pty.openpty()
    with subprocess.Popen([sys.executable, "-c", script], stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        shown = b""
        try:
            while part := os.read(ours, 65536):
                shown += part
        except OSError:  # how Linux ends a pseudo terminal
            pass
    os.close(ours)
    return process.returncode, shown.decode()


# ---- markdown


def test_markdown_escapes_pipes_line_breaks_and_html(text):
    sql = r"select 1 as n, 'a|b\|c' as t, e'x\r\ny\nz <b>' as u, '\alpha' as v, null as w"
    assert text(write_markdown, sql) == (
        "| n | t | u | v | w |\n"
        "| ---: | --- | --- | --- | ---: |\n"
        r"| 1 | a\|b\\\|c | x<br>y<br>z &lt;b> | \alpha | NULL |" + "\n"
    )


# ---- csv


def test_csv_is_rfc_4180(text):
    sql = """select 1 as "a,b", 'say "hi"' as q, e'x\\r\\ny' as l, 'é' as e, null as n"""
    assert text(write_csv, sql) == '"a,b",q,l,e,n\r\n1,"say ""hi""","x\r\ny",é,\r\n'


@pytest.mark.parametrize(
    "formula", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\tx", "\rx", "\nx", "＝1"]
)
def test_csv_neutralises_formulas_in_cells_and_names_unless_told_not_to(connection, formula):
    connection.execute("create or replace temp table formulas as select $f as f", {"f": formula})
    stream = io.StringIO(newline="")
    write_csv(run_query(connection, "from formulas"), stream)
    assert list(csv.reader(io.StringIO(stream.getvalue(), newline="")))[1] == ["'" + formula]
    stream = io.StringIO(newline="")
    write_csv(run_query(connection, "from formulas"), stream, neutralise_formulas=False)
    assert list(csv.reader(io.StringIO(stream.getvalue(), newline="")))[1] == [formula]


def test_csv_neutralises_a_name_that_is_a_formula(text):
    assert text(write_csv, 'select 1 as "=a"') == "'=a\r\n1\r\n"


@pytest.mark.parametrize("number", ["-1.5", "+3", "-1e-9", "-.5"])
def test_csv_leaves_numbers_alone_as_number_and_as_text(text, number):
    assert text(write_csv, f"select '{number}' as a") == f"a\r\n{number}\r\n"
    assert float(text(write_csv, f"select {number}::double as a").split()[1]) == float(number)


# ---- json


def test_json_values(text):
    sql = """select 9223372036854775807 as i, sum(9223372036854775807) as s, 1.50::decimal(9, 2) as d,
        'nan'::double as n, '-inf'::float as f, '\\xAB\\x00'::blob as b, true as t, null as z,
        date '2024-02-29' as day, [1, null] as l,
        timestamp '2024-01-02 03:04:05.25' as at, timestamptz '2024-01-02 03:04:05+02' as utc, time '03:04' as c,
        {'a': [date '2024-01-01'], 'b': 'nan'::double} as r, map {2: 'x'} as m, row(1, 'y') as u"""
    [row] = json.loads(text(write_json, sql))
    assert row == {
        "i": 9223372036854775807,
        "s": 9223372036854775807,
        "d": "1.50",
        "n": None,
        "f": None,
        "b": "ab00",
        "t": True,
        "z": None,
        "day": "2024-02-29",
        "l": [1, None],
        "at": "2024-01-02T03:04:05.250000",
        "utc": "2024-01-02T01:04:05Z",
        "c": "03:04:00",
        "r": {"a": ["2024-01-01"], "b": None},
        "m": {"2": "x"},
        "u": {"1": 1, "2": "y"},
    }


def test_json_of_dates_beyond_python(text):
    sql = """select date 'infinity' as a, timestamp '-infinity' as b, date '0044-03-15 (BC)' as c,
        [date '20000-01-02'] as d, timestamptz '12345-06-07 08:09:10.5' as e,
        {'x': timestamp '0001-01-01 (BC)', 'y': null} as f,
        map {date '20000-01-02': 1} as g, timestamp_s '12345-01-01 23:00:00' as h, null::date as i"""
    [row] = json.loads(text(write_json, sql))
    assert row == {
        "a": "infinity",
        "b": "-infinity",
        "c": "-0043-03-15",
        "d": ["+20000-01-02"],
        "e": "+12345-06-07T08:09:10.500000Z",
        "f": {"x": "0000-01-01T00:00:00", "y": None},
        "g": {"+20000-01-02": 1},
        "h": "+12345-01-01T23:00:00",
        "i": None,
    }


def test_json_keeps_columns_of_the_same_name(text):
    assert json.loads(text(write_json, "select 1 as x, 2 as x, 3 as x_1, 4 as x")) == [
        {"x": 1, "x_2": 2, "x_1": 3, "x_3": 4}
    ]


def test_json_of_no_rows_is_an_empty_array(text):
    assert text(write_json, "select 1 where false") == "[]\n"
    assert text(write_json, "set variable x = 1") == "[]\n"
    assert text(write_ndjson, "select 1 where false") == ""


def test_ndjson_is_one_object_a_line_though_values_hold_line_breaks(text):
    lines = text(write_ndjson, r"select unnest([1, 2]) as n, e'a\nb' || chr(8232) || 'c' as t").split("\n")
    assert [json.loads(line) for line in lines[:-1]] == [{"n": n, "t": "a\nb\u2028c"} for n in (1, 2)]


def test_unique_names_never_take_a_given_name():
    assert unique_names(["a", "a", "a_1", "a", "b"]) == ["a", "a_2", "a_1", "a_3", "b"]
    assert unique_names(["", ""]) == ["", "_1"]


# ---- parquet and files


def test_parquet_streams_into_large_row_groups_and_keeps_types_and_names(connection, tmp_path):
    path = tmp_path / "out.parquet"
    result = run_query(connection, "select range as n, 1.5::decimal(9, 2) as d, 'a' as n from range(200000)")
    assert render(result, "parquet", output=path, stdout=sys.stdout) == 200_000
    table = pq.read_table(path)
    assert table.column_names == ["n", "d", "n_1"]
    assert table["d"][0].as_py() == Decimal("1.50")
    assert table["n"].to_pylist() == list(range(200_000))
    assert pq.ParquetFile(path).num_row_groups == 2


def test_parquet_goes_to_a_pipe(connection):
    raw = io.BytesIO()
    stdout = io.TextIOWrapper(raw)
    render(run_query(connection, "select 1 as a where false"), "parquet", stdout=stdout)
    assert pq.read_table(io.BytesIO(raw.getvalue())).column_names == ["a"]


def test_parquet_without_columns_is_refused_and_leaves_no_file(connection, tmp_path):
    with pytest.raises(QueryError, match="no columns"):
        render(run_query(connection, ""), "parquet", output=tmp_path / "out", stdout=sys.stdout)
    assert list(tmp_path.iterdir()) == []


def test_parquet_is_refused_on_a_terminal():
    script = """
import sys, duckdb
from paperhouse.flows.output.results import render
from paperhouse.warehouse.read.query import run_query
try:
    render(run_query(duckdb.connect(), "select 1"), "parquet", stdout=sys.stdout)
except Exception as error:
    print(type(error).__name__, error)
"""
    _, shown = on_a_terminal(script)
    assert shown.startswith("SettingsError Parquet is binary")
    assert "PAR1" not in shown


def test_a_query_that_fails_half_way_leaves_the_old_file(connection, tmp_path):
    path = tmp_path / "out.csv"
    path.write_text("old")
    connection.execute("set threads to 1")  # of several, the one that was ended for it may be heard first
    sql = "select (case when range = 950000 then 'half way' else '1' end)::int as i from range(1000000)"
    with pytest.raises(QueryError, match="half way"):
        render(run_query(connection, sql), "csv", output=path, stdout=sys.stdout)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_output_appears_only_when_complete(tmp_path):
    path = tmp_path / "out"
    with replacing(path) as file:
        file.write(b"new")
        assert not path.exists()
    assert path.read_bytes() == b"new"
    assert [child.name for child in tmp_path.iterdir()] == ["out"]


def test_output_through_a_symbolic_link_replaces_the_file_behind_it(tmp_path):
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with replacing(tmp_path / "link") as file:
        file.write(b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"


def test_output_to_a_device_leaves_the_device(connection):
    render(run_query(connection, "select 1"), "csv", output=Path("/dev/null"), stdout=sys.stdout)
    assert Path("/dev/null").is_char_device()


def test_output_into_a_missing_folder_says_so(connection, tmp_path):
    with pytest.raises(InputError, match=r"missing/out: cannot be written \(No such file or directory\)"):
        render(
            run_query(connection, "select 1"), "csv", output=tmp_path / "missing" / "out", stdout=sys.stdout
        )


def test_output_to_a_folder_says_so(connection, tmp_path):
    with pytest.raises(InputError, match="Is a directory"):
        render(run_query(connection, "select 1"), "csv", output=tmp_path, stdout=sys.stdout)


# ---- pipes and memory


STREAMING = """
import resource, sys, duckdb
from paperhouse.flows.output.results import render
from paperhouse.warehouse.read.query import run_query
sql = "select range as i, repeat('x', 100) || range as s from range({n})"
connection = duckdb.connect(config={{"memory_limit": "200MB", "threads": 2}})
connection.execute("set enable_progress_bar = false")
"""


@pytest.mark.parametrize(
    "format_name",
    [pytest.param(name, marks=[] if name in {"table", "json"} else [pytest.mark.slow]) for name in FORMATS],
)
def test_a_pipe_that_closes_early_ends_quietly(format_name):
    script = (
        STREAMING.format(n=50_000) + f"render(run_query(connection, sql), {format_name!r}, stdout=sys.stdout)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        process.stdout.read(10)
        process.stdout.close()
        complaint = process.stderr.read()
    assert complaint == b""
    assert process.returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize("format_name", FORMATS)
def test_memory_is_bounded_in_every_format(format_name, tmp_path):
    script = STREAMING.format(n=200_000) + (
        "from pathlib import Path\n"
        "def run(n): render(run_query(connection, sql.replace('200000', str(n))), "
        f"{format_name!r}, output=Path(sys.argv[1]), stdout=sys.stdout)\n"
        "run(80_000)\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "run(200_000)\n"
        "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", script, tmp_path / "out"], capture_output=True, text=True, check=True
    )
    assert int(said.stdout) < 15


# ---- characters


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain 日本 \\alpha", "plain 日本 \\alpha"),
        ("a\tb\r\n", "a\\tb\\r\\n"),
        ("\x00\x1b\x7f\x9b", "\\x00\\x1b\\x7f\\x9b"),
        ("\u202eevil\u2066", "\\u202eevil\\u2066"),
        ("\ud800", "\\ud800"),
    ],
)
def test_control_characters_are_shown_and_not_sent(raw, shown):
    assert escape_controls(raw) == shown
