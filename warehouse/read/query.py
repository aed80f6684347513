"""SQL from anyone, run so that it reads the warehouse and nothing else.

Three layers, because none suffices alone. The file is opened read-only. The engine may touch no other file
and no network, may not spill to disk, and its settings are locked. And what that leaves open is refused
before it runs: a locked DuckDB 1.5 still obeys `pragma enable_profiling`, which prints into our output, and
`from enable_logging(storage='file', ...)`, which makes every later statement fail and aborts the process when
it ends. So only the kinds of statement in `ALLOWED_STATEMENTS` pass, and no call of a table function in
`REFUSED_TABLE_FUNCTIONS` or `REFUSED_LAKE_FUNCTIONS`. What a query calls is read in the engine's own parse of it; the
kinds of statement whose parse the engine does not show are read token by token, with every white space that the engine
accepts.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import duckdb

from paperhouse.transforms.errors import QueryError, WarehouseError
from paperhouse.warehouse.storage.file_size import CUT_SHORT, recorded_loss, refuse_cut_short

ALLOWED_STATEMENTS: Final = frozenset({"SELECT", "EXPLAIN", "CREATE", "INSERT", "DROP", "SET"})
"""The engine sees to it that CREATE (PIVOT needs it), INSERT and DROP reach only temporary relations."""

ALLOWED_TABLE_FUNCTIONS: Final = frozenset(
    {
        "duckdb_columns",
        "duckdb_constraints",
        "duckdb_databases",
        "duckdb_dependencies",
        "duckdb_extensions",
        "duckdb_functions",
        "duckdb_indexes",
        "duckdb_keywords",
        "duckdb_memory",
        "duckdb_optimizers",
        "duckdb_schemas",
        "duckdb_sequences",
        "duckdb_settings",
        "duckdb_tables",
        "duckdb_types",
        "duckdb_variables",
        "duckdb_views",
        "generate_series",
        "icu_calendar_names",
        "json_each",
        "json_tree",
        "pg_timezone_names",
        "pragma_collations",
        "pragma_database_size",
        "pragma_metadata_info",
        "pragma_platform",
        "pragma_show",
        "pragma_storage_info",
        "pragma_table_info",
        "pragma_version",
        "query_table",
        "range",
        "repeat",
        "repeat_row",
        "summary",
        "test_all_types",
        "test_vector_types",
        "unnest",
    }
)
REFUSED_TABLE_FUNCTIONS: Final = frozenset(
    {
        "arrow_scan",
        "arrow_scan_dumb",
        "checkpoint",
        "disable_logging",
        "disable_profiling",
        "duckdb_approx_database_count",
        "duckdb_connection_count",
        "duckdb_coordinate_systems",
        "duckdb_external_file_cache",
        "duckdb_log_contexts",
        "duckdb_logs",
        "duckdb_prepared_statements",
        "duckdb_secret_types",
        "duckdb_secrets",
        "duckdb_table_sample",
        "duckdb_temporary_files",
        "enable_logging",
        "enable_profiling",
        "force_checkpoint",
        "glob",
        "json_execute_serialized_sql",
        "pandas_scan",
        "parquet_bloom_probe",
        "parquet_file_metadata",
        "parquet_full_metadata",
        "parquet_kv_metadata",
        "parquet_metadata",
        "parquet_scan",
        "parquet_schema",
        "pragma_user_agent",
        "python_map_function",
        "query",
        "read_blob",
        "read_csv",
        "read_csv_auto",
        "read_duckdb",
        "read_json",
        "read_json_auto",
        "read_json_objects",
        "read_json_objects_auto",
        "read_ndjson",
        "read_ndjson_auto",
        "read_ndjson_objects",
        "read_parquet",
        "read_text",
        "seq_scan",
        "sniff_csv",
        "truncate_duckdb_logs",
        "which_secret",
    }
)
"""A test fails when the engine has a table function in neither set: look what it does, then choose."""
REFUSED_LAKE_FUNCTIONS: Final = frozenset(
    {
        "ducklake_add_data_files",
        "ducklake_cleanup_old_files",
        "ducklake_commit",
        "ducklake_current_snapshot",
        "ducklake_delete_orphaned_files",
        "ducklake_expire_snapshots",
        "ducklake_flush_inlined_data",
        "ducklake_last_committed_snapshot",
        "ducklake_list_files",
        "ducklake_merge_adjacent_files",
        "ducklake_options",
        "ducklake_rewrite_data_files",
        "ducklake_scan",
        "ducklake_set_commit_message",
        "ducklake_set_option",
        "ducklake_settings",
        "ducklake_snapshots",
        "ducklake_table_changes",
        "ducklake_table_deletions",
        "ducklake_table_info",
        "ducklake_table_insertions",
        "pg_clear_cache",
        "postgres_attach",
        "postgres_configure_pool",
        "postgres_execute",
        "postgres_query",
        "postgres_scan",
        "postgres_scan_pushdown",
        "read_postgres_binary",
    }
)
"""What the extensions of a lake add, all of it: they reach the catalog, its server, and files past the tables."""
_CATALOG_PREFIX: Final = "__ducklake_metadata"
"""Of the name under which the engine keeps a lake's catalog attached."""
_NAMING_BY_TEXT: Final = frozenset({"query_table", "schema", "search_path"})
"""Words by which a text, which may be put together from parts, becomes the name of what is read."""
_REFUSED_CALLS: Final = (
    REFUSED_TABLE_FUNCTIONS
    | REFUSED_LAKE_FUNCTIONS
    | {
        name.removeprefix("ducklake_") for name in REFUSED_LAKE_FUNCTIONS
    }  # as in `from lake.cleanup_old_files()`
)

# Arrow has no type that holds these, and DuckDB's export shows it late: UHUGEINT beyond 2^127 turns negative,
# TIMETZ loses its zone, BIT and BIGNUM come as internal bytes, nanoseconds need pandas, and Parquet refuses
# intervals and unions.
_TEXT_TYPES: Final = frozenset(
    {
        "bignum",
        "bit",
        "geometry",
        "interval",
        "time with time zone",
        "time_ns",
        "timestamp_ns",
        "uhugeint",
        "union",
        "variant",
    }
)
_NESTED_TYPES: Final = frozenset({"array", "list", "map", "struct"})

_UNICODE_SPACES: Final = re.compile("[\u00a0\u2000-\u200b\u202f\u205f\u2060\u3000\ufeff]")
"""What the engine takes for a space, besides those of ASCII; its tokenizer takes them for letters."""

_MAGIC: Final = b"DUCK"
_MAGIC_AT: Final = 8  # after a checksum


@dataclass(frozen=True, slots=True)
class Result:
    """What a query gave: names and engine types of its columns, and its rows as they are needed.

    `batches` can be walked once, and before the next statement on the same connection; it raises QueryError.
    Types that Arrow cannot hold (UHUGEINT, INTERVAL, TIMETZ, BIT, UNION ...) come as the engine's text.
    A statement without a result has no columns.
    """

    columns: tuple[str, ...]
    types: tuple[str, ...]
    schema: Any
    batches: Iterator[Any]


def open_locked(path: Path, *, memory_limit: str = "1GB", threads: int = 2) -> duckdb.DuckDBPyConnection:
    """Open a connection for foreign SQL: one file to read, settings locked, time zone UTC.

    Nothing is spilled to disk: a query that needs more than `memory_limit` fails.

    Raises:
        WarehouseError: the file is missing, no DuckDB file, truncated, too new, or held by a writer.
    """
    _refuse_what_is_no_warehouse(path)
    try:
        connection = duckdb.connect(
            str(path),
            read_only=True,
            config={
                "enable_external_access": False,
                "autoload_known_extensions": False,
                "autoinstall_known_extensions": False,
                "allow_community_extensions": False,
                "allow_persistent_secrets": False,
                "python_enable_replacements": False,  # else `from name` reads our own Python variables
                "temp_directory": "",
                "memory_limit": memory_limit,
                "threads": threads,
            },
        )
    except duckdb.Error as error:
        raise _explain_refusal(path, str(error)) from None
    try:
        refuse_cut_short(connection, path)
    except WarehouseError:
        connection.close()
        raise
    lock_settings(connection)
    return connection


def run_query(connection: duckdb.DuckDBPyConnection, sql: str, *, batch_rows: int = 10_000) -> Result:
    """Run all statements and stream the result of the last, at most `batch_rows` rows at a time.

    The result of an earlier statement is not read.

    Raises:
        QueryError: the engine refused a statement, or it is one that could do more than read.
    """
    try:
        statements = _parse(connection, sql)
        _refuse_beyond_reading(sql, statements)
        called = _calls_in_parses(connection, sql, statements)
        _refuse_calls(sql, called)
        _refuse_catalog(connection, sql, called)
        relation = None
        for statement in statements:
            relation = connection.sql(statement)
        if relation is None:
            return _no_result()
        types = tuple(str(column_type) for column_type in relation.types)
        columns = tuple(relation.columns)
        reader = _as_arrow_holds_it(relation).to_arrow_reader(batch_rows)
    except duckdb.Error as error:
        raise _query_error(error, sql) from None
    return Result(columns, types, reader.schema, _batches(reader, sql))


def _refuse_what_is_no_warehouse(path: Path) -> None:
    """Before the engine sees it: given an SQLite file, DuckDB would try to download an extension."""
    try:
        with path.open("rb") as file:
            head = file.read(_MAGIC_AT + len(_MAGIC))
    except FileNotFoundError:
        msg = f"{path}: no warehouse here; load digests first, or set PAPERHOUSE_HOME to where it is"
        raise WarehouseError(msg, path=path, reason="missing") from None
    except OSError as error:
        msg = f"{path}: cannot be read ({error.strerror}); check the path and its permissions"
        raise WarehouseError(msg, path=path, reason="unreadable") from None
    if head[_MAGIC_AT:] != _MAGIC:
        what = "an empty file" if not head else "no DuckDB file"
        msg = f"{path}: {what}, so no warehouse; check the path, or rebuild it from its load packages"
        raise WarehouseError(msg, path=path, reason="no DuckDB file")


_REFUSALS: Final = (
    ("Could not set lock", "locked", "another process is writing to it; close that program and try again"),
    ("different configuration", "locked", "this process holds it open with other settings; close that first"),
    ("with version number", "version", "written by another version of DuckDB; upgrade duckdb, or rebuild it"),
    ("Out of Memory", "memory", "too little memory to open it; give queries more (`query_memory`)"),
    ("Could not read enough bytes", "truncated", CUT_SHORT),
)


def _explain_refusal(path: Path, message: str) -> WarehouseError:
    for words, reason, remedy in _REFUSALS:
        if words in message and reason == "truncated":
            what, _, todo = remedy.partition("; ")
            msg = f"{path}: {what}{recorded_loss(path)}; {todo} ({_first_line(message)})"
            return WarehouseError(msg, path=path, reason=reason)
        if words in message:
            return WarehouseError(f"{path}: {remedy} ({_first_line(message)})", path=path, reason=reason)
    msg = f"{path}: damaged ({_first_line(message)}); restore it from previous/, or rebuild it"
    return WarehouseError(msg, path=path, reason="damaged")


def lock_settings(connection: duckdb.DuckDBPyConnection) -> None:
    """Lock the settings, unless an earlier connection of this process, which shares them, has done so."""
    # Started by `python -c` or from a prompt, DuckDB would print its progress into our output after two seconds.
    connection.execute("pragma disable_progress_bar")
    if connection.execute("select current_setting('lock_configuration')").fetchone() == (False,):
        connection.execute("set global TimeZone = 'UTC'")
        connection.execute("set lock_configuration = true")


def _parse(connection: duckdb.DuckDBPyConnection, sql: str) -> list[duckdb.Statement]:
    if "\0" in sql:  # the engine would stop reading there without a word
        msg = "the query holds a NUL character; remove it"
        raise QueryError(msg, sql=sql)
    try:
        sql.encode()
    except UnicodeEncodeError:
        msg = "the query is not valid UTF-8; check the encoding of the terminal or file it comes from"
        raise QueryError(msg, sql=sql) from None
    return connection.extract_statements(sql)


def _refuse_beyond_reading(sql: str, statements: Sequence[duckdb.Statement]) -> None:
    # The whole text, because a PIVOT's statements come without their own; and each as the engine reads it.
    texts = {sql, _UNICODE_SPACES.sub(" ", sql), *(statement.query for statement in statements)}
    kinds = {statement.type.name for statement in statements}
    for text in sorted(texts):
        words = _words(text)
        # `pragma version` counts as SELECT, and EXPLAIN hides the kind of what it explains, which ANALYZE runs.
        starts = {word for before, word in pairwise([";", *words]) if before == ";"}
        hidden = {"pragma", "call"} & (set(words) if "EXPLAIN" in kinds else starts)
        if refused := sorted(kinds - ALLOWED_STATEMENTS) + sorted(hidden):
            msg = f"{refused[0].upper()} is refused here: queries only read the warehouse"
            raise QueryError(msg, sql=sql, refused=refused[0].upper())
        _refuse_calls(sql, {word for word, following in pairwise(words) if following == "("})


def _refuse_calls(sql: str, called: set[str]) -> None:
    refused = sorted(called & _REFUSED_CALLS)
    if refused:
        msg = f"{refused[0]}() is refused here: queries read the warehouse, no files and no engine state"
        raise QueryError(msg, sql=sql, refused=refused[0])


def _refuse_catalog(connection: duckdb.DuckDBPyConnection, sql: str, called: set[str]) -> None:
    """Refuse to look past a lake into its catalog: with a server, all that its role may read there is within reach."""
    if _CATALOG_PREFIX in sql.lower():
        msg = "the lake's catalog is refused here: queries read the warehouse"
        raise QueryError(msg, sql=sql, refused=_CATALOG_PREFIX)
    by_text = sorted(_NAMING_BY_TEXT & (called | set(_words(sql))))
    if by_text and _is_lake(connection):
        msg = f"{by_text[0]} is refused on a lake: its text may name the catalog; name the table itself"
        raise QueryError(msg, sql=sql, refused=by_text[0])


def _is_lake(connection: duckdb.DuckDBPyConnection) -> bool:
    found = connection.execute("select 1 from duckdb_databases() where type = 'ducklake'").fetchone()
    return found is not None


def _calls_in_parses(
    connection: duckdb.DuckDBPyConnection, sql: str, statements: Sequence[duckdb.Statement]
) -> set[str]:
    """Names of all functions in the engine's parse of the SELECT statements, the only kind that it shows."""
    called: set[str] = set()
    # A cursor of its own: a temporary macro of an earlier query could stand in for the engine's function.
    with connection.cursor() as parser:
        for statement in statements:
            if statement.type.name != "SELECT" or not statement.query.strip():
                continue
            shown = parser.execute(
                "select tree ->> '$.error', tree ->> '$..function_name' from (select json_serialize_sql(?) as tree)",
                [statement.query],
            ).fetchone()
            if shown is None or shown[0] != "false":
                msg = "the engine does not show what this query calls, so it is refused; write it in a simpler way"
                raise QueryError(msg, sql=sql)
            called.update(name.lower() for name in shown[1])
    return called


def _words(sql: str) -> list[str]:
    """Split into names and keywords, folded and unquoted, and signs; literals become empty words."""
    raw = sql.encode()  # the tokenizer counts bytes
    tokens = duckdb.tokenize(sql)
    bounds = [start for start, _ in tokens] + [len(raw)]
    words = []
    for (start, end), (_, kind) in zip(pairwise(bounds), tokens, strict=True):
        if kind.name in {"identifier", "keyword"}:
            words.append(_unquoted(raw[start:end].decode(errors="replace")))
        elif kind.name == "operator":
            words.append(raw[start : start + 1].decode(errors="replace"))
        else:
            words.append("")
    return words


def _unquoted(token: str) -> str:
    """Cut off what follows a token up to the next one (spaces, comments), and its quotes."""
    if token.startswith('"'):
        return token[1:].split('"', 1)[0].lower()
    return token.split("/*", 1)[0].split("--", 1)[0].strip().lower()


def _as_arrow_holds_it(relation: duckdb.DuckDBPyRelation) -> duckdb.DuckDBPyRelation:
    if not any(_is_text_in_arrow(column_type) for column_type in relation.types):
        return relation
    shown = [
        f"#{position}" + ("::varchar" if _is_text_in_arrow(column_type) else "") + f" as {_quoted(column)}"
        for position, (column, column_type) in enumerate(
            zip(relation.columns, relation.types, strict=True), start=1
        )
    ]
    return relation.project(", ".join(shown))


def _is_text_in_arrow(column_type: Any) -> bool:
    if column_type.id in _TEXT_TYPES:
        return True
    if column_type.id not in _NESTED_TYPES:
        return False
    return any(
        _is_text_in_arrow(child)
        for _, child in column_type.children
        if not isinstance(child, int)  # the length of an ARRAY
    )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _no_result() -> Result:
    import pyarrow as pa  # noqa: PLC0415  # 0.1 s that the engine alone does not need

    return Result((), (), pa.schema([]), iter(()))


def _batches(reader: Any, sql: str) -> Iterator[Any]:
    """Walk the reader; an error that the engine meets half way comes through Arrow as an OSError."""
    import pyarrow as pa  # noqa: PLC0415  # see above

    try:
        yield from reader
    except (OSError, pa.ArrowException, duckdb.Error) as error:
        raise _query_error(error, sql) from None


_SERVERS: Final = ("HTTP Error", "for HTTP", "Postgres", 'Failed to execute query "')
"""Words of an error that comes from a server of a lake."""


def _query_error(error: Exception, sql: str) -> QueryError:
    message = str(error).strip()
    if "Could not read enough bytes" in message:
        message = f"{_first_line(message)}\nThe warehouse file is {CUT_SHORT}."
    if message.startswith("Out of Memory"):
        message = f"{_first_line(message)}\nRead fewer rows or columns, or allow the query more memory."
    if "read-only mode" in message:
        message = f"{_first_line(message)}\nQueries only read; write to a temporary table, or to --output."
    if any(words in message for words in _SERVERS):
        from paperhouse.warehouse.storage.lake.engine_errors import known_reason  # noqa: PLC0415 - hardly anyone has a lake

        _, remedy = known_reason(message) or ("", "")
        message = f"{_first_line(message)}\n{remedy[:1].upper()}{remedy[1:]}." if remedy else message
    return QueryError(message, sql=sql)


def _first_line(message: str) -> str:
    return message.strip().split("\n", 1)[0]
