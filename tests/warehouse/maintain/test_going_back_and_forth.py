"""Restoring twice, after damage, and cut off half way: packages and previous files stay what the live file needs."""

import os

import pytest

from paperhouse.flows.load.pipeline import forget_digests, rebuild
from paperhouse.flows.load.plan import Plan
from paperhouse.warehouse.maintain import recovery
from paperhouse.warehouse.maintain.recovery import restore
from paperhouse.warehouse.maintain.verify import verify
from paperhouse.warehouse.storage.home import Home
from paperhouse.warehouse.write import publish


class Fault(Exception):  # noqa: N818 - it stands for any error
    """What goes wrong."""


def fail(*_, **__):
    raise Fault


@pytest.fixture
def home(bench, seed_copy, more_digests):
    """A home of two loads."""
    bench.loaded(seed_copy, more_digests)
    return Home(seed_copy)


def kept_files(home):
    return sorted(home.previous.glob("*.duckdb"))


def test_a_load_that_was_taken_back_and_is_live_again_has_its_package_again(bench, home, full_hash):
    restore(home, None)
    restore(home, None)
    assert bench.hash_of(home.root) == full_hash
    assert list(verify(home)) == []
    rebuild(home.root)
    assert bench.hash_of(home.root) == full_hash


def test_after_going_back_and_forth_a_digest_can_be_forgotten(bench, home):
    restore(home, None)
    restore(home, None)
    ((digest_id,), *_) = bench.rows(home.root, "select digest_id from digests order by path")
    forget_digests(Plan(home=home.root, inputs=()), [digest_id])
    assert bench.rows(home.root, f"from digests where digest_id = '{digest_id}'") == []


@pytest.mark.parametrize("remedy", ["next run", "rebuild"])
def test_a_restoring_that_is_cut_off_before_its_swap_leaves_the_warehouse_whole(  # noqa: PLR0913, PLR0917 - fixtures
    bench, home, seeds, full_hash, monkeypatch, remedy
):
    with monkeypatch.context() as patch:
        patch.setattr(recovery, "swap_in_for_any", fail)
        with pytest.raises(Fault):
            restore(home, None)
    assert bench.hash_of(home.root) == full_hash
    if remedy == "rebuild":
        rebuild(home.root)
    else:
        (notice,) = bench.ingest(home.root, seeds).notices
        assert notice.startswith("1 load package(s) that the warehouse names are back from ")
    assert bench.hash_of(home.root) == full_hash
    assert list(verify(home)) == []


@pytest.mark.parametrize("remedy", ["rebuild", "restore"])
@pytest.mark.parametrize("content", [b"", 5000, "changed"])
def test_a_live_file_that_no_load_published_never_joins_the_previous_ones(home, remedy, content):
    before = [path.read_bytes() for path in kept_files(home)]
    if content == "changed":
        os.truncate(home.live, home.live.stat().st_size + 1)
    else:
        home.live.write_bytes(home.live.read_bytes()[:content] if content else b"")
    damaged = home.live.read_bytes()
    if remedy == "rebuild":
        rebuild(home.root)
    else:
        restore(home, None)
    assert [path.read_bytes() for path in kept_files(home)] == before
    (aside,) = home.root.glob("*.set-aside")
    assert aside.read_bytes() == damaged
    assert list(verify(home)) == []


def test_a_live_file_that_a_load_published_joins_the_previous_ones(home):
    live = home.live.read_bytes()
    rebuild(home.root)
    assert live in [path.read_bytes() for path in kept_files(home)]
    assert not list(home.root.glob("*.set-aside"))


def test_an_error_while_a_run_repairs_leaves_no_scrap(bench, home, seeds, monkeypatch):
    home.live.unlink()
    with monkeypatch.context() as patch:
        patch.setattr(publish, "swap_in", fail)
        with pytest.raises(Fault):
            bench.ingest(home.root, seeds)
    assert not home.work.exists()


def test_scrap_of_a_killed_repair_does_not_stop_the_next_one(bench, home, seeds, full_hash):
    home.live.unlink()
    newest = max(path.name for path in home.loads.iterdir())
    (home.work / f"next-{newest}").mkdir(parents=True)
    bench.ingest(home.root, seeds)
    assert bench.hash_of(home.root) == full_hash
