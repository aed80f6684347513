"""What the live warehouse knows of its inputs: digests and loads, read without keeping anybody waiting."""

from dataclasses import dataclass
from pathlib import Path

from warehouse.overview import open_read_only


@dataclass(frozen=True, slots=True)
class KnownDigest:
    """A digest of the ledger as far as it matters for skipping a file that was read before."""

    list_name: str | None
    source: str | None
    has_date: bool


@dataclass(frozen=True, slots=True)
class Ledger:
    """Digests by (sha256, path), and the ids of the loads that are published."""

    digests: dict[tuple[str, str], KnownDigest]
    load_ids: frozenset[str]


EMPTY_LEDGER = Ledger({}, frozenset())


def read_ledger(live: Path) -> Ledger:
    """Ledger of the warehouse at `live`; empty if there is none.

    Raises:
        WarehouseError: the file is damaged, or is held open for writing by another program.
    """
    if not live.exists():
        return EMPTY_LEDGER
    with open_read_only(live) as connection:
        rows = connection.execute(
            "select sha256, path, list_name, source, digest_date is not null from digests"
        ).fetchall()
        loads = connection.execute("select load_id from loads").fetchall()
    digests = {
        (sha256, path): KnownDigest(list_name, source, has_date)
        for sha256, path, list_name, source, has_date in rows
    }
    return Ledger(digests, frozenset(load_id for (load_id,) in loads))
