"""The lines of one record as pieces: text under a label, or without any, in the order in which it stands."""

# ruff: noqa: E501, PLR2004  (patterns and vocabularies are read in one piece; the numbers are lengths of what is looked at)

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from paperhouse.transforms.formats.generic.names import is_name, looks_like_names
from paperhouse.transforms.formats.generic.segments import bare_text, is_signed, segments_of, unmarked
from paperhouse.transforms.formats.generic.vocabulary import is_side, role_of
from paperhouse.transforms.parsing.field_names import Role

How = Literal["heading", "line", "quote", "details", "cell", "key"]

_HEADING: Final = re.compile(
    r"[ \t>]*(?:[-*+][ \t]+)?#{1,6}[ \t]+(?P<text>.*)|[ \t]*<h[1-6][^>]*>(?P<html>.*)",
    re.IGNORECASE,
)
_SUMMARY: Final = re.compile(r"<summary\b[^<>]*>((?:(?!<summary\b).)*?)</summary>", re.IGNORECASE | re.DOTALL)
_SUMMARY_OPEN: Final = re.compile(r"(?<![ \t>])[ \t>]*<details\b[^<>]*>[ \t]*", re.IGNORECASE)
_DETAILS_CLOSE: Final = re.compile(r"[ \t]*</details>[ \t]*", re.IGNORECASE)
_RULE: Final = re.compile(r"[ \t>]*(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,}|<hr\b[^>]*>[ \t]*)")
_IMAGE_LINE: Final = re.compile(
    r"[ \t>]*(?:!\[[^\]\n]*\]\([^)\n]*\)[ \t]*)+|[ \t]*<img\b[^>]*>[ \t]*", re.IGNORECASE
)
_TAG_LINE: Final = re.compile(r"[ \t]*(?:</?[a-z][a-z0-9]*\b[^<>]*>[ \t]*)+", re.IGNORECASE)
HEAD_NUMBER: Final = re.compile(
    r"[^\w\[(「『《<$\\*_`'\"“‘¿¡#@]*(?:\[\[[^\[\]\n]{1,20}\]\]|\d{1,4}】|\[?(?:arXiv:)?\d{4}\.\d{4,5}(?:v\d{1,2})?(?:\]|[:：][ ]|[ ][-–—|][ ])|\[(?:[A-Za-z-]{1,14}[ ]?)?\d{1,4}\]|\d{1,3}\ufe0f?\u20e3|[(（]\d{1,4}[)）]|\d{1,4}[.)、．:：](?=\D)|#\d{1,4}\b|No\.? ?\d{1,4}[.:]?)?[ \t]*[^\w\[(「『《<$\\*_`'\"“‘¿¡#@]*"
)
"""Numbers, signs and emoji in front of a title."""
LABELLED_TITLE: Final = re.compile(
    r"(?:title|paper(?: title)?|标题|题目|论文标题|タイトル|제목)[ \t]*[:：][ \t]*", re.IGNORECASE
)
_PROSE_WIDTH: Final = 25
_PARAGRAPH: Final = 200
"""Characters from which on lines are prose, and no title or names over several lines."""
_WRAPPED: Final = 55
"""Characters of a line from which on it may have been wrapped."""
_SKIPPED_STARTS: Final = frozenset("-*_<!`")
"""With what lines begin that only dress a text."""
_ITEM: Final = re.compile(r"[ \t]*[-*+•][ \t]")
_PLAIN_LABEL: Final = re.compile(r"([A-Z][A-Za-z]*(?:[ _-][A-Za-z]+){0,2})[ \t]?:[ \t]+(?=\S)")
_SHORT_ROLES: Final[frozenset[Role]] = frozenset(
    {"authors", "categories", "date", "updated", "link", "pdf", "arxiv_id", "doi", "venue"}
)
"""Fields of one line, mostly: a line behind them that begins as a label does is the next field."""
_ONE_LINE: Final[frozenset[Role]] = frozenset({"link", "pdf", "arxiv_id", "html"})
_BARE_LABELS: Final[frozenset[Role]] = frozenset({"abstract", "abstract_zh", "authors"})


@dataclass(slots=True)
class Piece:
    """Text of one record under one label, or without any, and how it stood there."""

    label: str
    role: Role | None
    how: How
    lines: list[str] = field(default_factory=list)
    is_scope: bool = False
    """Whether the label is a heading or a summary, under which everything belongs to it until the next one."""
    is_side: bool = False

    @property
    def text(self) -> str:
        """The lines, without the blank ones around."""
        return "\n".join(self.lines).strip(" \t\n") if len(self.lines) != 1 else self.lines[0].strip(" \t\n")

    @property
    def is_empty(self) -> bool:
        """Whether nothing is written on the lines, which need not all be joined to know it."""
        return not any(line.strip(" \t\n") for line in self.lines)


def read_pieces(lines: Sequence[str]) -> list[Piece]:
    """Cut the lines of a record into labelled and unlabelled pieces, the head first."""
    return _Cutter().cut(lines)


class _Cutter:
    """Lines to pieces."""

    def __init__(self) -> None:
        self.pieces: list[Piece] = []
        self._roles: set[str | None] = set()
        self._scope: Piece | None = None
        self._is_blank = False

    def cut(self, lines: Sequence[str]) -> list[Piece]:
        for index, line in enumerate(lines):
            if not line.strip(" \t>"):
                self._is_blank = True
                continue
            if self._is_skipped(line):
                continue
            self._line(line, is_first=index == 0)
            self._is_blank = False
        return [piece for piece in self.pieces if piece.text or piece.how == "heading"]

    def _add(self, piece: Piece) -> None:
        self.pieces.append(piece)
        self._roles.add(piece.role)

    def _is_skipped(self, line: str) -> bool:
        if line.lstrip(" \t>")[:1] not in _SKIPPED_STARTS:
            return False
        if _DETAILS_CLOSE.fullmatch(line):
            self._scope = None
            self._is_blank = True
            return True
        return (
            _RULE.fullmatch(line) is not None
            or _IMAGE_LINE.fullmatch(line) is not None
            or (
                line.lstrip(" \t").startswith("<")
                and "summary" not in line
                and _TAG_LINE.fullmatch(line) is not None
            )
            or (line.lstrip(" \t>").startswith("```") and line.count("```") < 2)
        )

    def _line(self, line: str, *, is_first: bool) -> None:
        heading = _HEADING.match(line)
        if heading is not None:
            text = (heading["text"] or heading["html"] or "").rstrip(" \t#")
            self._heading(text, is_first=is_first or not self.pieces)
        elif "<summary" in line:
            self._details(line, is_first=is_first or not self.pieces)
        elif line.lstrip(" \t>").startswith("|") and line.count("|") >= 3 and self.pieces:
            self._row(line)
        else:
            self._segments(line)

    def _heading(self, text: str, *, is_first: bool) -> None:
        label = bare_text(text)
        if is_first:
            self._add(Piece("", None, "heading", [text]))
            return
        role = role_of(HEAD_NUMBER.sub("", label, count=1) or label)
        if (
            role is None
            and "title" not in self._roles
            and LABELLED_TITLE.match(HEAD_NUMBER.sub("", label, count=1))
        ):
            self._add(
                Piece(
                    "title",
                    "title",
                    "heading",
                    [LABELLED_TITLE.sub("", HEAD_NUMBER.sub("", label, count=1), count=1)],
                )
            )
            self._scope = None
            return
        piece = Piece(label, role, "heading", is_scope=True, is_side=is_side(label))
        self._add(piece)
        self._scope = piece

    def _details(self, line: str, *, is_first: bool) -> None:
        line = _SUMMARY_OPEN.sub("", line)
        match = _SUMMARY.search(line)
        if match is None:
            return
        words, rest = match[1], line[match.end() :]
        closes = "</details>" in rest
        rest = rest.replace("</details>", "")
        label = bare_text(words)
        if is_first and role_of(label) is None and len(label) > 12:  # no label, the head of the record
            self._add(Piece("", None, "heading", [words]))
        else:
            piece = Piece(label, role_of(label), "details", [rest] if rest.strip() else [], is_scope=True)
            self._add(piece)
            self._scope = None if closes else piece
            return
        if rest.strip():
            self._segments(rest)

    def _row(self, line: str) -> None:
        cells = [cell.strip() for cell in line.strip(" \t>").strip("|").split("|")]
        if not any(cell.strip(":- ") for cell in cells):
            return
        role = role_of(bare_text(cells[0]))
        if len(cells) == 2 and role is not None:  # a table of fields and their texts
            self._add(Piece(bare_text(cells[0]), role, "cell", [cells[1]]))

    def _segments(self, line: str) -> None:
        is_quote = line.lstrip(" \t").startswith(">")
        if self._is_bare_label(line):
            label = bare_text(unmarked(line))
            self._scope = Piece(label, role_of(label), "line", is_scope=True)
            self._add(self._scope)
            return
        if self._prose_is_open(is_quote=is_quote) and line.lstrip(" \t>")[:1].isalnum():
            # A wrapped paragraph goes on, whatever its next line begins with: `categories: ...`, `1) ...`.
            self._append(line.strip(" \t>"), is_quote=is_quote)
            return
        for segment in segments_of(line):
            if segment.label and (segment.role is not None or not self._in_text()):
                self._add(
                    Piece(segment.label, segment.role, "line", [segment.text], is_side=is_side(segment.label))
                )
                if not (self._scope and self._scope.how == "details"):
                    self._scope = None
                continue
            text = segment.text if not segment.label else unmarked(line)
            if self.pieces and self.pieces[-1].role == "authors" and _ITEM.match(line):
                text += ";"  # one name an item
            self._append(text, is_quote=is_quote)

    def _prose_is_open(self, *, is_quote: bool) -> bool:
        """Whether the line above belongs to a paragraph that was wrapped in the middle of a sentence."""
        last = self.pieces[-1] if self.pieces and not self._is_blank else None
        if last is None or last.how == "heading" or (last.label and last.role != "abstract"):
            return False
        if not last.label and last.how != ("quote" if is_quote else "line"):
            return False
        return _is_open_prose(last.lines)

    def _is_bare_label(self, line: str) -> bool:
        """Whether a line is the word `Abstract` or `Authors` alone, above the text that it names."""
        if not 2 < len(line) < 40 or not self.pieces or "：" in line or ":" in line:
            return False
        return role_of(bare_text(unmarked(line))) in _BARE_LABELS

    def _in_text(self) -> bool:
        """Whether a piece of free text is open, in which a bold word with a colon is text."""
        return self._scope is not None or bool(
            self.pieces and self.pieces[-1].role in {"abstract", "abstract_zh"} and not self._is_blank
        )

    def _append(self, text: str, *, is_quote: bool) -> None:
        last = self.pieces[-1] if self.pieces else None
        if self._scope is None and last is not None and last.role in _SHORT_ROLES:
            label = _PLAIN_LABEL.match(text)
            if label is not None:
                self._add(Piece(label[1], None, "line", [text[label.end() :]]))
                return
        if self._scope is not None:
            self._scope.lines += ["", text] if self._is_blank and self._scope.lines else [text]
        elif (
            last is not None
            and last.how != "heading"
            and last.label
            and (last.is_empty or (not self._is_blank and last.role not in _ONE_LINE))
        ) or (
            last is not None
            and not last.label
            and not self._is_blank
            and last.how == ("quote" if is_quote else "line")
            and (
                (not _stands_alone(last.lines[-1]) and not _stands_alone(text))
                or _names_go_on(last, text)
                or _prose_goes_on(last, text)
            )
        ):
            last.lines.append(text)
        else:
            self._add(Piece("", None, "quote" if is_quote else "line", [text]))


def _prose_goes_on(last: Piece, text: str) -> bool:
    """Whether the text is an address in which a paragraph that was wrapped ends: `Our code is at` `https://...`."""
    if text.startswith("http"):
        return "arxiv.org" not in text and len(last.lines) > 1 and len(last.lines[-1]) > _PROSE_WIDTH
    return _is_open_prose(last.lines)


def _is_open_prose(lines: list[str]) -> bool:
    """Whether the lines are wrapped prose that stops in the middle of a sentence."""
    if len(lines) < 2 or len(lines[-1]) <= _PROSE_WIDTH or lines[-1].rstrip()[-1:] in ".!?。：:;":
        return False
    if "http" in lines[-1]:
        return False
    total = 0
    for line in lines:
        total += len(line)
        if total > _PARAGRAPH:
            return True
    return False


def _names_go_on(last: Piece, text: str) -> bool:
    """Whether a list of names was wrapped, and the text is its next line."""
    before = last.lines[-1].rstrip()
    return len(before) > _WRAPPED and looks_like_names(before) and (looks_like_names(text) or is_name(text))


def _stands_alone(text: str) -> bool:
    """Whether a line without a label is a field by itself: names in italics, a link, ticked words."""
    plain = text.strip(" \t")
    return (
        (plain[:1] in "_*`[<" and plain[-1:] in "_*`)]>")
        or (plain[:1] > "\u2190" and is_signed(plain))
        or plain.startswith("http")
        or looks_like_names(plain)
    )
