import pytest

from paperhouse.transforms.digest import Entry, Reject
from paperhouse.transforms.parsing import list_rows, table_rows
from paperhouse.transforms.parsing.markdown_table import table_head
from paperhouse.transforms.parsing.row_cache import RowMemo
from paperhouse.transforms.read_digest import read_digest
from paperhouse.transforms.text.path_metadata import Place

HEAD_LINES = ("|Publish Date|Title|Authors|PDF|Code|", "|---|---|---|---|---|")
ROW = "|**2025-01-01**|**Title**|Ann Lee et.al.|[2501.00001v2](http://arxiv.org/abs/2501.00001v2)|**[link](https://x.org/y)**|"
BAD_ROW = "|**2025-01-01**|**Title**|Ann Lee et.al.|null|null|"
LINE = "- 2025-01-01, **Title**, Ann Lee et.al., Paper: [http://arxiv.org/abs/2501.00001](http://arxiv.org/abs/2501.00001)"
HEAD = table_head(*HEAD_LINES)


def counting(max_characters: int = 1000) -> tuple[RowMemo, list[str]]:
    asked: list[str] = []

    def read(head: str, row: str) -> Entry | str:
        asked.append(row)
        return "no_title" if head == "bad" else Entry(1, 1, "2501.00001", row, authors=["Ann Lee"])

    return RowMemo(read, max_characters), asked


def test_a_row_is_read_once_and_given_at_its_own_lines_and_topic():
    memo, asked = counting()
    first = memo.read("head", "row", 3, 4, "SLAM")
    second = memo.read("head", "row", 7, 8, None)
    assert (first.line_start, first.line_end, first.topic) == (3, 4, "SLAM")
    assert (second.line_start, second.line_end, second.topic) == (7, 8, None)
    assert asked == ["row"]


def test_the_same_row_under_another_head_is_read_anew():
    memo, asked = counting()
    assert isinstance(memo.read("head", "row", 1, 1, None), Entry)
    assert memo.read("bad", "row", 1, 1, None) == Reject(1, 1, "no_title", "row")
    assert memo.read("bad", "row", 5, 5, None) == Reject(5, 5, "no_title", "row")
    assert asked == ["row", "row"]


def test_what_was_given_can_be_changed_without_changing_what_is_remembered():
    memo, _ = counting()
    given = memo.read("head", "row", 1, 1, None)
    given.title = "repaired"
    given.authors[0] = "repaired"
    for name in ("categories", "links", "translations", "notes"):
        getattr(given, name).append("added")
    assert memo.read("head", "row", 1, 1, None) == Entry(1, 1, "2501.00001", "row", authors=["Ann Lee"])


def test_what_is_remembered_is_bounded_and_rows_in_use_stay():
    memo, asked = counting(max_characters=100)
    for number in range(1000):
        memo.read("head", "in use", 1, 1, None)
        memo.read("head", f"row {number:06d}", 1, 1, None)
    assert asked.count("in use") == 1
    assert sum(len(row) for _, row in (*memo._young, *memo._old)) < 2 * 130


def test_a_huge_row_is_not_remembered():
    memo, asked = counting()
    for _ in range(2):
        memo.read("head", "x" * 100_000, 1, 1, None)
    assert len(asked) == 2


@pytest.mark.parametrize("row", [ROW, BAD_ROW])
def test_table_rows_read_the_same_when_remembered(row):
    fresh = table_rows._read_cells(HEAD, row)
    for line in (5, 9):
        found = table_rows.read_row(HEAD, row, line, line, "SLAM")
        if isinstance(fresh, str):
            assert found == Reject(line, line, fresh, row)
            continue
        fresh.line_start = fresh.line_end = line
        fresh.topic = "SLAM"
        assert found == fresh


def test_list_rows_read_the_same_when_remembered():
    once, twice = (list_rows.read_list_row(LINE, number, "SLAM") for number in (1, 1))
    assert once == twice
    assert once.title == "Title"
    assert list_rows.read_list_row("- no paper", 1, None) is None


def test_repairs_of_a_remembered_row_are_told_of_every_digest():
    page = "\n".join([*HEAD_LINES, ROW.replace("Title", "vis-Ã\xa0-vis"), ""]).encode()
    read = [read_digest(page, Place(f"{n}.md", (f"{n}.md",))) for n in range(2)]
    assert [digest.entries[0].title for digest in read] == ["vis-à-vis"] * 2
    assert [len(digest.repairs) for digest in read] == [1, 1]
