"""The abstract of a record: under a label, in a quote, in `<details>`, or the one long prose."""

# ruff: noqa: PLR2004  (patterns and vocabularies are read in one piece; the numbers are lengths of what is looked at)

import re
from typing import Final

from paperhouse.transforms.digest import Note
from paperhouse.transforms.formats.generic.draft import LONGEST_NOTE, NOTHING, EntryDraft, translate
from paperhouse.transforms.formats.generic.names import looks_like_names
from paperhouse.transforms.formats.generic.pieces import Piece
from paperhouse.transforms.formats.generic.segments import bare_text, without_sign
from paperhouse.transforms.text.language import written_language
from paperhouse.transforms.text.unwrap import unwrap

_CUT: Final = re.compile(r"(?:\.\.\.|…)[\"'”’)\]]?[ \t]*\Z")
_LINK_TAIL: Final = re.compile(
    r"(?:(?<![a-z,:\n])|(?<=[a-z,:]\n))\n++(?:https?://\S+|\[[^\]\n]{0,60}\]\([^)\s]*\))[ \t]*\Z"
)
_END: Final = 12
_MIN_PROSE: Final = 280
_LONGEST_LINK: Final = 2000
_MIN_QUOTE: Final = 120


def set_abstract(draft: EntryDraft, pieces: list[Piece]) -> None:
    """Find the abstract of the record; text in another script is a translated one."""
    entry = draft.entry
    for piece in pieces:
        if piece.role == "abstract" and piece.text and not piece.is_side:
            _take_abstract(draft, _joined_text(piece), f"label {piece.label!r}")
        elif piece.role in {"abstract_zh", "translation"} and piece.text:
            text = _joined_text(piece)
            language = written_language(text)
            if language is not None:
                translate(entry, language, abstract=text)
                piece.role = "abstract_zh"
    if entry.abstract is None:
        _unlabelled_abstract(draft, pieces)


def _take_abstract(draft: EntryDraft, text: str, source: str) -> None:
    """Keep a text as the abstract, or as a translation of it; a text that is only a link is neither."""
    text = _without_link_tail(text)
    if (
        not text
        or text.lower() in NOTHING
        or text.startswith("http")
        or (text.startswith("[") and "](" in text and text.endswith(")") and len(text) < _MIN_QUOTE)
    ):
        return
    language = written_language(text)
    if language is not None:
        translate(draft.entry, language, abstract=text)
        return
    if draft.entry.abstract is None:
        draft.entry.abstract = text
        draft.entry.abstract_completeness = "truncated" if _CUT.search(text[-_END:]) else "full"
        draft.sources["abstract"] = source


def _without_link_tail(text: str) -> str:
    if "http" not in text[-_LONGEST_LINK:]:
        return text.strip(" \t\n")
    return _LINK_TAIL.sub("", text).strip(" \t\n") if "\n" in text else text.strip(" \t\n")


def _unlabelled_abstract(draft: EntryDraft, pieces: list[Piece]) -> None:
    """Take the one long prose that stands by itself: in a quote, in `<details>` or as a paragraph."""
    candidates: list[tuple[str, str]] = []
    is_cited = "citation" in draft.sources.get("title", "")
    for index, piece in enumerate(pieces):
        if (
            piece.is_side
            or piece.label
            or piece.role is not None
            or (index == 0 and (piece.how == "heading" or is_cited))
        ):
            continue
        text = without_sign(_joined_text(piece))
        if piece.how == "quote":
            text = _without_title_line(text, draft.entry.title)
        if draft.entry.title and bare_text(text).lstrip("*_ ").startswith(draft.entry.title):
            continue  # the title, and the names behind it
        needed = _MIN_QUOTE if piece.how == "quote" else _MIN_PROSE
        if (
            len(text) >= needed
            and "](" not in text[:40]
            and len(bare_text(text)) >= needed
            and not text.startswith("[")
            and not looks_like_names(text)
        ):
            candidates.append((text, "quote" if piece.how == "quote" else "longest prose"))
    foreign = [(text, language) for text, _ in candidates if (language := written_language(text))]
    own = [(text, how) for text, how in candidates if written_language(text) is None]
    if len(own) == 1 or (own and own[0][1] == "quote" and all(how != "quote" for _, how in own[1:])):
        _take_abstract(draft, own[0][0], own[0][1])
    if not own and len(foreign) == 1:
        draft.entry.notes.append(Note("summary", foreign[0][0][:LONGEST_NOTE], foreign[0][1]))


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


def _joined_text(piece: Piece) -> str:
    """Text of a piece of prose; lines that were wrapped at a fixed width become one."""
    text = piece.text
    text = text if "](" in text else bare_text(text)
    if "\n" not in text:
        return text
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
