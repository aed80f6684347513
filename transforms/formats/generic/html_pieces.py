"""The pieces of one record of an HTML page: its innermost blocks, labelled by classes and words."""

# ruff: noqa: E501, PLR2004  (patterns and vocabularies are read in one piece; the numbers are lengths of what is looked at)

import re
from collections.abc import Iterator
from functools import lru_cache
from html import unescape
from typing import Final

from paperhouse.transforms.formats.generic.html_tree import INLINE, Element, plain_text
from paperhouse.transforms.formats.generic.pieces import Piece
from paperhouse.transforms.formats.generic.segments import segments_of
from paperhouse.transforms.formats.generic.vocabulary import is_link_word, role_of

_ANCHOR: Final = re.compile(
    r"<a\b[^<>]{0,600}?href\s{0,3}=\s{0,3}[\"']?([^\"'\s>]{1,1500})[^<>]{0,600}>((?:(?!</a).){0,3000})</a\s*>",
    re.IGNORECASE | re.DOTALL,
)
_BOLD: Final = re.compile(
    r"<(?:b|strong)\b[^<>]{0,200}>((?:(?!</?(?:b|strong)\b).){1,3000}+)</(?:b|strong)\s*>",
    re.IGNORECASE | re.DOTALL,
)
_CUT_TAG: Final = re.compile(r"</?\w+\s*>?\Z")
_CLASS_WORDS: Final = re.compile(r"[a-z]+")
_CLASS_ROLES: Final = {
    "title": "title", "headline": "title", "author": "authors", "authors": "authors", "abstract": "abstract", "summary": "summary",
    "tldr": "tldr", "date": "date", "published": "date", "category": "categories", "categories": "categories", "subjects": "categories",
    "score": "score", "comment": "comment", "comments": "comment", "keywords": "keywords", "affiliation": "affiliations", "abs": "abstract",
}  # fmt: skip


def html_pieces(text: str, element: Element) -> Iterator[Piece]:
    """Innermost blocks of a record as pieces; a class that names a field is its label."""
    pending: list[tuple[Element, str]] = [(element, "")]
    out: list[Piece] = []
    while pending:
        here, label = pending.pop()
        label = _label_of(here) or label
        blocks = [
            child for child in here.children if child.name not in INLINE or child.children or _label_of(child)
        ]
        if (
            (here.name in INLINE and here.name != "span")
            or not blocks
            or all(c.name in INLINE and not _label_of(c) for c in here.children)
        ):
            out += _leaf(text, here, label)
            continue
        out += _loose(text, here, label)
        pending += [(child, label) for child in reversed(here.children)]
    yield from _scoped(out)


def _leaf(text: str, element: Element, label: str) -> list[Piece]:
    markup = _markdown(text[element.inner : element.end])
    if not markup.strip(" *"):
        return []
    is_heading = element.name in {"h1", "h2", "h3", "h4", "h5", "h6"}
    segments = segments_of(" ".join(markup.split()))
    labelled = [s for s in segments if s.label and s.role is not None]
    if labelled:
        return [Piece(s.label, s.role, "line", [s.text]) for s in segments]
    if element.name == "summary" and role_of(markup.strip(" *")) is not None:
        return [Piece(markup.strip(" *"), role_of(markup.strip(" *")), "details", [], is_scope=True)]
    if label and label in _CLASS_ROLES:
        role = _CLASS_ROLES[label]
        words = plain_text(text[element.inner : element.end])
        if is_heading or role != "title" or not is_link_word(words):
            return [Piece(label, role, "cell", [markup.strip()])]  # type: ignore[arg-type]
    if is_heading:
        return [Piece("", None, "heading", [markup.strip()])]
    return [Piece("", None, "line", [" ".join(markup.split())])]


def _loose(text: str, element: Element, label: str) -> list[Piece]:
    """Text that stands in an element beside its children."""
    pieces: list[Piece] = []
    at = element.inner
    for child in [*element.children, None]:
        until = child.start if child is not None else element.end
        words = plain_text(text[at:until])
        words = _CUT_TAG.sub("", words) if "<" in words else words
        if words.strip(" |·•,-–—()[]:") and not words.startswith("</"):
            role = _CLASS_ROLES.get(label)
            pieces.append(Piece(label if role else "", role, "line", [words]))  # type: ignore[arg-type]
        if child is not None:
            at = max(at, child.end)
    return pieces


def _scoped(pieces: list[Piece]) -> list[Piece]:
    """Text below a summary that is a label belongs to it; a label without text takes the next piece."""
    kept: list[Piece] = []
    for piece in pieces:
        last = kept[-1] if kept else None
        if (last is not None and last.label and not last.text and not piece.label) or (
            last is not None and last.is_scope and not last.text
        ):
            last.lines.extend(piece.lines)
        else:
            kept.append(piece)
    return kept


def _markdown(markup: str) -> str:
    """Markup with links and bold text as Markdown has them, all else as plain text."""
    if "<" not in markup:
        return plain_text(markup)
    linked = _ANCHOR.sub(lambda m: f"[{plain_text(m[2])}]({unescape(m[1])})", markup)
    return plain_text(str(_BOLD.sub(lambda bold: f"**{bold[1].strip() or ' '}**", linked)))


def _label_of(element: Element) -> str:
    """The field that a class names: `paper-authors` is authors; a container of all fields names none."""
    return _label_of_classes(element.classes) if element.classes else ""


@lru_cache(maxsize=4096)
def _label_of_classes(classes: str) -> str:
    for name in classes.lower().split():
        words: list[str] = _CLASS_WORDS.findall(name)
        if not words or len(words) > 4:
            continue
        if any(word in {"cn", "zh", "ja", "translated", "translation"} for word in words):
            return (
                "summary" if words[-1] in _CLASS_ROLES or (words[-2:-1] and words[-2] in _CLASS_ROLES) else ""
            )
        if words[-1] in _CLASS_ROLES:
            return words[-1]
        if (
            len(words) > 1
            and words[-1] in {"text", "content", "list", "line", "names"}
            and words[-2] in _CLASS_ROLES
        ):
            return words[-2]
    return ""
