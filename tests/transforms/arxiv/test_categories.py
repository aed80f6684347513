import csv
from pathlib import Path

import pytest

from paperhouse.transforms.arxiv.categories import split_categories

TAXONOMY = Path(__file__).parents[3] / "seeds" / "reference" / "arxiv_categories.csv"


@pytest.fixture(scope="module")
def categories():
    with TAXONOMY.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_taxonomy_has_all_155_categories_sorted_and_unique(categories):
    codes = [row["category"] for row in categories]
    assert list(categories[0]) == ["category", "name", "archive", "group"]
    assert len(codes) == 155
    assert codes == sorted(set(codes))
    assert all(all(row.values()) for row in categories)


def test_every_category_lies_in_its_archive(categories):
    assert all(row["category"].split(".")[0] == row["archive"] for row in categories)


def test_groups_have_the_sizes_that_arxiv_states(categories):
    sizes = {}
    for row in categories:
        sizes[row["group"]] = sizes.get(row["group"], 0) + 1
    assert sizes == {
        "Computer Science": 40,
        "Economics": 3,
        "Electrical Engineering and Systems Science": 4,
        "Mathematics": 32,
        "Physics": 51,
        "Quantitative Biology": 10,
        "Quantitative Finance": 9,
        "Statistics": 6,
    }


def test_both_names_of_an_aliased_category_are_listed_with_one_meaning(categories):
    name = {row["category"]: row["name"] for row in categories}
    pairs = "math-ph math.MP,stat.TH math.ST,math.IT cs.IT,cs.SY eess.SY,cs.NA math.NA"
    for one, other in (pair.split() for pair in pairs.split(",")):
        assert name[one] == name[other]
    assert {"q-fin.EC", "econ.GN"} <= name.keys()


def test_codes_are_split_in_order_and_each_kept_once(categories):
    known = frozenset(row["category"] for row in categories)
    codes = ["cs.IR", " 68T50", "H.3.3; I.2.7", "math.MP", "cs.IR", "math-ph ", "", "68T50", "cs.XX"]
    assert split_categories(codes, known) == (
        ["cs.IR", "math.MP", "math-ph"],
        ["68T50", "H.3.3; I.2.7", "cs.XX"],
    )


def test_no_codes_give_two_empty_lists():
    assert split_categories([], frozenset({"cs.IR"})) == ([], [])
