"""Coverage on made archives: what was taken out is found, and habits, holidays and the night's cut are no gaps."""

import random
from datetime import UTC, date, datetime, time, timedelta
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest

from paperhouse.transforms.calendar.announcement_days import announcement_days, is_announcement_day
from paperhouse.warehouse.schema.ddl import create_tables
from paperhouse.warehouse.schema.relations import create_models

SCRIPT = Path(__file__).parents[2] / "bench" / "coverage_accuracy.py"
FIRST = date(2025, 3, 3)
DAYS = list(announcement_days(FIRST - timedelta(days=1), FIRST + timedelta(days=59)))
NEW_YORK = ZoneInfo("America/New_York")


@pytest.fixture(scope="module")
def accuracy():
    spec = spec_from_file_location("coverage_accuracy", SCRIPT)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    module.N_DAMAGED = 4
    return module


@pytest.fixture(scope="module")
def archive(accuracy):
    """Twelve weeks of a bot: AI, NLP and IR show their categories, newest first; RAG and LLM show what has a word."""
    chance = random.Random(7)
    digests, papers = {}, {}
    for number, day in enumerate(DAYS):
        ids = [
            f"{2503 + number // 20}.{(number % 20) * 300 + place:05}"
            for place in range(chance.randint(110, 130))
        ]
        of = {
            "AI": [one for one in ids if chance.random() < 0.7],
            "NLP": [one for one in ids if chance.random() < 0.4],
        }
        of["IR"] = [one for one in ids if one not in {*of["AI"], *of["NLP"]} or chance.random() < 0.05]
        of["LLM"] = [one for one in ids if chance.random() < 0.3]
        of["RAG"] = [one for one in ids if chance.random() < 0.05] or ids[:1]
        for name, shown in of.items():
            digests[name, day] = [f"{name}-{day}"]
            papers[f"{name}-{day}"] = shown[::-1]
    return accuracy.Archive(digests, papers)


@pytest.fixture(scope="module")
def empty_warehouse():
    with duckdb.connect() as made:
        made.execute("set timezone = 'UTC'")
        create_tables(made)
        create_models(made)
        yield made


@pytest.fixture
def connection(empty_warehouse):
    """An empty warehouse; what a test puts into it is undone after it."""
    empty_warehouse.begin()
    yield empty_warehouse
    empty_warehouse.rollback()


@pytest.fixture
def fill(connection, accuracy):
    """Put lists (name and day to papers) and feeds into an empty warehouse."""

    def fill(lists, feeds=()):
        digests = {key: [f"{key[0]}-{key[1]}"] for key in lists}
        made = accuracy.Archive(digests, {f"{name}-{day}": papers for (name, day), papers in lists.items()})
        accuracy.fill_tables(connection, made, feeds)

    return fill


def findings(connection):
    return {
        (name, day): finding
        for name, day, finding in connection.execute(
            "select list_name, digest_date, finding from list_days where finding <> 'ok'"
        ).fetchall()
    }


@pytest.mark.parametrize(
    "kind",
    [
        "1 % of a day's papers",
        pytest.param("5 % of a day's papers", marks=pytest.mark.slow),
        "1 % of a list",
        pytest.param("5 % of a list", marks=pytest.mark.slow),
        pytest.param("a day", marks=pytest.mark.slow),
        "a list",
        pytest.param("yesterday's list", marks=pytest.mark.slow),
        "yesterday's lists, all",
        pytest.param("rows stop half way", marks=pytest.mark.slow),
    ],
)
def test_with_arxivs_announcements_every_gap_is_found_and_every_paper_named(accuracy, archive, kind):
    result = accuracy.measure(kind, archive, is_announced=True)
    assert (result.n_lists_found, result.n_papers_found) == (result.n_lists, result.n_papers)
    assert result.n_lists > 0
    assert (result.n_false_days, result.n_false_papers, result.n_wrong_lists) == (0, 0, 0)


@pytest.mark.parametrize(
    "kind",
    [
        "a day",
        pytest.param("a list", marks=pytest.mark.slow),
        "yesterday's list",
        pytest.param("yesterday's lists, all", marks=pytest.mark.slow),
        "rows stop half way",
    ],
)
def test_from_lists_alone_missing_stale_and_cut_lists_are_found(accuracy, archive, kind):
    result = accuracy.measure(kind, archive, is_announced=False)
    assert result.n_lists_found == result.n_lists > 0
    assert result.n_false_days == 0


@pytest.mark.parametrize("is_announced", [True, False])
def test_an_undamaged_archive_raises_no_alarm(accuracy, archive, is_announced):
    result = accuracy.measure("nothing", archive, is_announced=is_announced)
    assert (result.n_false_days, result.n_false_papers) == (0, 0)


def daily(name, papers_of=lambda _: 10, days=DAYS[:20]):
    """A list that shows so many papers each day, all of them new."""
    return {
        (name, day): [f"2503.{number:02}{place:03}" for place in range(papers_of(number))]
        for number, day in enumerate(days)
    }


def feed(category, lists, kind="new"):
    return [(category, day, [(paper, kind) for paper in papers]) for (_, day), papers in lists.items()]


def coverage_of(connection, day, category):
    """Announced, cross-listed, listed, missing, reason and basis of one row."""
    return connection.execute(
        "select n_announced, n_cross_listed, n_listed, n_missing, reason, basis from coverage "
        "where announced_date = ? and category is not distinct from ?",
        [day, category],
    ).fetchone()


def test_a_paper_that_arxiv_announced_and_no_list_shows_is_named(connection, fill):
    lists = daily("IR")
    feeds = feed("cs.IR", lists)
    (gone, *_) = lists["IR", DAYS[7]]
    lists["IR", DAYS[7]] = lists["IR", DAYS[7]][1:]
    fill(lists, feeds)
    assert coverage_of(connection, DAYS[7], "cs.IR") == (10, 0, 9, 1, "papers_missing", "feed")
    assert coverage_of(connection, DAYS[6], "cs.IR") == (10, 0, 10, 0, "complete", "feed")
    rows = connection.execute(
        "select announced_date, category, arxiv_id, list_name, is_listed_elsewhere, basis from missing_papers"
    ).fetchall()
    assert rows == [(DAYS[7], "cs.IR", gone, "IR", False, "feed")]


def test_a_list_that_shows_a_tenth_of_a_category_has_no_gap_and_its_habit_is_shown(connection, fill):
    lists = daily("RAG", lambda _: 3)
    feeds = [
        (category, day, papers + [(f"2503.{number:02}9{place:02}", "new") for place in range(27)])
        for number, (category, day, papers) in enumerate(feed("cs.IR", lists))
    ]
    fill(lists, feeds)
    assert coverage_of(connection, DAYS[3], "cs.IR") == (30, 0, 3, 0, "part_by_habit", "feed")
    assert connection.execute("select shown_by from coverage limit 1").fetchone() == (["RAG part 10 %"],)
    assert connection.execute("from missing_papers").fetchall() == []


def test_a_list_of_keywords_that_shows_nothing_of_a_large_day_is_short(connection, fill):
    lists = daily("RAG", lambda _: 20)
    feeds = [
        (category, day, papers + [(f"2503.{number:02}9{place:02}", "new") for place in range(40)])
        for number, (category, day, papers) in enumerate(feed("cs.IR", lists))
    ]
    lists["RAG", DAYS[7]] = lists["RAG", DAYS[7]][:1]
    fill(lists, feeds)
    n_announced, _, n_listed, n_missing, reason, _ = coverage_of(connection, DAYS[7], "cs.IR")
    assert (n_announced, n_listed, reason) == (60, 1, "fewer_than_usual")
    assert 17 <= n_missing <= 19


def test_cross_lists_and_replacements_are_no_gap_of_a_list_of_primary_papers(connection, fill):
    lists = daily("CL")
    feeds = [
        (
            category,
            day,
            papers
            + [(f"2503.{number:02}8{place:02}", "cross") for place in range(5)]
            + [(f"2401.{number:02}7{place:02}", "replace") for place in range(9)],
        )
        for number, (category, day, papers) in enumerate(feed("cs.CL", lists))
    ]
    fill(lists, feeds)
    assert coverage_of(connection, DAYS[3], "cs.CL") == (15, 5, 10, 0, "complete", "feed")
    assert connection.execute("select kind, new_share, cross_share from list_habits").fetchall() == [
        ("primary", 1.0, 0.0)
    ]


def test_a_list_that_has_cross_lists_by_its_habit_misses_one(connection, fill):
    lists = daily("CL")
    feeds = [
        (category, day, [(paper, "cross" if place > 6 else "new") for place, (paper, _) in enumerate(papers)])
        for category, day, papers in feed("cs.CL", lists)
    ]
    lists["CL", DAYS[4]] = lists["CL", DAYS[4]][:-1]
    fill(lists, feeds)
    assert coverage_of(connection, DAYS[4], "cs.CL") == (10, 3, 9, 1, "papers_missing", "feed")


def test_a_category_that_no_list_shows_is_not_followed(connection, fill):
    lists = daily("IR")
    fill(lists, [("cs.CV", DAYS[2], [("2503.99001", "new")])])
    assert coverage_of(connection, DAYS[2], "cs.CV") == (1, 0, 0, 0, "not_followed", "feed")


def test_what_the_night_has_not_brought_yet_is_not_missing_and_the_next_day_it_is(connection, fill):
    lists = daily("IR", days=DAYS[:21])
    feeds = feed("cs.IR", lists)
    del lists["IR", DAYS[20]]
    fill(lists, feeds)
    assert coverage_of(connection, DAYS[20], "cs.IR") == (10, 0, 0, 0, "not_due", "feed")
    connection.execute("delete from digests where list_name = 'IR' and digest_date = ?", [DAYS[19]])
    connection.execute("delete from listings where digest_id = ?", [f"IR-{DAYS[19]}"])
    assert coverage_of(connection, DAYS[19], "cs.IR") == (10, 0, 0, 10, "no_digest", "feed")


def test_a_list_that_is_a_day_late_by_its_habit_misses_nothing(connection, fill):
    lists = daily("IR")
    feeds = feed("cs.IR", lists)
    late = {("IR", day + timedelta(days=1)): papers for (_, day), papers in lists.items()}
    fill(late, feeds)
    assert connection.execute("from missing_papers").fetchall() == []
    assert connection.execute("select usual_delay from list_habits").fetchall() == [(1.0,)]


def test_weekends_and_holidays_are_no_gaps(connection, fill):
    days = list(announcement_days(date(2025, 6, 1), date(2025, 7, 20)))
    assert date(2025, 6, 20) not in days  # the evening of Juneteenth
    fill(daily("AI", days=days))
    assert findings(connection) == {}
    rows = connection.execute("select announced_date, reason from coverage order by all").fetchall()
    assert rows == [(day, "complete") for day in days]


def test_fridays_list_again_on_saturday_is_as_it_should_be_and_on_tuesday_it_is_not(connection, fill):
    lists = daily("AI")
    friday = next(day for day in DAYS if day.weekday() == 4)
    lists["AI", friday + timedelta(days=1)] = lists["AI", friday]
    tuesday = next(day for day in DAYS[5:] if day.weekday() == 1)
    lists["AI", tuesday] = lists["AI", tuesday - timedelta(days=1)]
    fill(lists)
    assert findings(connection) == {
        ("AI", friday + timedelta(days=1)): "no_announcement",
        ("AI", tuesday): "same_as_before",
    }
    assert coverage_of(connection, tuesday, None) == (None, None, 10, 10, "same_as_before", "lists")


def test_an_empty_list_is_found_unless_it_often_is(connection, fill):
    lists = daily("AI", lambda number: 0 if number == 9 else 10)
    lists |= {
        ("Judges", day): [f"2503.5{number:04}"] * (number % 3 > 0) for number, day in enumerate(DAYS[:20])
    }
    fill(lists)
    assert findings(connection) == {("AI", DAYS[9]): "empty"}


def page(number):
    """A page that keeps its old rows: each day has two more."""
    return [f"2503.{place:05}" for place in range(50 + 2 * number)]


def test_a_page_whose_rows_stop_while_its_heading_goes_on_is_found(connection, fill):
    fill({("SLAM", day): page(min(number, 14)) for number, day in enumerate(DAYS[:20])})
    found = findings(connection)
    assert set(found.values()) == {"rows_stopped"}
    assert max(found) == ("SLAM", DAYS[19])
    assert ("SLAM", DAYS[14]) not in found


def test_a_page_that_often_has_nothing_new_has_not_stopped(connection, fill):
    fill({("SLAM", day): page(number // 2) for number, day in enumerate(DAYS[:20])})
    assert findings(connection) == {}


def test_a_heading_of_today_over_rows_of_last_year_is_found_on_the_first_day(connection, fill):
    fill({("SLAM", DAYS[0]): ["2307.17455"]})
    connection.execute("update listings set stated_date = date '2023-07-23'")
    assert findings(connection) == {("SLAM", DAYS[0]): "rows_stopped"}


def test_a_list_that_ended_is_no_gap_and_one_that_pauses_is(connection, fill):
    lists = daily("AI", days=DAYS[:40])
    fill({**lists, **daily("Old", days=DAYS[:15]), **daily("Pause", days=[*DAYS[:15], *DAYS[22:40]])})
    assert findings(connection) == {("Pause", day): "no_digest" for day in DAYS[15:22]}


def test_a_mondays_list_is_not_expected_on_tuesdays(connection, fill):
    mondays = [day for day in DAYS if day.weekday() == 0]
    fill({**daily("AI", days=DAYS), **daily("Weekly", days=[*mondays[:4], *mondays[5:]])})
    assert findings(connection) == {("Weekly", mondays[4]): "no_digest"}


def test_a_feed_of_several_categories_counts_for_each_by_the_papers_own_categories(connection, fill):
    fill(
        daily("IR"),
        [("cs.IR+cs.CL", DAYS[1], [("2503.01000", "new"), ("2503.01001", "new"), ("2503.01002", "new")])],
    )
    for number, categories in enumerate(["cs.IR", "cs.CL", "cs.CL,cs.IR"], 1):
        connection.execute(
            "insert into particulars by name select ? as particulars_id, '2503' as arxiv_id, ? as categories",
            [number, categories.split(",")],
        )
        connection.execute(
            "update listings set particulars_id = ? where digest_id like 'cs.IR+%' and position = ?",
            [number, number],
        )
    rows = connection.execute(
        "select category, arxiv_id, is_cross from arxiv_announcements order by all"
    ).fetchall()
    assert rows == [
        ("cs.CL", "2503.01001", False),
        ("cs.CL", "2503.01002", False),
        ("cs.IR", "2503.01000", False),
        ("cs.IR", "2503.01002", True),
    ]


def add_harvest(connection, papers, set_spec="cs:cs:IR"):
    """Papers with their time of submission, number of versions and day of the last change, as a harvest leaves them."""
    connection.execute(
        "insert into categories values ('cs.IR', 'x', 'cs', 'Computer Science'), ('hep-ph', 'x', 'hep-ph', 'Physics')"
    )
    connection.execute(
        "insert into harvest_points by name select 'h' as digest_id, ? as set_spec, 'arXivRaw' as prefix, "
        "date '2000-01-01' as from_date, timestamptz '2049-01-01' as point_at, 1 as n_replies",
        [set_spec],
    )
    for arxiv_id, submitted_at, version, stated_date in papers:
        connection.execute(
            "insert into paper_versions by name select ? as arxiv_id, 1 as version, ?::timestamptz as submitted_at, "
            "false as is_withdrawn, ?::date as stated_date",
            [arxiv_id, submitted_at, stated_date],
        )
        if version > 1:
            connection.execute(
                "insert into paper_versions by name select ? as arxiv_id, ? as version, ?::timestamptz as submitted_at, "
                "false as is_withdrawn, ?::date as stated_date",
                [arxiv_id, version, submitted_at, stated_date],
            )
        connection.execute("insert into paper_categories values (?, 'cs.IR', true)", [arxiv_id])


def announced_by(submitted_at: datetime) -> date:
    """Date of the announcement by arXiv's schedule, step by step: the next deadline, its evening, the day after."""
    local = submitted_at.astimezone(NEW_YORK)
    deadline = local.date() if local.time() < time(14) else local.date() + timedelta(days=1)
    while deadline.weekday() >= 5:
        deadline += timedelta(days=1)
    evening = deadline + timedelta(days=2 if deadline.weekday() == 4 else 0)
    day = evening + timedelta(days=1)
    while not is_announcement_day(day):
        day += timedelta(days=1)
    return day


def test_a_harvest_gives_the_day_of_announcement_from_the_time_of_submission(connection, fill):
    fill({("IR", date(2024, 1, 2)): ["2401.00001"], ("IR", date(2026, 12, 31)): ["2612.00001"]})
    chance = random.Random(3)
    start = datetime(2024, 1, 10, tzinfo=UTC)
    times = [start + timedelta(minutes=chance.randrange(1000 * 24 * 60)) for _ in range(300)]
    times += [
        datetime(2025, month, 14, hour, minute, tzinfo=UTC)
        for month in (1, 3, 7, 11)
        for hour in (17, 18, 19)
        for minute in (59, 0)
    ]
    papers = [(f"2500.{number:05}", moment, 2, moment.date()) for number, moment in enumerate(times)]
    add_harvest(connection, papers)
    rows = dict(connection.execute("select arxiv_id, announced_date from arxiv_announcements").fetchall())
    assert rows == {arxiv_id: announced_by(moment) for arxiv_id, moment, *_ in papers}


@pytest.mark.parametrize(
    ("submitted", "announced"),
    [
        ("2025-03-04T18:59:00Z", "2025-03-05"),  # Tuesday 13:59 in New York, in winter
        ("2025-03-04T19:00:00Z", "2025-03-06"),  # 14:00: a day later
        ("2025-07-15T17:59:00Z", "2025-07-16"),  # 13:59 in summer
        ("2025-07-15T18:00:00Z", "2025-07-17"),
        ("2025-03-07T12:00:00Z", "2025-03-10"),  # Friday morning: announced on Sunday
        ("2025-03-07T20:00:00Z", "2025-03-11"),  # Friday evening: on Monday
        ("2025-11-26T12:00:00Z", "2025-11-27"),  # Wednesday before Thanksgiving
        ("2025-11-27T12:00:00Z", "2025-12-01"),  # Thanksgiving: nothing that evening
    ],
)
def test_the_nights_cut(connection, fill, submitted, announced):
    fill({("IR", date(2025, 1, 2)): ["2401.00001"], ("IR", date(2026, 1, 2)): ["2612.00001"]})
    add_harvest(connection, [("2503.00001", submitted, 2, submitted[:10])])
    assert connection.execute("select announced_date from arxiv_announcements").fetchall() == [
        (date.fromisoformat(announced),)
    ]


def test_a_paper_held_back_is_of_the_day_on_which_its_record_appeared(connection, fill):
    fill({("IR", date(2025, 1, 2)): ["2401.00001"], ("IR", date(2026, 1, 2)): ["2612.00001"]})
    add_harvest(
        connection,
        [
            ("2503.00001", "2025-03-04T12:00:00Z", 1, "2025-03-11"),  # a week
            ("2503.00002", "2025-03-04T12:00:00Z", 1, "2025-05-20"),  # changed long after it was announced
        ],
    )
    assert connection.execute(
        "select arxiv_id, announced_date from arxiv_announcements order by all"
    ).fetchall() == [
        ("2503.00001", date(2025, 3, 11)),
        ("2503.00002", date(2025, 3, 5)),
    ]


@pytest.mark.parametrize(
    ("set_spec", "categories"),
    [
        (None, {"cs.IR", "hep-ph"}),
        ("cs", {"cs.IR"}),
        ("cs:cs", {"cs.IR"}),
        ("cs:cs:IR", {"cs.IR"}),
        ("physics", {"hep-ph"}),
        ("physics:hep-ph", {"hep-ph"}),
        ("cs:cs:I", set()),
    ],
)
def test_a_harvest_tells_of_the_categories_of_its_set(connection, fill, set_spec, categories):
    fill(daily("IR"))
    add_harvest(connection, [], set_spec)
    found = connection.execute("select distinct category from arxiv_days where basis = 'oai'").fetchall()
    assert {category for (category,) in found} == categories
