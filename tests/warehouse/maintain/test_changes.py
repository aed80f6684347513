"""Changes between generations: from kept files, from packages, and refused where neither is left."""

import shutil
from datetime import UTC, date, datetime

import pytest

from paperhouse.transforms.errors import InputError
from paperhouse.warehouse.maintain.changes import load_ids_until, reading_changes
from paperhouse.warehouse.storage.home import Home

DAYS = [date(2025, 4, day) for day in range(1, 8)]


def changes_of(root, since):
    home = Home(root)
    with reading_changes(home, load_ids_until(home, since)) as result:
        return {row["arxiv_id"]: row for batch in result.batches for row in batch.to_pylist()}


@pytest.fixture(scope="module")
def grown(tmp_path_factory, bench):
    """Five loads: a paper, another, the first anew with more authors, one more, and one without news."""
    root = tmp_path_factory.mktemp("grown") / "home"
    first = bench.entry("2504.00001", "First", authors=["A One"], authors_completeness="first_only")
    bench.publish(root, [bench.digest([first], DAYS[0])])
    bench.publish(root, [bench.digest([bench.entry("2504.00002", "Second")], DAYS[1])])
    bench.publish(
        root, [bench.digest([bench.entry("2504.00001", "First", authors=["A One", "B Two"])], DAYS[2])]
    )
    bench.publish(root, [bench.digest([bench.entry("2504.00003", "Third", categories=["cs.AI"])], DAYS[3])])
    bench.publish(root, [bench.digest([], DAYS[4])])
    return root


def test_an_insert_an_update_and_what_did_not_change(grown):
    found = changes_of(grown, 1)
    assert sorted(found) == ["2504.00001", "2504.00002", "2504.00003"]
    first, third = found["2504.00001"], found["2504.00003"]
    assert first["change"] == "update"
    assert first["before"]["authors"] == ["A One"]
    assert first["after"]["authors"] == ["A One", "B Two"]
    assert {"authors", "n_authors", "authors_completeness", "last_listed_date"} <= set(first["changed"])
    assert "title" not in first["changed"]
    assert (first["load_id"], first["load_ids"]) == ("L003-x", ["L003-x"])
    assert (third["change"], third["before"], third["changed"]) == ("insert", None, None)
    assert third["after"]["categories"] == ["cs.AI"]
    assert third["load_id"] == "L004-x"
    assert changes_of(grown, 4) == {}
    assert changes_of(grown, 5) == {}


@pytest.mark.parametrize("since", [0, 2])
def test_packages_give_what_kept_files_give(grown, tmp_path, since):
    copy = shutil.copytree(grown, tmp_path / "home")
    shutil.rmtree(copy / "previous")
    assert changes_of(copy, since) == changes_of(grown, since)


def test_from_nothing_every_paper_is_an_insert(grown):
    found = changes_of(grown, 0)
    assert {row["change"] for row in found.values()} == {"insert"}
    assert found["2504.00001"]["load_ids"] == ["L001-x", "L003-x"]


def test_nothing_under_the_home_is_written(grown, bench):
    before = bench.files_of(grown)
    changes_of(grown, 1)
    assert bench.files_of(grown) == before


def test_a_time_is_the_generation_that_was_complete_then(grown, bench):
    ((second,),) = bench.rows(grown, "select finished_at from loads where load_id = 'L002-x'")
    home = Home(grown)
    assert load_ids_until(home, second) == ["L001-x", "L002-x"]
    assert load_ids_until(home, datetime(2020, 1, 1, tzinfo=UTC)) == []
    assert len(load_ids_until(home, datetime(2120, 1, 1, tzinfo=UTC))) == 5


@pytest.mark.parametrize("since", [6, -1])
def test_a_generation_that_never_was_is_refused(grown, since):
    with pytest.raises(
        InputError, match=f"generation {since}: there is none; the warehouse is at generation 5"
    ):
        load_ids_until(Home(grown), since)


def test_what_cannot_be_made_again_is_refused_with_what_is_left(grown, tmp_path):
    copy = shutil.copytree(grown, tmp_path / "home")
    shutil.rmtree(copy / "loads" / "L001-x")
    with pytest.raises(InputError, match="missing: L001-x; what is left to compare with: generations 3, 4 "):
        changes_of(copy, 2)
    assert changes_of(copy, 3).keys() == {"2504.00003"}
    shutil.rmtree(copy / "previous")
    with pytest.raises(InputError, match="no earlier one"):
        changes_of(copy, 3)


def test_a_forgotten_paper_is_a_delete_by_the_load_that_forgot_it(tmp_path, seeds, bench):
    from paperhouse.flows.load.pipeline import forget_digests
    from paperhouse.flows.load.plan import Plan

    root = tmp_path / "home"
    bench.ingest(root, seeds)
    ((digest_id, n_papers),) = bench.rows(
        root, "select digest_id, count(*) from listings group by 1 order by 2 desc limit 1"
    )
    forget_digests(Plan(home=root, inputs=(), trigger="forget"), [digest_id])
    ((newest,),) = bench.rows(root, "select max(load_id) from loads")
    found = changes_of(root, 1)
    deleted = [row for row in found.values() if row["change"] == "delete"]
    assert 0 < len(deleted) <= n_papers
    assert {row["load_id"] for row in found.values()} == {newest}
    assert all(row["after"] is None and row["before"]["title"] for row in deleted)


def test_the_command_writes_lines_and_parquet(paperhouse, grown, tmp_path):
    import json

    import pyarrow.parquet as pq

    lines = paperhouse("changes", "--since", "3", "--home", grown)
    assert lines.returncode == 0, lines.stderr
    (row,) = map(json.loads, lines.stdout.splitlines())
    assert (row["change"], row["arxiv_id"], row["before"]) == ("insert", "2504.00003", None)
    done = paperhouse("changes", "--since", "3", "--home", grown, "--format", "parquet", "-o", "c.parquet")
    assert done.returncode == 0, done.stderr
    assert pq.read_table(tmp_path / "c.parquet").column("arxiv_id").to_pylist() == ["2504.00003"]
    refused = paperhouse("changes", "--since", "yesterday", "--home", grown)
    assert refused.returncode == 2
    assert "'yesterday' is neither a generation such as 12 nor a time" in refused.stderr
