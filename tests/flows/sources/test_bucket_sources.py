"""Digests on S3: read as those of a folder are, fetched when they are new, and named by their address."""

import shutil
from pathlib import Path

import pytest

from paperhouse.flows.ingest import parameters_of, plan_from
from paperhouse.flows.load.plan import Plan
from paperhouse.transforms.errors import InputError, SettingsError, WarehouseError
from paperhouse.transforms.read_digest import DigestDefaults

ADDRESS = "s3://lakes/digests"


@pytest.fixture
def digests(bucket, seeds) -> Path:
    """The seeds in a bucket: the server's folder of them."""
    folder = bucket.folder / "lakes" / "digests"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(seeds, folder)
    (folder / ".hidden").mkdir()
    (folder / ".hidden" / "README.md").write_text("not to be read")
    return folder


@pytest.mark.usefixtures("digests")
def test_a_bucket_gives_what_a_folder_gives(bench, tmp_path, seeds):
    bench.ingest(tmp_path / "folder", seeds)
    summary = bench.ingest(tmp_path / "bucket", Path(ADDRESS))
    assert summary.n_entries == 55
    assert bench.hash_of(tmp_path / "bucket") == bench.hash_of(tmp_path / "folder")
    paths = "select path from digests order by path"
    assert bench.rows(tmp_path / "bucket", paths) == bench.rows(tmp_path / "folder", paths)


def test_only_what_is_new_is_fetched(bench, tmp_path, digests, monkeypatch):
    from paperhouse.warehouse.storage.bucket_store import BucketStore

    fetched, fetch = [], BucketStore.fetch
    monkeypatch.setattr(
        BucketStore, "fetch", lambda self, name, target: fetched.append(name) or fetch(self, name, target)
    )
    bench.ingest(tmp_path / "home", Path(ADDRESS))
    assert len(fetched) > 2
    fetched.clear()
    assert not bench.ingest(tmp_path / "home", Path(ADDRESS)).is_changed
    assert fetched == []
    (digests / "2025-04-30.md").write_text(
        "- [One more](https://arxiv.org/abs/2504.99999)\n  - Authors: A. Nother\n"
    )
    assert bench.ingest(tmp_path / "home", Path(ADDRESS)).n_entries == 1
    assert fetched == ["digests/2025-04-30.md"]
    (digests / "2025-04-30.md").unlink()
    n_copies = len(list((tmp_path / "home" / "objects").rglob("*")))
    bench.ingest(tmp_path / "home", Path(ADDRESS))
    assert len(list((tmp_path / "home" / "objects").rglob("*"))) == n_copies - 1


def test_one_object_can_be_named(bench, tmp_path, digests):
    (digests / "2025-04-30.md").write_text(
        "- [One more](https://arxiv.org/abs/2504.99999)\n  - Authors: A. Nother\n"
    )
    bench.ingest(tmp_path / "home", Path(f"{ADDRESS}/2025-04-30.md"))
    rows = bench.rows(tmp_path / "home", "select path, digest_date::varchar from digests")
    assert rows == [("2025-04-30.md", "2025-04-30")]


@pytest.mark.usefixtures("digests")
def test_what_is_not_there_is_named(bench, tmp_path, monkeypatch):
    with pytest.raises(InputError, match="s3://lakes/nowhere: nothing lies there"):
        bench.ingest(tmp_path / "home", Path("s3://lakes/nowhere"))
    with pytest.raises(WarehouseError, match="there is no such bucket"):
        bench.ingest(tmp_path / "home", Path("s3://nobodys/digests"))
    monkeypatch.setenv("PAPERHOUSE_S3_SECRET", "wrong")
    with pytest.raises(WarehouseError, match="refuses these keys"):
        bench.ingest(tmp_path / "home", Path(ADDRESS))
    monkeypatch.delenv("PAPERHOUSE_S3_SECRET")
    with pytest.raises(SettingsError, match="PAPERHOUSE_S3_SECRET"):
        bench.ingest(tmp_path / "home", Path(ADDRESS))


@pytest.mark.usefixtures("digests")
def test_a_large_object_is_left_out_and_named(bench, tmp_path):
    summary = bench.ingest(tmp_path / "home", Path(ADDRESS), max_file_bytes=100)
    assert {problem.path.startswith(f"{ADDRESS}/") for problem in summary.problems} == {True}
    assert not list((tmp_path / "home").rglob("*.md"))


def test_a_flow_gets_the_address_as_it_was_given(tmp_path):
    plan = Plan(home=tmp_path, inputs=((Path(ADDRESS), DigestDefaults()),))
    parameters = parameters_of(plan)
    assert parameters["paths"] == [ADDRESS]
    assert plan_from(**parameters).inputs == plan.inputs
