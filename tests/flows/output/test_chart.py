"""The chart of papers per day is a well-formed drawing whose bars say what was counted."""

import re
from datetime import date

from defusedxml import ElementTree

from paperhouse.flows.output.chart import N_LISTS, OTHER, data_uri, papers_per_day_svg
from paperhouse.warehouse.read.load_report import DayCount

SVG = "{http://www.w3.org/2000/svg}"


def _tips(svg: str) -> list[str]:
    return [title.text for title in ElementTree.fromstring(svg).iter(f"{SVG}title")]


def test_a_bar_for_each_day_and_list_says_its_count():
    svg = papers_per_day_svg(
        [DayCount(date(2025, 4, 30), "AI", 12), DayCount(date(2025, 5, 2), "RAG", 1_200)]
    )
    assert _tips(svg) == ["2025-04-30, AI: 12", "2025-05-02, RAG: 1,200"]


def test_heights_are_in_proportion_and_stand_on_one_line():
    svg = papers_per_day_svg([DayCount(date(2025, 4, 30), "AI", 10), DayCount(date(2025, 5, 1), "AI", 20)])
    bars = [
        bar for bar in ElementTree.fromstring(svg).iter(f"{SVG}rect") if bar.find(f"{SVG}title") is not None
    ]
    low, high = (float(bar.get("height")) for bar in bars)
    assert abs(high - 2 * low) < 0.2
    feet = {round(float(bar.get("y")) + float(bar.get("height"))) for bar in bars}
    assert len(feet) == 1


def test_small_lists_share_one_colour():
    counts = [DayCount(date(2025, 4, 30), f"list {number:02}", 100 - number) for number in range(20)]
    svg = papers_per_day_svg(counts)
    tips = _tips(svg)
    assert len(tips) == N_LISTS + 1
    assert tips[-1] == f"2025-04-30, {OTHER}: {sum(100 - number for number in range(N_LISTS, 20)):,}"
    assert sum(int(tip.rpartition(" ")[2].replace(",", "")) for tip in tips) == sum(
        c.n_papers for c in counts
    )


def test_names_that_look_like_markup_are_text():
    svg = papers_per_day_svg([DayCount(date(2025, 4, 30), '<script>&"', 1)])
    assert "<script>" not in svg
    assert _tips(svg) == ['2025-04-30, <script>&": 1']


def test_papers_without_a_list_are_counted():
    assert _tips(papers_per_day_svg([DayCount(date(2025, 4, 30), None, 3)])) == [
        "2025-04-30, no list, no source: 3"
    ]


def _bars(svg: str) -> list[tuple[float, float]]:
    """Left edge and width of each bar."""
    bars = ElementTree.fromstring(svg).iter(f"{SVG}rect")
    return [(float(b.get("x")), float(b.get("width"))) for b in bars if b.find(f"{SVG}title") is not None]


def test_one_day_is_one_thin_bar_at_the_end_of_a_month():
    svg = papers_per_day_svg([DayCount(date(2025, 4, 30), "AI", 3)])
    ((x, width),) = _bars(svg)
    assert width < 20
    assert x > 500
    assert "2025-04-01 to 2025-04-30" in svg


def test_the_axis_begins_where_the_window_does():
    counts = [DayCount(date(2025, 4, 2), "AI", 3), DayCount(date(2025, 4, 30), "AI", 3)]
    assert "2024-12-01 to 2025-04-30" in papers_per_day_svg(counts, first=date(2024, 12, 1))
    assert "2025-04-01 to 2025-04-30" in papers_per_day_svg(counts, first=date(2025, 4, 20))


def test_bars_of_a_year_can_still_be_seen():
    svg = papers_per_day_svg([DayCount(date(2025, 4, 30), "AI", 3)], first=date(2024, 5, 1))
    assert [width for _, width in _bars(svg)] == [2.0]


def test_no_dated_digest_is_said():
    assert "no digest has a date yet" in papers_per_day_svg([])


def test_the_address_needs_no_network():
    assert re.match(r"data:image/svg\+xml;base64,[A-Za-z0-9+/=]+$", data_uri("<svg/>"))
