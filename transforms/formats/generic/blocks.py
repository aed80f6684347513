"""Text to blocks: sections, list items, table rows, quotes, `<details>` and paragraphs, nested as they are meant."""

import re
from dataclasses import dataclass, field
from typing import Final

MAX_DEPTH: Final = 40
"""Blocks nested deeper are text of the one they stand in: no digest nests so, and hostile input shall not either."""
BOLD_LEVEL: Final = 7
"""Level of a line that is bold from end to end: below every Markdown heading."""

_HEADING: Final = re.compile(r"(#{1,6})[ \t]+\S|<h([1-6])\b[^>\n]*>", re.IGNORECASE)
_LIST_MARK: Final = re.compile(r"(?:[-*+•‣▪]|(?P<number>\d{1,4})[.)、．])[ \t]+")
_RULE: Final = re.compile(
    r"(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,}|(?:=[ \t]*){3,}|<hr\b[^>\n]*>|\\{2}", re.IGNORECASE
)
_BOLD_LINE: Final = re.compile(
    r"(?:\[?\d{1,4}[.)\]、]?[ \t]*)?(?:\*\*(?=[^*\s])[^*\n]{8,400}\*\*|__[^_\n]{8,400}__)[ \t]*"
)
_FENCE: Final = re.compile(r"(?:```|~~~)")
_TAB: Final = 4


@dataclass(slots=True)
class TextBlock:
    """Lines `start` to `end` (from 1) that belong together; `number` is what an ordered item or heading counts."""

    kind: str
    level: int
    start: int
    end: int
    indent: int = 0
    children: list["TextBlock"] = field(default_factory=list)

    @property
    def signature(self) -> tuple[str, int]:
        """What repeats: the kind and how deep it is nested among its kind."""
        return self.kind, self.level


def read_blocks(lines: list[str], first: int = 1) -> TextBlock:
    """Tree of the blocks of these lines, whose first has the number `first`."""
    return _Builder(lines, first).build()


class _Builder:
    """The open blocks, the outermost first, while lines come in."""

    def __init__(self, lines: list[str], first: int) -> None:
        self._lines = lines
        self._first = first
        self._root = TextBlock("page", 0, first, first + len(lines) - 1)
        self._open = [self._root]
        self._after_blank = True
        self._fence = ""
        opened = sum(line.count("<details") for line in lines)
        self._nests_details = 0 < opened == sum(line.count("</details") for line in lines)

    def build(self) -> TextBlock:
        for index, line in enumerate(self._lines):
            self._take(line, index + self._first)
        self._close(0, self._first + len(self._lines) - 1)
        return self._root

    def _take(self, line: str, number: int) -> None:
        text = line.strip()
        if self._fence:
            if text.startswith(self._fence):
                self._fence = ""
        elif not text:
            self._leave({"p", "quote"}, number - 1)
            self._after_blank = True
            return
        elif _FENCE.match(text) and not text[3:].rstrip("`").count("`"):
            if not (len(text) > 6 and text.endswith("```")):  # noqa: PLR2004 - a fence of one line closes itself
                self._fence = text[:3]
            self._text(line, number)
        else:
            self._structure(line, text, number)
        self._after_blank = False

    def _structure(self, line: str, text: str, number: int) -> None:
        first = text[0]
        if first == "<" and self._after_blank:
            self._leave_items(_indent(line), number - 1)
        if first in "#<" and self._heading_or_details(text, number):
            return
        if first == "|" and text.count("|") > 1:
            self._leave({"p", "quote"}, number - 1)
            self._leaf("tr", number)
        elif first == ">":
            if self._open[-1].kind != "quote":
                self._leave({"p"}, number - 1)
                self._push(TextBlock("quote", 0, number, number))
        elif first in "-*_=\\<" and _RULE.fullmatch(text):
            self._leave({"p", "quote", "li"}, number - 1)
            self._leaf("hr", number)
        elif (mark := _LIST_MARK.match(text)) is not None:
            self._item(line, number, mark)
        elif first in "*_[0123456789" and self._open[-1].kind != "li" and _BOLD_LINE.fullmatch(text):
            self._section(BOLD_LEVEL, number)
        else:
            self._text(line, number)

    def _heading_or_details(self, text: str, number: int) -> bool:
        heading = _HEADING.match(text)
        if heading:
            self._section(len(heading[1]) if heading[1] else int(heading[2]), number)
            return True
        if self._nests_details and "details" in text:
            opens, closes = text.count("<details"), text.count("</details")
            if text.startswith("<details") and opens == closes:
                self._leave({"p", "quote"}, number - 1)
                self._leaf("details", number, sum(block.kind == "details" for block in self._open) + 1)
                return True
            if text.startswith("<details"):
                self._leave({"p", "quote"}, number - 1)
                depth = sum(block.kind == "details" for block in self._open) + 1
                self._push(TextBlock("details", depth, number, number))
                return True
            if closes > opens:
                at = max((i for i, block in enumerate(self._open) if block.kind == "details"), default=0)
                if at:
                    self._close(at, number)
                return True
        return False

    def _section(self, level: int, number: int) -> None:
        """Open a section; it closes whatever is open but the sections above it and the `<details>` around it."""
        keep = 1
        for at, block in enumerate(self._open):
            if block.kind == "details" or (block.kind == "h" and block.level < level):
                keep = at + 1
        self._close(keep, number - 1)
        self._push(TextBlock("h", level, number, number))

    def _item(self, line: str, number: int, mark: re.Match[str]) -> None:
        self._leave({"p", "quote"}, number - 1)
        indent = _indent(line)
        at = next(
            (
                i
                for i, b in enumerate(self._open)
                if b.kind == "li" and indent <= b.indent + (1 if b.indent else 0)
            ),
            None,
        )
        if at is not None:
            self._close(at, number - 1)
        depth = sum(block.kind == "li" for block in self._open)
        kind_level = depth * 2 + (mark["number"] is not None)
        self._push(TextBlock("li", kind_level, number, number, indent))

    def _text(self, line: str, number: int) -> None:
        top = self._open[-1]
        if top.kind == "quote":
            self._leave({"quote"}, number - 1)
            top = self._open[-1]
        if self._after_blank:
            self._leave_items(_indent(line), number - 1)
            top = self._open[-1]
        if top.kind not in {"p", "li"}:
            self._push(TextBlock("p", 0, number, number))

    def _leave_items(self, indent: int, last: int) -> None:
        """Close the list items to which a line after a blank one, so far indented, does not belong."""
        at = next((i for i, b in enumerate(self._open) if b.kind == "li" and indent <= b.indent), None)
        if at is not None and not any(block.kind == "details" for block in self._open[at:]):
            self._close(at, last)

    def _push(self, block: TextBlock) -> None:
        if len(self._open) < MAX_DEPTH:
            self._open[-1].children.append(block)
            self._open.append(block)

    def _leaf(self, kind: str, number: int, level: int = 0) -> None:
        self._open[-1].children.append(TextBlock(kind, level, number, number))

    def _leave(self, kinds: set[str], last: int) -> None:
        if "li" not in kinds:  # paragraphs and quotes hold no blocks: one of them is the innermost
            if self._open[-1].kind in kinds:
                self._close(len(self._open) - 1, last)
            return
        at = next((i for i, block in enumerate(self._open) if block.kind in kinds), None)
        if at is not None:
            self._close(at, last)

    def _close(self, keep: int, last: int) -> None:
        for block in self._open[max(keep, 1) :]:
            block.end = max(block.start, last)
        del self._open[max(keep, 1) :]


def _indent(line: str) -> int:
    indent = 0
    for char in line:
        if char == " ":
            indent += 1
        elif char == "\t":
            indent += _TAB
        else:
            break
    return indent
