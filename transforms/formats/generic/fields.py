"""One record of lines to one entry: each field by its label, by its place, or by its looks."""

# ruff: noqa: PLR2004  (patterns and vocabularies are read in one piece; the numbers are lengths of what is looked at)

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from paperhouse.transforms.arxiv.category_lists import category_codes
from paperhouse.transforms.calendar.dates import date_in
from paperhouse.transforms.digest import Entry, LinkKind, Note
from paperhouse.transforms.formats.generic.abstracts import set_abstract
from paperhouse.transforms.formats.generic.author_lines import set_authors
from paperhouse.transforms.formats.generic.draft import LONGEST_NOTE, NOTHING, EntryDraft
from paperhouse.transforms.formats.generic.pieces import Piece, read_pieces
from paperhouse.transforms.formats.generic.segments import bare_text, links_in
from paperhouse.transforms.formats.generic.titles import set_title
from paperhouse.transforms.parsing.field_names import Role, normal_name
from paperhouse.transforms.text.language import written_language
from paperhouse.transforms.text.links import host_of, link_kind, urls_in

_PAGES: Final = ("https://arxiv.org/", "http://arxiv.org/")
_KIND_OF_ROLE: Final[dict[Role, LinkKind]] = {"code": "code", "project": "project"}
_ID_ROLES: Final = frozenset({"arxiv_id", "link", "pdf", "html"})
_PLAIN_ROLES: Final = frozenset(
    {"categories", "primary_category", "date", "updated", "comment", "doi", "journal_ref"}
)
_LINKLESS_ROLES: Final = frozenset(
    {"abstract", "abstract_zh", "summary", "tldr", "comment", "translation", "title_zh"}
)
"""Fields of prose: an address in them is part of it."""
_NOTE_ROLES: Final = frozenset(
    {"score", "summary", "tldr", "keywords", "affiliations", "venue", "upvotes", "translation"}
)


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
    set_title(draft, found)
    set_authors(draft, found)
    set_abstract(draft, found)
    _set_plain(draft, found)
    _set_links(draft, found)
    _set_notes(draft, found)
    return draft


def _set_plain(draft: EntryDraft, pieces: list[Piece]) -> None:
    entry = draft.entry
    for piece in pieces:
        if piece.role not in _PLAIN_ROLES or piece.is_side:
            continue
        text = bare_text(piece.text)
        if not text or text.lower() in NOTHING:
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
        head = piece.lines[0]
        if "`" not in head and "(" not in head and "[" not in head:
            continue
        for match in _TICKED_CATEGORY.finditer(head[:2000]):
            if "." not in match[1] and "-" not in match[1]:  # as have all codes that count here
                continue
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
        if piece.is_side or piece.role in _LINKLESS_ROLES or piece.is_scope:
            continue
        text = piece.text
        if "http" not in text or (piece.role in _ID_ROLES and " " not in text and "arxiv.org" in text):
            continue
        for url, words in _urls(text):
            if url.startswith(_PAGES):
                continue
            kind = _KIND_OF_ROLE.get(piece.role) if piece.role else _kind_of_words(words)
            if kind is None and piece.role is None and not words:
                continue
            if kind is None and (told := link_kind(url)) != "other":
                kind = told
            if kind is not None and _is_resource(url):
                found.setdefault(url, kind)
    if found:
        draft.entry.links = list(found.items())
        draft.sources["links"] = "links with these labels or hosts"


def _urls(text: str) -> list[tuple[str, str]]:
    links = links_in(text)
    held = [(link.url, bare_text(link.words)) for link in links if link.url.startswith("http")]
    known = {url for url, _ in held}
    bare = text
    for link in reversed(links):
        bare = bare[: link.start] + bare[link.end :]
    if "://" not in bare:
        return held
    return held + [(url, "") for url in urls_in(bare) if url not in known]


@lru_cache(maxsize=4096)
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
        if not piece.label or piece.is_side or not (piece.role in _NOTE_ROLES or piece.role is None):
            continue
        text = bare_text(piece.text)
        if text and text.lower() not in NOTHING:
            kind = piece.role or normal_name(piece.label).replace(" ", "_")[:40] or "note"
            draft.entry.notes.append(Note(kind, text[:LONGEST_NOTE], written_language(text)))
