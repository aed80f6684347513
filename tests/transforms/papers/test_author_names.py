import pytest

from paperhouse.transforms.keys import stable_id
from paperhouse.transforms.papers.author_names import author_id, name_key, spelling_rank
from paperhouse.transforms.text import latex_accents


@pytest.mark.parametrize(
    "spellings",
    [
        ["Albert Wang", "albert wang", "ALBERT  WANG", " Albert\tWang\n", "Albert\xa0Wang"],
        ["J. K. Rowling", "J.K. Rowling", "J K Rowling", "J.K.Rowling"],
        ["J.-P. Serre", "J-P Serre", "J. -P. Serre", "J.‐P. Serre"],
        ["Kurt Gödel", 'Kurt G\\"odel', 'Kurt G\\"{o}del', "Kurt Godel", "Kurt Go\u0308del", "Kurt Go¨del"],
        ["Paul Erdős", r"Paul Erd\H{o}s", r"Paul Erd{\H o}s", "PAUL ERDOS"],
        ["Łukasz Bøe", r"{\L}ukasz B{\o}e", "Lukasz Boe"],
        ["Gerrit Großmann", "Gerrit Grossmann", r"Gerrit Gro{\ss}mann"],
        ["Đorđe Æbelø", "Dorde Aebelo"],
        ["İlker Şahın", "Ilker Sahin", "ILKER SAHIN"],
        ["Mary-Ann O'Neil", "Mary‑Ann O’Neil", "Mary−Ann O`Neil", "Mary–Ann O´Neil", "mary-ann oʼneil"],
        ["Sophie Götz", "Sophie G\x7fötz", "Sophie G\u200bötz"],
        [r"Tolúl\d{o}pé Ògúnrèmí", "Tolulope Ogunremi"],
        ["Ｌｉ Ｗｅｉ", "Li Wei"],
        ["Jose\u0301 Peña", "José Pen\u0303a"],
    ],
)
def test_spellings_of_one_name_share_a_key(spellings):
    assert {name_key(spelling) for spelling in spellings} == {name_key(spellings[0])}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("JK Rowling", "J K Rowling"),
        ("J. Rowling", "Joanne Rowling"),
        ("Joanne K. Rowling", "Joanne Rowling"),
        ("Wei Li", "Li Wei"),
        ("Mary-Ann Lee", "Mary Ann Lee"),
        ("Maryann Lee", "Mary-Ann Lee"),
        ("Xiao Ming", "Xiaoming"),
        ("O'Neil", "Oneil"),
        ("张伟", "王伟"),
        ("かほ", "がほ"),
        ("محمد علي", "أحمد علي"),
        ("किम", "कम"),
        ("김철수", "김영수"),
        (".", "-"),
    ],
)
def test_different_names_keep_different_keys(one, other):
    assert name_key(one) != name_key(other)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Albert Wang", "albert wang"),
        ("J.-P. Serre", "j-p serre"),
        ("張偉", "張偉"),
        ("김철수", "김철수"),
        ("Ph.D", "ph d"),
        ("{}", "{}"),
        ("...", "..."),
        ("\x7f", "\x7f"),
        ("   ", "   "),
        ("", ""),
    ],
)
def test_key_of_a_name(name, key):
    assert name_key(name) == key


def test_a_percent_sign_does_not_start_a_latex_comment():
    assert name_key(r"100% J{\"o}rg") == "100% jorg"
    assert name_key(r"100\% J{\"o}rg") == "100% jorg"


def test_an_unknown_macro_is_kept_as_letters_when_nothing_else_is_left():
    assert name_key(r"\Foobar") == "foobar"


@pytest.mark.parametrize(
    "name",
    [
        "{" * 240 + "Bo" + "}" * 240,
        "{" * 490 + "Bo",
        r"\v{" * 160 + "Bo",
        "\\" * 499 + "Bo",
    ],
)
def test_hostile_nesting_still_gives_a_key(name):
    assert name_key(name).endswith("bo")


@pytest.mark.parametrize(
    "name", [r"\input{/etc/passwd} Bo", r"\sqrt Bo", r"\date Bo", r"$\ketbra$ Bo", r"\verb Bo"]
)
def test_macros_that_are_no_accents_are_not_run(name, monkeypatch):
    monkeypatch.setattr(latex_accents, "_latex", lambda: pytest.fail("decoded"))
    assert name_key(name).endswith(" bo")


def test_a_name_of_thousands_of_marks_takes_no_time():
    name = "A" + "\u0301\u0327" * 100_000
    assert name_key(name) == name.casefold() == name_key(name_key(name))
    assert spelling_rank(name) > 0


def test_plain_names_never_import_the_latex_decoder(monkeypatch):
    monkeypatch.setattr(latex_accents, "_latex", lambda: pytest.fail("decoded"))
    assert name_key("José O’Neil") == "jose o'neil"


def test_author_id_is_the_same_on_every_machine():
    assert author_id("albert wang") == stable_id("albert wang") == 293259645997145116


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ("Kurt Gödel", "Kurt Godel"),
        ("Kurt Gödel", 'Kurt G\\"odel'),
        ("Kurt Godel", "KURT GODEL"),
        ("Kurt Godel", "kurt godel"),
        ("Joanne Rowling", "J. Rowling"),
        ("J. K. Rowling", "J K Rowling"),
        ("Sophie Götz", "Sophie G\x7fötz"),
        ("Kurt Godel", "Kurt G\ufffddel"),
    ],
)
def test_the_spelling_that_tells_more_ranks_higher(better, worse):
    assert spelling_rank(better) > spelling_rank(worse)


def test_composed_and_decomposed_accents_rank_the_same():
    assert spelling_rank("José") == spelling_rank("Jose\u0301")


def test_a_name_in_a_script_without_case_ranks_as_cased():
    assert spelling_rank("王伟") > spelling_rank("wang wei")
