import pytest

from paperhouse.transforms.digest import Entry, Furniture, Parsed, Reject
from paperhouse.transforms.errors import AccountingError
from paperhouse.transforms.text.lines import LineCounter, count_lines, settle_lines


def entry(start: int, end: int) -> Entry:
    return Entry(start, end, "2504.00001", "A title")


@pytest.mark.parametrize(
    ("text", "n_lines"),
    [("", 0), ("\n", 1), ("a", 1), ("a\n", 1), ("a\nb", 2), ("a\n\n", 2), ("a\u2028b\x0bc\x0cd\x85e", 1)],
)
def test_a_line_ends_at_a_newline_and_nowhere_else(text, n_lines):
    assert count_lines(text) == n_lines


def test_line_counter_tells_the_line_of_rising_offsets():
    counter = LineCounter("ab\n\ncd\ne")
    assert [counter.line_at(offset) for offset in (0, 2, 3, 4, 5, 7)] == [1, 1, 2, 3, 3, 4]


def test_blank_lines_that_nobody_claims_are_furniture():
    parsed = Parsed(entries=[entry(2, 2)])
    assert settle_lines(parsed, "\nentry\n \t\n", 3) == (1, 2)
    assert parsed.furniture == [Furniture(1, 1, "blank"), Furniture(3, 3, "blank")]
    assert parsed.rejects == []


def test_text_that_nobody_claims_is_rejected_with_its_lines():
    parsed = Parsed(entries=[entry(2, 2)])
    settle_lines(parsed, "lost\nentry\n\nlost too\nand this\n\n", 6)
    assert parsed.rejects == [
        Reject(1, 1, "not_understood", "lost"),
        Reject(4, 5, "not_understood", "lost too\nand this"),
    ]


def test_entries_rejects_and_furniture_cover_every_line_once():
    parsed = Parsed(
        entries=[entry(3, 4)], rejects=[Reject(6, 6, "no_title", "x")], furniture=[Furniture(1, 1, "heading")]
    )
    text = "# head\nloose\nentry\nentry\n\nx\nend\n"
    settle_lines(parsed, text, 7)
    spans = [*parsed.entries, *parsed.rejects, *parsed.furniture]
    covered = sorted(line for span in spans for line in range(span.line_start, span.line_end + 1))
    assert covered == [1, 2, 3, 4, 5, 6, 7]


def test_rejects_are_in_the_order_of_their_lines():
    parsed = Parsed(rejects=[Reject(3, 3, "no_title", "c")])
    settle_lines(parsed, "a\n\nc\n", 3)
    assert [reject.line_start for reject in parsed.rejects] == [1, 3]


@pytest.mark.parametrize(
    "spans",
    [
        [entry(1, 2), entry(2, 3)],
        [entry(1, 3), entry(2, 2)],
        [entry(0, 1)],
        [entry(1, 4)],
        [entry(2, 1)],
        [entry(1, 1), entry(3, 2)],
        [entry(1, 1), entry(1, 1)],
    ],
    ids=["overlap", "nested", "before_the_text", "behind_the_text", "backwards", "last_backwards", "twice"],
)
def test_spans_that_do_not_add_up_are_refused(spans):
    with pytest.raises(AccountingError, match="do not add up to 3 lines") as caught:
        settle_lines(Parsed(entries=spans), "a\nb\nc\n", 3)
    assert caught.value.facts["n_lines"] == 3


def test_an_empty_text_has_nothing_to_settle():
    parsed = Parsed()
    assert settle_lines(parsed, "", 0) == (0, 0)
    assert parsed == Parsed()
