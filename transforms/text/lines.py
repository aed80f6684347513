r"""Lines of a text and the accounting that lets none of them go missing.

A line ends at `\n` and nowhere else: U+2028, vertical tab and form feed are text.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from paperhouse.transforms.digest import Entry, Furniture, Parsed, Reject
from paperhouse.transforms.errors import AccountingError

LineSpan = Entry | Reject | Furniture


def count_lines(text: str) -> int:
    """Number of lines; a last line without a newline counts, an empty text has none."""
    return text.count("\n") + (bool(text) and not text.endswith("\n"))


def lines_of(text: str) -> Iterator[str]:
    """The lines of a text, one at a time: of a long one the first are had without the rest."""
    start = 0
    while (end := text.find("\n", start)) >= 0:
        yield text[start:end]
        start = end + 1
    yield text[start:]


def matches_line(pattern: re.Pattern[str], start: str, text: str) -> bool:
    """Whether the pattern matches from the start of a line; what it matches begins with `start`.

    `find` jumps from one such line to the next, many times as fast as a search with `^`.
    """
    if text.startswith(start) and pattern.match(text):
        return True
    at = text.find(f"\n{start}")
    while at >= 0:
        if pattern.match(text, at + 1):
            return True
        at = text.find(f"\n{start}", at + 1)
    return False


class LineCounter:
    """Line numbers of rising character offsets; the whole text is scanned once, however many there are."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._offset = 0
        self._line = 1

    def line_at(self, offset: int) -> int:
        """Line that holds the character at `offset`, which must not be smaller than that of the call before."""
        self._line += self._text.count("\n", self._offset, offset)
        self._offset = offset
        return self._line


def settle_lines(parsed: Parsed, text: str, n_lines: int) -> tuple[int, int]:
    """Hand unclaimed lines to rejects or furniture; return the entries' and furniture's number of lines.

    Blank lines that nobody claimed become furniture. Other unclaimed lines become rejects with the reason
    `not_understood`: a parser cannot lose a line by forgetting it. Rejects are sorted by line on return.

    Raises:
        AccountingError: two spans overlap, or one lies outside of the text.
    """
    spans: list[LineSpan] = [*parsed.entries, *parsed.rejects, *parsed.furniture]
    spans.sort(key=lambda span: (span.line_start, span.line_end))
    _refuse_overlap(spans, n_lines)
    lines: list[str] | None = None
    for start, end in _gaps(spans, n_lines):
        lines = text.split("\n") if lines is None else lines
        _claim_gap(parsed, lines, start, end)
    parsed.rejects.sort(key=lambda reject: reject.line_start)
    return size(parsed.entries), size(parsed.furniture)


def size(spans: list[Entry] | list[Reject] | list[Furniture]) -> int:
    """Number of lines that the spans cover, which must not overlap."""
    return sum(span.line_end - span.line_start + 1 for span in spans)


def _refuse_overlap(spans: list[LineSpan], n_lines: int) -> None:
    outside = [s for s in spans if s.line_start < 1 or s.line_end > n_lines or s.line_start > s.line_end]
    clash = next(((a, b) for a, b in pairwise(spans) if a.line_end >= b.line_start), None)
    if outside or clash:
        where = clash or (outside[0], outside[0])
        first, second = ((type(s).__name__.lower(), s.line_start, s.line_end) for s in where)
        msg = f"spans do not add up to {n_lines} lines: {first} against {second}; a fault of the format's parser"
        raise AccountingError(msg, first=first, second=second, n_lines=n_lines)


def _gaps(spans: list[LineSpan], n_lines: int) -> Iterator[tuple[int, int]]:
    covered = 0
    for span in spans:
        if span.line_start > covered + 1:
            yield covered + 1, span.line_start - 1
        covered = max(covered, span.line_end)
    if covered < n_lines:
        yield covered + 1, n_lines


def _claim_gap(parsed: Parsed, lines: list[str], start: int, end: int) -> None:
    """Split one gap into runs of blank lines (furniture) and of text (rejects)."""
    run_start, is_blank = start, not lines[start - 1].strip()
    for number in range(start + 1, end + 2):
        blank_here = None if number > end else not lines[number - 1].strip()
        if blank_here == is_blank:
            continue
        if is_blank:
            parsed.furniture.append(Furniture(run_start, number - 1, "blank"))
        else:
            text = "\n".join(lines[run_start - 1 : number - 1])
            parsed.rejects.append(Reject(run_start, number - 1, "not_understood", text))
        run_start, is_blank = number, bool(blank_here)
