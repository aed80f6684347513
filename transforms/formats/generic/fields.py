"""One record of lines to one entry: each field by its label, by its place, or by its looks."""

# ruff: noqa: E501, PLR2004  (patterns and vocabularies are read in one piece; the numbers are lengths of what is looked at)

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from paperhouse.transforms.arxiv.category_lists import category_codes
from paperhouse.transforms.calendar.dates import date_in
from paperhouse.transforms.digest import Entry, LinkKind, Note, Translation
from paperhouse.transforms.formats.generic.names import looks_like_names, read_names
from paperhouse.transforms.formats.generic.segments import (
    bare_text,
    bold_parts,
    links_in,
    segments_of,
    unmarked,
)
from paperhouse.transforms.formats.generic.vocabulary import (
    is_generic_heading,
    is_link_word,
    is_side,
    role_of,
)
from paperhouse.transforms.parsing.field_names import Role, normal_name
from paperhouse.transforms.text.language import written_language
from paperhouse.transforms.text.links import host_of, link_kind, urls_in
from paperhouse.transforms.text.unwrap import unwrap

How = Literal["heading", "line", "quote", "details", "cell", "key"]

_HEADING: Final = re.compile(
    r"[ \t>]*#{1,6}[ \t]+(?P<text>.*?)[ \t#]*\Z|[ \t]*<h[1-6][^>]*>(?P<html>.*)\Z", re.IGNORECASE
)
_SUMMARY: Final = re.compile(r"<summary\b[^<>]*>(.*?)</summary>", re.IGNORECASE | re.DOTALL)
_SUMMARY_OPEN: Final = re.compile(r"[ \t>]*<details\b[^<>]*>[ \t]*", re.IGNORECASE)
_DETAILS_CLOSE: Final = re.compile(r"[ \t]*</details>[ \t]*", re.IGNORECASE)
_RULE: Final = re.compile(r"[ \t>]*(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,}|<hr\b[^>]*>)[ \t]*")
_IMAGE_LINE: Final = re.compile(
    r"[ \t>]*(?:!\[[^\]\n]*\]\([^)\n]*\)[ \t]*)+|[ \t]*<img\b[^>]*>[ \t]*", re.IGNORECASE
)
_TAG_LINE: Final = re.compile(r"[ \t]*(?:</?[a-z][a-z0-9]*\b[^<>]*>[ \t]*)+", re.IGNORECASE)
_NUMBER: Final = re.compile(
    r"[^\w\[(「『《<$\\*_`'\"“‘¿¡#@]*(?:\[(?:[A-Za-z-]{1,14}[ ]?)?\d{1,4}\]|[(（]\d{1,4}[)）]|\d{1,4}[.)、．:：](?=\D)|#\d{1,4}\b|No\.? ?\d{1,4}[.:]?)?[ \t]*[^\w\[(「『《<$\\*_`'\"“‘¿¡#@]*"
)
_LABELLED_TITLE: Final = re.compile(
    r"(?:title|paper(?: title)?|标题|题目|论文标题|タイトル|제목)[ \t]*[:：][ \t]*", re.IGNORECASE
)
_TAIL: Final = re.compile(
    r"[ \t]*(?:\[\[?(?:back|top|pdf|arxiv|abs|code|link|html|paper|↑)\]?\](?:\([^)\s]*\))?|\((?:(?-i:cs|math|stat|eess|econ|q-bio|q-fin|astro-ph|cond-mat|gr-qc|hep-[a-z]{2}|math-ph|nlin|nucl-[a-z]{2}|physics|quant-ph)(?:\.[A-Za-z-]{2,17})?[,;/ ]{0,3}){1,20}\)"
    r"|[(\[]?arXiv:[ ]?[\w./-]+[)\]]?|`[^`\n]{1,60}`|https?://\S+|[📦🔥⭐🆕✨🌟💻📄📥🔗🏆]+(?:\s?(?:代码|有代码|code|new|hot))?|\(\d(?:\.\d+)?\))[ \t]*\Z",
    re.IGNORECASE,
)
_LATIN_WORD: Final = re.compile(r"[A-Za-z\u00c0-\u024f]{2,}")
_HAN: Final = re.compile(r"[\u3400-\u9fff\u3041-\u30ff\uac00-\ud7a3]")
_PAREN_TAIL: Final = re.compile(
    r"\A(?P<title>.{8,400}?)[ \t]*[(（](?P<names>[^()（）]{5,4000}(?:[(（][^()（）]{0,80}[)）][^()（）]{0,2000}){0,6})[)）][ \t]*\Z",
    re.DOTALL,
)
_DASH: Final = re.compile(r"[ \t]+(?:[-–—]|by)[ \t]+|[ \t]*—[ \t]*")
_CUT: Final = re.compile(r"(?:\.\.\.|…)[\"'”’)\]]?[ \t]*\Z")
_MIN_PROSE: Final = 280
_MIN_QUOTE: Final = 120
_LONGEST_TITLE: Final = 400
_LONGEST_HEAD: Final = 4000
_LONGEST_NOTE: Final = 20_000
_KIND_OF_ROLE: Final[dict[Role, LinkKind]] = {"code": "code", "project": "project"}
_ID_LINK_ROLES: Final = frozenset({"arxiv_id", "link", "pdf", "html"})
_NOTE_ROLES: Final = frozenset(
    {"score", "summary", "tldr", "keywords", "affiliations", "venue", "upvotes", "translation"}
)
_NOTHING: Final = frozenset(
    {
        "",
        "none",
        "null",
        "n/a",
        "na",
        "-",
        "--",
        "—",
        "nan",
        "无",
        "暂无",
        "未提供",
        "not available",
        "unavailable",
        "없음",
        "なし",
        "未公开",
        "未开源",
    }
)


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


@dataclass(slots=True)
class EntryDraft:
    """An entry in the making, and where each field of it came from."""

    entry: Entry
    sources: dict[str, str] = field(default_factory=dict)


def read_record(  # noqa: PLR0913 - what is known of a record, each by its name
    lines: Sequence[str],
    start: int,
    end: int,
    paper: tuple[str, int | None],
    *,
    topic: str | None = None,
    pieces: Sequence[Piece] | None = None,
) -> EntryDraft:
    """Read the entry of the lines `start` to `end` (from 1), whose paper is known already."""
    entry = Entry(start, end, paper[0], None, paper[1], topic=topic)
    draft = EntryDraft(entry)
    found = list(pieces) if pieces is not None else read_pieces(lines[start - 1 : end])
    _set_title(draft, found)
    _set_authors(draft, found)
    _set_abstract(draft, found)
    _set_plain(draft, found)
    _set_links(draft, found)
    _set_notes(draft, found)
    return draft


def read_pieces(lines: Sequence[str]) -> list[Piece]:
    """Cut the lines of a record into labelled and unlabelled pieces, the head first."""
    return _Cutter().cut(lines)


class _Cutter:
    """Lines to pieces."""

    def __init__(self) -> None:
        self.pieces: list[Piece] = []
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

    def _is_skipped(self, line: str) -> bool:
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
            self._heading(heading["text"] or heading["html"] or "", is_first=is_first or not self.pieces)
        elif "<summary" in line:
            self._details(line, is_first=is_first or not self.pieces)
        elif line.lstrip(" \t>").startswith("|") and line.count("|") >= 3 and self.pieces:
            self._row(line)
        else:
            self._segments(line)

    def _heading(self, text: str, *, is_first: bool) -> None:
        label = bare_text(text)
        if is_first:
            self.pieces.append(Piece("", None, "heading", [text]))
            return
        role = role_of(_NUMBER.sub("", label, count=1) or label)
        if (
            role is None
            and not any(p.role == "title" for p in self.pieces)
            and _LABELLED_TITLE.match(_NUMBER.sub("", label, count=1))
        ):
            self.pieces.append(
                Piece(
                    "title",
                    "title",
                    "heading",
                    [_LABELLED_TITLE.sub("", _NUMBER.sub("", label, count=1), count=1)],
                )
            )
            self._scope = None
            return
        piece = Piece(label, role, "heading", is_scope=True, is_side=is_side(label))
        self.pieces.append(piece)
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
            self.pieces.append(Piece("", None, "heading", [words]))
        else:
            piece = Piece(label, role_of(label), "details", [rest] if rest.strip() else [], is_scope=True)
            self.pieces.append(piece)
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
            self.pieces.append(Piece(bare_text(cells[0]), role, "cell", [cells[1]]))

    def _segments(self, line: str) -> None:
        is_quote = line.lstrip(" \t").startswith(">")
        for segment in segments_of(line):
            if segment.label and (segment.role is not None or not self._in_text()):
                self.pieces.append(
                    Piece(segment.label, segment.role, "line", [segment.text], is_side=is_side(segment.label))
                )
                if not (self._scope and self._scope.how == "details"):
                    self._scope = None
                continue
            self._append(segment.text if not segment.label else unmarked(line), is_quote=is_quote)

    def _in_text(self) -> bool:
        """Whether a piece of free text is open, in which a bold word with a colon is text."""
        return self._scope is not None or bool(
            self.pieces and self.pieces[-1].role in {"abstract", "abstract_zh"} and not self._is_blank
        )

    def _append(self, text: str, *, is_quote: bool) -> None:
        last = self.pieces[-1] if self.pieces else None
        if self._scope is not None:
            self._scope.lines += ["", text] if self._is_blank and self._scope.lines else [text]
        elif (
            last is not None
            and last.how != "heading"
            and last.label
            and (not self._is_blank or not last.text)
        ) or (
            last is not None
            and not last.label
            and not self._is_blank
            and last.how == ("quote" if is_quote else "line")
            and not _stands_alone(last.lines[-1])
            and not _stands_alone(text)
        ):
            last.lines.append(text)
        else:
            self.pieces.append(Piece("", None, "quote" if is_quote else "line", [text]))


def _stands_alone(text: str) -> bool:
    """Whether a line without a label is a field by itself: names in italics, a link, ticked words."""
    plain = text.strip(" \t")
    return (
        (plain[:1] in "_*`[<" and plain[-1:] in "_*`)]>")
        or plain.startswith("http")
        or looks_like_names(plain)
    )


def _joined(piece: Piece) -> str:
    """Text of a piece of prose; lines that were wrapped at a fixed width become one."""
    text = bare_text(piece.text) if "](" not in piece.text else piece.text
    lines = text.split("\n")
    widest = max(len(line) for line in lines)
    if (
        len(lines) > 2
        and widest <= 140
        and all(
            len(line) >= widest - 30 or not line or not after
            for line, after in zip(lines, [*lines[1:], ""], strict=True)
        )
    ):
        return "\n\n".join(" ".join(part.split("\n")) for part in text.split("\n\n"))
    return unwrap(text)


# --- title ---------------------------------------------------------------------------------------------------


def _set_title(draft: EntryDraft, pieces: list[Piece]) -> None:
    entry = draft.entry
    for piece in pieces:
        if piece.role in {"title", "title_zh"} and piece.text:
            links = [link for link in links_in(piece.text) if not is_link_word(link.words)]
            text = _clean_title(links[0].words if links else piece.text)
            _take_title(draft, text, piece.label, is_translation=piece.role == "title_zh")
    head = pieces[0] if pieces and not pieces[0].label else None
    if entry.title is None and head is not None:
        _title_of_head(draft, head)
    if entry.title is None:
        _title_elsewhere(draft, pieces)


def _take_title(draft: EntryDraft, text: str, source: str, *, is_translation: bool = False) -> bool:
    """Keep the text as title, or as a translated one where its script says so; False if it is no title."""
    if not text or len(text) > _LONGEST_TITLE or text.lower() in _NOTHING:
        return False
    language = written_language(text)
    if language is not None or (is_translation and _HAN.search(text)):
        _translate(draft.entry, language or "zh", title=text)
        return True
    if draft.entry.title is None and not is_translation:
        draft.entry.title = text
        draft.sources["title"] = source
    return True


def _translate(entry: Entry, language: str, title: str | None = None, abstract: str | None = None) -> None:
    for index, known in enumerate(entry.translations):
        if known.language == language:
            entry.translations[index] = Translation(
                language, known.title or title, known.abstract or abstract
            )
            return
    entry.translations.append(Translation(language, title, abstract))


def _title_of_head(draft: EntryDraft, head: Piece) -> None:
    """Title, and what else stands in the head: names behind it, in brackets or after a dash."""
    raw = head.lines[0]
    links = [
        link for link in links_in(raw) if not is_link_word(link.words) and not link.words.startswith("!")
    ]
    source = "heading" if head.how == "heading" else "first line"
    if links:
        words = _clean_title(links[0].words)
        if _is_title(words, weak=True) and _take_title(draft, words, f"link text of the {source}"):
            _names_in_rest(draft, raw[links[0].end :])
            return
    bold = next((part for part in bold_parts(raw) if len(part) > 8 and role_of(part) is None), None)
    if bold is not None and not is_link_word(bare_text(bold)):
        words = _clean_title(bold)
        if _is_title(words, weak=True) and _take_title(draft, words, f"bold text of the {source}"):
            _names_in_rest(draft, raw[raw.find(bold) + len(bold) :])
            return
    if head.how == "heading" or len(head.lines) == 1 or len(raw) < _MIN_PROSE:
        _title_of_text(draft, raw, source, is_heading=head.how == "heading")


def _title_of_text(draft: EntryDraft, raw: str, source: str, *, is_heading: bool) -> None:
    text = _clean_title(raw)
    match = _PAREN_TAIL.match(text)
    if match and looks_like_names(match["names"]):
        if _take_title(draft, _clean_title(match["title"]), source):
            _take_names(draft, match["names"], f"brackets of the {source}")
        return
    parts = _DASH.split(text, maxsplit=1)
    if len(parts) == 2 and looks_like_names(_DASH.split(parts[1])[0]):  # title and the rest
        if _take_title(draft, _clean_title(parts[0]), source):
            _take_names(draft, _DASH.split(parts[1])[0], f"behind the title in the {source}")
        return
    if _is_title(text, weak=is_heading):
        _take_title(draft, text, source)


def _names_in_rest(draft: EntryDraft, rest: str) -> None:
    plain = bare_text(re.sub(r"\[\[?[^\]\n]{0,40}\]?\]\([^)\n]*\)\]?|<a\b.*", "", rest)).strip(
        " \t*-–—:：,.()（）[]|"
    )
    if plain and looks_like_names(plain):
        _take_names(draft, plain, "behind the title")


def _title_elsewhere(draft: EntryDraft, pieces: list[Piece]) -> None:
    """A title behind the head: the words of a link to the paper, a bold or short line before any prose."""
    for piece in pieces:
        if piece.is_scope or piece.is_side or (piece.role is not None and piece.role not in _ID_LINK_ROLES):
            continue
        for link in links_in(piece.text):
            words = _clean_title(link.words)
            if (
                draft.entry.arxiv_id in link.url
                and not is_link_word(link.words)
                and _is_title(words, weak=True)
                and _take_title(draft, words, "link text")
            ):
                return
        if piece.label:
            continue
        line = (
            " ".join(part.strip() for part in piece.lines)
            if 1 < len(piece.lines) <= 3 and not piece.lines[0].rstrip().endswith(".")
            else piece.lines[0]
        )  # a title over two lines
        line = line if _PAREN_TAIL.match(_clean_title(line)) else piece.lines[0]
        if len(line) > _MIN_PROSE + 4000 or looks_like_names(line) or "](" in line or line.startswith("http"):
            continue
        text = _clean_title(line)
        if _PAREN_TAIL.match(text) or (
            _is_title(text, weak=False) and not text.endswith((".", "。", "...", ":", "："))
        ):
            before = draft.entry.title
            _title_of_text(draft, line, "a line of its own", is_heading=False)
            if draft.entry.title != before:
                return
        if len(text) > _MIN_PROSE:
            return


def _is_title(text: str, *, weak: bool) -> bool:
    if (
        not text
        or len(text) > _LONGEST_TITLE
        or is_link_word(text)
        or role_of(text) is not None
        or text.startswith(("http", "@"))
    ):
        return False
    if weak:
        if " " not in text and not _HAN.search(text):
            return False  # `notes`, `README`: the name of a file
        return not (is_generic_heading(text) and len(_LATIN_WORD.findall(text)) < 6)
    return len(_LATIN_WORD.findall(text)) >= 3 and 12 <= len(text) <= 250


def _clean_title(raw: str) -> str:
    """Title without numbers, marks and emoji before it, and without ids, categories and links behind."""
    text = bare_text(unmarked(raw[:_LONGEST_HEAD]))
    text = text[_NUMBER.match(text).end() :]  # type: ignore[union-attr]  # it matches the empty string too
    text = _LABELLED_TITLE.sub("", text, count=1)
    bold = re.match(r"\*\*(.+?)\*\*", text)
    if bold and len(bold[1]) > 8:
        text = bold[1] if not text[bold.end() :].strip() or len(text) - bold.end() < len(bold[1]) else text
    before = None
    while before != text:
        before, text = text, _TAIL.sub("", text)
    text = bare_text(text).strip(" \t\n|·-–—*")
    return " ".join(text.split()) if "\n" in text else text


# --- authors -------------------------------------------------------------------------------------------------


def _take_names(draft: EntryDraft, text: str, source: str) -> None:
    if draft.entry.authors:
        return
    names, completeness = read_names(text)
    if names:
        draft.entry.authors, draft.entry.authors_completeness = names, completeness
        draft.sources["authors"] = source


def _set_authors(draft: EntryDraft, pieces: list[Piece]) -> None:
    for piece in pieces:
        if piece.role == "authors":
            _take_names(draft, piece.text, f"label {piece.label!r}" if piece.label else "names")
    if draft.entry.authors:
        return
    for index, piece in enumerate(pieces):
        if piece.label or piece.is_side or (index == 0 and piece.how == "heading"):
            continue
        for line in piece.lines[:3] if len(piece.lines) < 5 else piece.lines[:1]:
            if (looks_like_names(line) or _is_one_name(line)) and bare_text(line) != (
                draft.entry.title or ""
            ):
                _take_names(draft, line, "a line of names")
                return


def _is_one_name(line: str) -> bool:
    """Whether a line is one name in italics."""
    text = line.strip(" \t")
    return (
        len(text) > 4
        and text[0] in "_*"
        and text[0] == text[-1]
        and text[1] not in "_*"
        and looks_like_names(f"by {text[1:-1]}")
    )


# --- abstract ------------------------------------------------------------------------------------------------


def _set_abstract(draft: EntryDraft, pieces: list[Piece]) -> None:
    entry = draft.entry
    for piece in pieces:
        if piece.role == "abstract" and piece.text and not piece.is_side:
            _take_abstract(draft, _joined(piece), f"label {piece.label!r}")
        elif piece.role in {"abstract_zh", "translation"} and piece.text:
            text = _joined(piece)
            language = written_language(text)
            if language is not None:
                _translate(entry, language, abstract=text)
                piece.role = "abstract_zh"
    if entry.abstract is None:
        _unlabelled_abstract(draft, pieces)


def _take_abstract(draft: EntryDraft, text: str, source: str) -> None:
    """Keep a text as the abstract, or as a translation of it; a text that is only a link is neither."""
    text = _without_link_tail(text)
    if (
        not text
        or text.lower() in _NOTHING
        or text.startswith("http")
        or (text.startswith("[") and "](" in text and text.endswith(")") and len(text) < _MIN_QUOTE)
    ):
        return
    language = written_language(text)
    if language is not None:
        _translate(draft.entry, language, abstract=text)
        return
    if draft.entry.abstract is None:
        draft.entry.abstract = text
        draft.entry.abstract_completeness = "truncated" if _CUT.search(text) else "full"
        draft.sources["abstract"] = source


def _without_link_tail(text: str) -> str:
    return re.sub(r"\n+(?:https?://\S+|\[[^\]\n]{0,60}\]\([^)\s]*\))[ \t]*\Z", "", text).strip(" \t\n")


def _unlabelled_abstract(draft: EntryDraft, pieces: list[Piece]) -> None:
    """Take the one long prose that stands by itself: in a quote, in `<details>` or as a paragraph."""
    candidates: list[tuple[str, str]] = []
    for index, piece in enumerate(pieces):
        if piece.is_side or piece.label or piece.role is not None or (index == 0 and piece.how == "heading"):
            continue
        text = _joined(piece)
        if piece.how == "quote":
            text = _without_title_line(text, draft.entry.title)
        needed = _MIN_QUOTE if piece.how == "quote" else _MIN_PROSE
        if len(text) >= needed and "](" not in text[:40] and not looks_like_names(text):
            candidates.append((text, "quote" if piece.how == "quote" else "longest prose"))
    foreign = [(text, language) for text, _ in candidates if (language := written_language(text))]
    own = [(text, how) for text, how in candidates if written_language(text) is None]
    if len(own) == 1 or (own and own[0][1] == "quote" and all(how != "quote" for _, how in own[1:])):
        _take_abstract(draft, own[0][0], own[0][1])
    if not own and len(foreign) == 1:
        draft.entry.notes.append(Note("summary", foreign[0][0][:_LONGEST_NOTE], foreign[0][1]))


def _without_title_line(text: str, title: str | None) -> str:
    lines = text.split("\n")
    if (
        len(lines) > 1
        and len(lines[0]) < 300
        and (lines[0].strip() == (title or "") or not lines[0].rstrip().endswith((".", "。", "?")))
        and len(lines[0]) < len(text) // 3
    ):
        return "\n".join(lines[1:]).strip()
    return text


# --- everything else -----------------------------------------------------------------------------------------


def _set_plain(draft: EntryDraft, pieces: list[Piece]) -> None:
    entry = draft.entry
    for piece in pieces:
        text = bare_text(piece.text)
        if piece.is_side or not text or text.lower() in _NOTHING or piece.role is None:
            continue
        if piece.role in {"categories", "primary_category"}:
            _take_categories(draft, text, piece)
        elif piece.role in {"date", "updated"} and (entry.stated_date is None or piece.role == "date"):
            stated = date_in(text[:60].replace("T", " "))
            if stated is not None and (entry.stated_date is None or entry.stated_date_kind == "updated"):
                entry.stated_date = stated
                entry.stated_date_kind = "published" if piece.role == "date" else "updated"
                draft.sources["date"] = f"label {piece.label!r}"
        elif (
            piece.role in {"comment", "doi", "journal_ref"}
            and getattr(entry, piece.role) is None
            and len(text) < 2000
        ):
            setattr(entry, piece.role, text)
            draft.sources[piece.role] = f"label {piece.label!r}"
    if not entry.categories:
        _loose_categories(draft, pieces)


def _take_categories(draft: EntryDraft, text: str, piece: Piece) -> None:
    codes, _ = category_codes([text.replace("`", " ").replace("*", " ")])
    known = draft.entry.categories
    if codes:
        first = piece.role == "primary_category"
        draft.entry.categories = list(dict.fromkeys([*codes, *known] if first else [*known, *codes]))
        draft.entry.primary_category = draft.entry.primary_category or (
            codes[0] if first or not known else None
        )
        draft.sources.setdefault("categories", f"label {piece.label!r}")


_TICKED_CATEGORY: Final = re.compile(r"[`(\[]([A-Za-z][A-Za-z.,;/ -]{1,120})[`)\]]")


def _loose_categories(draft: EntryDraft, pieces: list[Piece]) -> None:
    """Categories that stand in ticks or brackets in the head: `` `cs.RO` `cs.AI` `` or `(cs.CL, cs.LG)`."""
    for piece in pieces[:3]:
        if piece.label or not piece.lines:
            continue
        codes: list[str] = []
        for match in _TICKED_CATEGORY.finditer(piece.lines[0][:2000]):
            found, others = category_codes([match[1]])
            codes += (
                found
                if not others
                and all(
                    "." in code or code.startswith(("hep", "quant", "gr-", "astro", "cond", "nucl"))
                    for code in found
                )
                else []
            )
        if codes:
            draft.entry.categories = list(dict.fromkeys(codes))
            draft.entry.primary_category = codes[0]
            draft.sources["categories"] = "marks in the first lines"
            return


def _set_links(draft: EntryDraft, pieces: list[Piece]) -> None:
    found: dict[str, LinkKind | None] = {}
    for piece in pieces:
        if (
            piece.is_side
            or piece.role
            in {"abstract", "abstract_zh", "summary", "tldr", "comment", "translation", "title_zh"}
            or piece.is_scope
        ):
            continue
        for url, words in _urls(piece.text):
            kind = _KIND_OF_ROLE.get(piece.role) if piece.role else _kind_of_words(words)
            if kind is None and piece.role is None and not words:
                continue
            kind = kind or (link_kind(url) if link_kind(url) != "other" else None)
            if kind is not None and _is_resource(url):
                found.setdefault(url, kind)
    if found:
        draft.entry.links = list(found.items())
        draft.sources["links"] = "links with these labels or hosts"


def _urls(text: str) -> list[tuple[str, str]]:
    if "http" not in text:
        return []
    links = links_in(text)
    held = [(link.url, bare_text(link.words)) for link in links if link.url.startswith("http")]
    known = {url for url, _ in held}
    bare = text
    for link in reversed(links):
        bare = bare[: link.start] + bare[link.end :]
    return held + [(url, "") for url in urls_in(bare) if url not in known]


def _kind_of_words(words: str) -> LinkKind | None:
    name = normal_name(words)
    if re.fullmatch(r"(?:\W*)(?:code|github|source code|repo|代码|コード|코드|official code)(?:\W*)", name):
        return "code"
    if re.fullmatch(
        r"(?:\W*)(?:project(?: page)?|homepage|website|demo|项目|项目主页|项目页面|主页)(?:\W*)", name
    ):
        return "project"
    return None


def _is_resource(url: str) -> bool:
    host = host_of(url)
    return (
        not any(
            host.endswith(known)
            for known in (
                "arxiv.org",
                "alphaxiv.org",
                "papers.cool",
                "doi.org",
                "shields.io",
                "ar5iv.org",
                "semanticscholar.org",
            )
        )
        and "/papers/" not in url
    )


def _set_notes(draft: EntryDraft, pieces: list[Piece]) -> None:
    for piece in pieces:
        text = bare_text(piece.text)
        if not piece.label or piece.is_side or not text or text.lower() in _NOTHING:
            continue
        if piece.role in _NOTE_ROLES or piece.role is None:
            kind = piece.role or normal_name(piece.label).replace(" ", "_")[:40] or "note"
            draft.entry.notes.append(Note(kind, text[:_LONGEST_NOTE], written_language(text)))
