"""Packages of versions that knew one door only: they load as they are, and say what can be known."""

# ruff: noqa: PLR0913, PLR0917 - pytest passes fixtures by name

import shutil

import polars as pl
import pytest

from paperhouse.warehouse.storage.packages import (
    _manifest_bytes,
    file_sha256,
    sealed_packages,
    verify_package,
)


@pytest.fixture
def make_older():
    """Take the columns that came later out of the lookups of every package below a home, and seal it again."""

    def make_older(home):
        n_changed = 0
        for package in sealed_packages(home / "loads"):
            manifest = package.folder / "manifest.json"
            files = pl.read_json(manifest)["files"][0]
            for path in package.files("lookups"):
                pl.read_parquet(path).drop("door", "lacks").write_parquet(path)
                files[path.name] |= {"bytes": path.stat().st_size, "sha256": file_sha256(path)}
                n_changed += 1
            manifest.write_bytes(_manifest_bytes(package.load_id, files))
            assert list(verify_package(package)) == []
        return n_changed

    return make_older


LOOKUPS = "select arxiv_id, outcome, door, lacks from lookups order by arxiv_id"


def test_packages_without_doors_are_rebuilt_and_say_which_door_it_was_where_that_is_known(
    seed_home, run, server, made, reply, bench, make_older, tmp_path
):
    home = shutil.copytree(seed_home, tmp_path / "home")
    server.answer = made.api({"2504.20013": made.atom_entry("2504.20013", 2)})
    assert run("enrich", "--ids", "2504.20013,2504.20006").exit_code == 0
    withdrawn = made.oai_record("2608.00003").replace("9kb</size>", "0kb</size><source_type>I</source_type>")
    pages = made.oai_list([withdrawn, made.oai_deleted("2608.00002")])
    server.script = [reply(pages, content_type="text/xml")]
    assert run("harvest", "--set", "cs:cs:IR", "--from", "2026-08-01").exit_code == 0
    assert bench.rows(home, LOOKUPS) == [
        ("2504.20006", "unknown", "query_api", None),
        ("2504.20013", "answered", "query_api", []),
        ("2608.00002", "deleted", "arXivRaw", None),
        ("2608.00003", "withdrawn", "arXivRaw", []),
    ]
    papers = bench.rows(home, "select * from papers order by arxiv_id")
    assert make_older(home) == 2
    assert run("rebuild").exit_code == 0
    assert bench.rows(home, LOOKUPS) == [
        ("2504.20006", "unknown", "query_api", None),
        ("2504.20013", "answered", "query_api", None),
        ("2608.00002", "deleted", None, None),
        ("2608.00003", "withdrawn", "arXivRaw", None),
    ]
    assert bench.rows(home, "select * from papers order by arxiv_id") == papers
    assert run("verify").exit_code == 0


@pytest.mark.slow
def test_old_and_new_packages_stand_side_by_side(seed_home, run, server, made, bench, make_older, tmp_path):
    home = shutil.copytree(seed_home, tmp_path / "home")
    server.answer = made.api({one: made.atom_entry(one) for one in ("2504.20013", "2504.20006")})
    assert run("enrich", "--ids", "2504.20013").exit_code == 0
    assert make_older(home) == 1
    assert run("rebuild").exit_code == 0
    assert run("enrich", "--ids", "2504.20006").exit_code == 0
    before = bench.hash_of(home)
    assert run("rebuild").exit_code == 0
    assert bench.hash_of(home) == before
    assert bench.rows(home, LOOKUPS) == [
        ("2504.20006", "answered", "query_api", []),
        ("2504.20013", "answered", "query_api", None),
    ]
