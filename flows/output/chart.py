"""Papers per day by list as a drawing: stacked bars in SVG, with no library."""

import base64
from collections.abc import Sequence
from datetime import date, timedelta
from html import escape
from typing import Final

from paperhouse.flows.output.terminal_text import escape_controls
from paperhouse.transforms.calendar.day_window import LEAST_DAYS
from paperhouse.warehouse.read.load_report import DayCount

N_LISTS: Final = 7
"""Lists with a colour of their own, the largest; the others share one."""
OTHER: Final = "other"
NO_LIST: Final = "no list, no source"
# Okabe and Ito's colours, which people who see few colours tell apart; grey is for the others.
_COLOURS: Final = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#999999")
_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM, _RIGHT = 760, 300, 52, 40, 36, 170
_N_TICKS: Final = 4
_THINNEST: Final = 2.0
"""Pixels of a bar's width that the eye still finds."""


def papers_per_day_svg(
    counts: Sequence[DayCount], title: str = "Papers per day by list", first: date | None = None
) -> str:
    """Draw the counts from a first day on, or over a month at least; days that have none are gaps."""
    if not counts:
        return _page(['<text x="20" y="40">no digest has a date yet</text>'], f"{title}: none yet")
    lists = _largest(counts)
    heights = _heights(counts, lists)
    begin, last = min(heights)[0], max(heights)[0]
    first = min(first or begin, begin, last - timedelta(days=LEAST_DAYS - 1))
    n_days = (last - first).days + 1
    tallest = max(sum(heights.get((day, name), 0) for name in lists) for day, _ in heights)
    top = _rounded_up(tallest)
    step = (_WIDTH - _LEFT - _RIGHT) / n_days
    parts = [*_axis(top), *_days(first, n_days, step), *_legend(lists)]
    for number in range(n_days):
        parts += _bar(first + timedelta(number), _LEFT + number * step, step, heights, lists, top)
    return _page(parts, f"{title}, {first} to {last}")


def data_uri(svg: str) -> str:
    """A drawing as an address that needs no network."""
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"


def _largest(counts: Sequence[DayCount]) -> list[str]:
    """Names of the lists, the largest first; what is beyond `N_LISTS` is one name."""
    sums: dict[str, int] = {}
    for count in counts:
        name = count.list_name or NO_LIST
        sums[name] = sums.get(name, 0) + count.n_papers
    names = sorted(sums, key=lambda name: (-sums[name], name))
    return [*names[:N_LISTS], OTHER] if len(names) > N_LISTS else names


def _heights(counts: Sequence[DayCount], lists: Sequence[str]) -> dict[tuple[date, str], int]:
    heights: dict[tuple[date, str], int] = {}
    for count in counts:
        name = count.list_name or NO_LIST
        key = (count.digest_date, name if name in lists else OTHER)
        heights[key] = heights.get(key, 0) + count.n_papers
    return heights


def _rounded_up(number: int) -> int:
    """The next number that a scale of `_N_TICKS` divides into whole steps of 1, 2 or 5 times a power of ten."""
    power = 1
    while True:
        for step in (1, 2, 5):
            if step * power * _N_TICKS >= number:
                return step * power * _N_TICKS
        power *= 10


def _y(number: float, top: int) -> float:
    return _HEIGHT - _BOTTOM - number / top * (_HEIGHT - _TOP - _BOTTOM)


def _axis(top: int) -> list[str]:
    parts = []
    for number in range(0, top + 1, top // _N_TICKS):
        y = _y(number, top)
        parts += [
            f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>',
            f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{number:,}</text>',
        ]
    return parts


def _days(first: date, n_days: int, step: float) -> list[str]:
    every = max(1, -(-n_days // 7))
    return [
        f'<text x="{_LEFT + (number + 0.5) * step:.1f}" y="{_HEIGHT - _BOTTOM + 18}" text-anchor="middle">'
        f"{first + timedelta(number):%d %b}</text>"
        for number in range(0, n_days, every)
    ]


def _legend(lists: Sequence[str]) -> list[str]:
    x = _WIDTH - _RIGHT + 16
    parts = []
    for number, name in enumerate(lists):
        y = _TOP + number * 22
        shown = name if len(name) <= 20 else f"{name[:19]}…"  # noqa: PLR2004 - what fits beside the bars
        parts += [
            f'<rect x="{x}" y="{y}" width="12" height="12" fill="{_COLOURS[number]}"/>',
            f'<text x="{x + 18}" y="{y + 10}">{escape(escape_controls(shown))}</text>',
        ]
    return parts


def _bar(  # noqa: PLR0913, PLR0917 - a bar's place, size and parts
    day: date, x: float, step: float, heights: dict[tuple[date, str], int], lists: Sequence[str], top: int
) -> list[str]:
    parts = []
    below = 0
    for colour, name in zip(_COLOURS, lists, strict=False):
        n_papers = heights.get((day, name), 0)
        if n_papers:
            y = _y(below + n_papers, top)
            parts.append(
                f'<rect x="{x + step * 0.1:.1f}" y="{y:.1f}" width="{max(step * 0.8, _THINNEST):.1f}" '
                f'height="{_y(below, top) - y:.1f}" fill="{colour}">'
                f"<title>{day}, {escape(escape_controls(name))}: {n_papers:,}</title></rect>"
            )
        below += n_papers
    return parts


def _page(parts: Sequence[str], title: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" '
        f'height="{_HEIGHT}" font-family="sans-serif" font-size="12" fill="#333">'
        f'<rect width="100%" height="100%" fill="#fff"/><text x="{_LEFT}" y="22" font-size="14">{escape(title)}</text>'
        f"{''.join(parts)}</svg>"
    )
