import shutil
from datetime import UTC, date, datetime

import duckdb
import pytest

from paperhouse.transforms.digest import Reject
from paperhouse.transforms.errors import WarehouseError
from paperhouse.transforms.tables import WAREHOUSE_TABLES
from paperhouse.warehouse.read.overview import read_overview
from paperhouse.warehouse.storage.connections import open_read_only
from paperhouse.warehouse.storage.home import Home


def test_a_warehouse_at_a_glance(seed_home):
    overview = read_overview(Home(seed_home))
    assert overview.path == str(seed_home / "paperhouse.duckdb")
    assert overview.n_bytes == (seed_home / "paperhouse.duckdb").stat().st_size
    assert (overview.generation, overview.last_digest_date) == (1, date(2025, 4, 30))
    assert set(overview.tables) == set(WAREHOUSE_TABLES)
    assert (overview.tables["digests"], overview.tables["papers"]) == (3, 54)
    assert overview.last_load["n_entries"] == 55
    assert (overview.rejects, overview.n_ids_unaccounted, overview.missing_packages) == ({}, 0, ())


def test_rejects_are_counted_by_reason_and_missing_packages_named(bench, tmp_path):
    rejects = [Reject(1, 1, "no_title", "x"), Reject(2, 2, "no_title", "y"), Reject(3, 3, "no_arxiv_id", "z")]
    facts = {
        "rejects": rejects,
        "n_lines": 3,
        "n_entry_lines": 0,
        "n_reject_lines": 3,
        "n_ids_unaccounted": 2,
    }
    bench.publish(tmp_path, [bench.digest([], None, **facts)])
    bench.publish(tmp_path, [bench.digest([bench.entry()], None)])
    shutil.rmtree(tmp_path / "loads" / "L001-x")
    overview = read_overview(Home(tmp_path))
    assert overview.rejects == {"no_arxiv_id": 1, "no_title": 2}
    assert (overview.n_ids_unaccounted, overview.missing_packages) == (2, ("L001-x",))
    assert (overview.last_digest_date, overview.last_load["load_id"]) == (None, "L002-x")


def test_without_a_warehouse_the_message_says_how_to_make_one(tmp_path):
    with pytest.raises(WarehouseError, match="there is no warehouse yet; run `paperhouse ingest` first"):
        read_overview(Home(tmp_path))


def test_a_file_without_our_tables_is_refused_with_the_remedy(tmp_path):
    with duckdb.connect(str(tmp_path / "paperhouse.duckdb")) as connection:
        connection.execute("create table mine as select 1")
    with pytest.raises(WarehouseError, match=r"cannot be read .*loads does not exist.*paperhouse rebuild"):
        read_overview(Home(tmp_path))


def test_our_own_reading_cannot_write(seed_home):
    with (
        pytest.raises(WarehouseError, match="read-only"),
        open_read_only(seed_home / "paperhouse.duckdb") as connection,
    ):
        connection.execute("delete from papers")


def test_what_came_in_since_a_moment_by_source_and_list(bench, tmp_path):
    day = date(2025, 4, 7)
    old = bench.digest([bench.entry()], day, "AI", source="lab")
    new = [
        bench.digest([bench.entry("2504.00002")], day, "IR", source="lab"),
        bench.digest([bench.entry("2504.00003"), bench.entry("2504.00004")], None, None),
    ]
    bench.publish(tmp_path, [old])
    between = datetime.now(UTC)
    bench.publish(tmp_path, new)
    overview = read_overview(Home(tmp_path), since=between)
    assert [
        (row.source, row.list_name, row.n_digests, row.n_entries, row.newest) for row in overview.arrivals
    ] == [
        (None, None, 1, 2, None),
        ("lab", "IR", 1, 1, day),
    ]
    assert len(read_overview(Home(tmp_path)).arrivals) == 3
    assert [(row.list_name, row.digest_date, row.n_entries) for row in overview.days] == [
        ("AI", day, 1),
        ("IR", day, 1),
    ]
    assert [load["load_id"] for load in overview.loads] == ["L002-x", "L001-x"]


def test_disk_use_is_told_by_purpose_and_adds_up(seed_copy):
    (seed_copy / "http").mkdir()
    (seed_copy / "http" / "reply").write_bytes(b"x" * 1000)
    disk = read_overview(Home(seed_copy)).disk
    assert (disk.http, disk.previous) == (1000, 0)
    assert disk.live == (seed_copy / "paperhouse.duckdb").stat().st_size
    everything = sum(path.stat().st_size for path in seed_copy.rglob("*") if path.is_file())
    assert disk.live + disk.previous + disk.packages + disk.http + disk.other == everything
    assert disk.last_run_at is not None
