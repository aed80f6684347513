"""Lakes whose data lie on an S3 server: keys that are missing or wrong, a server that dies, packages that are fetched."""

import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from paperhouse.flows.cli.main import main
from paperhouse.transforms.errors import PackageError, SettingsError, WarehouseError
from paperhouse.warehouse.lake.move import copy_to_file, copy_to_lake, file_source, lake_source
from paperhouse.warehouse.lake.verify import verify
from paperhouse.warehouse.storage.home import Home
from paperhouse.warehouse.storage.lake.address import LakeAddress, parse_lake
from paperhouse.warehouse.storage.lake.data import claim
from paperhouse.warehouse.storage.lake.data_choice import data_at

SECRET_IN_THE_TEST = "not-to-be-shown-anywhere"


@pytest.fixture
def lake(bucket, tmp_path) -> LakeAddress:
    """An empty lake: catalog in a file, data in a bucket."""
    return parse_lake(f"ducklake:{tmp_path / 'lake.ducklake'}", bucket.new_place())


def run(*arguments: object, exit_code: int = 0) -> str:
    """Output of a command, run in this process."""
    done = CliRunner().invoke(main, [str(one) for one in arguments])
    assert done.exit_code == exit_code, done.output
    return done.output


def existing(address: LakeAddress) -> LakeAddress:
    """The lake as one names it once it is there."""
    return parse_lake(address.name)


@pytest.fixture
def seeded(bucket, seeded_bucket_lake) -> LakeAddress:
    """A lake of the seeds, to be read only, and its keys in the environment."""
    del bucket  # it sets the environment
    return seeded_bucket_lake


def test_a_lake_that_exists_knows_its_bucket(lakes, seeded):
    assert lakes.rows(existing(seeded), "select count(*) from papers") == [(54,)]
    assert "packages 0.1" in run("status", "--warehouse", seeded.name, exit_code=1)  # the seeds are stale


def test_no_secret_is_in_what_a_load_writes(lake, seeds, tmp_path):
    secret = os.environ["PAPERHOUSE_S3_SECRET"]
    home = tmp_path / "home"
    place = ("--home", home, "--warehouse", lake.name)
    assert secret not in run("ingest", seeds, *place, "--data", lake.data, "--verbose")
    files = [path for path in (*home.rglob("*"), lake.file) if path.is_file()]
    assert files
    assert not [path for path in files if secret.encode() in path.read_bytes()]
    secrets = "from duckdb_secrets(redact => false)"
    assert "duckdb_secrets" in run("sql", secrets, *place, exit_code=1)


def test_keys_may_lie_in_files(lakes, lake, seeds, tmp_path, monkeypatch):
    secret = tmp_path / "secret"
    secret.write_text(os.environ["PAPERHOUSE_S3_SECRET"] + "\n")
    monkeypatch.delenv("PAPERHOUSE_S3_SECRET")
    monkeypatch.setenv("PAPERHOUSE_S3_SECRET_FILE", str(secret))
    lakes.ingest(lake, seeds)
    secret.unlink()
    with pytest.raises(SettingsError, match="PAPERHOUSE_S3_SECRET_FILE names it"):
        lakes.rows(lake, "select 1")


def test_a_missing_key_is_named(lakes, lake, seeds, monkeypatch):
    monkeypatch.delenv("PAPERHOUSE_S3_SECRET")
    with pytest.raises(SettingsError, match="PAPERHOUSE_S3_SECRET in the environment"):
        lakes.ingest(lake, seeds)


def test_a_wrong_secret_is_refused_by_the_server_and_not_shown(lakes, lake, seeds, monkeypatch):
    monkeypatch.setenv("PAPERHOUSE_S3_SECRET", SECRET_IN_THE_TEST)
    with pytest.raises(WarehouseError, match=r"correct .*PAPERHOUSE_S3_SECRET") as caught:
        lakes.ingest(lake, seeds)
    assert SECRET_IN_THE_TEST not in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_a_reader_with_a_wrong_secret_is_refused(lakes, seeded, monkeypatch):
    monkeypatch.setenv("PAPERHOUSE_S3_SECRET", SECRET_IN_THE_TEST)
    place = ("--home", lakes.folder / "home", "--warehouse", seeded.name)
    assert "The S3 server refuses these keys: correct" in run(
        "sql", "select title from papers", *place, exit_code=1
    )
    with pytest.raises(WarehouseError, match=r"correct .*PAPERHOUSE_S3_SECRET") as caught:
        lakes.rows(seeded, "select count(*) from papers where title > ''")
    assert SECRET_IN_THE_TEST not in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_a_bucket_that_is_not_there_is_named(lakes, lake, seeds):
    with pytest.raises(WarehouseError, match="there is no such bucket"):
        lakes.ingest(parse_lake(lake.name, "s3://nobodys-bucket/lake"), seeds)


def test_an_odd_endpoint_is_refused(lakes, lake, seeds, monkeypatch):
    monkeypatch.setenv("PAPERHOUSE_S3_ENDPOINT", "127.0.0.1:9000")
    with pytest.raises(SettingsError, match="write https://HOST"):
        lakes.ingest(lake, seeds)


def test_a_place_that_holds_another_lake_is_refused(lakes, seeded, seeds, tmp_path):
    other = parse_lake(f"ducklake:{tmp_path / 'other.ducklake'}", seeded.data)
    with pytest.raises(WarehouseError, match="holds the data of another lake"):
        lakes.ingest(other, seeds)
    data = data_at(seeded.data)
    with pytest.raises(WarehouseError, match="holds the data of another lake"):
        claim(other, data)
    assert list(verify(seeded)) == []


def test_another_machine_fetches_the_packages_and_goes_on(lakes, lake, seeds, more_digests, full_hash):
    lakes.ingest(lake, seeds, home="one")
    lakes.ingest(lake, more_digests, home="two")
    assert lakes.hash_of(lake) == full_hash
    (mirror,) = (lakes.folder / "two").glob("mirror-lake-*")
    assert len(list(mirror.iterdir())) == 2


def test_a_package_that_was_changed_in_the_bucket_is_refused(lakes, lake, bucket, seeds, more_digests):
    lakes.ingest(lake, seeds, home="one")
    place = bucket.folder / lake.data.removeprefix("s3://")
    package = next((place / "loads").glob("*/digests.*.parquet"))
    package.write_bytes(package.read_bytes()[:-1] + b"!")
    with pytest.raises(PackageError, match=r"s3://.*its content is not what the manifest lists"):
        lakes.ingest(lake, more_digests, home="two")
    assert any("its content is not what" in fault for fault in verify(lake))


@pytest.mark.slow
def test_an_object_of_a_table_that_is_gone_is_told_and_rebuilt(lakes, lake, bucket, seeds):
    lakes.ingest(lake, seeds)
    shutil.rmtree(bucket.folder / lake.data.removeprefix("s3://") / "tables" / "main" / "papers")
    (fault,) = verify(lake)
    assert "404" in fault
    assert fault.endswith("run `paperhouse rebuild`")
    place = ("--home", lakes.folder / "home", "--warehouse", lake.name)
    assert "An object of the lake is gone: restore the bucket, or run" in run(
        "sql", "select title from papers", *place, exit_code=1
    )
    run("rebuild", *place)
    assert list(verify(lake)) == []


@pytest.mark.slow
def test_what_is_restored_is_set_aside_and_comes_back(lakes, lake, bucket, seeds, more_digests):
    lakes.ingest(lake, seeds)
    before = lakes.hash_of(lake)
    lakes.ingest(lake, more_digests)
    after = lakes.hash_of(lake)
    place = ("--home", lakes.folder / "home", "--warehouse", lake.name)
    assert "generation 1" in run("restore", *place)
    assert lakes.hash_of(lake) == before
    assert {name.split("/")[0] for name in bucket.objects(lake.data)} >= {"set-aside", "loads", "tables"}
    assert "generation 2" in run("restore", "2", *place)
    assert lakes.hash_of(lake) == after
    assert not [name for name in bucket.objects(lake.data) if name.startswith("set-aside/")]
    assert list(verify(lake)) == []


def test_corrections_travel_with_a_copy(lakes, lake, tmp_path, seed_copy):
    (seed_copy / "curation.csv").write_text("verdict,mention,other,reason\n", "utf-8")
    copy_to_lake(file_source(Home(seed_copy)), lake, lakes.local)
    copy_to_file(lake_source(existing(lake)), Home(tmp_path / "back"))
    assert (tmp_path / "back" / "curation.csv").read_bytes() == (seed_copy / "curation.csv").read_bytes()


def ingest_elsewhere(lake: LakeAddress, folder: Path, home: Path) -> subprocess.Popen:
    """A load in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "paperhouse.flows.cli.main", "ingest", str(folder), "--home", str(home),
         "--warehouse", lake.name, "--data", lake.data],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip


@pytest.mark.slow
def test_a_server_that_is_killed_in_an_upload_leaves_the_old_state(lakes, lake, bucket, request):
    """Killed later and later: among the first tables, in the middle, at the package; then the retry goes through."""
    seeds, more_digests, full_hash = map(request.getfixturevalue, ("seeds", "more_digests", "full_hash"))
    lakes.ingest(lake, seeds)
    before = lakes.hash_of(lake)
    n_at_start = len(bucket.objects(lake.data))
    for n_more in (1, 5, 15, 30):
        killer = threading.Thread(target=kill_when, args=(bucket, lake, n_at_start + n_more))
        process = ingest_elsewhere(lake, more_digests, lakes.folder / "home-of-its-own")
        killer.start()
        _, told = process.communicate()
        killer.join()
        bucket.start()
        if process.returncode == 0:
            break
        assert "s3://" in told or "ducklake:" in told
        assert "run it again" in told, told
        assert lakes.hash_of(lake) == before
        n_at_start = len(bucket.objects(lake.data))
    process = ingest_elsewhere(lake, more_digests, lakes.folder / "home-of-its-own")
    assert process.communicate() == (None, "")
    assert lakes.hash_of(lake) == full_hash
    assert list(verify(lake)) == []


def kill_when(bucket, lake: LakeAddress, n_objects: int) -> None:
    """Kill the server once so many objects are there, or after a while."""
    for _ in range(2000):
        if len(bucket.objects(lake.data)) >= n_objects:
            break
        time.sleep(0.005)
    bucket.kill()
