import pytest

from paperhouse.transforms.digest import Entry
from paperhouse.transforms.parsing.repairs import Repair, may_need_repair, repair_entries
from paperhouse.transforms.text.entities import decode_entities


def entry(title="A title", abstract=None, **stated):
    completeness = "full" if abstract else "none"
    return Entry(7, 9, "2601.00004", title, abstract=abstract, abstract_completeness=completeness, **stated)


@pytest.mark.parametrize(
    ("text", "decoded"),
    [
        ("Q&amp;A", "Q&A"),
        (r"H\&amp;M", r"H\&M"),
        ("6.2% &#177; 2.8%", "6.2% ± 2.8%"),
        ("&lt;think&gt; &#x3b1;", "<think> α"),
        ("M&uuml;ller", "Müller"),
        (r"Jos\u00e9", "José"),
        (r"\ud83d\ude00", "\U0001f600"),
        ("&amp;lt;", "&lt;"),
    ],
)
def test_an_entity_or_escape_becomes_its_character_once(text, decoded):
    assert decode_entities(text) == decoded


@pytest.mark.parametrize(
    "text",
    [
        "AT&T; and R&D",
        "x &=1; y",
        "&nosuchname;",
        "&#0; &#7;",
        "a &b; c",
        r"\ud83d alone",
        r"\u{o}",
        r"\u0007",
    ],
)
def test_other_text_with_an_ampersand_or_a_backslash_stays(text):
    assert decode_entities(text) == text


def test_decoded_entities_are_repairs_one_a_field():
    stated = entry("A &amp; B &lt;c&gt;", "vis-Ã\xa0-vis &gt; y", authors=["J&ouml;rg", "Bo"])
    repairs = repair_entries([stated])
    assert (stated.title, stated.abstract, stated.authors) == ("A & B <c>", "vis-à-vis > y", ["Jörg", "Bo"])
    assert [repair.field for repair in repairs] == ["title", "abstract", "authors[1]"]
    assert repairs[2] == Repair(1, "authors[1]", 7, "J&ouml;rg", "Jörg")


def test_marks_of_the_feed_are_taken_off_and_state_version_category_and_type():
    stated = entry(
        "Nice title. (arXiv:2601.00004v1 [cs.LG])",
        "arXiv:2601.00004v1 Announce Type: cross  Abstract: Real text.",
    )
    repairs = repair_entries([stated])
    assert (stated.title, stated.abstract) == ("Nice title", "Real text.")
    assert (stated.version, stated.announce_type, stated.categories) == (1, "cross", ["cs.LG"])
    assert [repair.field for repair in repairs] == ["title", "abstract"]


@pytest.mark.parametrize(
    ("title", "expected", "announce_type"),
    [
        ("Really? (arXiv:2601.00004v2 [cs.LG] UPDATED)", "Really?", "replace"),
        ("Nice. (arXiv:2601.00004 [stat.ML] CROSS LISTED)", "Nice", "cross"),
        ("Nice (arXiv:2601.00004v1)", "Nice", None),
        ("A reply. (arXiv:2601.00005v1 [cs.LG])", "A reply. (arXiv:2601.00005v1 [cs.LG])", None),
        ("On (arXiv:2601.00004v1 [cs.LG]) and more", "On (arXiv:2601.00004v1 [cs.LG]) and more", None),
        (" (arXiv:2601.00004v1)", " (arXiv:2601.00004v1)", None),
    ],
)
def test_only_the_mark_of_this_paper_at_the_end_is_taken_off_a_title(title, expected, announce_type):
    stated = entry(title)
    repair_entries([stated])
    assert (stated.title, stated.announce_type) == (expected, announce_type)


def test_a_mark_does_not_overrule_what_the_digest_states():
    stated = entry(
        abstract="arXiv:2601.00004v1 Announce Type: new\nAbstract: Text.", version=2, announce_type="replace"
    )
    repair_entries([stated])
    assert (stated.abstract, stated.version, stated.announce_type) == ("Text.", 2, "replace")


def test_a_mark_with_nothing_behind_it_leaves_no_abstract():
    stated = entry(abstract="arXiv:2601.00004v1 Announce Type: new Abstract: ")
    repair_entries([stated])
    assert (stated.abstract, stated.abstract_completeness) == (None, "none")


@pytest.mark.parametrize("text", ["é", "a &amp; b", r'"\u0026amp;"', "x (arXiv:", "Announce Type"])
def test_a_text_that_may_need_repair_is_noticed(text):
    assert may_need_repair(text)


def test_plain_text_needs_no_repair():
    assert not may_need_repair("AT&T and 50% of x & y")
