"""An empty warehouse as a file: made once and copied, for its hundreds of statements take longer than a small load.

The one that comes with Paperhouse is used where it was made from the very statements of this version, by the same
engine; else one is made here. `tests/warehouse/schema/renew_empty_warehouse.py` makes the one to ship.
"""

import zlib
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import duckdb

from paperhouse.warehouse.schema.ddl import create_tables, quoted_text, warehouse_script
from paperhouse.warehouse.schema.relations import create_models, models_version

STORAGE_VERSION: Final = "v1.5.0"
SHIPPED_FILE: Final = "empty_warehouse.bin"
"""Beside this module: the stamp, then the compressed file."""
_STAMP_BYTES: Final = 16


def write_empty_warehouse(path: Path) -> None:
    """Write a warehouse with all tables and models and no rows to `path`; nothing is forced to disk."""
    path.write_bytes(_empty_warehouse())


@cache
def _empty_warehouse() -> bytes:
    shipped = files("paperhouse.warehouse.schema").joinpath(SHIPPED_FILE)
    try:
        return unpacked(shipped.read_bytes()) or make_empty_warehouse()
    except FileNotFoundError:
        return make_empty_warehouse()


def make_empty_warehouse() -> bytes:
    """Run the statements of this version; return the bytes of the file that they give."""
    with TemporaryDirectory(prefix="paperhouse-") as folder:
        path = Path(folder) / "empty.duckdb"
        with duckdb.connect() as connection:
            connection.execute(
                f"attach {quoted_text(str(path))} as paperhouse (storage_version '{STORAGE_VERSION}'); "
                "use paperhouse; begin transaction"
            )
            create_tables(connection)
            create_models(connection)
            connection.execute("commit; checkpoint; use memory; detach paperhouse")
        return path.read_bytes()


def packed(empty_warehouse: bytes) -> bytes:
    """The file as it is shipped: stamped with what it was made from."""
    return _stamp() + zlib.compress(empty_warehouse, 9)


def unpacked(shipped: bytes) -> bytes | None:
    """The file that was shipped; None if it was made from other statements, or by another engine."""
    if shipped[:_STAMP_BYTES] != _stamp():
        return None
    return zlib.decompress(shipped[_STAMP_BYTES:])


def _stamp() -> bytes:
    made_from = f"{duckdb.__version__}\n{STORAGE_VERSION}\n{warehouse_script()}\n{models_version()}"
    return blake2b(made_from.encode(), digest_size=_STAMP_BYTES).digest()
