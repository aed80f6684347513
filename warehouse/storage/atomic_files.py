"""Writes that survive a crash: complete at their final name, or not there at all."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_NO_SUCH_CALL = frozenset({errno.ENOSYS, errno.EOPNOTSUPP, errno.EXDEV, errno.EINVAL, errno.EPERM})


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Put `path` into an error of the system that names none: of an open file it does not know the name."""
    try:
        yield
    except OSError as error:
        if error.filename is not None or error.errno is None:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error


def fsync_path(path: Path) -> None:
    """Force a file's content, or a folder's list of names, to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        with naming(path):
            os.fsync(handle)
    finally:
        os.close(handle)


def replace_durably(source: Path, target: Path) -> None:
    """Give `source`, already forced to disk, the name `target`; both must lie on one file system."""
    source.replace(target)
    fsync_path(target.parent)


def copy_file(source: Path, target: Path) -> None:
    """Copy a file's content inside the kernel; where the file system can share blocks, no data move.

    Where the system has no such call, the content is read and written.
    """
    with naming(target), source.open("rb") as reader, target.open("wb") as writer:
        try:
            _copy_in_kernel(reader.fileno(), writer.fileno())
        except (AttributeError, OSError) as error:
            if isinstance(error, OSError) and error.errno not in _NO_SUCH_CALL:
                raise
            reader.seek(0)
            writer.seek(0)
            shutil.copyfileobj(reader, writer, 1 << 20)


def _copy_in_kernel(reader: int, writer: int) -> None:
    left = os.fstat(reader).st_size
    while left > 0:
        copied = os.copy_file_range(reader, writer, left)
        if copied == 0:
            msg = "the file became shorter while it was copied"
            raise OSError(errno.EIO, msg)
        left -= copied
