"""The commands that a home's file serves, on a lake: the same answers."""

import json

import duckdb
import pytest
from click.testing import CliRunner

import paperhouse
from paperhouse.flows.cli.main import main
from paperhouse.transforms.errors import InputError
from paperhouse.warehouse.lake.history import state_as_of
from paperhouse.warehouse.lake.verify import verify
from paperhouse.warehouse.storage.home import Home
from paperhouse.warehouse.target.choice import target_of


@pytest.fixture
def run(lakes, monkeypatch, tmp_path):
    """Run a command in this process on the lake in a file."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PAPERHOUSE_WAREHOUSE", lakes.of_file().name)

    def run(*arguments):
        done = CliRunner().invoke(main, [str(one) for one in arguments])
        assert done.exit_code == 0, done.stderr
        return done.stdout

    return run


@pytest.mark.slow
def test_a_lake_goes_back_to_an_earlier_state_and_forth_again(lakes, seeds, more_digests, full_hash):
    address = lakes.of_file()
    lakes.ingest(address, seeds)
    first = lakes.hash_of(address)
    second = lakes.ingest(address, more_digests).load_id
    target = target_of(Home(lakes.folder / "home"), address)
    with target.holding(0):
        assert target.restore(None) == ("generation 1", [second])
    assert lakes.hash_of(address) == first
    assert list(verify(address)) == []
    with target.holding(0):
        assert target.restore("2") == ("generation 2", [])
    assert lakes.hash_of(address) == full_hash
    assert list(verify(address)) == []
    with target.holding(0), pytest.raises(InputError, match="no generation 7 is kept"):
        target.restore("7")


@pytest.mark.slow
def test_a_state_is_found_by_its_loads_and_by_its_time(lakes, seeds, more_digests):
    address = lakes.of_file()
    lakes.ingest(address, seeds)
    lakes.ingest(address, more_digests)
    first, second = state_as_of(address, 1), state_as_of(address, 2)
    assert state_as_of(address, first.published_at) == first
    assert state_as_of(address, second.published_at) == second
    with pytest.raises(InputError, match="no state of"):
        state_as_of(address, first.published_at.replace(year=2020))


def test_a_snapshot_of_a_lake_has_its_content_hash(lakes, seeded_file_lake, run, tmp_path):
    run("snapshot", tmp_path / "copy", "--warehouse", seeded_file_lake.name)
    manifest = json.loads((tmp_path / "copy" / "manifest.json").read_text())
    assert manifest["content_hash"] == lakes.hash_of(seeded_file_lake)


@pytest.mark.slow
def test_what_is_forgotten_is_gone(lakes, seeds, more_digests, run):
    address = lakes.of_file()
    lakes.ingest(address, seeds)
    before = lakes.hash_of(address)
    lakes.ingest(address, more_digests)
    ids = lakes.rows(address, "select digest_id from digests where list_name in ('AI', 'NLP') order by 1")
    run("forget", *(digest_id for (digest_id,) in ids))
    assert lakes.rows(address, "select count(*) from papers") == [(54,)]
    assert lakes.hash_of(address) == before
    assert lakes.rows(address, "select count(*) from forgotten_digests") == [(len(ids),)]
    assert list(verify(address)) == []


@pytest.mark.slow
def test_the_python_api_reads_one_state_of_a_lake(lakes, seeds):
    name = lakes.of_file().name
    paperhouse.ingest(seeds, home=lakes.folder / "home", warehouse=name)
    with paperhouse.open(lakes.folder / "home", warehouse=name) as warehouse:
        assert warehouse.papers.collect().height == 54
        with pytest.raises(duckdb.Error):
            warehouse.sql("select nothing")
        assert warehouse.sql("select count(*) from papers").fetchall() == [(54,)]


def test_a_search_of_a_lake_finds_what_one_of_a_file_does(seeded_file_lake, run, monkeypatch, seed_home):
    found = run("search", "dense retriev* -image", "--format", "json", "--warehouse", seeded_file_lake.name)
    monkeypatch.delenv("PAPERHOUSE_WAREHOUSE")
    assert json.loads(found)
    assert found == run("search", "dense retriev* -image", "--format", "json", "--home", seed_home)


def test_what_a_lake_does_not_serve_is_refused_by_name(lakes, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PAPERHOUSE_WAREHOUSE", lakes.of_file().name)
    for command in (["browse"], ["changes", "--since", "1"], ["curate"]):
        done = CliRunner().invoke(main, command)
        assert done.exit_code == 1
        assert "names a lake, which does not serve this" in done.stderr
