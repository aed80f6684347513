"""What a load changed: papers, lists of theirs, authors, digests and searched terms, as temporary tables.

All other rows are those of the file that the load started from, and were checked with it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb
import polars as pl

from paperhouse.transforms.papers.paper_tables import PAPER_TABLES
from paperhouse.transforms.tables import OPERATIONAL_TABLES, WAREHOUSE_TABLES
from paperhouse.warehouse.schema.ddl import quoted_name, quoted_text
from paperhouse.warehouse.schema.key_checks import LIST_KEYS, SEARCH_KEYS
from paperhouse.warehouse.storage.frame_exchange import FrameExchange

CHANGED_TABLES: Final = {
    "arxiv_id": "changed_papers",
    "author_list": "changed_author_lists",
    "neighbour_list": "changed_neighbour_lists",
    "author_id": "changed_authors",
    "digest_id": "changed_digests",
    "paper": "changed_paper_numbers",
    "term": "changed_terms",
}
"""Temporary table of each key by which changed rows are found: a column, but for `LIST_KEYS`."""

FindRows = Callable[[str, str, str, Mapping[str, int]], str]
"""What follows `from` for the rows with some keys: `rows_by_key`, `rows_by_place`."""
_SHORT: Final = 5_000
"""Rows of a table of which it costs less to read all than to look for some first."""

KEY_TYPES: Final[Mapping[str, pl.DataType]] = {
    "arxiv_id": pl.String(),
    "author_list": pl.String(),
    "neighbour_list": pl.String(),
    "author_id": pl.Int64(),
    "digest_id": pl.String(),
    "paper": pl.UInt32(),
    "term": pl.UInt64(),
}


@dataclass(frozen=True, slots=True)
class ChangedKeys:
    """What rows were written anew: by name of the key, a frame of one column in which no key comes twice."""

    frames: Mapping[str, pl.DataFrame]

    def __getitem__(self, key: str) -> pl.DataFrame:
        """The keys of that name."""
        return self.frames[key]


def key_column(key: str) -> str:
    """The column that holds a key."""
    return "arxiv_id" if key in LIST_KEYS.values() else key


def changed_keys(**named: Sequence[pl.DataFrame]) -> ChangedKeys:
    """What frames name in the column of a key: `changed_keys(arxiv_id=[papers], digest_id=[listings, repeats])`."""
    return ChangedKeys(
        {key: _distinct(key_column(key), dtype, named.get(key, ())) for key, dtype in KEY_TYPES.items()}
    )


def _distinct(column: str, dtype: pl.DataType, frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """What the frames have in a column, each once; most keys of a small load are in none of them."""
    filled = [rows[column] for rows in frames if rows.height]
    if not filled:
        return pl.DataFrame(schema={column: dtype})
    return pl.concat(filled).unique().to_frame()


def union_of(changes: Sequence[ChangedKeys]) -> ChangedKeys:
    """Every key that one of these names."""
    return changed_keys(**{key: [changed[key] for changed in changes] for key in KEY_TYPES})


_BY_PAPER: Final = frozenset({*PAPER_TABLES, "paper_topics", "search_papers"})


def note_nothing(connection: duckdb.DuckDBPyConnection) -> None:
    """Begin with nothing changed."""
    connection.execute(
        """
        create or replace temp table changed_papers (arxiv_id varchar);
        create or replace temp table changed_author_lists (arxiv_id varchar);
        create or replace temp table changed_neighbour_lists (arxiv_id varchar);
        create or replace temp table changed_authors (author_id bigint);
        create or replace temp table changed_digests (digest_id varchar);
        create or replace temp table changed_paper_numbers (paper uinteger);
        create or replace temp table changed_terms (term ubigint);
        """
    )


def note_changed(connection: duckdb.DuckDBPyConnection, key: str, relation: str) -> None:
    """Add the keys in the column of a relation that `key_column` names."""
    table, column = CHANGED_TABLES[key], key_column(key)
    connection.execute(
        f"insert into {table} select distinct {column} from {relation} anti join {table} using ({column})"
    )


def note_keys(exchange: FrameExchange, changed: ChangedKeys) -> None:
    """Add these keys."""
    for key, keys in changed.frames.items():
        if keys.height:
            with exchange.lend(keys) as relation:
                note_changed(exchange.connection, key, f"{relation} as keys")


def n_changed(connection: duckdb.DuckDBPyConnection) -> int:
    """How many keys were noted."""
    counts = " + ".join(f"(select count(*) from {table})" for table in CHANGED_TABLES.values())
    ((number,),) = connection.execute(f"select {counts}").fetchall()
    return int(number)


def changed_key(table: str) -> str | None:
    """The key by which changed rows of a base table are found; None where all its rows count as changed."""
    if table in LIST_KEYS:
        return LIST_KEYS[table]
    if table in _BY_PAPER:
        return "arxiv_id"
    if table in SEARCH_KEYS:
        return SEARCH_KEYS[table]
    columns = WAREHOUSE_TABLES[table].columns()
    if table in OPERATIONAL_TABLES:
        return None
    return next((key for key in ("author_id", "digest_id") if key in columns), None)


def write_changed(connection: duckdb.DuckDBPyConnection, folder: Path) -> dict[str, Path]:
    """Write the changed keys as Parquet, for connections that cannot see temporary tables; return the files by key."""
    files = {key: folder / f"{table}.parquet" for key, table in CHANGED_TABLES.items()}
    for key, file in files.items():
        connection.execute(f"copy {CHANGED_TABLES[key]} to {quoted_text(str(file))} (format parquet)")
    return files


def only_changed(tables: Iterable[tuple[str, str]], place: Callable[[str, str], str]) -> str:
    """A `with` clause under which these relations, given with the key to tell by, hold changed rows only.

    `place` says what to read them from, by relation and key.
    """
    parts = [f"{quoted_name(table)} as (from {place(table, key)})" for table, key in tables]
    return f"with {', '.join(parts)} " if parts else ""


def changed_in_place(table: str, key: str) -> str:
    """The changed rows of a relation, looked up where they are."""
    return rows_by_key(CHANGED_TABLES[key], key, table, {})


def copy_changed_rows(
    connection: duckdb.DuckDBPyConnection, tables: Iterable[tuple[str, str]], n_rows: Mapping[str, int]
) -> None:
    """Copy the changed rows of these relations, given with the key to tell by, to where `changed_as_pulled` says.

    `n_rows` are the rows of the base tables.
    """
    connection.execute(
        "".join(
            f"create or replace temp table {changed_as_pulled(table, key)} as "
            f"from {rows_by_place(CHANGED_TABLES[key], key, table, n_rows)};\n"
            for table, key in tables
        )
    )


def changed_as_pulled(table: str, key: str) -> str:
    """The temporary table of the changed rows of a relation."""
    return f"changed_{table}_by_{key}"


def rows_by_key(keys: str, key: str, table: str, _: Mapping[str, int]) -> str:
    """What follows `from` for the rows of a relation whose key is one of `keys`, read in one go."""
    return f"main.{quoted_name(table)} semi join {keys} using ({key_column(key)})"


def rows_by_place(keys: str, key: str, table: str, n_rows: Mapping[str, int]) -> str:
    """As `rows_by_key`; of a long table it is found out first where they lie, and nothing else is read whole.

    `n_rows` are the rows of the base tables. Keys of the search index are numbers, as are all columns beside them.
    """
    found = rows_by_key(keys, key, table, n_rows)
    if n_rows.get(table, 0) <= _SHORT or key in SEARCH_KEYS.values():
        return found
    return f"main.{quoted_name(table)} where rowid in (select rowid from {found})"
