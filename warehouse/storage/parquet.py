"""Frames into Parquet files, with the system's own reason where it refuses to take them."""

from pathlib import Path
from typing import Any

import polars as pl

from paperhouse.warehouse.storage.atomic_files import naming

_PROBE_BYTES = 65_536


def write_parquet(rows: pl.DataFrame, path: Path, **options: Any) -> None:
    """Write rows to a file; `options` are those of Polars.

    Raises:
        OSError: the system takes no more: full disk, limit, damage.
        PolarsError: anything else.
    """
    try:
        rows.write_parquet(path, **options)
    except pl.exceptions.PolarsError as error:
        reason = _refusal(path)
        if reason is None:
            raise
        raise reason from error


def _refusal(path: Path) -> OSError | None:
    """Why the file cannot be written on; None if it takes more now.

    Polars tells of a footer that found no room only that there was a "transport error".
    """
    try:
        with naming(path), path.open("ab", buffering=0) as probe:
            left = _PROBE_BYTES
            while left:
                left -= probe.write(bytes(left)) or left
    except OSError as error:
        return error
    return None
