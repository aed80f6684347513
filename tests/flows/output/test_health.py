"""Healthy or not, as of a moment that the test chooses."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from paperhouse.flows.output.health import health_json, judge
from paperhouse.flows.output.health_screen import N_PROBLEMS, N_ROWS, status_parts
from paperhouse.flows.output.screen import Grid, Line, plain_lines
from paperhouse.transforms.calendar.announcement_days import announcement_days
from paperhouse.warehouse.read.arrivals import Arrival, DigestDay
from paperhouse.warehouse.read.frozen_pages import PageRows
from paperhouse.warehouse.read.overview import Overview, SourceHealth
from paperhouse.warehouse.storage.disk_use import DiskUse

MONDAY_MORNING = datetime(2025, 4, 7, 6, 30, tzinfo=UTC)
FRIDAY = date(2025, 4, 4)
EIGHT_WEEKS = tuple(announcement_days(FRIDAY - timedelta(weeks=8), FRIDAY))
LOAD = {
    "load_id": "L1",
    "trigger": "ingest",
    "finished_at": datetime(2025, 4, 4, 6, 31, tzinfo=UTC),
    "n_digests": 3,
    "n_entries": 1234,
    "n_papers_new": 54,
    "n_papers_changed": 1,
    "n_rejects": 2,
}


def days_of(list_name="AI", dates=EIGHT_WEEKS, source="lab"):
    return tuple(DigestDay(source, list_name, day, 10) for day in dates)


def overview(days=None, **facts) -> Overview:
    days = days_of() if days is None else days
    values = {
        "path": "data/paperhouse.duckdb",
        "n_bytes": 2_900_000,
        "generation": 1,
        "tables": {"papers": 54, "authors": 1287, "digests": 3},
        "last_load": LOAD,
        "last_digest_date": max((row.digest_date for row in days), default=None),
        "rejects": {},
        "n_ids_unaccounted": 0,
        "missing_packages": (),
        "loads": (LOAD,),
        "days": days,
        "disk": DiskUse(2_900_000, 0, 100_000, 0, 0, datetime(2025, 4, 7, 6, tzinfo=UTC)),
    }
    return Overview(**{**values, **facts})


def health(days=None, now=MONDAY_MORNING, folders=(), **facts):
    return judge(overview(days, **facts), now, 36, folders)


def screen(judged) -> str:
    return "\n".join(line for part in status_parts(judged) for line in plain_lines(part))


@pytest.mark.parametrize(
    "now",
    ["2025-04-04 12:00", "2025-04-05 23:00", "2025-04-06 12:00", "2025-04-07 06:30", "2025-04-08 12:59"],
)
def test_a_folder_read_daily_is_healthy_from_friday_until_mondays_digest_is_overdue(now):
    assert health(now=datetime.fromisoformat(now).replace(tzinfo=UTC)).problems == ()


def test_a_day_that_is_overdue_is_stale_and_says_since_when():
    judged = health(now=datetime(2025, 4, 8, 13, tzinfo=UTC))
    assert not judged.is_fresh
    (problem,) = judged.problems
    assert problem.startswith(
        "stale since 2025-04-07: the newest digest is of 2025-04-04, 1 announcement of arXiv"
    )
    assert "not healthy 1 problem; the newest digest is of 2025-04-04 (Fri)" in screen(judged)


@pytest.mark.parametrize(
    ("newest", "now"),
    [
        ("2025-11-27", "2025-12-02 12:00"),  # Thanksgiving: nothing is dated Friday the 28th
        ("2025-12-24", "2026-01-04 12:00"),  # the turn of the year, and a weekend
        ("2025-09-01", "2025-09-03 23:00"),  # Labor Day: nothing is dated Tuesday the 2nd
    ],
)
def test_a_holiday_is_no_failure(newest, now):
    last = date.fromisoformat(newest)
    dates = tuple(announcement_days(last - timedelta(weeks=8), last))
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert health(days_of(dates=dates), moment - timedelta(hours=12)).problems == ()


def test_a_day_that_a_list_left_out_is_a_problem_for_a_week_and_told_for_twelve():
    gone = date(2025, 4, 2)
    days = days_of(dates=[day for day in EIGHT_WEEKS if day != gone]) + days_of("IR")
    judged = health(days)
    assert judged.problems == (
        "2025-04-02 (Wed): no digest of lab / AI; load the day's files once they are there",
    )
    assert "missing     2025-04-02 (1 list)" in screen(judged)
    older = [day for day in EIGHT_WEEKS if day != date(2025, 3, 19)]
    late = health(days_of(dates=older))
    assert late.problems == ()
    assert "missing     2025-03-19 (1 list)" in screen(late)


def test_a_list_that_went_quiet_is_a_problem_until_it_has_ended():
    dates = [day for day in EIGHT_WEEKS if day < date(2025, 3, 24)]
    quiet = health(days_of("IR", dates) + days_of())
    assert quiet.problems == (
        "lab / IR: quiet since 2025-03-21, for 10 announcements; look whether it still publishes",
    )
    together = health(days_of("IR", dates) + days_of("RAG", dates) + days_of())
    assert [problem.partition(":")[0] for problem in together.problems] == ["lab / IR, lab / RAG"]
    ended = health(days_of("IR", [day - timedelta(days=28) for day in dates]) + days_of())
    assert ended.problems == ()
    assert "2 with dates: 0 quiet, 1 ended" in screen(ended)


def test_a_weekly_list_is_not_quiet_after_a_week():
    mondays = [FRIDAY - timedelta(days=4, weeks=number) for number in range(8)]
    assert health(days_of("weekly", mondays) + days_of()).problems == ()


def source_row(**facts) -> SourceHealth:
    values = {
        "source": "lab",
        "list_name": "RAG",
        "n_digests": 10,
        "n_empty_digests": 1,
        "last_digest_date": FRIDAY,
        "median_days_between": 1.0,
        "days_behind": 0,
        "median_entries": 20.0,
        "newest_n_entries": 0,
        "is_empty": True,
        "is_low": True,
        "is_stopped": False,
    }
    return SourceHealth(**{**values, **facts})


@pytest.mark.parametrize(
    ("facts", "is_problem"),
    [
        ({}, True),
        ({"last_digest_date": date(2025, 4, 5)}, False),  # Saturday: nothing was announced
        ({"last_digest_date": date(2025, 3, 14)}, False),  # long ago
        ({"median_entries": 0.0}, False),  # a list that usually holds none
        ({"last_digest_date": None}, False),
    ],
)
def test_an_empty_newest_digest_is_a_problem_where_a_full_one_was_to_be_expected(facts, is_problem):
    problems = health(sources=(source_row(**facts),)).problems
    assert [problem.startswith("the newest digest of lab / RAG holds no paper") for problem in problems] == [
        True
    ] * is_problem


def test_missing_packages_and_folders_that_cannot_be_read_are_problems(tmp_path):
    judged = health(
        missing_packages=("L1", "L2"), folders=[tmp_path, tmp_path / "gone", Path("s3://bucket/a")]
    )
    lost, gone = judged.problems
    assert lost == "packages missing under loads/: L1, L2; restore them from a copy"
    assert gone.startswith(f"{tmp_path}/gone: no such folder, but the settings name it")


def test_without_a_dated_digest_nobody_can_tell():
    judged = health(days=())
    assert judged.problems[0].startswith("no digest has a date, so nobody can tell")
    assert health_json(judged)["n_announcements_behind"] is None


def test_a_healthy_home_on_one_screen():
    arrivals = tuple(Arrival("lab", f"list {number}", 5, 100, 1, FRIDAY) for number in range(20))
    text = screen(health(arrivals=arrivals, rejects={"no_title": 25}))
    lines = text.splitlines()
    assert (
        lines[0]
        == "healthy     the newest digest is of 2025-04-04 (Fri); arXiv's calendar asks for 2025-04-04"
    )
    assert "last run    2025-04-07 06:00 UTC, 0.5 hours ago" in lines
    assert "rejects     20 in the last 7 days, 25 in all: 25 no_title" in lines
    assert sum(line.startswith("  lab / list") for line in lines) == N_ROWS
    assert "            and 12 lists more: paperhouse status --json" in lines
    assert "disk        live 2.9, previous 0.0, packages 0.1, http 0.0, other 0.0 MB" in lines
    assert len(lines) <= 40


def test_many_problems_stay_one_screen():
    judged = health(folders=[Path(f"/nowhere/{number}") for number in range(50)])
    assert len(judged.problems) == 50
    text = screen(judged)
    assert text.count("/nowhere/") == N_PROBLEMS
    assert "and 40 more: paperhouse status --json" in text


def test_all_facts_are_json():
    rows = (source_row(is_empty=False),)
    facts = json.loads(
        json.dumps(health_json(health(arrivals=(Arrival(None, None, 1, 2, 0, None),), sources=rows)))
    )
    assert facts["healthy"] is True
    assert facts["problems"] == []
    assert facts["due_date"] == "2025-04-04"
    assert facts["lists"][0]["newest"] == "2025-04-04"
    assert facts["disk"]["live"] == 2_900_000
    assert facts["arrivals"][0]["newest"] is None
    assert facts["sources"][0]["needs_attention"] is True


def test_names_of_lists_move_no_cursor():
    assert list(plain_lines(Line("a", "x\x1b[2J"))) == ["a           x\\x1b[2J"]
    grid = Grid("g", ("name", "n"), [("字\x1b[1m", "12")], frozenset({"n"}))
    assert list(plain_lines(grid)) == ["g", "  name        n", "  ---------  --", "  字\\x1b[1m  12"]


def test_a_category_whose_feed_is_stale_is_named_though_the_others_are_fresh():
    old = [day for day in EIGHT_WEEKS if day < date(2025, 4, 1)]
    days = days_of() + days_of("cs.IR", source="arxiv") + days_of("cs.CL", old, source="arxiv")
    (problem,) = (one for one in health(days).problems if "feed" in one)
    assert problem == (
        "arXiv's feed of cs.CL is stale: the newest is of 2025-03-31, the calendar asks for 2025-04-04; "
        "run `paperhouse feed cs.CL`"
    )


def test_a_feed_of_several_categories_that_are_read_singly_now_is_not_stale():
    old = [day for day in EIGHT_WEEKS if day < date(2025, 4, 1)]
    new = [day for day in EIGHT_WEEKS if day >= date(2025, 4, 1)]
    days = days_of() + days_of("cs.IR+cs.CL", old, source="arxiv")
    days += days_of("cs.IR", new, source="arxiv") + days_of("cs.CL", new, source="arxiv")
    assert not any("stale" in one for one in health(days).problems)
    assert not any("quiet" in one for one in health(days).problems)


def test_a_feed_that_nobody_reads_any_more_is_no_problem():
    old = [day - timedelta(days=56) for day in EIGHT_WEEKS]
    assert health(days_of() + days_of("cs.IR", old, source="arxiv")).problems == ()


@pytest.mark.parametrize(
    ("newest_row", "is_problem"), [(FRIDAY - timedelta(days=480), True), (FRIDAY - timedelta(days=3), False)]
)
def test_a_page_dated_anew_whose_rows_stopped_is_a_problem(newest_row, is_problem):
    page = PageRows("lab", None, "README.md", FRIDAY, newest_row)
    found = [problem for problem in health(page_rows=(page,)).problems if "holds no row newer" in problem]
    assert bool(found) is is_problem
    assert all(str(newest_row) in problem and "README.md" in problem for problem in found)


def test_a_page_that_ended_long_ago_is_no_problem():
    old = FRIDAY - timedelta(days=200)
    page = PageRows("lab", None, "README.md", old, old - timedelta(days=400))
    assert not [problem for problem in health(page_rows=(page,)).problems if "holds no row" in problem]
