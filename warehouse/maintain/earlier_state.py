"""An earlier generation of the warehouse: a kept file, or one made again for the purpose from its load packages."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from paperhouse.transforms.errors import InputError, WarehouseError
from paperhouse.warehouse.read.ledger import read_ledger
from paperhouse.warehouse.schema.empty_warehouse import write_empty_warehouse
from paperhouse.warehouse.storage.connections import open_read_only
from paperhouse.warehouse.storage.home import Home
from paperhouse.warehouse.storage.packages import require_sound, sealed_packages
from paperhouse.warehouse.write.publish import publish_sealed
from paperhouse.warehouse.write.staging import require_schema


@contextmanager
def earlier_warehouse(home: Home, load_ids: Sequence[str]) -> Iterator[Path]:
    """A file with the state after exactly these loads, for the block; nothing under the home is changed.

    A kept previous file is taken where it fits. Else the state is made again from the packages, in the folder for
    temporary files: what a warehouse holds follows from its packages alone.

    Raises:
        InputError: packages are missing; it names the generations that can still be had.
        PackageError: a package is damaged.
    """
    kept = _kept_files(home).get(frozenset(load_ids))
    if kept is not None:
        yield kept
        return
    with tempfile.TemporaryDirectory(prefix="paperhouse-earlier-") as folder:
        yield _empty_file(Path(folder)) if not load_ids else _made_again(home, load_ids, Path(folder))


def _kept_files(home: Home) -> dict[frozenset[str], Path]:
    """Files that can be read, of this version's tables, by the loads that they hold."""
    found = {}
    for path in sorted(home.previous.glob("paperhouse-*.duckdb")):
        try:
            with open_read_only(path) as connection:
                require_schema(connection, path)
            found[read_ledger(path).load_ids] = path
        except (WarehouseError, OSError):  # damaged, older, or gone meanwhile: as if it were not there
            continue
    return found


def _empty_file(folder: Path) -> Path:
    path = folder / "paperhouse.duckdb"
    write_empty_warehouse(path)
    return path


def _made_again(home: Home, load_ids: Sequence[str], folder: Path) -> Path:
    packages = {package.load_id: package for package in sealed_packages(home.loads)}
    missing = sorted(set(load_ids) - packages.keys())
    if missing:
        _refuse_missing(home, load_ids, missing)
    place = Home(folder)
    place.loads.mkdir()
    for load_id in load_ids:
        (place.loads / load_id).symlink_to(packages[load_id].folder.resolve())
    if home.curation.exists():
        place.curation.write_bytes(home.curation.read_bytes())
    wanted = sealed_packages(place.loads)
    require_sound(wanted)
    with open_read_only(home.live) as connection:
        categories = connection.sql("from categories order by category").pl()
    publish_sealed(place, wanted, categories, base=None)
    return place.live


def _refuse_missing(home: Home, load_ids: Sequence[str], missing: Sequence[str]) -> None:
    """Name what lacks, and what can still be answered.

    Raises:
        InputError: always.
    """
    kept = sorted(len(loads) for loads in _kept_files(home))
    left = (
        f"generations {', '.join(map(str, kept))} (kept under {home.previous})" if kept else "no earlier one"
    )
    msg = (
        f"generation {len(load_ids)} cannot be made again: load packages are missing: {', '.join(missing)}; "
        f"what is left to compare with: {left}. Restore the packages from a copy to go back further"
    )
    raise InputError(msg, missing=missing, generations=kept)
