"""Going back to a previous file, and handing the warehouse to other tools."""

import json

import duckdb
import polars as pl
import pytest

from paperhouse.transforms.errors import InputError, WarehouseError
from paperhouse.transforms.tables import WAREHOUSE_TABLES
from paperhouse.warehouse.maintain import snapshot
from paperhouse.warehouse.maintain.recovery import restore
from paperhouse.warehouse.maintain.snapshot import write_snapshot
from paperhouse.warehouse.maintain.verify import verify
from paperhouse.warehouse.storage.home import Home


def test_restore_goes_back_to_the_previous_file_and_takes_the_later_load_out(bench, seed_copy, more_digests):
    before = bench.hash_of(seed_copy)
    load_id = bench.ingest(seed_copy, more_digests).load_id
    name, taken_back = restore(Home(seed_copy), None)
    assert name.startswith("paperhouse-")
    assert taken_back == [load_id]
    assert bench.hash_of(seed_copy) == before
    assert list(verify(Home(seed_copy))) == []
    assert (seed_copy / "set-aside" / load_id / "manifest.json").is_file()
    assert not (seed_copy / "work").exists()


def test_a_load_that_was_taken_back_comes_again_only_with_its_files(
    bench, seed_copy, seeds, more_digests, full_hash
):
    bench.ingest(seed_copy, more_digests)
    restore(Home(seed_copy), None)
    assert not bench.ingest(seed_copy, seeds).is_changed
    bench.ingest(seed_copy, more_digests)
    assert bench.hash_of(seed_copy) == full_hash


def test_restore_takes_a_name_and_refuses_others(bench, seed_copy, more_digests):
    with pytest.raises(InputError, match="holds no previous file; there are: none"):
        restore(Home(seed_copy), None)
    bench.ingest(seed_copy, more_digests)
    (kept,) = (seed_copy / "previous").glob("*.duckdb")
    with pytest.raises(InputError, match=rf"holds no nonsense; there are: {kept.name}"):
        restore(Home(seed_copy), "nonsense")
    assert restore(Home(seed_copy), kept.stem)[0] == kept.name


def test_restore_refuses_a_damaged_previous_file_and_changes_nothing(bench, seed_copy, more_digests):
    bench.ingest(seed_copy, more_digests)
    (kept,) = (seed_copy / "previous").glob("*.duckdb")
    kept.write_bytes(b"no database")
    files = bench.files_of(seed_copy)
    with pytest.raises(WarehouseError, match="cannot be read"):
        restore(Home(seed_copy), None)
    assert bench.files_of(seed_copy) == files


def test_a_changed_live_file_is_not_built_upon(bench, seed_copy, more_digests):
    with duckdb.connect(str(seed_copy / "paperhouse.duckdb")) as connection:
        connection.execute("delete from papers")
    with pytest.raises(WarehouseError, match="was changed since it was published"):
        bench.ingest(seed_copy, more_digests)


def test_a_notebook_that_holds_the_file_for_writing_does_not_stop_a_load(
    bench, seed_copy, more_digests, full_hash
):
    held = duckdb.connect(str(seed_copy / "paperhouse.duckdb"))
    try:
        script = (
            "import sys; from pathlib import Path; from paperhouse.flows.load.pipeline import run_load; from paperhouse.flows.load.plan import Plan; "
            "from paperhouse.transforms.read_digest import DigestDefaults; "
            "run_load(Plan(home=Path(sys.argv[1]), inputs=((Path(sys.argv[2]), DigestDefaults()),)))"
        )
        bench.python(script, seed_copy, more_digests)
        assert held.execute("select count(*) from papers").fetchall() == [(54,)]
    finally:
        held.close()
    assert bench.hash_of(seed_copy) == full_hash


def test_a_snapshot_holds_every_table_and_says_what_it_is(bench, seed_copy, tmp_path):
    target = tmp_path / "export"
    rows = write_snapshot(Home(seed_copy).live, target)
    assert rows.keys() == WAREHOUSE_TABLES.keys()
    papers = pl.read_parquet(target / "papers" / "**" / "*.parquet", hive_partitioning=True)
    assert papers.height == rows["papers"] == 54
    assert {folder.name for folder in (target / "papers").iterdir()} == {
        f"submitted_month={month}"
        for month in ("2024-04-01", "2024-09-01", "2025-02-01", "2025-03-01", "2025-04-01")
    }
    for table in WAREHOUSE_TABLES.keys() - {"papers"}:
        assert pl.read_parquet(target / f"{table}.parquet").height == rows[table]
    manifest = json.loads((target / "manifest.json").read_text())
    assert manifest == {"content_hash": bench.hash_of(seed_copy), "rows": rows}
    assert (target / "DICTIONARY.md").read_text().startswith("#")


def test_the_data_package_of_a_snapshot_is_valid_and_names_every_file_and_column(seed_copy, tmp_path):
    import pyarrow.parquet as pq
    from frictionless import FrictionlessException, Package

    target = tmp_path / "export"
    rows = write_snapshot(Home(seed_copy).live, target)
    descriptor = json.loads((target / "datapackage.json").read_text("utf-8"))
    package = Package(str(target / "datapackage.json"))  # it raises for a descriptor that is not valid
    with pytest.raises(FrictionlessException):
        Package.from_descriptor({**descriptor, "resources": [{"name": "papers", "path": 1}]})
    assert sorted(package.resource_names) == sorted(WAREHOUSE_TABLES)
    named = set()
    for resource in descriptor["resources"]:
        paths = [resource["path"]] if isinstance(resource["path"], str) else resource["path"]
        files = [pq.ParquetFile(target / path) for path in paths]
        named.update(paths)
        assert {tuple(file.schema_arrow.names) for file in files} == {
            tuple(field["name"] for field in resource["schema"]["fields"])
        }
        assert sum(file.metadata.num_rows for file in files) == resource["rows"] == rows[resource["name"]]
        assert set(resource["schema"]["primaryKey"]) <= set(files[0].schema_arrow.names)
    assert named == {path.relative_to(target).as_posix() for path in target.rglob("*.parquet")}


def test_a_snapshot_never_overwrites_and_a_failed_one_leaves_nothing(seed_copy, tmp_path, monkeypatch):
    (tmp_path / "taken").mkdir()
    with pytest.raises(InputError, match="exists already"):
        write_snapshot(Home(seed_copy).live, tmp_path / "taken")

    def fail(_):
        raise OSError(28, "no space left on device")

    monkeypatch.setattr(snapshot, "content_hash", fail)
    with pytest.raises(OSError, match="no space"):
        write_snapshot(Home(seed_copy).live, tmp_path / "export")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", "taken"]


def test_commands_restore_and_snapshot(paperhouse, bench, seeds, more_digests, tmp_path):
    bench.ingest(tmp_path / "data", seeds)
    bench.ingest(tmp_path / "data", more_digests)
    exported = paperhouse("snapshot", "export")
    assert exported.returncode == 0
    assert exported.stdout.startswith(f"export: {len(WAREHOUSE_TABLES)} tables, ")
    restored = paperhouse("restore")
    assert restored.returncode == 0
    assert restored.stdout.startswith("restored paperhouse-")
    assert paperhouse("restore", "nonsense").returncode == 1
