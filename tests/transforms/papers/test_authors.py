from datetime import date
from random import Random

import polars as pl
import pytest

from paperhouse.transforms.papers.author_names import author_id, name_key
from paperhouse.transforms.papers.authors import author_rows, paper_author_rows
from paperhouse.transforms.tables import WAREHOUSE_TABLES

DAY_1, DAY_2 = date(2025, 4, 8), date(2025, 4, 9)


def records(**lists: list[str]) -> pl.DataFrame:
    return pl.DataFrame(
        {"arxiv_id": list(lists), "authors": list(lists.values())},
        schema={"arxiv_id": pl.String, "authors": pl.List(pl.String)},
    )


def mentions(*spellings: tuple[str, str], days=(DAY_1, DAY_2)) -> pl.DataFrame:
    rows = [(paper, author_id(name_key(name)), name, *days) for paper, name in spellings]
    schema = {
        "arxiv_id": pl.String,
        "author_id": pl.Int64,
        "name_as_written": pl.String,
        "first_listed_date": pl.Date,
        "last_listed_date": pl.Date,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def test_authors_stand_at_their_positions_from_1():
    rows = paper_author_rows(records(p2=["Bob Ray"], p1=["Ann Lee", "Cid Cox"]))
    assert rows.select("arxiv_id", "position", "name_as_written").rows() == [
        ("p1", 1, "Ann Lee"),
        ("p1", 2, "Cid Cox"),
        ("p2", 1, "Bob Ray"),
    ]
    assert rows["author_id"].to_list() == [
        author_id(name_key(name)) for name in ("Ann Lee", "Cid Cox", "Bob Ray")
    ]


def test_a_name_that_stands_twice_in_one_list_keeps_both_places():
    rows = paper_author_rows(records(p1=["Wei Li", "Ann Lee", "Wei Li", "WEI LI"]))
    assert rows["position"].to_list() == [1, 2, 3, 4]
    assert rows["author_id"].n_unique() == 2


@pytest.mark.parametrize("lists", [{}, {"p1": []}, {"p1": [], "p2": []}])
def test_papers_without_authors_have_no_rows(lists):
    rows = paper_author_rows(records(**lists))
    assert rows.height == 0
    assert set(rows.columns) == set(WAREHOUSE_TABLES["paper_authors"].columns())


@pytest.mark.parametrize(
    ("spellings", "name"),
    [
        (["JOSE LEE", "JOSE LEE", "José Lee"], "JOSE LEE"),
        (["Jose Lee", "José Lee"], "José Lee"),
        (["JOSE LEE", "Jose Lee"], "Jose Lee"),
        (["J Lee", "J. Lee"], "J. Lee"),
        (["Jose Ĺee", "Jose Léé"], "Jose Léé"),
        (["Jöse Lee", "José Lee"], "José Lee"),
    ],
    ids=["most_frequent", "diacritics", "mixed_case", "dots", "most_letters_with_marks", "alphabetical"],
)
def test_display_name(spellings, name):
    stated = mentions(*((f"p{number}", spelling) for number, spelling in enumerate(spellings)))
    for seed in range(5):
        order = Random(seed).sample(range(stated.height), stated.height)
        (row,) = author_rows(stated[order]).to_dicts()
        assert row["name"] == name
        assert row["name_key"] == name_key(name)


def test_an_author_counts_papers_once_and_spans_their_dates():
    stated = pl.concat(
        [mentions(("p1", "Ann Lee"), ("p1", "ANN LEE")), mentions(("p2", "Ann Lee"), days=(None, None))]
    )
    (row,) = author_rows(stated).to_dicts()
    assert (row["n_papers"], row["first_listed_date"], row["last_listed_date"]) == (2, DAY_1, DAY_2)


def test_no_mentions_give_no_authors():
    assert author_rows(mentions()).height == 0
