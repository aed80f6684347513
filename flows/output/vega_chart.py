"""Charts as inline SVG, drawn by Vega-Lite (the extra `charts`); without it pages show their tables alone.

Colours are placeholders that the style sheet replaces, so that one drawing serves light and dark.
"""

import json
import re
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from importlib.util import find_spec
from typing import Any, Final

from markupsafe import Markup

INK: Final = "#010101"
LINE: Final = "#020202"
SERIES: Final = tuple(f"#0000{number:02x}" for number in range(0x11, 0x19))
"""The style sheet gives each its colour: Okabe and Ito's, which people who see few colours tell apart."""
N_SERIES: Final = len(SERIES)
_FEW_DAYS: Final = 10
"""So few get a mark each: otherwise the same day would be named twice."""
_FONT: Final = "InterVariable, system-ui, sans-serif"
_VIEW: Final = re.compile(
    r' aria-hidden="true" focusable="false" viewBox="0 0 (?P<width>[\d.]+) (?P<height>[\d.]+)"'
)
_PAPER: Final = "#ffffff"
_PRINTED: Final = dict(
    zip(
        (INK, LINE, *SERIES),
        (
            "#444444",
            "#dddddd",
            "#0072b2",
            "#c98500",
            "#009e73",
            "#b5609a",
            "#4a9fd0",
            "#c55200",
            "#8f8300",
            "#8a8a8a",
        ),
        strict=True,
    )
)
"""The colours of a drawing without a style sheet: those of the light pages."""
_SIZE: Final = re.compile(r' width="(?P<width>\d+)" height="(?P<height>\d+)"')
_TITLES: Final = re.compile(
    r' (?:aria-roledescription|aria-label|aria-hidden|pointer-events|role|class)="[^"]*"'
)
_CONFIG: Final[dict[str, Any]] = {
    "background": None,
    "font": _FONT,
    "view": {"stroke": None},
    "axis": {
        "labelColor": INK,
        "titleColor": INK,
        "gridColor": LINE,
        "domainColor": LINE,
        "tickColor": LINE,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "labelOverlap": True,
    },
    "legend": {"labelColor": INK, "titleColor": INK, "labelFontSize": 12, "orient": "top", "title": None},
    "aria": False,
}


def has_charts() -> bool:
    """Whether the library that draws is installed."""
    return find_spec("vl_convert") is not None


def bars_by_day(
    rows: Sequence[tuple[date, str, int]], label: str, width: int = 640, height: int = 170
) -> Markup:
    """Stacked bars of numbers a day, one colour a series; empty without rows or without the library."""
    names = _largest(rows)
    values = [
        {"day": day.isoformat(), "series": name if name in names else "other lists", "n": n}
        for day, name, n in rows
    ]
    if any(value["series"] == "other lists" for value in values):
        names = [*names, "other lists"]
    encoding = {
        "x": {
            "field": "day",
            "type": "temporal",
            "timeUnit": "utcyearmonthdate",
            "title": None,
            "axis": {"format": "%-d %b", **({"tickCount": "day"} if _span(rows) <= _FEW_DAYS else {})},
        },
        "y": {"field": "n", "type": "quantitative", "title": "papers a day", "aggregate": "sum"},
        "color": _colour(names),
    }
    days = len({day for day, _, _ in rows}) or 1
    mark = {"type": "bar", "width": max(1.0, round(0.7 * width / max(_span(rows), days), 1))}
    return _draw(values, mark, encoding, label, width, height)


def lines_by_month(
    rows: Sequence[tuple[date, str, float]], label: str, title: str, width: int = 640, height: int = 220
) -> Markup:
    """A line a series over months; empty without rows or without the library."""
    names = list(dict.fromkeys(name for _, name, _ in rows))[:N_SERIES]
    values = [
        {"month": month.isoformat(), "series": name, "n": n} for month, name, n in rows if name in names
    ]
    encoding = {
        "x": {
            "field": "month",
            "type": "temporal",
            "timeUnit": "utcyearmonth",
            "title": None,
            "axis": {"format": "%b %Y", "tickCount": "month"},
        },
        "y": {"field": "n", "type": "quantitative", "title": title},
        "color": _colour(names),
    }
    return _draw(values, {"type": "line", "point": True, "strokeWidth": 2}, encoding, label, width, height)


def image_of(chart: Markup) -> str:
    """The drawing as a file of its own, in colours, on white paper."""
    text = str(chart)
    svg = text[text.index("<svg") : text.rindex("</svg>") + len("</svg>")]
    for placeholder, colour in _PRINTED.items():
        svg = svg.replace(f'"{placeholder}"', f'"{colour}"')
    return _VIEW.sub(_sized, svg, count=1).replace(
        ">", f'><rect width="100%" height="100%" fill="{_PAPER}"/>', 1
    )


def _sized(view: re.Match[str]) -> str:
    width, height = view["width"], view["height"]
    return f' width="{width}" height="{height}" viewBox="0 0 {width} {height}"'


def _span(rows: Sequence[tuple[date, str, int]]) -> int:
    days = [day for day, _, _ in rows]
    return (max(days) - min(days)).days + 1 if days else 1


def _largest(rows: Sequence[tuple[date, str, int]]) -> list[str]:
    sums: dict[str, int] = {}
    for _, name, n in rows:
        sums[name] = sums.get(name, 0) + n
    names = sorted(sums, key=lambda name: (-sums[name], name))
    return names if len(names) <= N_SERIES else names[: N_SERIES - 1]


def _colour(names: Sequence[str]) -> dict[str, Any]:
    scale = {"domain": list(names), "range": list(SERIES[: len(names)])}
    return {
        "field": "series",
        "type": "nominal",
        "scale": scale,
        **({"legend": None} if len(names) == 1 else {}),
    }


def _draw(  # noqa: PLR0913, PLR0917 - what is drawn, how, and how large
    values: list[dict[str, Any]],
    mark: dict[str, Any],
    encoding: dict[str, Any],
    label: str,
    width: int,
    height: int,
) -> Markup:
    if not values or not has_charts():
        return Markup()
    spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": width,
        "height": height,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "data": {"values": values},
        "mark": {**mark, "aria": False},
        "encoding": encoding,
        "config": _CONFIG,
    }
    return Markup('<div class="chart" role="img" aria-label="{}" tabindex="0">{}</div>').format(
        label, _svg(json.dumps(spec))
    )


@lru_cache(maxsize=256)
def _svg(spec: str) -> Markup:
    """The drawing of a specification, without what assistive software need not hear: the label says what it is."""
    import vl_convert  # noqa: PLC0415 - an extra, and a JavaScript engine that takes half a second to start

    svg = vl_convert.vegalite_to_svg(json.loads(spec), vl_version="5.20", allowed_base_urls=[])
    svg = _TITLES.sub("", svg)
    size = _SIZE.search(svg)
    if size:
        svg = svg.replace(size[0], ' aria-hidden="true" focusable="false"', 1)
    return Markup(svg)  # noqa: S704 - the engine escapes the text of labels; a test holds it to that
