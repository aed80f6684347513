"""Digests to the frames of a load package: every statement once, keyed by digest and position.

Wordings and particulars are content-addressed: entries that say the same share one row.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import polars as pl

from transforms.digest import Entry
from transforms.digest_reader import ReadDigest
from transforms.keys import stable_id
from transforms.tables import DATE_SOURCES, PACKAGE_TABLES

Frames = dict[str, pl.DataFrame]
"""Frames by table name, each with exactly the columns of its schema."""

_SEPARATOR = "\x1f"
_DIGEST_COLUMNS = tuple(
    name for name in PACKAGE_TABLES["digests"].columns() if name not in ("n_entries", "n_rejects", "load_id")
)
PLACE_COLUMNS = ("path", "source", "date_source")
"""What a digest's row says of its place; all else follows from its content, date and list."""


def place_of(digest: ReadDigest) -> tuple[str, str | None, str | None]:
    """Values of `PLACE_COLUMNS`."""
    return digest.path, digest.source, digest.date_source


def place_order(path: str, source: str | None, date_source: str | None) -> tuple[str, bool, str, int]:
    """Sort key by which one of several places of a digest is recorded: the smallest.

    The smallest path; at one path a source before none; then the better reason for the date.
    """
    how = (
        DATE_SOURCES.categories.to_list().index(date_source) if date_source else len(DATE_SOURCES.categories)
    )
    return path, source is None, source or "", how


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
        known[digest.digest_id] = len(rows.columns["digests"]["digest_id"])
        rows.add_digest(digest)
    return rows.frames()


def forget_frame(digest_ids: Iterable[str], load_id: str) -> pl.DataFrame:
    """Package rows by which a load removes these digests."""
    ids = sorted(digest_ids)
    schema = {name: column.dtype for name, column in PACKAGE_TABLES["forgotten"].columns().items()}
    return pl.DataFrame({"digest_id": ids, "load_id": [load_id] * len(ids)}, schema=schema)


class _Rows:
    """Columns of every package table while they grow."""

    def __init__(self, load_id: str, source_kind: str) -> None:
        self.columns: dict[str, dict[str, list[Any]]] = {
            table: {name: [] for name in schema.columns()} for table, schema in PACKAGE_TABLES.items()
        }
        self._load_id = load_id
        self._source_kind = source_kind
        self._wordings: set[int] = set()
        self._particulars: set[int] = set()

    def frames(self) -> Frames:
        """All tables but loads as frames."""
        return {
            table: pl.DataFrame(
                self.columns[table], schema={name: column.dtype for name, column in schema.columns().items()}
            )
            for table, schema in PACKAGE_TABLES.items()
            if table not in ("loads", "forgotten")
        }

    def keep_smaller_place(self, row: int, digest: ReadDigest) -> None:
        """Let the digest row already there take what this digest's place says, if that place goes before."""
        columns = self.columns["digests"]
        there = tuple(columns[name][row] for name in PLACE_COLUMNS)
        if place_order(*place_of(digest)) < place_order(*there):
            for name, value in zip(PLACE_COLUMNS, place_of(digest), strict=True):
                columns[name][row] = value

    def add_digest(self, digest: ReadDigest) -> None:
        """Add a digest with its entries, rejects and repairs."""
        columns = self.columns["digests"]
        for name in _DIGEST_COLUMNS:
            columns[name].append(getattr(digest, name))
        columns["n_entries"].append(len(digest.entries))
        columns["n_rejects"].append(len(digest.rejects))
        columns["load_id"].append(self._load_id)
        for position, entry in enumerate(digest.entries, start=1):
            self._add_entry(digest.digest_id, position, entry)
        for position, reject in enumerate(digest.rejects, start=1):
            stretch = (reject.line_start, reject.line_end, reject.reason, reject.text)
            self._append("rejects", (digest.digest_id, position, *stretch))
        for repair in digest.repairs:
            change = (repair.field, repair.line_start, repair.before, repair.after)
            self._append("repairs", (digest.digest_id, repair.position, *change))

    def _append(self, table: str, values: Sequence[Any]) -> None:
        for column, value in zip(self.columns[table].values(), values, strict=True):
            column.append(value)

    def _add_entry(self, digest_id: str, position: int, entry: Entry) -> None:
        variant_id = wording_id(entry)
        if variant_id not in self._wordings:
            self._wordings.add(variant_id)
            self._append(
                "wordings",
                (
                    variant_id,
                    entry.arxiv_id,
                    entry.version,
                    entry.title,
                    entry.authors,
                    entry.authors_completeness,
                    entry.abstract,
                    entry.abstract_completeness,
                    self._source_kind,
                ),
            )
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
