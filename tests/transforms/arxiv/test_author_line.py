"""arXiv's author line taken apart; each case is a form that arXiv really has."""

import pytest

from paperhouse.transforms.arxiv.author_line import join_name, split_author_line
from paperhouse.transforms.arxiv.records import SplitName
from paperhouse.transforms.papers.author_names import name_key

CASES = {
    "A. One, B. Two and C. Three": (["A. One", "B. Two", "C. Three"], []),
    "A. One, B. Two, and C. Three": (["A. One", "B. Two", "C. Three"], []),
    "A. One and and B. Two & C. Three": (["A. One", "B. Two", "C. Three"], []),
    "A. One, And B. Two": (["A. One", "And B. Two"], []),
    "A. One,\n  B. Two": (["A. One", "B. Two"], []),
    "A.~One, Jos\\~ao Two": (["A. One", "Jos\\~ao Two"], []),
    "A. One (1), B. Two (1 and 2) ((1) Univ. X, (2) Univ. Y)": (
        ["A. One", "B. Two"],
        [(1, "Univ. X"), (2, "Univ. X"), (2, "Univ. Y")],
    ),
    "A. One (1,2), B. Two (2), ((1) Univ. X (C-DAC) Town (2) U.L.B.)": (
        ["A. One", "B. Two"],
        [(1, "Univ. X (C-DAC) Town"), (1, "U.L.B."), (2, "U.L.B.")],
    ),
    "A. One (a), B. Two (b) ((a) Univ. X and (b) Univ. Y)": (["A. One", "B. Two"], [(1, "Univ. X"), (2, "Univ. Y")]),
    "A. One (1), B. Two (3) ((1) Univ. X)": (["A. One", "B. Two"], [(1, "Univ. X")]),
    "A. One (1), B. Two (2)": (["A. One", "B. Two"], []),
    "A. One (Univ. X, Town) and B. Two (Univ. Y)": (["A. One", "B. Two"], [(1, "Univ. X, Town"), (2, "Univ. Y")]),
    "A. One, B. Two (Univ. X), C. Three (Univ. Y)": (
        ["A. One", "B. Two", "C. Three"],
        [(1, "Univ. X"), (2, "Univ. X"), (3, "Univ. Y")],
    ),
    "A. One, B. Two (Alias), C. Three": (["A. One", "B. Two", "C. Three"], [(2, "Alias")]),
    "LHCb Collaboration: A. One, B. Two (Univ. X)": (
        ["LHCb Collaboration", "A. One", "B. Two"],
        [(2, "Univ. X"), (3, "Univ. X")],
    ),
    "A. One ((Univ. X))": (["A. One"], [(1, "(Univ. X)")]),
    "A. One (Univ. X": (["A. One"], [(1, "Univ. X")]),
    "A. One), B. Two": (["A. One)", "B. Two"], []),
    "G. D. Forney, Jr. and P. Vontobel, III": (["G. D. Forney Jr.", "P. Vontobel III"], []),
    "A. One (Univ. X), Jr.": (["A. One Jr."], [(1, "Univ. X")]),
    "": ([], []),
    " , . ,": ([], []),
}  # fmt: skip


@pytest.mark.parametrize("line", CASES)
def test_names_and_affiliations_of(line):
    read = split_author_line(line)
    assert (read.names, read.affiliations) == CASES[line]
    assert (read.notes, read.is_cut) == ([], False)


@pytest.mark.parametrize(
    ("line", "notes"),
    [
        ("A. One (the CDF Collaboration)", ["the CDF Collaboration"]),
        ("A. One (for the RBC and UKQCD Collaborations)", ["for the RBC and UKQCD Collaborations"]),
        ("A. One (with an appendix by B. Two)", ["with an appendix by B. Two"]),
        ("A. One (Eds.)", ["Eds."]),
        ("(Univ. X) A. One", ["Univ. X"]),
        ("A. One (and the WISH Team)", ["and the WISH Team"]),
    ],
)
def test_remarks_are_no_affiliations(line, notes):
    read = split_author_line(line)
    assert (read.names, read.affiliations, read.notes) == (["A. One"], [], notes)


@pytest.mark.parametrize("tail", ["et al", "et al.", "et. al.", "others"])
def test_a_list_that_says_et_al_is_cut(tail):
    read = split_author_line(f"The D0 Collaboration: V.M. Abazov, {tail}")
    assert (read.names, read.is_cut) == (["The D0 Collaboration", "V.M. Abazov"], True)


@pytest.mark.parametrize(
    ("split", "written"),
    [
        (SplitName("Pope", "C. N.", None), "C.N. Pope"),
        (SplitName("Abdumalikov", "A. A.", "Jr."), "A. A. Abdumalikov Jr."),
        (SplitName("de Icaza Astiz", "Yannick A.", None), "Yannick A. de Icaza Astiz"),
        (SplitName("LHCb Collaboration", None, None), "LHCb Collaboration"),
        (SplitName("Ferté", "Julien", None), "Julien Fert\\'e"),
    ],
)
def test_a_split_name_has_the_key_of_the_written_one(split, written):
    assert name_key(join_name(split)) == name_key(written)
