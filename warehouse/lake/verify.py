"""A full inspection of a lake: every table read whole, every check, every package, against what was recorded."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from paperhouse.transforms.errors import PackageError, WarehouseError
from paperhouse.warehouse.lake.draft import require_own_data
from paperhouse.warehouse.maintain.verify import verify_ledger
from paperhouse.warehouse.storage.lake.address import LakeAddress
from paperhouse.warehouse.storage.lake.data import LOADS
from paperhouse.warehouse.storage.lake.engine import open_lake, roll_back
from paperhouse.warehouse.storage.lake.state import has_state, recorded_tables
from paperhouse.warehouse.storage.packages import verify_package
from paperhouse.warehouse.write.content_hash import table_hashes
from paperhouse.warehouse.write.run_checks import run_checks
from paperhouse.warehouse.write.staging import require_schema


def verify(address: LakeAddress) -> Iterator[str]:
    """Say everything that is wrong, each fault with its remedy; saying nothing means all is well.

    Nothing is changed. It reads one state, whatever loads do meanwhile.
    """
    try:
        with TemporaryDirectory() as mirror, open_lake(address) as (connection, data):
            connection.execute("begin transaction")
            if not has_state(connection):
                yield f"{address.name}: nothing was loaded yet; run `paperhouse ingest`"
                return
            require_own_data(connection, address, data)
            yield from verify_tables(connection, address)
            packages = data.packages(Path(mirror))
            for package in packages:
                yield from verify_package(package)
            yield from verify_ledger(connection, f"{data.name}/{LOADS}", packages)
    except PackageError as error:
        yield str(error)
    except (WarehouseError, duckdb.Error) as error:
        yield f"{str(error).splitlines()[0]}"


def verify_tables(connection: duckdb.DuckDBPyConnection, address: LakeAddress) -> Iterator[str]:
    """Read every row of the lake that is open, and run every check: `count(*)` alone is right without the files."""
    try:
        require_schema(connection, Path(address.name))
        found = table_hashes(connection)
        recorded = recorded_tables(connection) or {}
        for table, expected in recorded.items():
            if found.get(table) != expected:
                is_now = found.get(table)
                yield f"{address.name}: table {table} is {is_now}, recorded was {expected}; run `paperhouse rebuild`"
        for failure in run_checks(connection):
            yield f"{address.name}: {failure}"
    except (WarehouseError, duckdb.Error) as error:
        roll_back(connection)  # else nothing more could be read by it
        yield f"{address.name}: cannot be read ({str(error).splitlines()[0]}); run `paperhouse rebuild`"
