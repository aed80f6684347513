"""Upkeep of a lake: deleted rows leave their files, small files become few, and what nothing refers to any more goes.

Merging alone does nothing for files with deleted rows, and an old state keeps all of its files. So the order is: write
files anew without their deleted rows, merge, let old states go, delete. A file that a reader may still have open stays
for a day after nothing refers to it.
"""

from dataclasses import dataclass
from typing import Final

import duckdb

from paperhouse.transforms.errors import InputError
from paperhouse.warehouse.lake.draft import require_own_data
from paperhouse.warehouse.lake.verify import verify_tables
from paperhouse.warehouse.schema.ddl import quoted_text
from paperhouse.warehouse.storage.lake.address import LakeAddress
from paperhouse.warehouse.storage.lake.engine import LAKE, attach_lake, connect_engine, open_lake
from paperhouse.warehouse.storage.lake.engine_errors import explain
from paperhouse.warehouse.storage.lake.state import require_loaded

LEAST_DAYS: Final = 7
"""Old states are kept at least so long: a reader may have begun with one of them."""
_DELETED_SHARE: Final = 0.02
"""Of a file's rows: with more of them deleted it is written anew."""
GRACE: Final = "interval 1 day"
"""What is younger may be the file of a load that goes on somewhere, or of a reader's state."""
_INDEX: Final = (
    "create index if not exists paperhouse_file_column_stats "
    "on ducklake_file_column_stats (table_id, column_id)"
)


@dataclass(frozen=True, slots=True)
class Upkeep:
    """What upkeep came to: data files before and after, old states and files that went, and faults, if any."""

    n_files_before: int
    n_files: int
    n_bytes_before: int
    n_bytes: int
    n_states_gone: int
    n_files_deleted: int
    packages_deleted: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()


def maintain_lake(address: LakeAddress, *, keep_days: int = LEAST_DAYS, grace: str = GRACE) -> Upkeep:
    """Keep the lake small; the caller holds the lock, without which this would destroy a load that goes on.

    Afterwards every row is read back and compared with what was recorded.

    Raises:
        InputError: there is nothing to look after, or less than a week should be kept.
        WarehouseError: the lake cannot be reached.
    """
    if keep_days < LEAST_DAYS:
        msg = f"{keep_days} days: a lake keeps its states for {LEAST_DAYS} days at least; give more"
        raise InputError(msg, days=keep_days)
    try:
        with connect_engine(address) as connection:
            data = attach_lake(connection, address, is_writing=True)
            connection.execute(f"use {LAKE}")
            require_loaded(connection, address)
            require_own_data(connection, address, data)
            before = file_sizes(connection)
            n_states, n_deleted = _tidy(connection, f"interval {keep_days} day", grace)
            after = file_sizes(connection)
        if address.is_server:
            _index_catalog(address)
        unfinished = data.delete_unfinished()
        with open_lake(address) as (connection, _):
            faults = tuple(verify_tables(connection, address))
    except duckdb.Error as error:
        raise explain(address, error) from error
    return Upkeep(before[0], after[0], before[1], after[1], n_states, n_deleted, tuple(unfinished), faults)


def _tidy(connection: duckdb.DuckDBPyConnection, keep: str, grace: str) -> tuple[int, int]:
    """Rewrite, merge, expire and delete; return how many old states and how many files went."""
    lake = quoted_text(LAKE)
    connection.execute(f"call ducklake_rewrite_data_files({lake}, delete_threshold => {_DELETED_SHARE})")
    connection.execute(f"call ducklake_merge_adjacent_files({lake})")
    states = connection.execute(
        f"call ducklake_expire_snapshots({lake}, older_than => now() - {keep})"
    ).fetchall()
    deleted = [
        *connection.execute(
            f"call ducklake_cleanup_old_files({lake}, older_than => now() - {grace})"
        ).fetchall(),
        *connection.execute(
            f"call ducklake_delete_orphaned_files({lake}, older_than => now() - {grace})"
        ).fetchall(),
    ]
    return len(states), len(deleted)


def _index_catalog(address: LakeAddress) -> None:
    """Index what planning looks up for every query; the catalog comes without any index on it."""
    with connect_engine(address) as connection:
        connection.execute(f"attach {quoted_text(address.catalog)} as catalog (type postgres)")
        connection.execute(f"call postgres_execute('catalog', {quoted_text(_INDEX)})")


def file_sizes(connection: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    """Number of the files that the newest state of the lake that is open consists of, and their bytes."""
    ((n_files, n_bytes),) = connection.execute(
        f"""
        select
            coalesce(sum(file_count + delete_file_count), 0)::bigint,
            coalesce(sum(file_size_bytes + delete_file_size_bytes), 0)::bigint
        from ducklake_table_info({quoted_text(LAKE)})
        """
    ).fetchall()
    return n_files, n_bytes
