"""Pages whose rows stopped are told once, with a list or without, however they are dated."""

from datetime import date

import pytest

from paperhouse.warehouse.read.overview import read_overview
from paperhouse.warehouse.storage.home import Home

JULY = date(2025, 7, 23)
DAYS = [date(2026, 11, day) for day in (20, 23, 24)]


def digests(bench, paths, newest=JULY, source="heading", list_name=None):
    """A digest a day: the same row, and on each page another title."""
    return [
        bench.digest(
            [bench.entry(title=f"A title of {path[-4:]}", stated_date=newest, stated_date_kind="published")],
            day, list_name, path, date_source=source,
        )
        for day, path in zip(DAYS, paths, strict=True)
    ]  # fmt: skip


def pages(bench, home, *held):
    bench.publish(home, [digest for group in held for digest in group])
    return [
        (page.path, page.digest_date, page.newest_row, page.since)
        for page in read_overview(Home(home)).page_rows
    ]


def test_each_page_without_a_list_is_told_once_by_its_newest_digest(bench, tmp_path):
    held = digests(bench, ["a.md"] * 3), digests(bench, ["b.md"] * 3)
    assert pages(bench, tmp_path, *held) == [
        ("a.md", DAYS[-1], JULY, DAYS[0]),
        ("b.md", DAYS[-1], JULY, DAYS[0]),
    ]


@pytest.mark.parametrize(
    ("paths", "source"),
    [
        ([f"README.md@{digit * 12}" for digit in "abc"], "commit"),
        ([f"{day}/README.md" for day in DAYS], "path"),
    ],
    ids=["commits", "dated folders"],
)
def test_versions_of_a_page_are_one_page(bench, tmp_path, paths, source):
    assert pages(bench, tmp_path, digests(bench, paths, source=source)) == [
        (paths[-1], DAYS[-1], JULY, DAYS[0])
    ]


def test_one_dated_file_alone_is_no_page_that_stopped(bench, tmp_path):
    only = digests(bench, [f"{day}/README.md" for day in DAYS], source="path")[-1:]
    assert pages(bench, tmp_path, only) == []


def test_a_page_that_goes_on_is_as_new_as_its_newest_row(bench, tmp_path):
    stopped = digests(bench, ["a.md"] * 3)[:2]
    goes_on = digests(bench, ["a.md"] * 3, newest=date(2026, 11, 22))[2:]
    assert pages(bench, tmp_path, stopped, goes_on) == [("a.md", DAYS[-1], date(2026, 11, 22), DAYS[-1])]
