"""What the live warehouse knows of its inputs: digests and loads, read without keeping anybody waiting."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import duckdb

from paperhouse.transforms.digests.statements import place_of, place_order
from paperhouse.transforms.errors import InputError
from paperhouse.transforms.read_digest import ReadDigest
from paperhouse.warehouse.storage.connections import Live, is_published, open_read_only


class KnownDigest(
    NamedTuple
):  # a quarter of a dataclass's cost: a ledger has one for each file that was ever read
    """A digest of the ledger as far as it matters for skipping a file that was read before."""

    digest_id: str
    list_name: str | None
    digest_date: date | None
    place: tuple[str, str | None, str | None]
    unread_by: str | None = None
    """Version that failed to read the file, of which there is one reject only; None if it was read."""

    @property
    def source(self) -> str | None:
        """Who published it, if stated."""
        return self.place[1]

    @property
    def date_source(self) -> str | None:
        """Where its date comes from; None if it has none."""
        return self.place[2]


@dataclass(frozen=True, slots=True)
class Ledger:
    """Digests by id, and by (sha256, path); those that were forgotten; and the ids of the published loads.

    `formats` are those of the digests, the most frequent first.
    """

    digests: dict[str, KnownDigest]
    files: dict[tuple[str, str], list[KnownDigest]]
    load_ids: frozenset[str]
    forgotten_files: frozenset[tuple[str, str]]
    forgotten_ids: frozenset[str]
    formats: tuple[str, ...]

    def adds_nothing(self, digest: ReadDigest) -> bool:
        """Whether the digest is known, at a place that goes before this one or is this one."""
        known = self.digests.get(digest.digest_id)
        return known is not None and place_order(*known.place) <= place_order(*place_of(digest))

    def digest_named(self, prefix: str) -> str:
        """The id of the one digest that starts with `prefix`.

        Raises:
            InputError: none does, or more than one.
        """
        ids = sorted(digest_id for digest_id in self.digests if digest_id.startswith(prefix))
        if len(ids) == 1 and prefix:
            return ids[0]
        found = "no digest starts" if not ids else f"{len(ids)} digests start"
        remedy = 'find ids with `paperhouse sql "select digest_id, path from digests"`'
        msg = f"digest {prefix!r}: {found} with it; {remedy}"
        raise InputError(msg, prefix=prefix, found=ids[:10])


EMPTY_LEDGER = Ledger({}, {}, frozenset(), frozenset(), frozenset(), ())


def read_ledger(live: Live) -> Ledger:
    """Ledger of the warehouse at `live`; empty if there is none.

    Raises:
        WarehouseError: the file is damaged, of another version, or held open for writing by another program.
    """
    if not is_published(live):
        return EMPTY_LEDGER
    with open_read_only(live) as connection:
        return ledger_of(connection)


def ledger_of(connection: duckdb.DuckDBPyConnection) -> Ledger:
    """Ledger of the warehouse that is open."""
    rows = connection.execute(
        """
        select sha256, digest_id, list_name, digest_date, path, source, date_source, code_version, format
        from digests
        left join (
            select digest_id, code_version
            from rejects join digests using (digest_id) join loads using (load_id)
            where reason in ('parser_fault', 'over_limit')
        ) using (digest_id)
        """
    ).fetchall()
    loads = connection.execute("select load_id from loads").fetchall()
    forgotten = connection.execute(
        "select digest_id, sha256, path from forgotten_digests anti join digests using (digest_id)"
    ).fetchall()
    digests: dict[str, KnownDigest] = {}
    files: dict[tuple[str, str], list[KnownDigest]] = {}
    n_of_format: Counter[str] = Counter()
    for sha256, digest_id, list_name, digest_date, path, source, date_source, unread_by, name in rows:
        known = KnownDigest(digest_id, list_name, digest_date, (path, source, date_source), unread_by)
        digests[digest_id] = known
        files.setdefault((sha256, path), []).append(known)
        n_of_format[name] += 1
    return Ledger(
        digests=digests,
        files=files,
        load_ids=frozenset(load_id for (load_id,) in loads),
        forgotten_files=frozenset((sha256, path) for _, sha256, path in forgotten),
        forgotten_ids=frozenset(digest_id for digest_id, _, _ in forgotten),
        formats=tuple(name for name, _ in n_of_format.most_common()),
    )
