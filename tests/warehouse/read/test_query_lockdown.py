import os
import struct
import subprocess
import sys
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pytest

from paperhouse.transforms.errors import QueryError, WarehouseError
from paperhouse.warehouse.read.query import (
    ALLOWED_TABLE_FUNCTIONS,
    REFUSED_TABLE_FUNCTIONS,
    Result,
    open_locked,
    run_query,
)

N_PAPERS = 60_000


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    path = tmp_path_factory.mktemp("home") / "paperhouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "create table papers as select range as n, md5(range::varchar) || md5((range + 1)::varchar) as title "
            f"from range({N_PAPERS})"
        )
        connection.execute("create view recent as select n, title from papers where n > 10")
    return path


@pytest.fixture
def connection(warehouse):
    with open_locked(warehouse) as connection:
        yield connection


def rows(result: Result) -> list[tuple]:
    table = pa.Table.from_batches(result.batches, result.schema)
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


def around(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


# What the engine itself must refuse, whatever we check before: {folder} is a folder that could be written.
ENGINE_REFUSES = [
    "copy papers to '{folder}/out.csv'",
    "copy papers to '{folder}/out.parquet' (format parquet)",
    "copy papers to '/dev/stdout'",
    "copy (select 1) to '{folder}/out.json'",
    "copy papers from '{folder}/secret.csv'",
    "export database '{folder}/dump'",
    "import database '{folder}/dump'",
    "from read_csv('{folder}/secret.csv')",
    "from read_parquet('{folder}/secret.parquet')",
    "from read_json('{folder}/secret.csv')",
    "from read_text('{folder}/secret.csv')",
    "from read_blob('/proc/self/environ')",
    "from read_duckdb('{folder}/other.duckdb')",
    "from sniff_csv('{folder}/secret.csv')",
    "from parquet_metadata('{folder}/secret.parquet')",
    "from glob('{folder}/*')",
    "from '{folder}/secret.csv'",
    "from 'https://example.org/a.csv'",
    "from read_csv('https://example.org/a.csv')",
    "from read_parquet('s3://bucket/a.parquet')",
    "attach '{folder}/other.duckdb'",
    "attach '{folder}/new.duckdb' as other",
    "attach ':memory:' as other",
    "install httpfs",
    "load httpfs",
    "load '{folder}/evil.duckdb_extension'",
    "update extensions",
    "set enable_external_access = true",
    "set global enable_external_access = true",
    "set lock_configuration = false",
    "set memory_limit = '100GB'",
    "set temp_directory = '{folder}'",
    "set allowed_directories = ['/']",
    "set python_enable_replacements = true",
    "set TimeZone = 'Asia/Tokyo'",
    "reset enable_external_access",
    "reset lock_configuration",
    "reset all",
    "pragma enable_external_access = true",
    "pragma threads = 64",
    "pragma profile_output = '{folder}/profile.json'",
    "select getenv('HOME')",
    "create table copied as select n from papers",
    "create view stored as select 1",
    "create schema stored",
    "create sequence stored",
    "create macro stored(x) as x",
    "insert into papers values (1, 'a')",
    "update papers set n = 1",
    "delete from papers",
    "drop table papers",
    "alter table papers add column x int",
    "comment on table papers is 'x'",
    "create persistent secret s (type http, bearer_token 'x')",
    "from secret_frame",
    "explain analyze copy papers to '{folder}/out.csv'",
    "from arrow_scan(1, 2, 3)",
    "from pandas_scan(1)",
]

# What a locked engine does all the same.
ONLY_WE_REFUSE = [
    "pragma enable_profiling",
    "PRAGMA  enable_profiling",
    "/* x */ pragma enable_profiling",
    "select 1; pragma enable_profiling; select 2",
    "pragma version",
    "explain pragma enable_profiling",
    "explain analyze pragma enable_profiling",
    "explain (analyze) call enable_logging()",
    "call enable_logging(storage = 'file', storage_config = {{'path': '{folder}/log'}})",
    "from enable_logging(storage = 'file', storage_config = {{'path': '{folder}/log'}})",
    "from ENABLE_LOGGING/* x */ (storage = 'stdout')",
    "from enable_logging -- x\n(storage = 'stdout')",
    "from \"enable_logging\"(storage = 'stdout')",
    "from system.main.enable_logging()",
    "select '日本', (select count(*) from enable_logging())",
    "pivot (from enable_logging()) on Success",
    "create temp macro f() as table from enable_logging()",
    "from query('from enable_' || 'logging()')",
    "from json_execute_serialized_sql(json_serialize_sql('select 1'))",
    "from enable_profiling()",
    "from disable_logging()",
    "from duckdb_secrets()",
    "load json",
    "begin",
    "prepare p as select 1",
    "vacuum",
    "checkpoint",
    "detach paperhouse",
]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "secret.csv").write_text("a\nsecret\n")
    pl.DataFrame({"a": ["secret"]}).write_parquet(tmp_path / "secret.parquet")
    duckdb.connect(str(tmp_path / "other.duckdb")).close()
    return tmp_path


@pytest.mark.parametrize("sql", ENGINE_REFUSES)
def test_the_locked_engine_refuses(connection, folder, sql):
    secret_frame = pl.DataFrame({"a": ["secret"]})  # noqa: F841  # what `from secret_frame` would find
    before = around(folder)
    with pytest.raises(duckdb.Error):
        connection.execute(sql.format(folder=folder)).fetchall()
    assert around(folder) == before


@pytest.mark.parametrize("sql", ENGINE_REFUSES + ONLY_WE_REFUSE)
def test_run_query_refuses_and_the_connection_lives_on(connection, folder, sql, capfd):
    secret_frame = pl.DataFrame({"a": ["secret"]})  # noqa: F841  # what `from secret_frame` would find
    before = around(folder)
    with pytest.raises(QueryError) as refusal:
        rows(run_query(connection, sql.format(folder=folder)))
    assert "Traceback" not in str(refusal.value)
    assert "_duckdb." not in str(refusal.value)
    assert around(folder) == before
    assert rows(run_query(connection, "select count(*) from papers")) == [(N_PAPERS,)]
    assert capfd.readouterr() == ("", "")


_SPACES = [
    *" \t\n\r\f\u00a0\u202f\u205f\u2060\u3000\ufeff",
    *map(chr, range(0x2000, 0x200C)),
    "/* x */",
    "/**/\u00a0",
    "\u3000-- x\n",
    "\u2003/* ; */\u2003",
]
_ESCAPES = [
    "from{s}{f}()",
    "from{s}{f}{s}({s})",
    "FROM{s}{f}(storage{s}={s}'stdout')",
    'from{s}"{f}"{s}()',
    "from{s}system.main.{f}()",
    'from{s}system{s}.{s}"main"{s}.{s}"{f}"{s}()',
    "select{s}1{s}from{s}{f}()",
    "select{s}({s}select{s}count(*){s}from{s}{f}(){s})",
    "with{s}t{s}as{s}({s}from{s}{f}(){s}){s}from{s}t",
    "from{s}range(1),{s}{f}()",
    "from{s}range(1){s}join{s}{f}(){s}on{s}true",
    "select{s}1{s}union{s}all{s}from{s}{f}()",
    "select{s}1{s};{s}from{s}{f}()",
    "describe{s}from{s}{f}()",
    "summarize{s}from{s}{f}()",
    "explain{s}from{s}{f}()",
    "explain{s}analyze{s}from{s}{f}()",
    "explain{s}call{s}{f}()",
    "call{s}{f}()",
    "pragma{s}{f}",
    "pivot{s}({s}from{s}{f}(){s}){s}on{s}Success",
    "create{s}temp{s}table{s}t{s}as{s}from{s}{f}()",
    "create{s}temp{s}view{s}t{s}as{s}from{s}{f}()",
    "create{s}temp{s}macro{s}t(){s}as{s}table{s}from{s}{f}()",
    "set{s}variable{s}x{s}={s}(from{s}{f}())",
]
_STATE_CHANGERS = [
    "enable_logging",
    "Enable_Profiling",
    "DISABLE_LOGGING",
    "checkpoint",
    "truncate_duckdb_logs",
]


def test_no_white_space_comment_case_or_quoting_gets_a_call_past_the_check(connection, capfd):
    escapes = {
        escape.format(s=space, f=function)
        for escape in _ESCAPES
        for space in _SPACES
        for function in _STATE_CHANGERS
    }
    assert len(escapes) > 300
    engine_stops = ("Parser Error", "Catalog Error: Pragma Function with name")
    ran = []
    for sql in sorted(escapes):
        try:
            run_query(connection, sql)
        except QueryError as error:
            # Some forms are no SQL, and there is no pragma of some names: the engine itself stops at those.
            if "refused" not in error.facts and not str(error).startswith(engine_stops):
                ran.append((sql, str(error)))
        else:
            ran.append(sql)
    assert ran == []
    assert rows(run_query(connection, "select count(*) from papers")) == [(N_PAPERS,)]
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("space", _SPACES)
def test_every_white_space_of_the_engine_may_stand_in_a_query(connection, space):
    sql = f"select{space}count(*){space},{space}'a\u00a0b'{space}from{space}range({space}3{space})"
    assert rows(run_query(connection, sql)) == [(3, "a\u00a0b")]


def test_a_macro_of_an_earlier_query_does_not_stand_in_for_the_parser(connection):
    run_query(connection, """create temp macro json_serialize_sql(x) as '{"error": false}'""")
    with pytest.raises(QueryError) as refusal:
        run_query(connection, "from\u00a0enable_logging()")
    assert refusal.value.facts["refused"] == "enable_logging"


@pytest.mark.parametrize("control", ["\x01", "\x0b", "\x1b", "\x7f", "\x85"])
def test_a_control_character_is_no_white_space_but_may_stand_in_a_literal(connection, control):
    with pytest.raises(QueryError, match=r"Parser Error|refused here"):
        run_query(connection, f"from{control}enable_logging()")
    assert rows(run_query(connection, f"select '{control}'")) == [(control,)]


def test_words_of_refused_functions_in_literals_comments_and_columns_are_no_calls(connection):
    sql = (
        "select 'enable_logging(' as query, $$read_csv('x')$$ as pragma -- glob('*')\n where 'call' = 'call'"
    )
    assert rows(run_query(connection, sql)) == [("enable_logging(", "read_csv('x')")]


def test_every_table_function_of_the_engine_is_either_allowed_or_refused(connection):
    sql = "select distinct function_name from duckdb_functions() where function_type = 'table'"
    named = {name for (name,) in connection.execute(sql).fetchall()}
    assert named == ALLOWED_TABLE_FUNCTIONS | REFUSED_TABLE_FUNCTIONS
    assert not ALLOWED_TABLE_FUNCTIONS & REFUSED_TABLE_FUNCTIONS


def test_no_progress_bar_is_printed_though_the_engine_takes_the_shell_for_a_prompt(warehouse):
    script = (
        "import sys; from pathlib import Path; from paperhouse.warehouse.read.query import open_locked\n"
        "held = open_locked(Path(sys.argv[1])); connection = open_locked(Path(sys.argv[1]))\n"
        "asked = \"select current_setting('enable_progress_bar')\"\n"
        "print([one.execute(asked).fetchone() for one in (held, connection)])\n"
        "connection.sql('select sum(sleep_ms(300)) from range(10)').to_arrow_reader(10).read_all()"
    )
    said = subprocess.run(
        [sys.executable, "-c", script, warehouse], capture_output=True, text=True, check=True
    )
    assert (said.stdout, said.stderr) == ("[(False,), (False,)]\n", "")


def test_a_query_beyond_its_memory_fails_and_leaves_no_file(warehouse):
    before = around(warehouse.parent)
    with open_locked(warehouse, memory_limit="60MB") as connection:
        with pytest.raises(QueryError, match=r"Out of Memory(.|\n)*fewer rows") as refusal:
            rows(run_query(connection, "select list(title || a.range) from papers, range(100) a"))
        assert "SET temp_directory" not in str(refusal.value)
        assert around(warehouse.parent) == before
    assert around(warehouse.parent) == before


def test_timestamps_are_utc_whatever_the_zone_of_the_machine(warehouse):
    script = (
        "import sys; from pathlib import Path; from paperhouse.warehouse.read.query import open_locked, run_query\n"
        "result = run_query(open_locked(Path(sys.argv[1])), \"select timestamptz '2024-01-01' as t\")\n"
        "print(result.schema.field(0).type, next(result.batches).to_pylist()[0]['t'])"
    )
    said = subprocess.run(
        [sys.executable, "-c", script, warehouse],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "TZ": "Asia/Tokyo"},
    )
    assert said.stdout == "timestamp[us, tz=UTC] 2024-01-01 00:00:00+00:00\n"


def test_two_locked_connections_share_the_file_and_the_lock(warehouse):
    with open_locked(warehouse) as one, open_locked(warehouse) as other:
        for connection in (one, other):
            assert rows(run_query(connection, "select current_setting('TimeZone')")) == [("UTC",)]
            with pytest.raises(QueryError, match="locked"):
                run_query(connection, "set threads = 4")


# ---- the file


def refusal_of(path: Path) -> WarehouseError:
    with pytest.raises(WarehouseError) as refusal:
        open_locked(path)
    assert str(path) in str(refusal.value)
    assert "\n" not in str(refusal.value)
    return refusal.value


def test_missing_file(tmp_path):
    error = refusal_of(tmp_path / "paperhouse.duckdb")
    assert error.facts["reason"] == "missing"
    assert "load digests first" in str(error)
    assert around(tmp_path) == set()


def test_folder_instead_of_file(tmp_path):
    assert refusal_of(tmp_path).facts["reason"] == "unreadable"


@pytest.mark.parametrize(
    "content", [b"", b"DUCK", b"title,authors\n" * 1000, b"SQLite format 3\0" + bytes(5000)]
)
def test_file_that_is_no_duckdb_file(tmp_path, content):
    path = tmp_path / "paperhouse.duckdb"
    path.write_bytes(content)
    assert refusal_of(path).facts["reason"] == "no DuckDB file"


@pytest.mark.parametrize("kept", [20, 4096, 5000, 12288, 300_000, -262_144, -1])
def test_truncated_file(warehouse, tmp_path, kept):
    path = tmp_path / "paperhouse.duckdb"
    path.write_bytes(warehouse.read_bytes()[:kept])
    error = refusal_of(path)
    assert error.facts["reason"] == "truncated"
    assert "previous/" in str(error)


def test_file_that_lost_only_rows_is_refused_though_the_engine_opens_it(tmp_path):
    path = tmp_path / "paperhouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table a as select range as n, md5(range::varchar) as s from range(20000)")
    with duckdb.connect(str(path)) as connection:
        # Deleting in the middle frees blocks, which the next checkpoint's metadata takes: rows end the file.
        connection.execute("create table b as select range as n, md5(range::varchar) as s from range(300000)")
        connection.execute("drop table a")
        connection.execute("checkpoint")
    content = path.read_bytes()
    path.write_bytes(content[:-1])
    duckdb.connect(str(path), read_only=True).close()
    error = refusal_of(path)
    assert error.facts["reason"] == "truncated"
    assert f"{len(content) - 1:,} of {len(content):,} bytes" in str(error)


def test_flipped_bit_in_the_headers(warehouse, tmp_path):
    content = bytearray(warehouse.read_bytes())
    for at in (4100, 8200):
        content[at] ^= 1
    path = tmp_path / "paperhouse.duckdb"
    path.write_bytes(content)
    assert refusal_of(path).facts["reason"] == "damaged"


def test_file_of_a_newer_version(warehouse, tmp_path):
    content = bytearray(warehouse.read_bytes())
    struct.pack_into("<Q", content, 12, 999)
    checksum = 5381
    for (word,) in struct.iter_unpack("<Q", content[8:4096]):
        checksum ^= word * 0xBF58476D1CE4E5B9 % 2**64
    struct.pack_into("<Q", content, 0, checksum)
    path = tmp_path / "paperhouse.duckdb"
    path.write_bytes(content)
    error = refusal_of(path)
    assert error.facts["reason"] == "version"
    # The number in the engine's own words is not always the one in the file.
    assert "with version number" in str(error)
    assert "upgrade duckdb" in str(error)


def test_file_held_by_a_writer_in_another_process(tmp_path):
    path = tmp_path / "paperhouse.duckdb"
    script = f"import duckdb; c = duckdb.connect({str(path)!r}); print('held', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout.readline() == "held\n"
        error = refusal_of(path)
        holder.communicate("\n")
    assert error.facts["reason"] == "locked"
    assert f"PID {holder.pid}" in str(error)


def test_file_held_by_a_writer_in_this_process(tmp_path):
    path = tmp_path / "paperhouse.duckdb"
    with duckdb.connect(str(path)):
        assert refusal_of(path).facts["reason"] == "locked"


# ---- results


def test_a_result_has_names_types_and_rows(connection):
    result = run_query(connection, "select n, title, 1.5::decimal(4, 2) as d from papers order by n limit 1")
    assert result.columns == ("n", "title", "d")
    assert result.types == ("BIGINT", "VARCHAR", "DECIMAL(4,2)")
    assert [row[0] for row in rows(result)] == [0]


def test_repeated_names_are_kept(connection):
    result = run_query(connection, "select 1 as x, 2 as x, 3::uhugeint as x")
    assert result.columns == ("x", "x", "x")
    assert rows(result) == [(1, 2, "3")]


def test_no_row_still_has_columns(connection):
    result = run_query(connection, "select n from papers where false")
    assert result.columns == ("n",)
    assert rows(result) == []


def test_the_last_of_several_statements_gives_the_result(connection):
    sql = "set variable least = 5; create temp table few as select n from papers where n < 9; select 1 as a; "
    sql += "select count(*) as b from few where n > getvariable('least');"
    result = run_query(connection, sql)
    assert result.columns == ("b",)
    assert rows(result) == [(3,)]


@pytest.mark.parametrize(
    "sql", ["", " ;", "-- nothing", "set variable x = 1", "create temp table none as select 1"]
)
def test_a_statement_without_result_has_no_columns(connection, sql):
    result = run_query(connection, sql)
    assert (result.columns, result.types, list(result.batches)) == ((), (), [])


@pytest.mark.parametrize(
    "sql",
    [
        "show tables",
        "describe papers",
        "summarize papers",
        "explain select 1",
        "explain analyze select 1",
        "from duckdb_columns()",
        "from pragma_table_info('papers')",
        "pivot (select n % 2 as odd from papers) on odd using count(*)",
        "with recursive t(i) as (select 1 union all select i + 1 from t where i < 5) select i from t",
        "select unnest(range(3))",
        "table recent",
        "select version()",
    ],
)
def test_looking_around_is_allowed(connection, sql):
    assert rows(run_query(connection, sql))


def test_every_type_of_the_engine_comes_through(connection):
    result = run_query(connection, "from test_all_types()")
    assert sum(batch.num_rows for batch in result.batches) == 3


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("340282366920938463463374607431768211455::uhugeint", "340282366920938463463374607431768211455"),
        ("'12:00:00+02'::timetz", "12:00:00+02"),
        ("'10101'::bit", "10101"),
        ("interval '1 month 3 days 4.5 seconds'", "1 month 3 days 00:00:04.5"),
        ("'2024-01-01 00:00:00.123456789'::timestamp_ns", "2024-01-01 00:00:00.123456789"),
        ("'12345678901234567890123456789012345678901234567890'::bignum", "1234567890" * 5),
        ("union_value(k := 1)", "1"),
        ("1::variant", "1"),
        ("[{'a': 1::uhugeint}]", "[{'a': 1}]"),
        ("['1'::bit]::bit[1]", "[1]"),
        ("map {'a': '1'::bit}", "{a=1}"),
    ],
)
def test_what_arrow_cannot_hold_comes_as_the_text_of_the_engine(connection, expression, text):
    assert rows(run_query(connection, f"select {expression}")) == [(text,)]


def test_a_struct_with_a_field_named_size_and_an_array_stay_nested(connection):
    assert rows(run_query(connection, "select {'size': 3}, [1, 2]::int[2]")) == [({"size": 3}, [1, 2])]


# ---- errors


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("selct 1", 'syntax error at or near "selct"'),
        ("select 1; selct 2", 'syntax error at or near "selct"'),
        ("select nothing from papers", 'column "nothing" not found'),
        ("from nowhere", "Table with name nowhere does not exist"),
        ("select 'a'::int", "Could not convert string 'a'"),
        ("select $1", "prepared parameter"),
        ("select 'a\0b'", "NUL"),
        ("select '\ud800'", "UTF-8"),
    ],
)
def test_an_error_says_what_the_engine_says(connection, sql, words):
    with pytest.raises(QueryError) as refusal:
        rows(run_query(connection, sql))
    assert words.lower() in str(refusal.value).lower()
    assert refusal.value.facts["sql"] == sql
    assert refusal.value.__cause__ is None


def test_an_error_half_way_is_a_query_error_too(connection):
    sql = "select (case when range = 2900000 then 'half way' else '1' end)::int as i from range(3000000)"
    result = run_query(connection, sql)
    assert next(result.batches).num_rows == 10_000
    with pytest.raises(QueryError, match="'half way'"):
        list(result.batches)


def test_a_million_rows_stream_in_bounded_memory(warehouse):
    script = """
import resource, sys
from pathlib import Path
from paperhouse.warehouse.read.query import open_locked, run_query
connection = open_locked(Path(sys.argv[1]))
def consume(n):
    sql = f"select range as i, repeat('x', 300) || range as s from range({n})"
    return sum(batch.num_rows for batch in run_query(connection, sql).batches)
consume(50_000)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(consume(1_000_000), (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""
    said = subprocess.run(
        [sys.executable, "-c", script, warehouse], capture_output=True, text=True, check=True
    )
    n_rows, megabytes = map(int, said.stdout.split())
    assert n_rows == 1_000_000
    assert megabytes < 50
