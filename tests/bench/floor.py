"""The least that a load of reporter digests can cost: what every honest load does, done in the cheapest way that is correct.

    python tests/bench/floor.py FOLDER OUT

Reads the bytes and hashes them, parses with plain `str` methods, chooses each paper's record, writes the same Parquet tables as a load
package, and loads the same tables of DuckDB, with the same columns and compression, into OUT/warehouse.duckdb; then a checkpoint.

It leaves out everything that makes a load safe: other formats and odd layouts (it stops where a section is not as expected), repair of
encodings, the account of lines, constraints and comments, checks, fsync, receipts, hashes of the package files, the lock, models.
"""

import argparse
import hashlib
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from paperhouse.transforms.keys import stable_hex  # noqa: E402
from paperhouse.transforms.papers.author_names import name_key  # noqa: E402
from paperhouse.transforms.parsing.author_list import LISTING_PAGE_LIMIT  # noqa: E402
from paperhouse.transforms.text.links import host_of, link_kind, urls_in  # noqa: E402

LOAD_ID = "floor"
PACKAGE = {
    "digests": """
        digest_id varchar, path varchar, sha256 varchar, format varchar, source varchar, list_name varchar,
        digest_date date, date_source varchar, encoding varchar, unit varchar, n_bytes ubigint, n_entries
        uinteger, n_rejects uinteger, n_lines uinteger, n_entry_lines uinteger, n_reject_lines uinteger,
        n_furniture_lines uinteger, n_ids_seen uinteger, n_ids_unaccounted uinteger, load_id varchar
    """,
    "listings": """
        digest_id varchar, position uinteger, line_start uinteger, line_end uinteger, arxiv_id varchar,
        variant_id bigint, particulars_id bigint, announce_type varchar, topic varchar, stated_date date,
        stated_date_kind varchar
    """,
    "wordings": """
        variant_id bigint, arxiv_id varchar, version usmallint, title varchar, authors varchar[],
        authors_completeness varchar, abstract varchar, abstract_completeness varchar, source_kind varchar
    """,
    "translations": """
        digest_id varchar, position uinteger, arxiv_id varchar, language varchar, title varchar, abstract
        varchar
    """,
}
"""Columns of the files of a load package that these digests fill, with their types."""
WAREHOUSE = {
    "papers": """
        arxiv_id varchar, version usmallint, title varchar, abstract varchar zstd, abstract_completeness
        varchar, n_authors uinteger, authors_completeness varchar, primary_category varchar, submitted_month
        date, published_at timestamptz, updated_at timestamptz, comment varchar, doi varchar, journal_ref
        varchar, first_listed_date date, last_listed_date date, n_listings uinteger, n_variants uinteger,
        variant_id bigint
    """,
    "authors": """
        author_id bigint, name varchar, name_key varchar, n_papers uinteger, first_listed_date date,
        last_listed_date date
    """,
    "paper_authors": """
        arxiv_id varchar, position uinteger, author_id bigint, name_as_written varchar
    """,
    "paper_links": """
        arxiv_id varchar, url varchar, kind varchar, host varchar
    """,
    "paper_translations": """
        arxiv_id varchar, language varchar, title varchar zstd, abstract varchar zstd, stated_date date
    """,
    "variants": """
        variant_id bigint, arxiv_id varchar, version usmallint, title varchar, authors varchar[],
        authors_completeness varchar, abstract varchar zstd, abstract_completeness varchar, source_kind
        varchar, first_listed_date date, last_listed_date date, n_listings uinteger
    """,
}
"""Columns of the tables of the warehouse beside `digests` and `listings`, which are as in the package; long texts are compressed by zstd."""
_COMPLETENESS = pl.Enum(["full", "truncated", "none"])
_TYPES = {
    "varchar": pl.String(),
    "varchar[]": pl.List(pl.String()),
    "bigint": pl.Int64(),
    "usmallint": pl.UInt16(),
    "uinteger": pl.UInt32(),
    "ubigint": pl.UInt64(),
    "boolean": pl.Boolean(),
    "date": pl.Date(),
    "timestamptz": pl.Datetime("us", "UTC"),
}


class Statements:
    """What the digests state, as columns of the package's tables."""

    def __init__(self) -> None:
        self.columns: dict[str, dict[str, list[Any]]] = {
            table: {name: [] for name in types_of(columns)} for table, columns in PACKAGE.items()
        }
        self.wording_ids: dict[tuple[str, str, str, str], int] = {}

    def add(self, table: str, *values: Any) -> None:
        """Add a row."""
        for column, value in zip(self.columns[table].values(), values, strict=True):
            column.append(value)

    def frames(self) -> dict[str, pl.DataFrame]:
        """The columns as frames of the schema's types; names are split in one go, ten times as fast as one by one."""
        names_joined = {"authors": pl.String()}
        frames = {
            table: pl.DataFrame(
                rows, schema=types_of(PACKAGE[table]) | (names_joined if table == "wordings" else {})
            )
            for table, rows in self.columns.items()
        }
        name = pl.element().str.strip_chars()
        length = pl.col("authors").list.len()
        frames["wordings"] = (
            frames["wordings"]
            .with_columns(pl.col("authors").str.replace(r", and ([^,]*)$", ", $1"))
            .with_columns(pl.col("authors").str.split(", ").list.eval(name.filter(name != "")))
            .with_columns(
                pl.when(length >= LISTING_PAGE_LIMIT)
                .then(pl.lit("truncated"))
                .when(length > 0)
                .then(pl.lit("full"))
                .otherwise(pl.lit("none"))
                .cast(_COMPLETENESS)
                .alias("authors_completeness")
            )
        )
        return frames


def main() -> None:
    """Load a folder and say what is there."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="day folders of reporter digests")
    parser.add_argument("out", type=Path, help="a folder that does not exist yet")
    given = parser.parse_args()
    folder, out = given.folder, given.out
    (out / "package").mkdir(parents=True)
    statements = Statements()
    for path in sorted(folder.rglob("*.md")):
        read_file(statements, path, path.relative_to(folder))
    stated = statements.frames()
    for table, rows in stated.items():
        if rows.height:
            rows.write_parquet(out / "package" / f"{table}.parquet", compression="zstd", compression_level=3)
    tables = warehouse_tables(stated)
    write_warehouse(out / "warehouse.duckdb", tables)
    print(" ".join(f"{name} {rows.height}" for name, rows in tables.items()))


def read_file(statements: Statements, path: Path, place: Path) -> None:
    """Add everything that one digest states."""
    content = path.read_bytes()
    text = content.decode()
    day = datetime.strptime(place.parts[0], "%d-%b-%Y").date()  # noqa: DTZ007 - a date
    list_name = None
    if len(place.parts) > 2:
        is_topic = place.parts[1] == "topic"
        list_name = place.stem.removesuffix("_related_papers") if is_topic else place.parts[1]
    sha256 = hashlib.sha256(content).hexdigest()
    digest_id = stable_hex(sha256, day.isoformat(), list_name)
    n_entries = n_entry_lines = 0
    for position, (line, n_lines, section) in enumerate(sections(text if list_name else ""), 1):
        read_section(statements, (digest_id, position, line, line + n_lines - 1), section)
        n_entries, n_entry_lines = position, n_entry_lines + n_lines
    n_lines = text.count("\n")
    place_facts = (place.as_posix(), sha256, "reporter", None, list_name, day, "path", "utf-8", "line")
    counts = (len(content), n_entries, 0, n_lines, n_entry_lines, 0, n_lines - n_entry_lines, n_entries, 0)
    statements.add("digests", digest_id, *place_facts, *counts, LOAD_ID)


def short_hash(text: str) -> int:
    """A key of 63 bits."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest()) >> 1


def sections(text: str) -> Iterator[tuple[int, int, str]]:
    """First line, number of lines and text of each section. A `---` line not followed by a title is text."""
    line, start = 1, 0
    while start < len(text):
        end = text.find("\n---\n", start)
        while end >= 0 and not text.startswith("# ", end + 5) and text[end + 5 :].strip():
            end = text.find("\n---\n", end + 5)
        if end < 0:
            end = len(text)
        section = text[start:end]
        if section.strip():
            yield line, section.rstrip().count("\n") + 1, section
        line += section.count("\n") + 2
        start = end + 5


def read_section(statements: Statements, at: tuple[str, int, int, int], section: str) -> None:
    """Add one entry: its listing, its wording if it is a new one, and its translation if it has one."""
    head, _, rest = section.partition("\n**Abstract**:")
    abstract, _, abstract_zh = rest.partition("\n**Abstract (ZH)**:")
    titles, _, facts = head.partition("\n**Authors**:")
    title, _, title_zh = titles.partition("\n**Title (ZH)**:")
    names, _, link = facts.partition("\n\n**Link**: [PDF](https://arxiv.org/pdf/")
    arxiv_id, _, version = link.partition(")")[0].partition("v")
    title, abstract = title.removeprefix("# ").strip(), abstract.strip()
    if not (title and arxiv_id and names and abstract):
        msg = f"not a section of the usual layout: {section[:200]!r}"
        raise ValueError(msg)
    wording = (arxiv_id, title, names, abstract)
    variant_id = statements.wording_ids.get(wording)
    if variant_id is None:
        variant_id = statements.wording_ids[wording] = short_hash("\x1f".join((*wording, version)))
        number = int(version) if version else None
        statements.add(
            "wordings", variant_id, arxiv_id, number, title, names, None, abstract, "full", "digest"
        )
    digest_id, position, *lines = at
    statements.add("listings", digest_id, position, *lines, arxiv_id, variant_id, *[None] * 5)
    if title_zh or abstract_zh:
        translated = (title_zh.strip() or None, abstract_zh.strip() or None)
        statements.add("translations", digest_id, position, arxiv_id, "zh", *translated)


def warehouse_tables(stated: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Rows of the warehouse's tables."""
    listings = stated["listings"].join(stated["digests"].select("digest_id", "digest_date"), on="digest_id")
    counts = (
        pl.col("digest_date").min().alias("first_listed_date"),
        pl.col("digest_date").max().alias("last_listed_date"),
        pl.len().alias("n_listings"),
    )
    wordings = stated["wordings"].join(listings.group_by("variant_id").agg(counts), on="variant_id")
    best = wordings.sort(
        "arxiv_id", "authors_completeness", "version", "last_listed_date", "variant_id",
        descending=[False, False, True, True, False], nulls_last=True,
    ).unique("arxiv_id", keep="first", maintain_order=True)  # fmt: skip
    papers = (
        best.drop("first_listed_date", "last_listed_date", "n_listings")
        .join(listings.group_by("arxiv_id").agg(counts), on="arxiv_id")
        .join(wordings.group_by("arxiv_id").agg(pl.len().alias("n_variants")), on="arxiv_id")
        .with_columns(
            pl.col("authors").list.len().alias("n_authors"),
            pl.format("20{}-{}-01", pl.col("arxiv_id").str.slice(0, 2), pl.col("arxiv_id").str.slice(2, 2))
            .str.to_date()
            .alias("submitted_month"),
        )
        .sort("arxiv_id")
    )
    is_own = pl.col("variant_id").is_in(papers["variant_id"].implode())
    variants = wordings.with_columns(
        pl.when(~is_own).then(pl.col(name)).alias(name) for name in ("title", "authors", "abstract")
    )
    paper_authors = author_mentions(papers)
    days = listings.select("digest_id", "position", pl.col("digest_date").alias("stated_date"))
    rows = {
        "papers": papers,
        "authors": author_rows(paper_authors, papers),
        "paper_authors": paper_authors,
        "paper_links": link_rows(wordings),
        "paper_translations": stated["translations"]
        .join(days, on=["digest_id", "position"])
        .sort("arxiv_id", "stated_date", "title", "abstract", descending=[False, True, False, False])
        .unique(["arxiv_id", "language"], keep="first", maintain_order=True),
        "variants": variants.sort("arxiv_id", "variant_id"),
        "digests": stated["digests"].sort("digest_id"),
        "listings": stated["listings"].sort("digest_id", "position"),
    }
    return {name: _fitted((WAREHOUSE | PACKAGE)[name], frame) for name, frame in rows.items()}


def author_mentions(papers: pl.DataFrame) -> pl.DataFrame:
    """One row per paper and position; each name is folded once."""
    mentions = papers.select(
        "arxiv_id",
        pl.col("authors").alias("name_as_written"),
        pl.int_ranges(1, pl.col("authors").list.len() + 1).alias("position"),
    ).explode("name_as_written", "position", empty_as_null=False)
    names = mentions["name_as_written"].unique()
    keys = [name_key(name) for name in names.to_list()]
    folded = pl.DataFrame(
        {"name_as_written": names, "name_key": keys, "author_id": [short_hash(key) for key in keys]}
    )
    return mentions.join(folded, on="name_as_written", how="left", maintain_order="left")


def author_rows(mentions: pl.DataFrame, papers: pl.DataFrame) -> pl.DataFrame:
    """One row per author, by the most frequent spelling."""
    dated = mentions.join(papers.select("arxiv_id", "first_listed_date", "last_listed_date"), on="arxiv_id")
    spellings = (
        mentions.group_by("author_id", "name_key", "name_as_written")
        .len()
        .sort("author_id", "len", "name_as_written", descending=[False, True, False])
        .unique("author_id", keep="first", maintain_order=True)
    )
    counted = dated.group_by("author_id").agg(
        pl.col("arxiv_id").n_unique().alias("n_papers"),
        pl.col("first_listed_date").min(),
        pl.col("last_listed_date").max(),
    )
    return spellings.rename({"name_as_written": "name"}).join(counted, on="author_id", maintain_order="left")


def link_rows(wordings: pl.DataFrame) -> pl.DataFrame:
    """URLs of the abstracts."""
    texts = wordings.select("arxiv_id", "abstract").filter(
        pl.col("abstract").str.contains("://", literal=True)
    )
    rows = sorted({(arxiv_id, url) for arxiv_id, text in texts.iter_rows() for url in urls_in(text)})
    return pl.DataFrame(
        [(arxiv_id, url, link_kind(url), host_of(url)) for arxiv_id, url in rows],
        schema=types_of(WAREHOUSE["paper_links"]),
        orient="row",
    )


def write_warehouse(path: Path, tables: dict[str, pl.DataFrame]) -> None:
    """Load the tables into a new file."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{path}' as floor (storage_version 'v1.5.0'); use floor")
        connection.execute("set preserve_insertion_order = false; begin")
        for name, rows in tables.items():  # noqa: B007, PERF102 - DuckDB reads `rows` by its name
            columns = (WAREHOUSE | PACKAGE)[name].replace(" zstd", " using compression zstd")
            connection.execute(f"create table {name} ({columns}); insert into {name} from rows")
        connection.execute("commit; checkpoint")


def types_of(columns: str) -> dict[str, pl.DataType]:
    """Names and types of a table's columns."""
    return {name: _TYPES[kind] for name, kind, *_ in (column.split() for column in columns.split(","))}


def _fitted(columns: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Exactly the columns of the schema; those that these digests never state are null."""
    return rows.select(
        (pl.col(name) if name in rows.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in types_of(columns).items()
    )


if __name__ == "__main__":
    main()
