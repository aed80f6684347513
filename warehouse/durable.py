"""Writes that survive a crash: complete at their final name, or not there at all."""

import os
from pathlib import Path


def fsync_path(path: Path) -> None:
    """Force a file's content, or a folder's list of names, to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def replace_durably(source: Path, target: Path) -> None:
    """Give `source`, already forced to disk, the name `target`; both must lie on one file system."""
    source.replace(target)
    fsync_path(target.parent)


def copy_file(source: Path, target: Path) -> None:
    """Copy a file's content inside the kernel; where the file system can share blocks, no data move."""
    with source.open("rb") as reader, target.open("wb") as writer:
        left = os.fstat(reader.fileno()).st_size
        while left > 0:
            copied = os.copy_file_range(reader.fileno(), writer.fileno(), left)
            if copied == 0:
                msg = f"{source} became shorter while it was copied"
                raise OSError(msg)
            left -= copied
