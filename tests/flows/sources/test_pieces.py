"""A large snapshot is read in pieces: bounded in memory, the same papers, lines and counts as if read whole."""

import json
from pathlib import Path

import pytest

from paperhouse.flows.sources import pieces
from paperhouse.flows.sources.files import FoundFile, read_file
from paperhouse.transforms.text.path_metadata import Place


def line(month, number, pad=0):
    record = {
        "id": f"{month}.{number:05d}",
        "authors": "Ann Lee",
        "title": f"T{number}",
        "categories": "cs.AI",
        "abstract": "x" * pad,
        "versions": [{"version": "v1", "created": "Mon, 2 Apr 2007 19:18:42 GMT"}],
        "update_date": "2015-11-26",
        "authors_parsed": [["Lee", "Ann", ""]],
    }
    return json.dumps(record) + "\n"


def found(path):
    return FoundFile(path, Place(path.name, path.parts))


@pytest.fixture
def small_pieces(monkeypatch):
    monkeypatch.setattr(pieces, "LEAST_BYTES", 1_000)
    monkeypatch.setattr(pieces, "MOST_BYTES", 4_000)
    monkeypatch.setattr(pieces, "WORTH_BYTES", 8_000)


def write_snapshot(path: Path, months=("1501", "1502", "1503"), per_month=30):
    path.write_text(
        "".join(line(month, number) for month in months for number in range(1, per_month + 1)), "utf-8"
    )
    return path


def contents(path):
    return [read_file(one, 10**9) for one in pieces.pieces_of(found(path))]


@pytest.mark.usefixtures("small_pieces")
def test_pieces_are_the_file_in_order_without_a_gap(tmp_path):
    path = write_snapshot(tmp_path / "s.json")
    parts = contents(path)
    assert len(parts) > 3
    assert b"".join(parts) == path.read_bytes()
    assert all(part.endswith(b"\n") and len(part) <= 4_000 for part in parts)


@pytest.mark.usefixtures("small_pieces")
def test_first_lines_are_those_of_the_file(tmp_path):
    path = write_snapshot(tmp_path / "s.json")
    lines = path.read_bytes().splitlines(keepends=True)
    for one in pieces.pieces_of(found(path)):
        assert read_file(one, 10**9).startswith(lines[one.first_line - 1])


@pytest.mark.usefixtures("small_pieces")
def test_a_change_in_one_month_leaves_the_pieces_of_other_months_alone(tmp_path):
    before = contents(write_snapshot(tmp_path / "a.json"))
    changed = tmp_path / "b.json"
    changed.write_text(
        "".join(
            line(month, n, 500 if (month, n) == ("1502", 3) else 0)
            for month in ("1501", "1502", "1503")
            for n in range(1, 31)
        ),
        "utf-8",
    )
    after = contents(changed)
    same = set(before) & set(after)
    assert all(b'"1502.' in part for part in set(before) - same)
    assert sum(b'"1503.' in part or b'"1501.' in part for part in same) >= 4


@pytest.mark.usefixtures("small_pieces")
def test_a_line_that_never_ends_is_divided(tmp_path):
    path = tmp_path / "s.json"
    path.write_text(line("1501", 1) + "{" + "x" * 20_000, "utf-8")
    parts = contents(path)
    assert b"".join(parts) == path.read_bytes()
    assert max(map(len, parts)) <= 4_000


@pytest.mark.usefixtures("small_pieces")
def test_a_small_snapshot_and_a_large_file_of_another_kind_are_read_whole(tmp_path):
    small = write_snapshot(tmp_path / "small.json", months=("1501",), per_month=3)
    large = tmp_path / "large.jsonl"
    large.write_text('{"id": "2504.00001", "title": "T", "summary": "a"}\n' * 1_000, "utf-8")
    assert [one.span for one in pieces.pieces_of(found(small))] == [None]
    assert [one.span for one in pieces.pieces_of(found(large))] == [None]


def test_a_file_that_is_gone_is_left_for_the_reader(tmp_path):
    assert pieces.pieces_of(found(tmp_path / "gone.json")) == [found(tmp_path / "gone.json")]


@pytest.mark.usefixtures("small_pieces")
def test_a_snapshot_in_pieces_is_answers_with_the_lines_of_the_file(bench, tmp_path):
    given = tmp_path / "given"
    given.mkdir()
    path = write_snapshot(given / "arxiv-metadata-oai-snapshot.json")
    home = tmp_path / "home"
    summary = bench.ingest(home, given)
    assert (summary.n_entries, summary.n_papers_new, summary.n_rejects) == (90, 90, 0)
    assert bench.rows(
        home,
        "select count(*), count(distinct path), sum(n_listings) from digests, (select sum(n_listings) as n_listings from papers) group by all",
    )[0][1:] == (1, 0)
    assert bench.rows(home, "select (select count(*) from answers), (select count(*) from listings)") == [
        (90, 0)
    ]
    lines = path.read_text("utf-8").split("\n")
    for arxiv_id, line_start in bench.rows(home, "select arxiv_id, line_start from answers"):
        assert json.loads(lines[line_start - 1])["id"] == arxiv_id
    assert bench.ingest(home, given).n_digests == 0


def test_a_snapshot_whole_and_in_pieces_give_the_same_papers(bench, tmp_path, monkeypatch):
    given = tmp_path / "given"
    given.mkdir()
    write_snapshot(given / "s.json")
    papers = "select arxiv_id, title, version, primary_category, published_at from papers order by all"
    bench.ingest(tmp_path / "whole", given)
    monkeypatch.setattr(pieces, "LEAST_BYTES", 1_000)
    monkeypatch.setattr(pieces, "MOST_BYTES", 4_000)
    monkeypatch.setattr(pieces, "WORTH_BYTES", 8_000)
    bench.ingest(tmp_path / "pieces", given)
    assert bench.rows(tmp_path / "pieces", papers) == bench.rows(tmp_path / "whole", papers)
    assert bench.rows(tmp_path / "pieces", "select count(*) > 5 from digests") == [(True,)]
