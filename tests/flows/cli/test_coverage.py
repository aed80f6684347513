"""`paperhouse coverage` and what `status` says of it, on digests that were loaded from files."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from click.testing import CliRunner

from paperhouse.flows.cli.main import main
from paperhouse.flows.output.chart import papers_per_day_svg
from paperhouse.flows.output.coverage_report import coverage_problems, day_counts, gap_rows, gap_text, sum_up
from paperhouse.flows.output.health import judge
from paperhouse.transforms.calendar.announcement_days import announcement_days
from paperhouse.warehouse.read.coverage import Coverage, CoverageDay
from paperhouse.warehouse.read.overview import current_coverage, read_overview
from paperhouse.warehouse.storage.home import Home

DAYS = list(announcement_days(date(2025, 3, 2), date(2025, 4, 4)))
STALE, GONE = DAYS[-2], DAYS[-6]


def section(arxiv_id):
    return f"# Paper {arxiv_id}\n\n**Authors**: Ann Lee  \n\n**Link**: [PDF](https://arxiv.org/pdf/{arxiv_id})  \n\n**Abstract**: Text.  \n\n---\n"


def papers_of(day):
    number = DAYS.index(day)
    return [f"2503.{number * 100 + place:05}" for place in range(12)]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Five weeks of two lists: one shows the day before under STALE, and none of AI came on GONE."""
    folder = tmp_path_factory.mktemp("coverage")
    for day in DAYS:
        shown = papers_of(DAYS[DAYS.index(day) - 1] if day == STALE else day)
        lists = {"AI": shown, "NLP": papers_of(day)[::2]}
        for name, papers in lists.items():
            if (name, day) == ("AI", GONE):
                continue
            path = folder / "digests" / f"{day.day}-{day:%b-%Y}" / name / "README.md"
            path.parent.mkdir(parents=True)
            path.write_text("".join(map(section, papers)))
    ran = CliRunner().invoke(
        main, ["ingest", str(folder / "digests"), "--home", str(folder / "home"), "--source", "lab"]
    )
    assert ran.exit_code == 0, ran.output
    return folder / "home"


def run(home, *arguments):
    return CliRunner().invoke(main, ["coverage", "--home", str(home), *arguments])


def test_days_with_gaps_are_shown_with_their_reason_and_the_rest_is_counted(home):
    ran = run(home, "--format", "json")
    assert ran.exit_code == 0, ran.output
    rows = json.loads(ran.stdout)
    assert [(row["announced_date"], row["reason"], row["lists_at_fault"]) for row in rows] == [
        (str(STALE), "same_as_before", "AI"),
        (str(GONE), "no_digest", "AI"),
    ]
    assert (
        f"{len(DAYS)} days since {DAYS[0]}, 2 with gaps: about 12 papers missing; judged by the lists"
        in ran.stderr
    )


def test_all_days_are_shown_on_request_and_since_a_day(home):
    rows = json.loads(run(home, "--all", "--format", "json", "--since", str(DAYS[-3])).stdout)
    assert [row["reason"] for row in rows] == ["complete", "same_as_before", "complete"]


@pytest.mark.parametrize("form", ["table", "markdown", "csv", "json", "ndjson"])
def test_papers_that_a_list_lacks_and_another_shows_are_named(home, form):
    ran = run(home, "--list", "--format", form)
    assert ran.exit_code == 0
    assert papers_of(STALE)[0] in ran.stdout
    assert papers_of(STALE)[1] not in ran.stdout


def test_days_and_habits_are_not_shown_at_once(home):
    ran = run(home, "--list", "--habits")
    assert ran.exit_code == 2
    assert "give one of them" in ran.output


def test_status_names_the_day_and_the_number_of_papers(home):
    now = datetime(2025, 4, 4, 12, tzinfo=UTC)
    health = judge(read_overview(Home(home)), now, 36)
    (stale,) = [problem for problem in health.problems if problem.startswith(str(STALE))]
    assert stale == (
        "2025-04-03 (Thu): about 6 of the day's papers missing (AI shows an earlier day again); see `paperhouse "
        "coverage --list`, fetch with `paperhouse fill`"
    )
    later = judge(read_overview(Home(home)), now + timedelta(days=30), 36)
    assert not any(problem.startswith(str(STALE)) for problem in later.problems)


def row(**facts):
    values = {
        "announced_date": date(2025, 4, 3),
        "category": "cs.IR",
        "n_announced": 80,
        "n_cross_listed": 30,
        "n_listed": 70,
        "n_missing": 10,
        "n_filled": 0,
        "n_lacking": 0,
        "usual_share": 1.0,
        "shown_by": ("IR whole 100 %",),
        "reason": "papers_missing",
        "lists_at_fault": ("IR",),
        "basis": "feed",
    }
    return CoverageDay(**{**values, **facts})


def test_exact_gaps_are_told_with_their_category_and_all_of_a_day_in_one_line():
    rows = (row(), row(category="cs.CL", n_missing=0, n_lacking=4, lists_at_fault=("NLP",)))
    (line,) = coverage_problems(Coverage(rows, 10), date(2025, 4, 1))
    assert line.startswith(
        "2025-04-03 (Thu): 10 of 80 papers of cs.IR missing (not in IR); 4 papers of cs.CL in other lists only (not in NLP);"
    )


def test_what_was_filled_from_arxiv_is_counted_and_nobody_need_act():
    coverage = Coverage((row(n_filled=10),), 10, 10)
    assert list(coverage_problems(coverage, date(2025, 4, 1))) == []
    assert "1 with gaps: 10 papers missing, 10 of them filled from arXiv;" in sum_up(coverage)


def test_the_days_of_a_page_that_is_told_as_frozen_are_not_told_one_by_one():
    facts = {"basis": "lists", "category": None, "reason": "rows_stopped"}
    rows = tuple(
        row(announced_date=date(2025, 4, day), lists_at_fault=("no list",), **facts) for day in (1, 2, 3)
    )
    other = row(announced_date=date(2025, 4, 3), lists_at_fault=("IR", "no list"), **facts)
    coverage = Coverage((*rows, other), 10)
    assert len(list(coverage_problems(coverage, date(2025, 4, 1)))) == 3
    (line,) = coverage_problems(coverage, date(2025, 4, 1), {"no list"})
    assert "IR, no list has a new date and no new row" in line


def test_what_is_no_gap_is_told_nowhere():
    rows = tuple(row(reason=reason) for reason in ("complete", "part_by_habit", "not_due", "not_followed"))
    coverage = Coverage(rows, 0)
    assert list(coverage_problems(coverage, date(2025, 1, 1))) == []
    assert sum_up(coverage).startswith("1 day since 2025-04-03, 0 with gaps: 0 papers missing; arXiv's")


def test_what_is_far_below_the_habit_is_told_as_an_estimate():
    gap = row(reason="fewer_than_usual", lists_at_fault=(), n_missing=7)
    assert gap_text(gap) == "about 7 of 80 papers of cs.IR missing (far fewer than usual in IR whole 100 %)"
    assert Coverage((gap,), 0).n_missing == 7


def test_gaps_are_rows_and_listed_and_missing_papers_are_drawn(home, tmp_path):
    coverage = current_coverage(Home(home).live)
    rows = gap_rows(coverage)
    assert [(row["day"], row["missing"]) for row in rows] == [
        (f"{STALE} ({STALE:%a})", "about 6"),
        (f"{GONE} ({GONE:%a})", "about 6"),
    ]
    svg = papers_per_day_svg(day_counts(coverage), "Papers listed and missing per day")
    assert f"<title>{STALE}, missing: 6</title>" in svg
    assert "Papers listed and missing per day, " in svg
    assert current_coverage(Home(tmp_path / "none").live) == Coverage()
