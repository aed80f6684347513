"""Addresses of lakes: `ducklake:FILE`, or `ducklake:postgres://user@host/database`; they never hold a secret.

Their data lie in a folder, or under `s3://bucket/prefix`.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from paperhouse.transforms.errors import SettingsError
from paperhouse.warehouse.storage.bucket_address import BUCKET_SCHEME, is_bucket

SCHEME: Final = "ducklake:"
_SERVER: Final = ("postgres://", "postgresql://")
_SECRETS: Final = frozenset({"password", "passfile", "sslpassword"})
_OTHER_CATALOG: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9._=-]+)+")
"""A bucket and a prefix, in characters that mean nothing but themselves to any program."""


@dataclass(frozen=True, slots=True)
class LakeAddress:
    """A lake: its catalog, a file or a PostgreSQL database, and where its data lie if that was said.

    `data` is the absolute path of a folder, or `s3://bucket/prefix`. A lake that exists knows its data by itself.
    """

    catalog: str
    is_server: bool
    data: str | None = None

    @property
    def name(self) -> str:
        """The address as a user writes it."""
        return f"{SCHEME}{self.catalog}"

    def __str__(self) -> str:
        return self.name

    @property
    def attached(self) -> str:
        """The address as the engine wants it."""
        return f"{SCHEME}postgres:{self.catalog}" if self.is_server else self.name

    @property
    def file(self) -> Path:
        """The catalog's file, of a lake without a server."""
        return Path(self.catalog)

    @property
    def first_data(self) -> str | None:
        """Where the data of a new lake goes; None if nobody said it."""
        return self.data if self.data or self.is_server else f"{self.catalog}.files"


def is_lake(address: str) -> bool:
    """Whether an address is one of a lake, well formed or not."""
    return address.startswith(SCHEME)


def parse_lake(address: str, data: str | None = None) -> LakeAddress:
    """The lake at an address; `data` is the folder or bucket of its Parquet files and load packages.

    Raises:
        SettingsError: the address is none, holds a secret, or names what is not served.
    """
    if not is_lake(address):
        msg = f"{_shown(address)}: is no address of a lake; write ducklake:FILE or ducklake:postgres://user@host/database"
        raise SettingsError(msg)
    catalog = address.removeprefix(SCHEME)
    place = _data_place(data)
    if catalog.startswith(_SERVER):
        _refuse_secrets(catalog)
        return LakeAddress(catalog, is_server=True, data=place)
    if not catalog or "?" in catalog or "'" in catalog or _OTHER_CATALOG.match(catalog):
        msg = f"{_shown(address)}: names no file and no PostgreSQL database; write ducklake:FILE or ducklake:postgres://..."
        raise SettingsError(msg)
    return LakeAddress(str(Path(catalog).absolute()), is_server=False, data=place)


def _data_place(data: str | None) -> str | None:
    if data is None:
        return None
    if is_bucket(data):
        place = data.removeprefix(BUCKET_SCHEME).rstrip("/")
        if not _BUCKET.fullmatch(place) or {".", ".."} & set(place.split("/")):
            msg = (
                f"{_shown(data)}: is no place in a bucket; write s3://bucket/prefix, in letters, digits and . _ - =, "
                "without keys"
            )
            raise SettingsError(msg)
        return BUCKET_SCHEME + place
    if _OTHER_CATALOG.match(data):
        msg = f"{_shown(data)}: a lake's data lie in a folder or under s3://bucket/prefix; name one"
        raise SettingsError(msg)
    return str(Path(data).absolute())


def _refuse_secrets(catalog: str) -> None:
    """Refuse an address that holds a password, without showing it."""
    try:
        parts = urlsplit(catalog)
        is_secret = parts.password is not None or any(
            name.lower() in _SECRETS for name, _ in parse_qsl(parts.query, keep_blank_values=True)
        )
    except ValueError:
        msg = "the lake's address is no valid address; write ducklake:postgres://user@host/database"
        raise SettingsError(msg) from None
    if is_secret:
        msg = (
            "the lake's address holds a password, and addresses are shown in messages and process lists; "
            "take it out, and put it into a file that PGPASSFILE names"
        )
        raise SettingsError(msg)


def _shown(address: str) -> str:
    """What of an address can be shown: an address with a password may have been meant for something else."""
    return re.sub(r"//[^/@]*@", "//...@", address)[:200]
