"""Earlier states of a lake: which there are, and one of them made live again.

Each change is a snapshot of the engine's, whose commit message names the load and the content hash. A state can be had
for as long as `maintain` keeps it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import duckdb

from paperhouse.transforms.errors import InputError, WarehouseError
from paperhouse.transforms.tables import WAREHOUSE_TABLES
from paperhouse.warehouse.lake.draft import LakeDraft, check_and_record, commit
from paperhouse.warehouse.lake.load import LocalFolders, changing
from paperhouse.warehouse.schema.ddl import quoted_name, table_key
from paperhouse.warehouse.storage.lake.address import LakeAddress
from paperhouse.warehouse.storage.lake.engine import LAKE, open_lake
from paperhouse.warehouse.storage.lake.state import require_loaded

_MESSAGE: Final = re.compile(r"load (\S+), content hash (\w+)")


@dataclass(frozen=True, slots=True)
class LakeState:
    """A state of a lake: the engine's number of it, when it was published, its loads, oldest first, and its hash."""

    snapshot: int
    published_at: datetime
    load_ids: tuple[str, ...]
    content: str

    @property
    def generation(self) -> int:
        """Number of its loads, as `status` counts them."""
        return len(self.load_ids)


def kept_states(connection: duckdb.DuckDBPyConnection) -> list[LakeState]:
    """States of the lake that is open which can still be had, oldest first."""
    rows = connection.execute(
        f"select snapshot_id, snapshot_time, commit_message from ducklake_snapshots('{LAKE}') "
        "where starts_with(commit_message, 'load ') order by snapshot_id"
    ).fetchall()
    return [
        LakeState(snapshot, at.astimezone(UTC), _loads_at(connection, snapshot), found.group(2))
        for snapshot, at, message in rows
        if (found := _MESSAGE.fullmatch(message))
    ]


def _loads_at(connection: duckdb.DuckDBPyConnection, snapshot: int) -> tuple[str, ...]:
    rows = connection.execute(
        f"select load_id from main.loads at (version => {snapshot}) order by all"
    ).fetchall()
    return tuple(load_id for (load_id,) in rows)


def state_as_of(address: LakeAddress, since: int | datetime) -> LakeState:
    """The newest state of a generation, which is a number of loads, or of those that were published by then.

    Raises:
        InputError: there is none, or it is not kept any more.
        WarehouseError: there is no lake, or it cannot be read.
    """
    with open_lake(address) as (connection, _):
        require_loaded(connection, address)
        states = kept_states(connection)
    if isinstance(since, datetime):
        found = [state for state in states if state.published_at <= since]
        wanted = f"no state of {since:%Y-%m-%d %H:%M} UTC"
    else:
        found = [state for state in states if state.generation == since]
        wanted = f"no generation {since}"
    if not found:
        kept = ", ".join(sorted({str(state.generation) for state in states}, key=int))
        first = f"{states[0].published_at:%Y-%m-%d %H:%M} UTC" if states else "never"
        msg = f"{address.name}: {wanted} is kept; there are the generations {kept or 'none'}, the oldest since {first}"
        raise InputError(msg, path=address.name, generations=[state.generation for state in states])
    return found[-1]


def restore(address: LakeAddress, local: LocalFolders, name: str | None) -> tuple[str, list[str]]:
    """Make an earlier state live again; return what it is called and the loads that were set aside with their packages.

    `name` is a generation; without one it is the state before the newest. The caller holds the lock.

    Raises:
        InputError: there is no such state.
        WarehouseError: it does not come out as it was recorded, and nothing is changed.
    """
    if name is not None and not name.isdecimal():
        msg = f"{name!r}: a lake's earlier states are generations; give a number of loads, as `status` counts them"
        raise InputError(msg, name=name)
    state = _state_before(address) if name is None else state_as_of(address, int(name))
    with changing(address, local.work / "lake") as draft:
        later = [load_id for load_id in _load_ids(draft.connection) if load_id not in state.load_ids]
        for table in WAREHOUSE_TABLES:
            _go_back(draft.connection, table, state.snapshot)
        draft.base = None
        _require_recorded(draft, state)
        draft.data.set_aside(later)
        commit(draft, state.load_ids[-1], state.content)
    draft.data.bring_back(state.load_ids)
    return f"generation {state.generation}", later


def _state_before(address: LakeAddress) -> LakeState:
    with open_lake(address) as (connection, _):
        require_loaded(connection, address)
        states = kept_states(connection)
    if len(states) < 2:  # noqa: PLR2004 - the newest, and one before it
        msg = f"{address.name}: keeps no earlier state, so there is none to go back to"
        raise InputError(msg, path=address.name)
    return states[-2]


def _load_ids(connection: duckdb.DuckDBPyConnection) -> Sequence[str]:
    return [load_id for (load_id,) in connection.execute("select load_id from loads order by all").fetchall()]


def _go_back(connection: duckdb.DuckDBPyConnection, table: str, snapshot: int) -> None:
    """Take out the rows that the state has not, and put in those that are gone; what is the same is not written."""
    name = f"main.{quoted_name(table)}"
    earlier = f"{name} at (version => {snapshot})"
    columns = ", ".join(map(quoted_name, WAREHOUSE_TABLES[table].columns()))
    held = connection.execute(f"describe select * from {earlier}").fetchall()
    if [row[0] for row in held] != list(WAREHOUSE_TABLES[table].columns()):
        msg = f"table {table} had other columns then; a lake goes back within one version of its tables only"
        raise InputError(msg, table=table)
    connection.execute(
        f"create or replace temp table added as select {columns} from {name} except select {columns} from {earlier}"
    )
    connection.execute(
        f"create or replace temp table gone as select {columns} from {earlier} except select {columns} from {name}"
    )
    matching = " and ".join(
        f"a.{key} is not distinct from t.{key}"
        for key in map(quoted_name, table_key(WAREHOUSE_TABLES[table]))
    )
    connection.execute(f"delete from {name} as t where exists (select 1 from added as a where {matching})")
    connection.execute(f"insert into {name} ({columns}) select {columns} from gone")


def _require_recorded(draft: LakeDraft, state: LakeState) -> None:
    content = check_and_record(draft, state.load_ids[-1])
    if content != state.content:
        msg = (
            f"{draft.address.name}: generation {state.generation} comes out with the content hash {content}, recorded "
            f"was {state.content}; nothing is changed. Run `paperhouse verify`"
        )
        raise WarehouseError(msg, path=draft.address.name, content=content)
