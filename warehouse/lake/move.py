"""A warehouse copied with its packages from one place to another: file to lake, lake to file, and within a kind.

Rows are copied as they are, in one transaction; the copy is published only if its content hash is that of the source.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from paperhouse.transforms.errors import InputError, WarehouseError
from paperhouse.transforms.search.layout import STORED_ORDER
from paperhouse.transforms.tables import WAREHOUSE_TABLES
from paperhouse.warehouse.lake.draft import check_and_record, commit
from paperhouse.warehouse.lake.load import LocalFolders, changing, lake_ledger
from paperhouse.warehouse.read.ledger import Ledger, ledger_of, read_ledger
from paperhouse.warehouse.schema.ddl import quoted_name, quoted_text
from paperhouse.warehouse.storage.connections import open_read_only
from paperhouse.warehouse.storage.home import Home
from paperhouse.warehouse.storage.lake.address import LakeAddress
from paperhouse.warehouse.storage.lake.data import CURATION, LakeData
from paperhouse.warehouse.storage.lake.engine import attach_lake, load_extensions, open_lake
from paperhouse.warehouse.storage.lake.folder_data import FolderData
from paperhouse.warehouse.storage.lake.state import require_loaded
from paperhouse.warehouse.storage.packages import (
    Package,
    delete_folder,
    require_complete,
    require_sound,
)
from paperhouse.warehouse.write.content_hash import content_hash, hash_of_tables
from paperhouse.warehouse.write.publish import publish_copy
from paperhouse.warehouse.write.staging import Finished

_SOURCE = "source"
"""Name of the copied warehouse among the databases of the connection that writes the copy."""


@dataclass(frozen=True, slots=True)
class Source:
    """A warehouse to be copied: its ledger, content hash and packages, and how it is attached to a connection."""

    name: str
    data: LakeData
    ledger: Ledger
    content: str
    attach: Callable[[duckdb.DuckDBPyConnection], object]

    def packages(self, mirror: Path) -> list[Package]:
        """All its packages, found complete and sound; `mirror` as in `LakeData`.

        Raises:
            PackageError: one is missing or damaged.
        """
        packages = self.data.packages(mirror)
        require_complete(packages, self.ledger.load_ids)
        require_sound(packages)
        return packages


@dataclass(frozen=True, slots=True)
class Copied:
    """What a copy holds: loads, rows of all tables, and the content hash that it shares with its source."""

    n_loads: int
    n_rows: int
    content: str


def file_source(home: Home) -> Source:
    """The file of a home, to be copied; the caller holds the home's lock.

    Raises:
        WarehouseError: there is none, or it cannot be read.
    """
    with open_read_only(home.live) as connection:
        ledger, content = ledger_of(connection), content_hash(connection)
    live = quoted_text(str(home.live))
    return Source(
        str(home.root),
        FolderData(home.root),
        ledger,
        content,
        lambda connection: connection.execute(f"attach {live} as {_SOURCE} (read_only)"),
    )


def lake_source(address: LakeAddress) -> Source:
    """A lake, to be copied; the caller holds its lock.

    Raises:
        WarehouseError: there is none, or it cannot be read.
    """
    with open_lake(address) as (connection, data):
        require_loaded(connection, address)
        ledger, content = ledger_of(connection), content_hash(connection)

    def attach(connection: duckdb.DuckDBPyConnection) -> None:
        known = replace(address, data=data.name)
        load_extensions(connection, known)
        attach_lake(connection, known, alias=_SOURCE)

    return Source(address.name, data, ledger, content, attach)


def copy_to_lake(source: Source, address: LakeAddress, local: LocalFolders) -> Copied:
    """Copy a warehouse into a lake that holds nothing; the caller holds the locks of both.

    Raises:
        InputError: the lake holds loads.
        WarehouseError: the copy does not hold what the source does, and is not published.
    """
    held, _ = lake_ledger(address)
    _require_empty(address.name, held)
    packages = source.packages(local.work / "copied")
    with changing(address, local.work / "lake", prepare=source.attach) as draft:
        tables = _copy_rows(draft.connection)
        load_id = max(source.ledger.load_ids)
        content = check_and_record(draft, load_id)
        _require_equal(source, content)
        _copy_files(source, packages, draft.data, local.mirror)
        commit(draft, load_id, content)
    return Copied(len(source.ledger.load_ids), tables, content)


def copy_to_file(source: Source, home: Home) -> Copied:
    """Copy a warehouse into a home that holds none; the caller holds the locks of both.

    Raises:
        InputError: the home holds a warehouse.
        WarehouseError: the copy does not hold what the source does, and is not published.
    """
    _require_empty(str(home.root), read_ledger(home.live))
    packages = source.packages(home.work / "copied")
    n_rows = 0

    def fill(connection: duckdb.DuckDBPyConnection) -> None:
        nonlocal n_rows
        source.attach(connection)
        n_rows = _copy_rows(connection)

    def accept(finished: Finished) -> None:
        _require_equal(source, hash_of_tables(finished.tables))
        _copy_files(source, packages, FolderData(home.root), home.work)

    try:
        publish_copy(home, max(source.ledger.load_ids), fill, accept)
    finally:
        delete_folder(home.work)
    return Copied(len(source.ledger.load_ids), n_rows, source.content)


def _require_empty(name: str, ledger: Ledger) -> None:
    if ledger.load_ids:
        msg = f"{name}: holds {len(ledger.load_ids)} loads; a copy goes to a new place only, so name another one"
        raise InputError(msg, path=name)


def _copy_rows(connection: duckdb.DuckDBPyConnection) -> int:
    """Insert the rows of all tables of the source; return how many there are."""
    n_rows = 0
    for table, schema in WAREHOUSE_TABLES.items():
        columns = ", ".join(map(quoted_name, schema.columns()))
        order = f" order by {STORED_ORDER}" if table == "search_postings" else ""
        inserted = connection.execute(
            f"insert into main.{quoted_name(table)} ({columns}) "
            f"select {columns} from {_SOURCE}.main.{quoted_name(table)}{order}"
        ).fetchall()
        n_rows += int(inserted[0][0])
    return n_rows


def _require_equal(source: Source, content: str) -> None:
    if content != source.content:
        msg = f"{source.name}: its copy has the content hash {content}, not {source.content}; the copy is not published"
        raise WarehouseError(msg, path=source.name, content=content)


def _copy_files(source: Source, packages: Sequence[Package], data: LakeData, mirror: Path) -> None:
    """Copy the packages, and what people know better about who is who."""
    for package in packages:
        data.put_package(package, mirror)
    curation = source.data.read(CURATION)
    if curation is not None:
        data.put_curation(curation)
