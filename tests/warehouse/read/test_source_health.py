"""Silent failures upstream are told: in `paperhouse status`, as JSON, and in the flow's artifact."""

from datetime import date, timedelta

import pytest

from paperhouse.flows.load.summary import Summary
from paperhouse.flows.output.load_report import N_SHOWN, load_markdown
from paperhouse.warehouse.read.overview import SourceHealth, read_overview, source_health
from paperhouse.warehouse.storage.home import Home

HEALTHY = SourceHealth(
    source="alpha",
    list_name="AI",
    n_digests=10,
    n_empty_digests=0,
    last_digest_date=date(2025, 4, 30),
    median_days_between=1.0,
    days_behind=0,
    median_entries=20.0,
    newest_n_entries=21,
    is_empty=False,
    is_low=False,
    is_stopped=False,
)


def health(**facts) -> SourceHealth:
    return SourceHealth(**{name: facts.get(name, getattr(HEALTHY, name)) for name in HEALTHY.__slots__})


STOPPED = health(list_name="IR", days_behind=9, is_stopped=True, last_digest_date=date(2025, 4, 21))
EMPTY = health(list_name="RAG", newest_n_entries=0, is_empty=True, is_low=True)
LOW = health(source=None, list_name="NLP", newest_n_entries=1, is_low=True, median_days_between=7.0)
UNDATED = health(
    source=None,
    list_name=None,
    n_digests=2,
    n_empty_digests=1,
    last_digest_date=None,
    newest_n_entries=None,
    median_days_between=None,
    days_behind=None,
)


def complaints(*rows) -> list[str]:
    markdown = load_markdown(Summary(home="data"), list(rows))
    return [line for line in markdown.partition("## Source health")[2].splitlines() if line][0:1] + [
        line for line in markdown.partition("| --- | --- | --- |\n")[2].splitlines() if line
    ]


def test_one_row_for_each_source_and_list_that_needs_attention():
    assert complaints(HEALTHY, STOPPED, EMPTY, LOW, UNDATED) == [
        "1 healthy, 4 need attention; 1 of 42 digests hold no entry",
        (
            "| alpha | IR | stopped: none for 9 days before the warehouse's newest digest, usually every day; "
            "last on 2025-04-21 |"
        ),
        "| alpha | RAG | newest digest 2025-04-30 is empty; the median is 20 |",
        "|  | NLP | newest digest 2025-04-30 is low, 1 entry; the median is 20 |",
        "|  |  | 1 of 2 digests, without a date, hold no entry |",
    ]


def test_only_the_first_are_named():
    shown = complaints(*[STOPPED] * 500)
    assert len(shown) == N_SHOWN + 2
    assert shown[-1] == "and 490 more: `select * from source_health`"


def test_names_of_lists_move_no_cursor_and_break_no_table():
    odd = health(source="a|b\x1b[2J", list_name="x\ny", is_empty=True, newest_n_entries=0)
    assert "| a\\|b\\\\x1b\\[2J | x y |" in load_markdown(Summary(home="data"), [odd])


def test_the_artifact_has_a_section_only_if_there_is_anything_to_tell():
    assert "Source health" not in load_markdown(Summary(home="data"), [HEALTHY])
    markdown = load_markdown(Summary(home="data"), [HEALTHY, EMPTY])
    assert markdown.endswith(
        "## Source health\n\n1 healthy, 1 need attention\n\n"
        "| source | list | what is wrong |\n| --- | --- | --- |\n"
        "| alpha | RAG | newest digest 2025-04-30 is empty; the median is 20 |\n"
    )


@pytest.fixture
def failing_home(bench, tmp_path):
    """Lists of one source over ten days: healthy, stopped after three, header only at last, and low at last."""
    days = [date(2025, 4, 1) + timedelta(days=number) for number in range(10)]

    def digest(list_name, day, n_entries):
        entries = [
            bench.entry(f"2504.{number:05d}", f"{list_name} {day}") for number in range(1, n_entries + 1)
        ]
        return bench.digest(entries, day, list_name, source="alpha")

    digests = [digest("AI", day, 4) for day in days]
    digests += [digest("IR", day, 4) for day in days[:3]]
    digests += [digest("RAG", day, 4) for day in days[:-1]] + [digest("RAG", days[-1], 0)]
    digests += [digest("NLP", day, 4) for day in days[:-1]] + [digest("NLP", days[-1], 1)]
    bench.publish(tmp_path, digests)
    return tmp_path


def test_upstream_failures_are_found_in_a_warehouse(failing_home):
    overview = read_overview(Home(failing_home))
    assert overview.sources == tuple(source_health(Home(failing_home).live))
    found = {row.list_name: (row.is_stopped, row.is_empty, row.is_low) for row in overview.sources}
    assert found == {
        "AI": (False, False, False),
        "IR": (True, False, False),
        "NLP": (False, False, True),
        "RAG": (False, True, True),
    }
    assert sum(row.needs_attention for row in overview.sources) == 3


def test_without_a_warehouse_there_is_no_health(tmp_path):
    assert source_health(Home(tmp_path).live) == []
