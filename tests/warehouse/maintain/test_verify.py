"""`verify` finds whatever is not as it was written, and says nothing about what is."""

import random
import shutil

import duckdb
import pytest

from paperhouse.warehouse.maintain.verify import verify
from paperhouse.warehouse.storage.home import Home
from paperhouse.warehouse.storage.receipts import receipt_of


def faults_of(root):
    return list(verify(Home(root)))


def test_a_sound_home_has_no_faults(bench, seed_copy, more_digests):
    assert faults_of(seed_copy) == []
    bench.ingest(seed_copy, more_digests)
    assert faults_of(seed_copy) == []


def test_a_home_without_a_warehouse_says_so(tmp_path):
    (fault,) = faults_of(tmp_path)
    assert "missing; run `paperhouse rebuild`" in fault


@pytest.mark.parametrize("seed", range(8))
def test_a_single_flipped_bit_anywhere_is_found(seed_home, tmp_path, seed):
    chance = random.Random(seed)
    root = shutil.copytree(seed_home, tmp_path / "home")
    path = chance.choice([root / "paperhouse.duckdb", *sorted(root.glob("loads/*/*"))])
    content = bytearray(path.read_bytes())
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    path.write_bytes(content)
    assert any(path.name in fault for fault in faults_of(root))


@pytest.mark.slow
def test_two_hundred_flipped_bits_are_all_found(seed_home, tmp_path):
    chance = random.Random(7)
    for number in range(200):
        root = shutil.copytree(seed_home, tmp_path / f"home-{number}")
        path = chance.choice([root / "paperhouse.duckdb"] * 4 + sorted(root.glob("loads/*/*")))
        content = bytearray(path.read_bytes())
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        path.write_bytes(content)
        assert any(path.name in fault for fault in faults_of(root)), path
        shutil.rmtree(root)


def test_a_row_changed_by_another_program_is_found(seed_copy):
    with duckdb.connect(str(seed_copy / "paperhouse.duckdb")) as connection:
        connection.execute("update papers set n_listings = 7 where arxiv_id = '2504.04178'")
    faults = "\n".join(faults_of(seed_copy))
    assert "is not, bit by bit, a file that a load published" in faults
    assert "papers_count_their_listings" in faults


def test_missing_and_extra_files_of_packages_are_found(seed_copy):
    (package,) = (seed_copy / "loads").iterdir()
    next(package.glob("wordings.*")).unlink()
    (package / "stray.parquet").write_bytes(b"x")
    (seed_copy / "loads" / "half").mkdir()
    faults = "\n".join(faults_of(seed_copy))
    assert "wordings.00001.parquet: listed in the manifest, but missing" in faults
    assert "stray.parquet: not listed in the manifest" in faults
    assert "half: is no load package" in faults


def test_a_lost_package_and_one_that_was_never_published_are_named(bench, seed_copy, more_digests, tmp_path):
    (first,) = (seed_copy / "loads").iterdir()
    other = tmp_path / "other"
    bench.ingest(other, more_digests)
    (waiting,) = (other / "loads").iterdir()
    shutil.copytree(waiting, seed_copy / "loads" / waiting.name)
    shutil.rmtree(first)
    faults = "\n".join(faults_of(seed_copy))
    assert f"{first.name}: missing; the live file still holds what it brought" in faults
    assert f"{waiting.name}: was never published; the next load brings it in" in faults


def test_a_stray_log_and_a_changed_previous_file_are_named(bench, seed_copy, more_digests):
    bench.ingest(seed_copy, more_digests)
    (previous,) = (seed_copy / "previous").glob("*.duckdb")
    previous.write_bytes(previous.read_bytes()[:-1] + b"?")
    (seed_copy / "paperhouse.duckdb.wal").write_bytes(b"x")
    faults = "\n".join(faults_of(seed_copy))
    assert f"{previous}: is not, bit by bit" in faults
    assert "paperhouse.duckdb.wal: left by another program" in faults


def test_an_unreadable_live_file_is_named_with_the_remedy(seed_copy):
    live = seed_copy / "paperhouse.duckdb"
    live.write_bytes(live.read_bytes()[:5000])
    assert any("cannot be read" in fault and "paperhouse rebuild" in fault for fault in faults_of(seed_copy))


def test_a_load_whose_package_counts_otherwise_is_named(seed_copy):
    live = seed_copy / "paperhouse.duckdb"
    with duckdb.connect(str(live)) as connection:
        connection.execute("update loads set n_entries = 54")
    assert any("counts [(3, 55, 0)], the ledger (3, 54, 0)" in fault for fault in faults_of(seed_copy))
    assert receipt_of(Home(seed_copy).receipts, live) is None


def test_a_damaged_or_missing_receipt_does_not_count(seed_copy):
    home = Home(seed_copy)
    (receipt,) = home.receipts.iterdir()
    receipt.write_text("{}")
    assert receipt_of(home.receipts, home.live) is None
    receipt.unlink()
    assert receipt_of(home.receipts, home.live) is None


def test_the_command_exits_with_1_and_names_each_fault(paperhouse, bench, seeds, tmp_path):
    bench.ingest(tmp_path / "data", seeds)
    sound = paperhouse("verify")
    assert (sound.returncode, sound.stdout) == (0, "data: everything is as it was written\n")
    (package,) = (tmp_path / "data/loads").iterdir()
    (package / "manifest.json").write_text("{}")
    damaged = paperhouse("verify")
    assert (damaged.returncode, damaged.stdout) == (1, "")
    assert "manifest.json: the manifest cannot be read" in damaged.stderr
