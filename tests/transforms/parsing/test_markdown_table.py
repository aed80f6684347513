"""Tables read by their heads: columns, cells and rows."""

from datetime import date
from time import perf_counter

import pytest

from paperhouse.transforms.digest import Entry, Note, Reject, Translation
from paperhouse.transforms.formats import format_named, known_formats
from paperhouse.transforms.parsing.details_cells import details_text
from paperhouse.transforms.parsing.markdown_page import is_all_surroundings, is_dated_line, read_page
from paperhouse.transforms.parsing.markdown_table import (
    fit_row,
    head_of_names,
    is_separator,
    row_end,
    table_head,
)
from paperhouse.transforms.parsing.table_rows import (
    cell_urls,
    first_authors,
    link_text,
    paper_identifier,
    read_row,
)
from paperhouse.transforms.text.lines import count_lines, settle_lines

LINK = "[2605.13741](http://arxiv.org/abs/2605.13741)"
URL = "http://arxiv.org/abs/2605.13741"
CV = head_of_names(["Publish Date", "Title", "Authors", "PDF", "Code"])
CV_ABSTRACT = head_of_names(["Publish Date", "Title", "Authors", "PDF", "Code", "Abstract"])
DAILY = head_of_names(["**Title**", "**Date**", "**Abstract**", "**Comment**"])
PAGE = (
    "## T\n|Publish Date|Title|Authors|PDF|Code|\n|---|---|---|---|---|\n"
    f"|**2026-05-13**|**T**|A et.al.|{LINK}|null|\n"
)


def read(head, row):
    return read_row(head, row, 1, 1 + row.count("\n"), None)


@pytest.mark.parametrize("line", ["|---|---|", "| :---: | --- |", "|:-----|-:|\r", "---|---"])
def test_separator_with_or_without_alignment_and_spaces(line):
    assert is_separator(line)


@pytest.mark.parametrize("line", ["---", "| a | b |", "|||", "", "|---|x|", "- item"])
def test_other_lines_are_no_separator(line):
    assert not is_separator(line)


@pytest.mark.parametrize(
    ("written", "roles"),
    [
        ("|Publish Date|Title|Authors|PDF|Code|", ("date", "title", "authors", "pdf", "code")),
        ("| **Title** | **Date** | **Abstract** | **Comment** |", ("title", "date", "abstract", "comment")),
        (
            "| 标题 | 作者 | 发布日期 | 链接 | 代码 | 摘要 |",
            ("title", "authors", "date", "link", "code", "abstract"),
        ),
        ("| 标题 | Title | 摘要 | Abstract |", ("title_zh", "title", "abstract_zh", "abstract")),
        ("| Title | 标题 | 分类 | 备注 | Mood |", ("title", "title_zh", "categories", "comment", None)),
    ],
)
def test_head_names_become_roles(written, roles):
    head = table_head(written, "|---|")
    assert head is not None
    assert head.roles == roles


def test_line_without_separator_below_is_no_head():
    assert table_head("| Title | Date |", "| a | b |") is None


@pytest.mark.parametrize(
    ("title", "kept"),
    [
        ("**A | B**", "A | B"),
        ("**Bounds on $p(x|y)$**", "Bounds on $p(x|y)$"),
        (r"**The norm $\|x\|$**", r"The norm $\|x\|$"),
        ("**[A | B](http://example.com/a|b)**", "A | B"),
        ("**The Basic B*** Effect**", "The Basic B*** Effect"),
        ("**Foo***", "Foo*"),
        ("Plain [0, 1) Title | Rest", "Plain [0, 1) Title | Rest"),
        ("**Costs $5 | $6 or more $**", "Costs $5 | $6 or more $"),
    ],
)
def test_title_keeps_its_pipes_and_stars(title, kept):
    found = read(CV, f"|**2026-05-13**|{title}|A B et.al.|{LINK}|null|")
    assert isinstance(found, Entry)
    assert (found.title, found.authors, found.arxiv_id) == (kept, ["A B"], "2605.13741")


def test_pipes_in_abstract_after_the_link():
    row = f"|**2026-05-13**|**T**|A et.al.|{LINK}|**[link](https://github.com/a/b)**|Let a | b and | c.|"
    found = read(CV_ABSTRACT, row)
    assert isinstance(found, Entry)
    assert found.abstract == "Let a | b and | c."
    assert found.links == [("https://github.com/a/b", "code")]


@pytest.mark.parametrize(
    "comment", ["10 pages | 3 figures", "", "<details><summary>10 p...</summary><p>10 | 3</p></details>"]
)
def test_pipes_inside_details(comment):
    abstract = "<details><summary>Show</summary><p>a | $b$ | c</p></details>"
    row = f"| **[T]({URL}v1)** | 2026-08-11 | {abstract} | {comment} |"
    found = read(DAILY, row)
    assert isinstance(found, Entry)
    assert (found.abstract, found.version) == ("a | $b$ | c", 1)
    assert found.comment == (details_text(comment) or None)


def test_one_pipe_in_details_does_not_pass_for_the_comment_that_is_left_out():
    row = f"| **[T]({URL})** | 2026-08-11 | <details><summary>Show</summary><p>a | b</p></details> |"
    assert fit_row(DAILY, row) == [
        f"**[T]({URL})**",
        "2026-08-11",
        "<details><summary>Show</summary><p>a | b</p></details>",
        "",
    ]


@pytest.mark.parametrize(
    "row",
    [
        f"|**2026-05-13**|**A | B**|C | D|{LINK}|null|",
        f"|**2026-05-13**|**T**|A et.al.|{LINK}|{LINK}|null|null|",
        f"|{LINK}|",
        f"|**2026-05-13**|{LINK}|null|",
        f"|no date|**T**|A et.al.|{LINK}|null|",
    ],
)
def test_row_that_leaves_a_choice_is_malformed(row):
    found = read(CV, row)
    assert isinstance(found, Reject)
    assert (found.reason, found.text) == ("malformed_row", row)


def test_row_without_a_link_has_no_identifier():
    found = read(CV, "|**2026-05-13**|**T**|A et.al.|null|null|")
    assert isinstance(found, Reject)
    assert found.reason == "no_arxiv_id"


def test_longer_number_is_not_cut_to_an_identifier():
    assert paper_identifier("http://arxiv.org/abs/2605.137411") is None
    assert paper_identifier("http://arxiv.org/abs/1412.12345") is None
    assert paper_identifier("https://arxiv.org/pdf/math.GT/0309136v2.pdf") == ("math/0309136", 2)


@pytest.mark.parametrize(
    ("cell", "names", "completeness"),
    [
        ("Shumon Koga et.al.", ["Shumon Koga"], "first_only"),
        ("Shumon Koga et al.", ["Shumon Koga"], "first_only"),
        ("**Shumon Koga et al**", ["Shumon Koga"], "first_only"),
        ("A B, C D et al.", ["A B", "C D"], "truncated"),
        ("A B, C D", ["A B", "C D"], "full"),
        ("A B", ["A B"], "first_only"),
        ("Sammy Davis, Jr. et.al.", ["Sammy Davis, Jr."], "first_only"),
        ("Piet Al", ["Piet Al"], "first_only"),
        ("et.al.", [], "none"),
        ("null", [], "none"),
        ("", [], "none"),
    ],
)
def test_first_authors(cell, names, completeness):
    assert first_authors(cell) == (names, completeness)


def test_columns_of_every_kind():
    head = head_of_names(["ID", "Title", "标题", "摘要", "分类", "Comment", "Mood", "TLDR", "Updated"])
    cells = [
        "2605.13741v2",
        "A Title",
        "一个标题",
        "这是一段中文摘要。",
        "cs.CV, stat.ML",
        "9 pages",
        "calm",
        "Short.",
    ]
    row = f"| {' | '.join(cells)} | 2026-05-13 |"
    found = read(head, row)
    assert isinstance(found, Entry)
    assert (found.arxiv_id, found.version, found.title) == ("2605.13741", 2, "A Title")
    assert found.translations == [Translation("zh", "一个标题", "这是一段中文摘要。")]
    assert (found.abstract, found.abstract_completeness) == (None, "none")
    assert (found.primary_category, found.categories) == ("cs.CV", ["cs.CV", "stat.ML"])
    assert found.comment == "9 pages"
    assert found.notes == [Note("tldr", "Short."), Note("mood", "calm")]
    assert (found.stated_date, found.stated_date_kind) == (date(2026, 5, 13), "updated")


def test_abstract_cut_in_the_cell_is_truncated_and_line_breaks_stay():
    head = head_of_names(["Date", "Title", "Authors", "Link", "Abstract"])
    found = read(head, f"|2026-05-13|T|A et.al.|{LINK}|One<br>two &amp; three...|")
    assert isinstance(found, Entry)
    assert (found.abstract, found.abstract_completeness) == ("One<br>two &amp; three...", "truncated")


def test_row_runs_on_to_the_line_that_closes_it():
    lines = ["|a|b", "c", "  d|e|", "|f|", "|g", "", "h|"]
    assert [row_end(lines, 0), row_end(lines, 3), row_end(lines, 4)] == [3, 4, 5]


def test_small_readers():
    assert link_text("**[A [b] c](http://x)**") == "A [b] c"
    assert link_text("[a](u) and [b](v)") == "[a](u) and [b](v)"
    assert details_text("<details>  <summary>S</summary> no paragraph </details>") == "no paragraph"
    assert cell_urls("**[https://a.b/c](https://a.b/c)**") == ["https://a.b/c"]
    assert cell_urls("**null**") == []


@pytest.mark.parametrize(
    "line",
    ["## Updated on 2026.06.29", "> Updated on 2022.12.02", "Last update: 2026-08-21", "## 更新日期： 2026.06.29",
     " Automated deployment @ 2021-12-31 21:06:30 Asia/Shanghai", "## !UPDATED  -- 2023.01.02"],
)  # fmt: skip
def test_line_that_dates_the_page(line):
    assert is_dated_line(line)
    assert read_page(line).heading_date is not None


def test_surroundings_never_hold_a_paper_link():
    for line in (
        f"## See {URL}",
        f"![x]({URL})",
        f"> Usage instructions: {URL}",
        f"<!-- {URL} -->",
        f"[a]: {URL}",
    ):
        parsed = read_page(line)
        assert not parsed.furniture
        settle_lines(parsed, line, 1)
        assert [reject.reason for reject in parsed.rejects] == ["not_understood"]


def test_text_that_nobody_knows_is_no_surroundings():
    assert not is_all_surroundings("## Updated on 2026.06.29\nHello there.\n")
    assert is_all_surroundings("## Updated on 2026.06.29\n\n<details>\n</details>\n")


def test_paper_row_without_a_head_is_a_reject():
    parsed = read_page(f"## T\n|**2026-05-13**|**T**|A et.al.|{LINK}|null|\n")
    assert [reject.reason for reject in parsed.rejects] == ["malformed_row"]


def test_hand_made_lists_are_not_claimed():
    awesome = (
        "# Awesome SLAM\n\n## Papers\n\n| Year | Title | Venue | Code |\n|---|---|---|---|\n"
        f"| 2024 | [A Title]({URL}) | CVPR | [code](https://github.com/a/b) |\n\n- [Another]({URL}), 2024\n"
    )
    dated = f"## Updated on 2026.06.29\n\n- [Another]({URL}), 2024\n"
    for text in (awesome, dated, "", "\n", "# Title\n", "|a|b|\n|---|---|\n", '{"SLAM": {"a": "b"}}'):
        assert [known.name for known in known_formats() if known.recognise(text)] == []


HOSTILE = {
    "pipes": "|",
    "open brackets": "[",
    "open links": f"[a]({URL}",
    "closed links": f"]({URL}",
    "dollars": "$|",
    "open details": "<details>|",
    "spaces": "   ",
    "commas": ", ",
    "et al": " et.al",
    "backslashes": "\\|",
    "open urls": "](http://",
    "open contents": "- [](#",
    "open tags": "<p align><a href>",
}


def hostile_pages(unit, size):
    run = unit * (size // len(unit))
    yield PAGE + f"|**2026-05-13**|**{run}**|A et.al.|[x]({URL})|null|\n"
    yield PAGE + f"|**2026-05-13**|**T**|{run}|[x]({URL})|null|\n"
    yield PAGE + run
    yield PAGE + f"- 2022-01-01, **{run}, Paper: [x]({URL})\n"
    yield PAGE + ("|" + unit * 10 + "\n") * (size // (10 * len(unit)))
    yield PAGE + (unit * 10 + "\n") * (size // (10 * len(unit)))


def reading_time(name, page):
    started = perf_counter()
    parsed = format_named(name).parse(page)
    settle_lines(parsed, page, count_lines(page))
    return perf_counter() - started


@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE)
def test_hostile_pages_are_read_and_accounted(unit):
    for page in hostile_pages(unit, 20_000):
        for name in ("cv_arxiv_daily", "storage", "dailyarxiv"):
            parsed = format_named(name).parse(page)
            settle_lines(parsed, page, count_lines(page))


@pytest.mark.slow
@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE)
def test_reading_time_is_linear_in_the_size(unit):
    for small, large in zip(hostile_pages(unit, 250_000), hostile_pages(unit, 1_000_000), strict=True):
        for name in ("cv_arxiv_daily", "dailyarxiv"):
            assert reading_time(name, large) < 10 * reading_time(name, small) + 0.5
