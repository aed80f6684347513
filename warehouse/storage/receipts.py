"""Receipts of published files: what each looked like, bit by bit, when it was swapped in.

A receipt is named by the hash of the file it speaks of and written before the swap. So there is no moment in
which file and receipt disagree: a live file without a receipt of its own hash has changed since, or was not
made by a load.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import xxhash

from paperhouse.warehouse.storage.atomic_files import fsync_path, naming

N_KEPT = 20
"""Receipts that may gather before those that speak of no file any more go."""
HEAD_BYTES = 12_288
"""What of a DuckDB file lies before its blocks: its headers, which every checkpoint changes."""
_CHUNK = 4 * 1024**2


@dataclass(frozen=True, slots=True)
class Receipt:
    """A published file: its newest load, its size, and the rows and hash of each table.

    `n_loads_since_whole` are the loads on top of the last file that was written whole. `head` is the hash of the file's
    first bytes: it tells which receipt a file should have, without all of it being read.
    """

    load_id: str
    n_bytes: int
    tables: dict[str, tuple[int, int]]
    n_loads_since_whole: int = 0
    head: str | None = None


def file_hash(path: Path) -> str:
    """128-bit hash of every byte of a file; finds flipped bits, and is no protection against forgery."""
    digest = xxhash.xxh3_128()
    with path.open("rb") as reader:
        while chunk := reader.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def head_hash(head: bytes) -> str:
    """128-bit hash of the headers of a DuckDB file."""
    return xxhash.xxh3_128(head[:HEAD_BYTES]).hexdigest()


def write_receipt(folder: Path, published: Path, receipt: Receipt, kept: Iterable[Path]) -> None:
    """Record the file at `published`, durably; when too many have gathered, only those of `kept` files stay.

    Age does not tell which these are: every load that was cut off before its swap left a newer receipt.
    """
    folder.mkdir(exist_ok=True)
    path = folder / f"{file_hash(published)}.json"
    draft = path.with_suffix(".tmp")
    with naming(draft):
        draft.write_text(json.dumps(asdict(receipt)) + "\n")
    fsync_path(draft)
    draft.replace(path)
    fsync_path(folder)
    if len(gathered := list(folder.glob("*.json"))) > N_KEPT:
        wanted = {path.stem, *map(file_hash, kept)}
        for old in gathered:
            if old.stem not in wanted:
                old.unlink()
    for stray in folder.glob("*.tmp"):
        stray.unlink()


def receipt_of(folder: Path, published: Path) -> Receipt | None:
    """The receipt of the file as it is now; None if there is none, or what stands there is no receipt.

    Raises:
        OSError: it is there and cannot be read just now, which says nothing against the file.
    """
    path = folder / f"{file_hash(published)}.json"
    try:
        with naming(path):
            values = json.loads(path.read_text())
        tables = {name: (int(rows), int(total)) for name, (rows, total) in values["tables"].items()}
        n_loads = int(values.get("n_loads_since_whole", 0))
        return Receipt(values["load_id"], values["n_bytes"], tables, n_loads, values.get("head"))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def sizes_recorded(folder: Path, head: bytes) -> frozenset[int]:
    """Sizes of the files that were published with these headers; none where no receipt speaks of them.

    A receipt that cannot be read says nothing.
    """
    wanted = head_hash(head)
    sizes = set()
    for path in folder.glob("*.json"):
        try:
            values = json.loads(path.read_text())
            if values["head"] == wanted:
                sizes.add(int(values["n_bytes"]))
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return frozenset(sizes)


def has_receipts(folder: Path) -> bool:
    """Whether any file was ever recorded here."""
    return any(folder.glob("*.json"))
