"""One loader of a lake at a time, on all machines: an advisory lock in PostgreSQL, or a kernel lock beside the file.

An advisory lock ends with its connection without a word to its holder. So it only keeps loaders from working in vain;
that no two of them publish is the fence's business, a row that every load changes.
"""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import quote

import duckdb

from paperhouse.transforms.errors import BusyError, WarehouseError
from paperhouse.warehouse.schema.ddl import quoted_text
from paperhouse.warehouse.storage.lake.address import LakeAddress
from paperhouse.warehouse.storage.lake.engine import connect_engine, roll_back
from paperhouse.warehouse.storage.lake.engine_errors import explain
from paperhouse.warehouse.storage.lock import exclusive_lock

_KEY: Final = (20513, 11)
"""Of the advisory lock; keys are per database, and a database holds one lake."""
_POLL_SECONDS: Final = 0.5
_GUARD: Final = "guard"
_ENGLISH: Final = ("C", "POSIX", "en")
_APPLICATION: Final = "paperhouse"
_NAME_LENGTH: Final = 63
"""What PostgreSQL keeps of the name of an application."""


@contextmanager
def lake_lock(address: LakeAddress, *, wait_seconds: float = 0) -> Iterator[None]:
    """Hold the lake's lock for the block.

    Raises:
        BusyError: somebody else holds it and does not let go within `wait_seconds`.
        WarehouseError: the server cannot be reached, or speaks another language than the engine understands.
    """
    if not address.is_server:
        with exclusive_lock(Path(f"{address.catalog}.lock"), wait_seconds=wait_seconds):
            yield
        return
    with connect_engine(address) as guard:
        try:
            _take(guard, address, time.monotonic() + wait_seconds)
            yield
        finally:
            roll_back(guard)


def _take(guard: duckdb.DuckDBPyConnection, address: LakeAddress, deadline: float) -> None:
    """Lock in a transaction that stays open: the lock ends with it, or with the connection."""
    try:
        guard.execute(f"attach {quoted_text(_named(address))} as {_GUARD} (type postgres, read_only)")
        guard.execute("begin transaction")
        _require_english(guard, address)
        while not _ask(guard, f"select pg_try_advisory_xact_lock({_KEY[0]}, {_KEY[1]})::int")[0][0]:
            if time.monotonic() >= deadline:
                raise _busy(guard, address)
            time.sleep(_POLL_SECONDS)
    except duckdb.Error as error:
        raise explain(address, error) from error


def _ask(guard: duckdb.DuckDBPyConnection, query: str) -> list[tuple[object, ...]]:
    return guard.execute(f"select * from postgres_query('{_GUARD}', {quoted_text(query)})").fetchall()


def _named(address: LakeAddress) -> str:
    """The address under a name that tells others who holds the lock."""
    stamp = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    room = _NAME_LENGTH - len(f"{_APPLICATION} {os.getpid()}  {stamp}")
    name = f"{_APPLICATION} {os.getpid()} {socket.gethostname()[:room]} {stamp}"
    sign = "&" if "?" in address.catalog else "?"
    return f"{address.catalog}{sign}application_name={quote(name)}"


def _busy(guard: duckdb.DuckDBPyConnection, address: LakeAddress) -> BusyError:
    query = (
        "select application_name from pg_locks join pg_stat_activity using (pid) where locktype = 'advisory' "
        f"and granted and classid = {_KEY[0]} and objid = {_KEY[1]}"
    )
    facts = {}
    who = "another process is loading"
    for (name,) in _ask(guard, query):
        words = str(name).split(" ")
        if len(words) == 4 and words[0] == _APPLICATION:  # noqa: PLR2004 - as `_named` writes it
            _, pid, machine, since = words
            who = f"process {pid} on {machine} has been loading since {since}"
            facts = {"pid": int(pid), "machine": machine, "since": since}
    msg = f"{address.name}: {who}; wait for it, or give --wait SECONDS"
    return BusyError(msg, path=address.name, **facts)


def _require_english(guard: duckdb.DuckDBPyConnection, address: LakeAddress) -> None:
    """Refuse a server whose messages the engine does not understand: it tells by their words what went wrong.

    Raises:
        WarehouseError: names the language.
    """
    ((language,),) = _ask(guard, "select current_setting('lc_messages')")
    if language and not str(language).startswith(_ENGLISH):
        msg = (
            f"{address.name}: the server's messages are in {language}, and the engine tells conflicts by their English "
            "words; run `alter database ... set lc_messages = 'C'` as its superuser"
        )
        raise WarehouseError(msg, path=address.name, language=language)
