import csv

import pytest

from paperhouse.transforms.parsing.csv_records import csv_rows


def cells(text):
    return [(row.line_start, row.line_end, row.cells, row.is_cut) for row in csv_rows(text)]


def test_quoted_cells_hold_commas_quotes_and_line_breaks():
    assert cells('a,"b ""c"",\nd"\ne,f\n') == [(1, 2, ["a", 'b "c",\nd'], False), (3, 3, ["e", "f"], False)]


def test_blank_rows_are_no_rows_but_count_as_lines():
    assert cells("a,b\n\n,\nc,d") == [(1, 1, ["a", "b"], False), (4, 4, ["c", "d"], False)]


def test_unclosed_quote_costs_its_own_line_only():
    assert cells('a,"b\nc,d\ne,f') == [
        (1, 1, ["a", "b"], True),
        (2, 2, ["c", "d"], False),
        (3, 3, ["e", "f"], False),
    ]


def test_unclosed_quote_before_a_quoted_row_does_not_swallow_it():
    assert cells('a,"b\nc,"d"\n') == [(1, 1, ["a", "b"], True), (2, 2, ["c", "d"], False)]


def test_broken_quoting_has_no_cells():
    assert cells('a,"b"c\nd,e') == [(1, 1, None, False), (2, 2, ["d", "e"], False)]


@pytest.fixture(params=[131_072, 1 << 24], ids=["own_limit", "raised_limit"])
def _process_limit(request):
    """The limit of cells that the process has; a library in it may have raised that."""
    previous = csv.field_size_limit(request.param)
    yield
    csv.field_size_limit(previous)


@pytest.mark.usefixtures("_process_limit")
@pytest.mark.parametrize(
    "long",
    ["x" * 131_073, '"' + "x" * 131_073 + '"', '"' + "x" * 131_073, "x," + "x" * 131_073],
    ids=["bare", "quoted", "cut", "second"],
)
def test_cell_beyond_the_limit_of_csv_is_a_broken_row(long):
    assert cells(f"a,b\n{long}\nc,d") == [
        (1, 1, ["a", "b"], False),
        (2, 2, None, False),
        (3, 3, ["c", "d"], False),
    ]


@pytest.mark.usefixtures("_process_limit")
def test_cell_within_the_limit_of_csv_is_read_whole():
    assert cells(f"{'x' * 131_072},b") == [(1, 1, ["x" * 131_072, "b"], False)]


@pytest.mark.parametrize("line", ['"x', '"a,""b,', '"', '""', '"""', 'a,"b', '"a","', '","', '"\r"'])
def test_hostile_quotes_end_in_time(line):
    rows = list(csv_rows((line + "\n") * 30_000))
    assert all(row.line_start <= row.line_end <= 30_000 for row in rows)
