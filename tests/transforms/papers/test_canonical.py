from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import permutations

import polars as pl
import pytest

from paperhouse.transforms.arxiv.identifiers import submitted_month
from paperhouse.transforms.papers.canonical import (
    choose_records,
    rank_variants,
    submitted_month_of,
    variant_rows,
)
from paperhouse.transforms.tables import PACKAGE_TABLES, WAREHOUSE_TABLES

PAPER = "2504.00001"
DAY_1, DAY_2, DAY_3 = date(2025, 4, 8), date(2025, 4, 9), date(2025, 4, 10)
MASKED = "Code at this https URL and data at this https URL."
HALF = "Code at https://github.com/x/y and data at this https URL."
REAL = "Code at https://github.com/x/y and data at https://x.org/d."


@dataclass
class Said:
    """One wording of the paper, the days on which it was listed, and what was said beside it."""

    variant_id: int
    days: list[date | None] = field(default_factory=lambda: [DAY_1])
    title: str = "A title"
    authors: list[str] = field(default_factory=lambda: ["Ann Lee", "Bob Ray"])
    authors_completeness: str = "full"
    abstract: str | None = "Words."
    abstract_completeness: str = "full"
    version: int | None = None
    source_kind: str = "digest"
    particulars: dict | None = None
    arxiv_id: str = PAPER


@pytest.fixture
def facts(frame):
    def build(*said: Said):
        wordings = frame(PACKAGE_TABLES["wordings"], [vars(one) for one in said])
        listed, told = [], []
        for one in said:
            if one.particulars is not None:
                told.append({"particulars_id": one.variant_id, "arxiv_id": one.arxiv_id, **one.particulars})
            listed += [
                {
                    "digest_id": f"{one.variant_id}-{number}",
                    "position": 1,
                    "line_start": 1,
                    "line_end": 1,
                    "arxiv_id": one.arxiv_id,
                    "variant_id": one.variant_id,
                    "particulars_id": one.variant_id if one.particulars is not None else None,
                }
                for number, _ in enumerate(one.days)
            ]
        days = pl.Series("digest_date", [day for one in said for day in one.days], dtype=pl.Date)
        is_arxiv = pl.Series([one.source_kind == "arxiv" for one in said for _ in one.days], dtype=pl.Boolean)
        listings = frame(WAREHOUSE_TABLES["listings"], listed).with_columns(
            days,
            repeats_digest_id=pl.lit(None, pl.String),
            is_arxiv=is_arxiv,
            is_answer=pl.lit(value=False),
            said_date=days,
        )
        return wordings, listings, frame(WAREHOUSE_TABLES["particulars"], told)

    return build


@pytest.fixture
def record(facts):
    """The canonical record, the same whatever the order of the wordings."""

    def choose(*said: Said) -> dict:
        records = []
        for order in permutations(said):
            wordings, listings, particulars = facts(*order)
            ranked = rank_variants(wordings, listings)
            records += choose_records(ranked, listings, particulars).to_dicts()
        assert all(one == records[0] for one in records)
        return records[0]

    return choose


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (
            Said(9, authors_completeness="full"),
            Said(1, authors_completeness="truncated", version=9, source_kind="arxiv"),
        ),
        (Said(9, authors_completeness="truncated"), Said(1, authors_completeness="first_only", version=9)),
        (
            Said(9, authors_completeness="first_only"),
            Said(1, authors=[], authors_completeness="none", version=9),
        ),
        (
            Said(9, abstract_completeness="full"),
            Said(1, abstract_completeness="truncated", version=9, source_kind="arxiv"),
        ),
        (
            Said(9, abstract_completeness="truncated"),
            Said(1, abstract=None, abstract_completeness="none", version=9),
        ),
        (
            Said(9, abstract=None, abstract_completeness="none"),
            Said(1, authors_completeness="truncated", version=9),
        ),
        (Said(9, version=2), Said(1, version=1, source_kind="arxiv", days=[DAY_3])),
        (Said(9, version=1), Said(1, version=None, source_kind="arxiv", days=[DAY_3])),
        (Said(9, source_kind="arxiv"), Said(1, days=[DAY_3])),
        (Said(9, days=[DAY_2]), Said(1, days=[DAY_1])),
        (Said(9, days=[DAY_1, DAY_3]), Said(1, days=[DAY_2, DAY_2])),
        (Said(9, days=[DAY_1]), Said(1, days=[None])),
        (Said(8), Said(9)),
    ],
    ids=[
        "full_authors_before_truncated",
        "truncated_authors_before_first_only",
        "first_author_before_none",
        "full_abstract_before_truncated",
        "truncated_abstract_before_none",
        "authors_before_abstract",
        "highest_version",
        "a_version_before_none",
        "arxiv_before_digest",
        "latest_date",
        "latest_of_all_its_dates",
        "a_date_before_none",
        "smallest_variant_id",
    ],
)
def test_rule_1(record, better, worse):
    assert record(better, worse)["variant_id"] == better.variant_id


def test_a_cut_list_of_a_newer_version_never_replaces_a_full_one(record):
    paper = record(
        Said(1, version=1, authors=["Ann Lee", "Bob Ray"]),
        Said(2, version=3, authors=["Ann Lee"], authors_completeness="first_only", days=[DAY_3]),
    )
    assert (paper["authors"], paper["n_authors"], paper["version"]) == (["Ann Lee", "Bob Ray"], 2, 1)


def test_a_cut_abstract_never_replaces_a_full_one_of_another_wording(record):
    paper = record(
        Said(1, abstract="Wor", abstract_completeness="truncated"),
        Said(2, authors=[], authors_completeness="none", abstract="Words."),
    )
    assert (paper["variant_id"], paper["abstract"], paper["abstract_completeness"]) == (1, "Words.", "full")
    assert paper["authors"] == ["Ann Lee", "Bob Ray"]


def test_the_record_is_taken_whole(record):
    paper = record(
        Said(1, title="Old title", version=1, abstract="Old."),
        Said(2, title="New title", version=2, abstract="New."),
    )
    assert (paper["title"], paper["abstract"], paper["version"]) == ("New title", "New.", 2)


@pytest.mark.parametrize(
    ("said", "abstract"),
    [
        ((Said(1, abstract=MASKED), Said(2, abstract=REAL)), REAL),
        ((Said(2, abstract=MASKED), Said(1, abstract=REAL)), REAL),
        ((Said(1, abstract=MASKED, days=[DAY_3], source_kind="arxiv"), Said(2, abstract=REAL)), REAL),
        ((Said(1, abstract=MASKED), Said(2, abstract=HALF)), HALF),
        ((Said(1, abstract=MASKED), Said(2, abstract=HALF), Said(3, abstract=REAL)), REAL),
        (
            (Said(1, abstract="At this http URL."), Said(2, abstract="At http://x.org/y.")),
            "At http://x.org/y.",
        ),
    ],
    ids=["masked_first", "masked_last", "masked_is_better_otherwise", "half_masked", "least_masked", "http"],
)
def test_a_masked_url_gives_way_to_the_url(record, said, abstract):
    assert record(*said)["abstract"] == abstract


@pytest.mark.parametrize(
    "other",
    [
        Said(2, abstract=REAL.replace("data", "more data")),
        Said(2, abstract=REAL, title="Another title"),
        Said(2, abstract=REAL, authors=["Ann Lee"]),
        Said(2, abstract=None, abstract_completeness="none"),
    ],
    ids=["other_words", "other_title", "other_authors", "no_abstract"],
)
def test_wordings_that_differ_in_more_than_urls_are_a_conflict(record, other):
    assert record(Said(1, abstract=MASKED), other)["variant_id"] == 1


def test_the_unmasked_wording_takes_the_first_place_and_the_others_keep_their_order(facts):
    wordings, listings, _ = facts(
        Said(1, abstract=MASKED, days=[DAY_3]),
        Said(2, abstract="Else.", days=[DAY_2]),
        Said(3, abstract=REAL),
    )
    ranked = rank_variants(wordings, listings)
    assert ranked.select("variant_id", "rank").rows() == [(3, 0), (1, 1), (2, 2)]


def test_what_the_record_leaves_out_comes_from_the_next_best_that_says_it(record):
    paper = record(
        Said(1, version=3, particulars={"comment": "9 pages"}),
        Said(2, version=2, particulars={"comment": "8 pages", "doi": "10.1/x"}),
        Said(
            3,
            version=1,
            particulars={
                "doi": "10.1/y",
                "journal_ref": "J. 1",
                "updated_at": datetime(2025, 4, 8, tzinfo=UTC),
            },
        ),
    )
    assert (paper["comment"], paper["doi"], paper["journal_ref"]) == ("9 pages", "10.1/x", "J. 1")
    assert paper["updated_at"] == datetime(2025, 4, 8, tzinfo=UTC)
    assert paper["published_at"] is None


def test_primary_category_and_categories_come_from_one_statement(record):
    paper = record(
        Said(1, version=3, particulars={"comment": "9 pages"}),
        Said(2, version=2, particulars={"categories": ["cs.IR"]}),
        Said(3, version=1, particulars={"primary_category": "cs.AI", "categories": ["cs.AI"]}),
    )
    assert (paper["primary_category"], paper["categories"]) == (None, ["cs.IR"])


def test_of_two_statements_beside_one_wording_the_later_counts(facts):
    wordings, listings, particulars = facts(Said(1, days=[DAY_1, DAY_2], particulars={"comment": "old"}))
    newer = particulars.with_columns(particulars_id=pl.lit(5, pl.Int64), comment=pl.lit("new"))
    on_second_day = pl.when(pl.col("digest_date") == DAY_2).then(5).otherwise("particulars_id")
    listings = listings.with_columns(on_second_day.alias("particulars_id"))
    records = choose_records(rank_variants(wordings, listings), listings, pl.concat([particulars, newer]))
    assert records["comment"].to_list() == ["new"]


def test_a_paper_counts_its_listings_variants_and_dates(record):
    paper = record(Said(1, days=[DAY_2, None]), Said(2, title="Else", days=[DAY_1, DAY_3]))
    assert (paper["n_listings"], paper["n_variants"]) == (4, 2)
    assert (paper["first_listed_date"], paper["last_listed_date"]) == (DAY_1, DAY_3)


def test_an_author_count_is_null_where_nobody_names_authors(record):
    assert record(Said(1, authors=[], authors_completeness="none"))["n_authors"] is None


def test_papers_do_not_mix(facts):
    other = "hep-th/9901001"
    wordings, listings, particulars = facts(
        Said(1, abstract=MASKED), Said(2, abstract=REAL, arxiv_id=other), Said(3, version=5, arxiv_id=other)
    )
    ranked = rank_variants(wordings, listings)
    records = choose_records(ranked, listings, particulars)
    assert records.select("arxiv_id", "variant_id").rows() == [(PAPER, 1), (other, 3)]


@pytest.mark.parametrize(
    "arxiv_id", ["2504.00001", "0704.0001", "hep-th/9901001", "math/0309136", "cs/9108001", "math/0001001"]
)
def test_the_month_in_a_frame_is_the_month_of_the_identifier(arxiv_id):
    months = pl.DataFrame({"arxiv_id": [arxiv_id]}).select(submitted_month_of(pl.col("arxiv_id"))).to_series()
    assert months.to_list() == [submitted_month(arxiv_id)]


def test_variants_keep_only_text_that_is_not_their_papers(facts):
    wordings, listings, particulars = facts(
        Said(1, version=2),
        Said(2, title="Old", authors=["A. Lee"], abstract="Old words."),
        Said(
            3,
            authors=[],
            authors_completeness="none",
            abstract=None,
            abstract_completeness="none",
            title="Old",
        ),
        Said(4, authors=["Ann Lee\x1fBob Ray"]),
    )
    ranked = rank_variants(wordings, listings)
    rows = variant_rows(ranked, choose_records(ranked, listings, particulars)).sort("variant_id")
    assert rows.select("title", "authors", "abstract").rows() == [
        (None, None, None),
        ("Old", ["A. Lee"], "Old words."),
        ("Old", None, None),
        (None, ["Ann Lee\x1fBob Ray"], None),
    ]
