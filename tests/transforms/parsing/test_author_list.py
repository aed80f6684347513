import pytest

from paperhouse.transforms.digest import Entry, Parsed
from paperhouse.transforms.parsing.author_list import is_plain, settle_names, split_names
from paperhouse.transforms.parsing.repairs import Repair, repair_parsed, settle_authors


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("A, B and C", ["A", "B", "C"]),
        ("A, B, and C", ["A", "B", "C"]),
        ("A, and B, C", ["A", "and B", "C"]),
        ("A and B", ["A", "B"]),
        ("Chenglong Bao & Kaisheng Ma", ["Chenglong Bao", "Kaisheng Ma"]),
        ("C. Bal\\'azs and E. L. Berger", ["C. Bal\\'azs", "E. L. Berger"]),
        ("{\\L}. Ukasz and O. {\\'A}lvarez", ["{\\L}. Ukasz", "O. {\\'A}lvarez"]),
        ("Jan van der Berg and María de la Cruz", ["Jan van der Berg", "María de la Cruz"]),
        ("Ann Lee and Bo Wu, Cy Fu", ["Ann Lee", "Bo Wu", "Cy Fu"]),
    ],
)
def test_and_parts_the_names_of_persons_and_goes_before_the_last(written, names):
    assert settle_names(split_names(written)).names == names


@pytest.mark.parametrize(
    "name",
    [
        "Search and Rescue Team",
        "Pierre Auger and Telescope Array Collaborations",
        "Department of Physics and Astronomy",
        "AT&T Labs",
        "R&D Team",
        "Pierre et Marie",
        "Jane (and John) Doe",
        "Ann Lee (Alibaba Group)",
        "Anderson Sandy",
        "Li Andrea",
        "Ann Lee: MIT",
    ],
)
def test_a_name_that_holds_a_divider_as_its_own_stays_whole(name):
    assert settle_names([name, "Bo Wu"]).names == [name, "Bo Wu"]


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("ATLAS Collaboration: G. Aad, B. Abbott", ["ATLAS Collaboration", "G. Aad", "B. Abbott"]),
        ("NVIDIA: Ann Lee", ["NVIDIA", "Ann Lee"]),
        ("DeepSeek-AI: Ann Lee, Bo Wu", ["DeepSeek-AI", "Ann Lee", "Bo Wu"]),
        (
            "The LIGO Scientific Collaboration and the Virgo Collaboration",
            ["The LIGO Scientific Collaboration", "the Virgo Collaboration"],
        ),
    ],
)
def test_a_collaboration_is_an_author_before_its_members(written, names):
    assert settle_names(split_names(written)).names == names


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("Martin Luther King, Jr., Ann Lee", ["Martin Luther King, Jr.", "Ann Lee"]),
        ("John Doe, III, Ann Lee", ["John Doe, III", "Ann Lee"]),
        ("Peter Stockinger (PLIDAM, ESCOM), Ann Lee", ["Peter Stockinger (PLIDAM, ESCOM)", "Ann Lee"]),
        ("Ann Lee (never closed, Bo Wu", ["Ann Lee (never closed", "Bo Wu"]),
        ("Ann Lee, Ph.D., Bo Wu", ["Ann Lee", "Ph.D.", "Bo Wu"]),
    ],
)
def test_a_comma_inside_of_a_name_does_not_part_it(written, names):
    assert settle_names(split_names(written)).names == names


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("Ann Lee et al.", ["Ann Lee"]),
        ("Ann Lee, Bo Wu, et al", ["Ann Lee", "Bo Wu"]),
        ("Ann Lee, others", ["Ann Lee"]),
        ("Ann Lee and others", ["Ann Lee"]),
        ("Ann Lee, + 5 more", ["Ann Lee"]),
        ("李明, 王芳等", ["李明", "王芳"]),
        ("Ann Lee, Bo Wu 等 5 位作者", ["Ann Lee", "Bo Wu"]),
        ("Ann Lee, Bo Wu, ...", ["Ann Lee", "Bo Wu"]),
    ],
)
def test_a_list_that_says_it_is_cut_is_known_as_cut(written, names):
    settled = settle_names(split_names(written))
    assert (settled.names, settled.is_cut) == (names, True)


def test_numbers_of_affiliations_are_no_part_of_the_names():
    written = "Andy Anderson (1), Bert Brown (2 and 3) ((1) MIT, (2) ETH, (3) CERN)"
    settled = settle_names(split_names(written))
    assert (settled.names, settled.affiliations) == (["Andy Anderson", "Bert Brown"], written)


@pytest.mark.parametrize("names", [["Ann Lee"], ["José Álvarez", "Élie İnan"], ["J. Li", "Ivan Ivić"], []])
def test_usual_lists_are_plain(names):
    assert is_plain(names)
    assert settle_names(names).names == names


def entry(authors, completeness="full"):
    return Entry(7, 9, "2504.03624", "T", authors=authors, authors_completeness=completeness)


def test_a_lone_colon_is_dropped_and_recorded():
    stated = entry(["NVIDIA", ":", "Aaron Blakeman"])
    repairs = settle_authors([entry(["Ann Lee"]), stated])
    assert list(repairs) == [Repair(2, "authors[2]", 7, ":", "")]
    assert stated.authors == ["NVIDIA", "Aaron Blakeman"]


def test_a_name_that_was_repaired_and_dropped_is_one_repair():
    parsed = Parsed(entries=[entry(["NVIDIA", "&#58;"])])
    repairs = repair_parsed(parsed, "&#58;", is_repairing=True)
    assert repairs == [Repair(1, "authors[2]", 7, "&#58;", "")]


@pytest.mark.parametrize(
    ("authors", "completeness"),
    [(["Ann Lee", "Bo Wu 等 5 位作者"], "truncated"), (["Ann Lee et al."], "first_only"), ([":"], "none")],
)
def test_completeness_follows_what_was_taken_off(authors, completeness):
    stated = entry(authors)
    list(settle_authors([stated]))
    assert stated.authors_completeness == completeness


def test_a_name_of_a_thousand_groups_is_read_without_a_fault():
    names = settle_names(["ATLAS Team: " * 1_000 + "Ann Lee"])
    assert names.names[0] == "ATLAS Team"
    assert len(names.names) <= 21
