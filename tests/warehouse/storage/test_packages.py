import json
import shutil
from datetime import UTC, date, datetime

import polars as pl
import pytest

from paperhouse.transforms.digests.statements import statement_frames
from paperhouse.transforms.errors import PackageError
from paperhouse.transforms.tables import PACKAGE_TABLES
from paperhouse.warehouse.storage.packages import (
    MANIFEST,
    Package,
    PackageWriter,
    file_sha256,
    require_complete,
    require_sound,
    scan_table,
    sealed_packages,
    verify_package,
)

NOW = datetime(2025, 4, 8, tzinfo=UTC)


def load_row(load_id: str) -> dict:
    counts = {name: 0 for name in PACKAGE_TABLES["loads"].columns() if name.startswith("n_")}
    return {
        "load_id": load_id,
        "started_at": NOW,
        "finished_at": NOW,
        "trigger": "ingest",
        "code_version": "0",
        **counts,
    }


@pytest.fixture
def package(bench, tmp_path) -> Package:
    writer = PackageWriter(tmp_path / "loads" / "L1", "L1")
    assert writer.is_empty
    for day in (8, 9):
        writer.add(
            statement_frames([bench.digest([bench.entry(authors=["Ann Lee"])], date(2025, 4, day))], "L1")
        )
    assert not writer.is_empty
    writer.seal(load_row("L1"))
    return writer.package


def test_a_package_is_one_file_a_part_and_table_with_rows(package):
    names = sorted(path.name for path in package.folder.iterdir())
    assert names == [
        "digests.00001.parquet",
        "digests.00002.parquet",
        "listings.00001.parquet",
        "listings.00002.parquet",
        "loads.00001.parquet",
        MANIFEST,
        "wordings.00001.parquet",
        "wordings.00002.parquet",
    ]
    assert [path.name for path in package.files("digests")] == names[:2]
    assert package.files("rejects") == []


def test_the_manifest_lists_rows_bytes_and_content_of_each_file(package):
    manifest = json.loads((package.folder / MANIFEST).read_text())
    assert manifest["load_id"] == "L1"
    path = package.folder / "digests.00001.parquet"
    assert manifest["files"][path.name] == {
        "rows": 1,
        "bytes": path.stat().st_size,
        "sha256": file_sha256(path),
    }


def test_tables_are_read_over_all_packages(package):
    digests = scan_table([package, package], "digests").collect()
    assert digests.height == 4
    schema = {name: column.dtype for name, column in PACKAGE_TABLES["digests"].columns().items()}
    assert dict(digests.schema) == schema
    rejects = scan_table([package], "rejects").collect()
    assert (rejects.height, rejects.columns) == (0, list(PACKAGE_TABLES["rejects"].columns()))


def test_only_folders_with_a_manifest_are_packages_in_the_order_of_their_loads(package, tmp_path):
    shutil.copytree(package.folder, tmp_path / "loads" / "L0")
    (tmp_path / "loads" / "L2").mkdir()
    (tmp_path / "loads" / "note.txt").write_text("")
    assert [one.load_id for one in sealed_packages(tmp_path / "loads")] == ["L0", "L1"]
    assert sealed_packages(tmp_path / "nowhere") == []


def test_a_sound_package_has_nothing_said_about_it(package):
    assert list(verify_package(package)) == []
    require_sound([package])


@pytest.mark.parametrize("offset", [0, 100, -1])
def test_a_flipped_byte_is_found(package, offset):
    path = package.folder / "listings.00002.parquet"
    content = bytearray(path.read_bytes())
    content[offset] ^= 1
    path.write_bytes(content)
    assert list(verify_package(package)) == [f"{path}: its content is not what the manifest lists"]


def test_a_cut_file_a_missing_file_and_one_too_many_are_found(package):
    cut, missing, stray = (
        package.folder / f"{n}.parquet" for n in ("digests.00001", "wordings.00001", "digests.00003")
    )
    cut.write_bytes(cut.read_bytes()[:-1])
    missing.unlink()
    stray.write_bytes(b"")
    assert list(verify_package(package)) == [
        f"{cut}: its content is not what the manifest lists",
        f"{missing}: listed in the manifest, but missing",
        f"{stray}: not listed in the manifest",
    ]
    with pytest.raises(
        PackageError, match=r"load packages are damaged:[\s\S]*missing[\s\S]*Restore"
    ) as caught:
        require_sound([package])
    assert len(caught.value.facts["faults"]) == 3


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"load_id": "L1"}'])
def test_a_manifest_that_cannot_be_read_is_said(package, text):
    (package.folder / MANIFEST).write_text(text)
    (fault,) = verify_package(package)
    assert "the manifest cannot be read" in fault


@pytest.mark.parametrize(
    ("old", "new"),
    [('"rows": 1', '"rows": 7'), ('"files"', '"Files"'), ('"load_id": "L1"', '"load_id":  "L1"')],
    ids=["a_count", "a_name", "a_space"],
)
def test_a_changed_manifest_is_found(package, old, new):
    path = package.folder / MANIFEST
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    faults = list(verify_package(package))
    assert any(fault.startswith(f"{path}: ") for fault in faults)


def test_a_package_under_the_name_of_another_load_is_found(package, tmp_path):
    moved = Package("L9", package.folder.rename(tmp_path / "loads" / "L9"))
    assert list(verify_package(moved)) == [f"{moved.folder / MANIFEST}: names the load L1, not L9"]


def test_missing_packages_are_named(package):
    require_complete([package], ["L1"])
    with pytest.raises(PackageError, match=r"packages are missing: L0, L2; .*Restore") as caught:
        require_complete([package], ["L2", "L1", "L0"])
    assert caught.value.facts["missing"] == ["L0", "L2"]


def test_a_package_never_takes_the_place_of_another(package):
    with pytest.raises(FileExistsError):
        PackageWriter(package.folder, "L1")


def test_text_of_every_kind_comes_back_as_it_was(bench, tmp_path):
    title = 'NUL \x00, DEL \x7f, "quotes", \U0001f600, \u2028, \ufffd, end'
    writer = PackageWriter(tmp_path / "L1", "L1")
    writer.add(statement_frames([bench.digest([bench.entry(title=title)])], "L1"))
    titles = pl.read_parquet(tmp_path / "L1" / "wordings.00001.parquet")["title"].to_list()
    assert titles == [title]
