"""What the engine says when a server of a lake fails it, and what to do then."""

from typing import Final

import duckdb

from paperhouse.transforms.errors import WarehouseError
from paperhouse.warehouse.storage.bucket_keys import CORRECT_ENDPOINT, CORRECT_KEYS
from paperhouse.warehouse.storage.lake.address import LakeAddress

_INGEST: Final = "run `paperhouse ingest` first, or correct the address"
_NO_SERVER: Final = "run it again once the PostgreSQL server is there"
_START_SERVER: Final = "start the PostgreSQL server, or correct the address"
_NO_BUCKET: Final = f"run it again once the S3 server is there, or {CORRECT_ENDPOINT}"
_REASONS: Final = (
    # words of the engine, reason, what to do
    ("Existing DuckLake at metadata catalog", "missing", _INGEST),
    ("mode: database does not exist", "missing", _INGEST),
    ("FATAL:  database", "unreachable", "make the database (`createdb`), or correct the address"),
    ("FATAL:  role", "refused", "make the role, or correct the address"),
    (
        "Could not set lock",
        "locked",
        "another program has the catalog's file open, and such a lake serves one at a time; wait, or use PostgreSQL",
    ),
    (
        "permission denied",
        "refused",
        "permission denied: this role may only read; name one that may write, or grant it what it lacks",
    ),
    ("server closed the connection", "unreachable", _NO_SERVER),
    ("terminating connection", "unreachable", _NO_SERVER),
    ('Failed to execute query "', "unreachable", _NO_SERVER),
    ("no connection to the server", "unreachable", _NO_SERVER),
    ("(HTTP 403", "refused", f"the S3 server refuses these keys: {CORRECT_KEYS}"),
    (
        "(HTTP 404",
        "missing data",
        "an object of the lake is gone: restore the bucket, or run `paperhouse rebuild`",
    ),
    ("Could not establish connection", "unreachable", _NO_BUCKET),
    ("Could not connect to server", "unreachable", _NO_BUCKET),
    ("Connection error", "unreachable", _NO_BUCKET),
    ("HTTP Error", "unreachable", _NO_BUCKET),
    ("fe_sendauth", "refused", "put the password into a file that PGPASSFILE names"),
    ("authentication failed", "refused", "correct user and password (PGPASSFILE)"),
    ("Connection refused", "unreachable", _START_SERVER),
    ("could not translate host name", "unreachable", "correct the address"),
    ("No such file or directory", "unreachable", _START_SERVER),
)


def explain(address: LakeAddress, error: duckdb.Error) -> WarehouseError:
    """An error of the engine as one that says where, what and what to do."""
    reason, remedy = known_reason(str(error)) or (
        "",
        "run `paperhouse verify`; if it is damaged, run `paperhouse rebuild`",
    )
    msg = f"{address.name}: {first_line(error)}; {remedy}"
    if reason == "missing":
        msg = f"{address.name}: there is no lake yet; {remedy}"
    return WarehouseError(msg, path=address.name, reason=reason)


def known_reason(words: str) -> tuple[str, str] | None:
    """The kind of an error of the engine, and what to do, where its words are known."""
    return next(((reason, remedy) for known, reason, remedy in _REASONS if known in words), None)


def first_line(error: duckdb.Error) -> str:
    """The engine's words, without those about how it came to ask the server."""
    line = (str(error).strip() or type(error).__name__).splitlines()[0]
    return line.rpartition("Unable to connect to Postgres at ")[2][:300]
