import shutil
import subprocess
import sys

import pytest

from paperhouse.flows.load.pipeline import rebuild
from paperhouse.transforms.errors import InputError, PackageError, WarehouseError
from paperhouse.warehouse.maintain import recovery
from paperhouse.warehouse.maintain.verify import verify
from paperhouse.warehouse.storage import receipts
from paperhouse.warehouse.storage.home import Home
from paperhouse.warehouse.write import publish


class Fault(Exception):  # noqa: N818 - it stands for any error
    """What goes wrong."""


def test_a_package_that_was_not_published_is_brought_in_by_any_next_run(  # noqa: PLR0913, PLR0917 - fixtures
    bench, seed_copy, seeds, more_digests, full_hash, monkeypatch
):
    def fail(*_):
        raise Fault

    with monkeypatch.context() as patch:
        patch.setattr(publish, "swap_in", fail)
        patch.setattr(receipts, "N_KEPT", 4)
        with pytest.raises(Fault):
            bench.ingest(seed_copy, more_digests)
    summary = bench.ingest(seed_copy, seeds)
    assert (summary.n_known, summary.is_changed) == (3, False)
    assert summary.notices == ["1 load(s) that an earlier run had completed are now published"]
    assert bench.hash_of(seed_copy) == full_hash
    assert bench.ingest(seed_copy, seeds).notices == []


def test_scrap_of_a_killed_run_is_deleted(bench, seed_copy, seeds):
    (seed_copy / "work" / "package-old").mkdir(parents=True)
    (seed_copy / "work" / "package-old" / "digests.00001.parquet").write_bytes(b"half")
    bench.ingest(seed_copy, seeds)
    assert not (seed_copy / "work").exists()


def test_a_damaged_package_that_waits_is_refused_with_the_remedy(bench, seed_copy, seeds):
    (seed_copy / "paperhouse.duckdb").unlink()
    (package,) = (seed_copy / "loads").iterdir()
    (package / "wordings.00001.parquet").write_bytes(b"rot")
    with pytest.raises(PackageError, match=r"wordings\.00001\.parquet: its content is not .*\n.*Restore"):
        bench.ingest(seed_copy, seeds)


def test_a_lost_live_file_comes_back_with_the_next_ingest(bench, seed_copy, seeds):
    before = bench.hash_of(seed_copy)
    (seed_copy / "paperhouse.duckdb").unlink()
    summary = bench.ingest(seed_copy, seeds)
    assert (len(summary.notices), summary.n_known, summary.is_changed) == (1, 3, False)
    assert bench.hash_of(seed_copy) == before


def test_rebuild_gives_the_same_content(bench, seed_copy, more_digests, full_hash):
    bench.loaded(seed_copy, more_digests)
    tables = ("loads", "digests", "papers", "authors")
    before = [bench.rows(seed_copy, f"from {table} order by all") for table in tables]
    changes = rebuild(seed_copy)
    assert (changes.n_digests, changes.n_papers_new) == (7, 56)
    assert bench.hash_of(seed_copy) == full_hash
    assert [bench.rows(seed_copy, f"from {table} order by all") for table in tables] == before


@pytest.mark.parametrize(
    "content", [None, b"", b"no warehouse", 4096], ids=["lost", "empty", "foreign", "cut"]
)
def test_rebuild_brings_a_damaged_live_file_back(bench, seed_copy, content):
    live = seed_copy / "paperhouse.duckdb"
    before = bench.hash_of(seed_copy)
    if content is None:
        live.unlink()
    else:
        live.write_bytes(live.read_bytes()[:content] if isinstance(content, int) else content)
    rebuild(seed_copy)
    assert bench.hash_of(seed_copy) == before


@pytest.mark.parametrize(
    "content", [b"", b"no warehouse", 4096, 1 << 20], ids=["empty", "foreign", "cut", "cut_later"]
)
def test_a_damaged_live_file_is_set_aside_and_made_again(bench, seed_copy, seeds, content):
    live = seed_copy / "paperhouse.duckdb"
    before = bench.hash_of(seed_copy)
    damaged = live.read_bytes()[:content] if isinstance(content, int) else content
    live.write_bytes(damaged)
    summary = bench.ingest(seed_copy, seeds)
    assert bench.hash_of(seed_copy) == before
    (kept,) = seed_copy.glob("*.set-aside")
    assert kept.read_bytes() == damaged
    assert any(str(kept) in notice for notice in summary.notices)


def test_a_damaged_live_file_without_its_packages_is_refused_with_the_remedy(bench, seed_copy, seeds):
    (seed_copy / "paperhouse.duckdb").write_bytes(b"no warehouse")
    shutil.rmtree(seed_copy / "loads")
    before = bench.files_of(seed_copy)
    with pytest.raises(
        WarehouseError, match=r"cannot be read [\s\S]*there are no load packages[\s\S]*paperhouse restore"
    ):
        bench.ingest(seed_copy, seeds)
    assert bench.files_of(seed_copy) == before


def test_a_log_of_another_program_is_set_aside(bench, seed_copy, seeds):
    log = seed_copy / "paperhouse.duckdb.wal"
    log.write_bytes(b"left over")
    (notice,) = bench.ingest(seed_copy, seeds).notices
    assert "set aside; another program had left this log" in notice
    assert not log.exists()
    assert bench.rows(seed_copy, "select count(*) from papers") == [(54,)]


def test_a_file_that_another_program_holds_open_for_writing_is_named_as_held(bench, seed_copy):
    live = seed_copy / "paperhouse.duckdb"
    script = (
        "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.readline()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(live)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(WarehouseError, match="another program holds it open for writing") as caught:
            bench.hash_of(seed_copy)
        holder.communicate("\n")
    assert caught.value.facts["is_held"]


def test_damage_is_not_mistaken_for_a_holder(bench, tmp_path):
    root = tmp_path / "blocked by a lock"
    root.mkdir()
    (root / "paperhouse.duckdb").write_bytes(b"no warehouse")
    with pytest.raises(WarehouseError) as caught:
        bench.hash_of(root)
    assert not caught.value.facts["is_held"]


def test_rebuild_refuses_to_lose_what_a_missing_package_brought(bench, seed_copy, more_digests):
    bench.loaded(seed_copy, more_digests)
    first, _ = sorted((seed_copy / "loads").iterdir())
    shutil.rmtree(first)
    live = (seed_copy / "paperhouse.duckdb").read_bytes()
    with pytest.raises(PackageError, match=f"packages are missing: {first.name}"):
        rebuild(seed_copy)
    assert (seed_copy / "paperhouse.duckdb").read_bytes() == live
    (seed_copy / "paperhouse.duckdb").unlink()
    assert rebuild(seed_copy).n_digests == 4


def test_rebuild_refuses_damaged_packages(bench, seed_copy):
    (package,) = (seed_copy / "loads").iterdir()
    (package / "manifest.json").write_text("{}")
    before = bench.files_of(seed_copy)
    with pytest.raises(PackageError, match="manifest cannot be read"):
        rebuild(seed_copy)
    assert bench.files_of(seed_copy) == before


def test_rebuild_without_packages_says_so_and_makes_nothing(tmp_path):
    with pytest.raises(InputError, match="holds no load packages"):
        rebuild(tmp_path / "typo")
    assert not (tmp_path / "typo").exists()


@pytest.mark.slow
def test_loads_that_were_cut_off_before_the_swap_do_not_push_out_the_receipts_of_what_is_kept(
    bench, seed_copy, more_digests, monkeypatch
):
    bench.loaded(seed_copy, more_digests)

    def fail(*_):
        raise Fault

    monkeypatch.setattr(receipts, "N_KEPT", 4)
    with monkeypatch.context() as patch:
        patch.setattr(publish, "swap_in", fail)
        (seed_copy / "more.md").write_text("see arXiv:2504.00077\n")
        for _ in range(receipts.N_KEPT + 2):
            with pytest.raises(Fault):
                bench.ingest(seed_copy, seed_copy / "more.md")
    assert bench.ingest(seed_copy, seed_copy / "more.md").notices
    assert list(verify(Home(seed_copy))) == []
    assert len(list((seed_copy / "receipts").iterdir())) <= receipts.N_KEPT


def test_a_sound_live_file_that_cannot_be_read_just_now_stays_where_it_is(
    bench, seed_copy, more_digests, monkeypatch
):
    def fail(live):
        msg = "out of file handles"
        raise WarehouseError(msg, path=str(live))

    before = bench.files_of(seed_copy)
    with monkeypatch.context() as patch:
        patch.setattr(recovery, "read_ledger", fail)
        with pytest.raises(WarehouseError, match="out of file handles"):
            bench.ingest(seed_copy, more_digests)
    assert bench.files_of(seed_copy) == before
