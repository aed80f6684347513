"""A full inspection: every byte, table, package and count, against what was recorded when it was written."""

from collections.abc import Iterator

import duckdb

from paperhouse.transforms.errors import WarehouseError
from paperhouse.warehouse.storage.connections import open_read_only
from paperhouse.warehouse.storage.home import MANIFEST, Home
from paperhouse.warehouse.storage.packages import Package, scan_table, sealed_packages, verify_package
from paperhouse.warehouse.storage.receipts import Receipt, receipt_of
from paperhouse.warehouse.write.content_hash import table_hashes
from paperhouse.warehouse.write.run_checks import run_checks
from paperhouse.warehouse.write.staging import log_of, require_schema


def verify(home: Home) -> Iterator[str]:
    """Say everything that is wrong, each fault with its remedy; saying nothing means all is well.

    Nothing is changed. It may run while loads do; a load that ends meanwhile can make it tell of a file that was
    swapped, so it is best run alone.
    """
    yield from _verify_file(home)
    packages = sealed_packages(home.loads)
    for package in packages:
        yield from verify_package(package)
    yield from _verify_folders(home, packages)
    try:
        with open_read_only(home.live) as connection:
            yield from verify_ledger(connection, str(home.loads), packages)
    except (WarehouseError, duckdb.Error):
        return


def _verify_file(home: Home) -> Iterator[str]:
    if not home.live.exists():
        yield f"{home.live}: missing; run `paperhouse rebuild`"
        return
    if log_of(home.live).exists():
        yield f"{log_of(home.live)}: left by another program that wrote to the file; the next load sets it aside"
    receipt = receipt_of(home.receipts, home.live)
    if receipt is None:
        yield (
            f"{home.live}: is not, bit by bit, a file that a load published; "
            "go back with `paperhouse restore`, or run `paperhouse rebuild`"
        )
    try:
        with open_read_only(home.live) as connection:
            require_schema(connection, home.live)
            yield from _verify_tables(connection, home, receipt)
            for failure in run_checks(connection):
                yield f"{home.live}: {failure}"
    except (WarehouseError, duckdb.Error) as error:
        yield f"{home.live}: cannot be read ({str(error).splitlines()[0]}); run `paperhouse rebuild`"


def _verify_tables(
    connection: duckdb.DuckDBPyConnection, home: Home, receipt: Receipt | None
) -> Iterator[str]:
    found = table_hashes(connection)
    if receipt is None:
        return
    for table, expected in receipt.tables.items():
        if found.get(table) != expected:
            yield f"{home.live}: table {table} is {found.get(table)}, recorded was {expected}; run `paperhouse rebuild`"


def _verify_folders(home: Home, packages: list[Package]) -> Iterator[str]:
    sealed = {package.folder for package in packages}
    if home.loads.is_dir():
        for folder in sorted(home.loads.iterdir()):
            if folder not in sealed:
                yield f"{folder}: is no load package ({MANIFEST} is missing); restore it from a copy, or remove it"
    for path in sorted(home.previous.glob("paperhouse-*.duckdb")):
        if receipt_of(home.receipts, path) is None:
            yield f"{path}: is not, bit by bit, a file that a load published; remove it"


def verify_ledger(
    connection: duckdb.DuckDBPyConnection, loads: str, packages: list[Package]
) -> Iterator[str]:
    """Loads and packages speak of each other, and add up to the same counts."""
    rows = connection.execute("select load_id, n_digests, n_entries, n_rejects from loads").fetchall()
    published = {load_id: tuple(counts) for load_id, *counts in rows}
    packaged = {package.load_id: package for package in packages}
    for load_id in sorted(published.keys() - packaged.keys()):
        yield f"{loads}/{load_id}: missing; the live file still holds what it brought; restore it from a copy"
    for load_id in sorted(packaged.keys() - published.keys()):
        yield f"{packaged[load_id].folder}: was never published; the next load brings it in"
    for load_id in sorted(packaged.keys() & published.keys()):
        yield from _verify_counts(packaged[load_id], published[load_id])


def _verify_counts(package: Package, published: tuple[int, ...]) -> Iterator[str]:
    try:
        stated = scan_table([package], "loads").select("n_digests", "n_entries", "n_rejects").collect().rows()
    except Exception as error:  # noqa: BLE001 - Polars raises many kinds for a damaged file; each is the fault we look for
        yield f"{package.folder}: cannot be read ({str(error).splitlines()[0]}); restore it from a copy"
        return
    if stated != [published]:
        yield f"{package.folder}: counts {stated}, the ledger {published}; run `paperhouse rebuild`"
