"""Whether a warehouse file is as long as it was when it was written: the engine opens one that lost only rows.

The engine frees blocks at the end of the file after it wrote the header that counts them, so a whole file may be
shorter than its header says. The size is therefore that of the receipt, which is found by the file's head; without
one, the least that the file must have is what its used blocks take.
"""

import os
import struct
from pathlib import Path
from typing import Final

import duckdb

from paperhouse.transforms.errors import WarehouseError
from paperhouse.warehouse.storage.home import Home
from paperhouse.warehouse.storage.receipts import HEAD_BYTES, sizes_recorded

CUT_SHORT: Final = "cut short; restore it from previous/, or rebuild it"

# storage/storage_info.hpp: a checksum, magic bytes and the version; then two headers of 4096 bytes, of which
# the one with the higher iteration counts; then blocks.
_HEADERS_AT: Final = (4096, 8192)


def refuse_cut_short(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Compare the size of the file that is open with the size it was written with.

    Raises:
        WarehouseError: it is shorter.
    """
    with path.open("rb") as file:  # one handle: between two looks a load may put another file here
        head = file.read(HEAD_BYTES)
        held = os.fstat(file.fileno()).st_size
    if held >= _size_by_header(head):
        return
    needed = _size_needed(connection, held, sizes_recorded(Home(path.parent).receipts, head))
    if held < needed:
        remedy = CUT_SHORT.partition("; ")[2]
        msg = f"{path}: cut short ({held:,} of {needed:,} bytes); {remedy}"
        raise WarehouseError(msg, path=path, reason="truncated")


def recorded_loss(path: Path) -> str:
    """Both sizes of a file that the engine cannot open, as words for a message; nothing where no receipt knows it."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        held = os.fstat(file.fileno()).st_size
    recorded = sizes_recorded(Home(path.parent).receipts, head)
    return f" ({held:,} of {max(recorded):,} bytes)" if recorded and held < max(recorded) else ""


def _size_needed(connection: duckdb.DuckDBPyConnection, held: int, recorded: frozenset[int]) -> int:
    if held in recorded:
        return held
    if recorded:
        return max(recorded)
    ((block_size, used_blocks),) = connection.execute(
        "select block_size, used_blocks from pragma_database_size() where database_name = current_database()"
    ).fetchall()
    whole_blocks = -((HEAD_BYTES - held) // int(block_size))  # the engine trims blocks, never a part of one
    return HEAD_BYTES + int(block_size) * max(int(used_blocks), whole_blocks)


def _size_by_header(head: bytes) -> int:
    if len(head) < HEAD_BYTES:
        return HEAD_BYTES
    # checksum, then iteration, meta block, free list, number of blocks, size of a block
    headers = [struct.unpack_from("<5Q", head, at + 8) for at in _HEADERS_AT]
    *_, n_blocks, block_size = max(headers)
    return HEAD_BYTES + int(n_blocks) * int(block_size)
