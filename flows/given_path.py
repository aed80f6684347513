"""Paths as a user gives them: on a disk, or on S3.

A path type has folded `s3://bucket/prefix` to `s3:/bucket/prefix` by the time that it gets here.
"""

from pathlib import Path
from typing import Final

from paperhouse.warehouse.storage.bucket_address import BUCKET_SCHEME

_FOLDED: Final = "s3:/"


def is_in_bucket(path: Path) -> bool:
    """Whether a path that was given is an address on S3."""
    return len(path.parts) > 1 and path.as_posix().startswith(_FOLDED)


def bucket_address(path: Path) -> str:
    """`s3://bucket/prefix` of a path that stands for it."""
    return BUCKET_SCHEME + path.as_posix().removeprefix(_FOLDED)


def absolute_input(path: Path) -> str:
    """A path as another working folder understands it; an address on S3 as it was given."""
    return bucket_address(path) if is_in_bucket(path) else str(path.absolute())


def argument_of(path: str) -> str:
    """A path as an argument of a command: what begins with a dash would be an option."""
    if path.startswith(_FOLDED):
        return BUCKET_SCHEME + path.removeprefix(_FOLDED)
    return f"./{path}" if path.startswith("-") else path
