"""The authors of a record: under a label, or in a line that looks like names."""

# ruff: noqa: PLR2004  (patterns and vocabularies are read in one piece; the numbers are lengths of what is looked at)

import re
from collections.abc import Sequence
from typing import Final

from paperhouse.transforms.formats.generic.draft import EntryDraft
from paperhouse.transforms.formats.generic.names import is_lone_name, looks_like_names, read_names
from paperhouse.transforms.formats.generic.pieces import Piece
from paperhouse.transforms.formats.generic.segments import bare_text

_MOST_LINES: Final = 40
_UNLABELLED: Final = "of names"
_UNKNOWN_LABEL: Final = re.compile(r"\A[ \t]*[^\W\d_][^:：*\n,;.]{1,24}[:：][ \t]+")


def take_names(draft: EntryDraft, text: str, source: str) -> None:
    """Keep the names in the text, where none are known yet."""
    if draft.entry.authors:
        return
    names, completeness = read_names(text)
    if names:
        draft.entry.authors, draft.entry.authors_completeness = names, completeness
        draft.sources["authors"] = source


def take_lone_name(draft: EntryDraft, text: str, title: str | None = None) -> None:
    """Remember one name that no label calls the author, to be one if the digest names authors there.

    `title` is the title without the name, where the two stand in one line.
    """
    if not draft.entry.authors and not draft.lone_name and is_lone_name(text):
        draft.lone_name, draft.lone_title = bare_text(text).strip(" \t.,"), title


def set_authors(draft: EntryDraft, pieces: list[Piece]) -> None:
    """Find the authors of the record; without a label only what looks like a list of names."""
    for piece in pieces:
        if piece.role == "authors":
            take_names(draft, piece.text, f"label {piece.label!r}" if piece.label else "names")
    if draft.entry.authors:
        return
    for index, piece in enumerate(pieces):
        if piece.is_side or piece.role is not None or (index == 0 and piece.how == "heading"):
            continue
        if piece.label:
            if piece.how in {"line", "cell"} and looks_like_names(piece.text):
                take_names(draft, piece.text, f"names under {piece.label!r}")
            continue
        lines = piece.lines[1:] if index == 0 and draft.entry.title else piece.lines
        if 1 < len(lines) < _MOST_LINES and looks_like_names(joined := " ".join(lines)):
            take_names(draft, joined, "lines of names")
        if draft.entry.authors or _from_line(draft, lines):
            return


def _from_line(draft: EntryDraft, lines: list[str]) -> bool:
    """Take the first line of names among the first lines of a piece."""
    for line in lines[:3] if len(lines) < 5 else lines[:1]:
        text = _UNKNOWN_LABEL.sub("", line, count=1)
        if bare_text(line) == (draft.entry.title or ""):
            continue
        if looks_like_names(text) or _is_one_name(line):
            take_names(draft, text, "a line of names")
            return True
        take_lone_name(draft, line)
    return False


def settle_lone_names(drafts: Sequence[EntryDraft]) -> None:
    """Where most records of a digest name authors without a label, a single name in that place is an author too."""
    unlabelled = sum(
        _UNLABELLED in draft.sources.get("authors", "")
        or "behind" in draft.sources.get("authors", "")
        or "brackets" in draft.sources.get("authors", "")
        for draft in drafts
    )
    lone = [draft for draft in drafts if draft.lone_name and not draft.entry.authors]
    if not lone or unlabelled < max(2, len(lone), len(drafts) // 2):
        return
    for draft in lone:
        take_names(draft, draft.lone_name, "a single name, where others name several")
        if draft.lone_title:
            draft.entry.title = draft.lone_title


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
