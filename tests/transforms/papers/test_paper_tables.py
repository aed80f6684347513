from datetime import date
from itertools import permutations

import polars as pl
import pytest

from paperhouse.transforms.papers.paper_tables import (
    category_rows,
    link_rows,
    links_in_text,
    translation_rows,
    with_note_ids,
)
from paperhouse.transforms.tables import LINK_KINDS, PACKAGE_TABLES, WAREHOUSE_TABLES

KNOWN = frozenset({"cs.IR", "cs.AI", "math.GT"})
CODE, PAGE = "https://github.com/x/y", "https://x.github.io/y"


def stated_links(*links: tuple[str, str, str | None]) -> pl.DataFrame:
    return pl.DataFrame(
        links, schema={"arxiv_id": pl.String, "url": pl.String, "kind": LINK_KINDS}, orient="row"
    )


def classified(*rows) -> pl.DataFrame:
    schema = {"arxiv_id": pl.String, "primary_category": pl.String, "categories": pl.List(pl.String)}
    return pl.DataFrame(rows, schema=schema, orient="row")


@pytest.mark.parametrize(
    ("primary", "codes", "rows"),
    [
        ("cs.IR", ["cs.IR", "cs.AI"], [("cs.AI", False), ("cs.IR", True)]),
        (None, ["cs.IR", "cs.IR"], [("cs.IR", False)]),
        ("cs.IR", None, [("cs.IR", True)]),
        ("cs.IR", ["H.3.3", "68T50"], [("cs.IR", True)]),
        ("cs.NEW", ["cs.NEW", "cs.AI", "cs.OLD"], [("cs.AI", False), ("cs.NEW", True)]),
        (None, None, []),
    ],
    ids=["usual", "no_primary", "primary_alone", "other_classes", "primary_that_the_taxonomy_lacks", "none"],
)
def test_categories_of_a_paper(primary, codes, rows):
    found = category_rows(classified(("p1", primary, codes)), KNOWN)
    assert found.select("category", "is_primary").rows() == rows


def test_a_link_is_one_row_a_paper():
    rows = link_rows(stated_links(("p1", CODE, None), ("p1", CODE, None), ("p2", CODE, "code")))
    assert rows.select("arxiv_id", "url", "kind", "host").rows() == [
        ("p1", CODE, "code", "github.com"),
        ("p2", CODE, "code", "github.com"),
    ]


@pytest.mark.parametrize(
    ("url", "kinds", "kind"),
    [
        (CODE, [None], "code"),
        (PAGE, [None, "code"], "code"),
        (CODE, [None, "project"], "project"),
        (CODE, ["code", "other"], "other"),
        (PAGE, ["dataset", "code"], "code"),
        ("https://x.org", [None], "other"),
    ],
    ids=[
        "guess",
        "said_before_guessed",
        "said_though_guessed_better",
        "said_two",
        "first_kind",
        "unknown_host",
    ],
)
def test_what_a_digest_calls_a_link_goes_before_what_its_host_suggests(url, kinds, kind):
    for order in permutations(kinds):
        rows = link_rows(stated_links(*(("p1", url, one) for one in order)))
        assert rows["kind"].to_list() == [kind]


@pytest.mark.parametrize(
    "kinds", list(permutations([None, "code", "project"])) + list(permutations(["other", "model", None]))
)
def test_links_come_to_the_same_one_by_one_and_all_at_once(kinds):
    held = link_rows(stated_links())
    for kind in kinds:
        held = link_rows(
            pl.concat([held.select("arxiv_id", "url", "kind"), stated_links(("p1", CODE, kind))])
        )
    assert held.equals(link_rows(stated_links(*(("p1", CODE, kind) for kind in kinds))))


def test_links_are_found_in_abstracts_and_comments(frame):
    wordings = frame(
        PACKAGE_TABLES["wordings"],
        [
            {"arxiv_id": "p1", "abstract": f"See {CODE}."},
            {"arxiv_id": "p2"},
            {"arxiv_id": "p3", "abstract": "No."},
        ],
    )
    particulars = frame(
        WAREHOUSE_TABLES["particulars"], [{"arxiv_id": "p2", "comment": f"Page: {PAGE}, 9 pages"}]
    )
    assert links_in_text(wordings, particulars).rows() == [("p1", CODE, None), ("p2", PAGE, None)]


def test_the_latest_translation_counts_then_the_first_in_the_alphabet(frame):
    said = [
        {"arxiv_id": "p1", "language": "zh", "title": "旧", "stated_date": date(2025, 4, 8)},
        {"arxiv_id": "p1", "language": "zh", "title": "新", "stated_date": date(2025, 4, 9)},
        {"arxiv_id": "p1", "language": "zh", "title": "新二", "stated_date": date(2025, 4, 9)},
        {"arxiv_id": "p1", "language": "zh", "title": "无", "stated_date": None},
        {"arxiv_id": "p1", "language": "ja", "title": "題", "stated_date": None},
    ]
    for order in permutations(said):
        rows = translation_rows(frame(WAREHOUSE_TABLES["paper_translations"], order))
        assert rows.select("language", "title").rows() == [("ja", "題"), ("zh", "新")]


def test_a_note_has_its_key_from_what_it_says():
    columns = ["arxiv_id", "kind", "language", "said_by", "text"]
    rows = [
        ("p1", "tldr", None, None, "x"),
        ("p1", "tldr", None, None, "x"),
        ("p1", "tldr", "en", None, "x"),
        ("p2", "tldr", None, None, "x"),
    ]
    ids = with_note_ids(pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row"))[
        "note_id"
    ].to_list()
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3
