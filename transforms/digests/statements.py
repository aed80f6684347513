"""Digests to the frames of a load package: every statement once, keyed by digest and position.

Wordings and particulars are content-addressed: entries that say the same share one row.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import polars as pl

from paperhouse.transforms.digest import Entry
from paperhouse.transforms.digests.entry_kind import ARXIV_FORMATS
from paperhouse.transforms.keys import stable_id
from paperhouse.transforms.read_digest import ReadDigest
from paperhouse.transforms.tables import DATE_SOURCES, PACKAGE_TABLES

Frames = dict[str, pl.DataFrame]
"""Frames by table name, each with exactly the columns of its schema."""

_SEPARATOR = "\x1f"
_DIGEST_COLUMNS = tuple(PACKAGE_TABLES["digests"].columns())
PLACE_COLUMNS = ("path", "source", "date_source")
"""What a digest's row says of its place; all else follows from its content, date and list."""


def place_of(digest: ReadDigest) -> tuple[str, str | None, str | None]:
    """Values of `PLACE_COLUMNS`."""
    return digest.path, digest.source, digest.date_source


def place_order(path: str, source: str | None, date_source: str | None) -> tuple[bool, str, bool, str, int]:
    """Sort key by which one of several places of a digest is recorded: the smallest.

    A path inside a given folder before an absolute one, then the smallest; at one path a source before none; then
    the better reason for the date.
    """
    how = (
        DATE_SOURCES.categories.to_list().index(date_source) if date_source else len(DATE_SOURCES.categories)
    )
    return path.startswith("/"), path, source is None, source or "", how


def wording_id(entry: Entry) -> int:
    """Key of an entry's wording: identifier, version, title, authors, abstract and how complete they are."""
    return stable_id(
        entry.arxiv_id,
        entry.version,
        entry.title,
        entry.authors_completeness,
        *_list_parts(entry.authors),
        entry.abstract_completeness,
        entry.abstract,
    )


def _list_parts(texts: Sequence[str]) -> tuple[str | int, ...]:
    """Parts of a key that no other list gives: joined, which is quick, or one by one if a text holds the separator."""
    joined = _SEPARATOR.join(texts)
    if joined.count(_SEPARATOR) == max(len(texts) - 1, 0):
        return (joined,)
    return (len(texts), *texts)


def statement_frames(digests: Iterable[ReadDigest], load_id: str, source_kind: str = "digest") -> Frames:
    """Package frames of these digests (all but `loads`), sorted by nothing: order carries no meaning.

    Reading the same digest twice in one call gives its rows once.
    """
    rows = _Rows(load_id, source_kind)
    known: dict[str, int] = {}
    for digest in digests:
        if digest.digest_id in known:
            rows.keep_smaller_place(known[digest.digest_id], digest)
            continue
        known[digest.digest_id] = len(rows.rows["digests"])
        rows.add_digest(digest)
    return rows.frames()


def select_digests(frames: Frames, digest_ids: Collection[str]) -> Frames:
    """What of `frames` these digests say, as if only they had been read."""
    kept = pl.Series("digest_id", list(digest_ids), dtype=pl.String).to_frame()
    keyed = {
        table: frame.join(kept, on="digest_id", how="semi", maintain_order="left")
        for table, frame in frames.items()
        if "digest_id" in frame.columns
    }
    listings = keyed["listings"]
    shared = {
        table: frames[table].join(listings, on=key, how="semi", maintain_order="left")
        for table, key in (("wordings", "variant_id"), ("particulars", "particulars_id"))
        if table in frames
    }
    return {**keyed, **shared}


def forget_frame(digest_ids: Iterable[str], load_id: str) -> pl.DataFrame:
    """Package rows by which a load removes these digests."""
    ids = sorted(digest_ids)
    schema = {name: column.dtype for name, column in PACKAGE_TABLES["forgotten"].columns().items()}
    return pl.DataFrame({"digest_id": ids, "load_id": [load_id] * len(ids)}, schema=schema)


def _frame(rows: Sequence[Sequence[Any]], schema: dict[str, pl.DataType]) -> pl.DataFrame:
    columns = zip(*rows, strict=True) if rows else ((),) * len(schema)
    series = [
        list_series(name, column) if isinstance(dtype, pl.List) else pl.Series(name, column, dtype=dtype)
        for (name, dtype), column in zip(schema.items(), columns, strict=True)
    ]
    return pl.DataFrame(series)


def list_series(name: str, lists: Sequence[Sequence[str] | None]) -> pl.Series:
    """Series of lists of text; the values go over in one flat run, ten times as fast as list by list."""
    rows = pl.DataFrame(
        {"row": range(len(lists)), "is_null": [texts is None for texts in lists]},
        schema={"row": pl.Int64, "is_null": pl.Boolean},
    )
    values = pl.DataFrame(
        {
            "row": [row for row, texts in enumerate(lists) for _ in texts or ()],
            "value": [text for texts in lists for text in texts or ()],
        },
        schema={"row": pl.Int64, "value": pl.String},
    )
    filled = rows.join(
        values.group_by("row", maintain_order=True).agg("value"), on="row", how="left", maintain_order="left"
    )
    empty = pl.lit([], dtype=pl.List(pl.String))
    text_lists = pl.when("is_null").then(None).otherwise(pl.coalesce("value", empty))
    return filled.select(text_lists.alias(name)).to_series()


class _Rows:
    """Rows of every package table while they grow, each in the order of its schema."""

    def __init__(self, load_id: str, source_kind: str) -> None:
        self.rows: dict[str, list[Sequence[Any]]] = {table: [] for table in PACKAGE_TABLES}
        self._load_id = load_id
        self._source_kind = source_kind
        self._wordings: dict[tuple[Any, ...], int] = {}
        self._particulars: set[int] = set()

    def frames(self) -> Frames:
        """All tables but loads as frames."""
        return {
            table: _frame(self.rows[table], {name: column.dtype for name, column in schema.columns().items()})
            for table, schema in PACKAGE_TABLES.items()
            if table not in ("loads", "forgotten")
        }

    def keep_smaller_place(self, row: int, digest: ReadDigest) -> None:
        """Let the digest row already there take what this digest's place says, if that place goes before."""
        facts = dict(zip(_DIGEST_COLUMNS, self.rows["digests"][row], strict=True))
        place, there = place_of(digest), [facts[name] for name in PLACE_COLUMNS]
        if place_order(*place) < place_order(*there):
            facts |= zip(PLACE_COLUMNS, place, strict=True)
            self.rows["digests"][row] = tuple(facts.values())

    def add_digest(self, digest: ReadDigest) -> None:
        """Add a digest with its entries, rejects and repairs."""
        counted = {
            "n_entries": len(digest.entries),
            "n_rejects": len(digest.rejects),
            "load_id": self._load_id,
        }
        facts = [counted[name] if name in counted else getattr(digest, name) for name in _DIGEST_COLUMNS]
        self._append("digests", facts)
        said_by = "arxiv" if digest.format in ARXIV_FORMATS else self._source_kind
        for position, entry in enumerate(digest.entries, start=1):
            self._add_entry(digest.digest_id, position, entry, said_by)
        for position, reject in enumerate(digest.rejects, start=1):
            stretch = (reject.line_start, reject.line_end, reject.reason, reject.text)
            self._append("rejects", (digest.digest_id, position, *stretch))
        for repair in digest.repairs:
            change = (repair.field, repair.line_start, repair.before, repair.after)
            self._append("repairs", (digest.digest_id, repair.position, *change))

    def _append(self, table: str, values: Sequence[Any]) -> None:
        self.rows[table].append(values)

    def _add_entry(self, digest_id: str, position: int, entry: Entry, said_by: str) -> None:
        variant_id = self._add_wording(entry, said_by)
        self._append(
            "listings",
            (
                digest_id,
                position,
                entry.line_start,
                entry.line_end,
                entry.arxiv_id,
                variant_id,
                self._add_particulars(entry),
                entry.announce_type,
                entry.topic,
                entry.stated_date,
                entry.stated_date_kind,
            ),
        )
        for url, kind in entry.links:
            self._append("links", (digest_id, position, entry.arxiv_id, url, kind))
        for said in entry.translations:
            translated = (said.language, said.title, said.abstract)
            self._append("translations", (digest_id, position, entry.arxiv_id, *translated))
        for note in entry.notes:
            added = (note.kind, note.language, note.said_by, note.text)
            self._append("notes", (digest_id, position, entry.arxiv_id, *added))

    def _add_wording(self, entry: Entry, said_by: str) -> int:
        """Key of the entry's wording; one that was met before is not hashed again."""
        facts = (
            entry.arxiv_id,
            entry.version,
            entry.title,
            tuple(entry.authors),
            entry.authors_completeness,
            entry.abstract,
            entry.abstract_completeness,
        )
        key = self._wordings.get((facts, said_by))
        if key is None:
            key = self._wordings[facts, said_by] = wording_id(entry)
            stated = (*facts[:3], entry.authors, *facts[4:])
            self._append("wordings", (key, *stated, said_by))
        return key

    def _add_particulars(self, entry: Entry) -> int | None:
        """Key of the entry's secondary facts; None if it states none."""
        facts = (
            entry.primary_category,
            entry.categories or None,
            entry.comment,
            entry.doi,
            entry.journal_ref,
            entry.published_at,
            entry.updated_at,
        )
        if all(fact is None for fact in facts):
            return None
        key = stable_id(
            entry.arxiv_id,
            entry.primary_category,
            *(_list_parts(entry.categories) if entry.categories else (None,)),
            entry.comment,
            entry.doi,
            entry.journal_ref,
            entry.published_at.isoformat() if entry.published_at else None,
            entry.updated_at.isoformat() if entry.updated_at else None,
        )
        if key not in self._particulars:
            self._particulars.add(key)
            self._append("particulars", (key, entry.arxiv_id, *facts))
        return key
