"""A reference as citation managers and indexes keep it, and the entry that it states.

Only fields that say which paper the reference is may name it: an eprint field, its links, its DOI, and notes that
hold `arXiv:ID`. What stands in a title or an abstract never does.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from paperhouse.transforms.arxiv.category_lists import category_codes
from paperhouse.transforms.arxiv.identifiers import ID_PATTERN
from paperhouse.transforms.calendar.dates import date_in
from paperhouse.transforms.digest import Completeness, Entry, LinkKind, Note, Parsed, Reject
from paperhouse.transforms.parsing.json_records import Located
from paperhouse.transforms.parsing.paper_identity import identify, publisher_doi

_MENTION: Final = re.compile(rf"\b(?:arXiv:[ \t]*|arxiv[ \t]+|abs/)(?P<id>{ID_PATTERN})", re.IGNORECASE)
_DOI: Final = re.compile(
    r"\A\s*(?:doi:\s*|https?://(?:dx\.|www\.)?doi\.org/)?(?P<doi>10\.[0-9]{4,9}/\S+)", re.IGNORECASE
)
_SHOWN: Final = 10_000
"""Characters of a reject that are kept."""
# Zotero writes the identifier, and arXiv's comment behind a word of its own, into the note.
_ONLY_IDENTIFIER: Final = re.compile(
    rf"\s*arXiv:\s*{ID_PATTERN}\s*+(?:\[[^\[\]]{{1,40}}\]\s*+)?", re.IGNORECASE
)
_BEFORE_COMMENT: Final = re.compile(r"\A\s*Comments?:\s*", re.IGNORECASE)
_SPACE: Final = re.compile(r"[ \t\r\n]+")


@dataclass(slots=True)
class Reference:
    """What one reference states; `identifiers` are fields that name the paper, in order, `mentions` texts that may."""

    title: str | None = None
    authors: list[str] = field(default_factory=list)
    is_list_cut: bool = False
    abstract: str | None = None
    identifiers: list[str | None] = field(default_factory=list)
    mentions: list[str | None] = field(default_factory=list)
    doi: str | None = None
    journal_ref: str | None = None
    comment: str | None = None
    categories: list[str] = field(default_factory=list)
    primary_category: str | None = None
    date: str | None = None
    links: list[tuple[str, LinkKind | None]] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


def collapse_spaces(text: str | None) -> str | None:
    """Text with its runs of spaces and line breaks as one space each; None for an empty one."""
    return _SPACE.sub(" ", text).strip(" ") or None if text else None


def bare_doi(written: str | None) -> str | None:
    """The DOI in `https://doi.org/10.1103/X`, `doi:10.1103/X` or as it is; None if the text is none."""
    match = _DOI.match(written) if written else None
    return match["doi"].rstrip(".,;") if match else None


def mentioned(texts: Iterable[str | None]) -> list[str]:
    """Identifiers that stand in the texts as `arXiv:ID`."""
    return [match["id"] for text in texts if text for match in _MENTION.finditer(text)]


def reference_entry(reference: Reference) -> Entry | str:
    """Entry that the reference states, its lines still to be set; a reason code where it states no paper of arXiv."""
    paper = identify([*reference.identifiers, reference.doi, *mentioned(reference.mentions)])
    title = collapse_spaces(reference.title)
    if paper is None:
        return "no_arxiv_id" if title or reference.doi else "malformed_record"
    if title is None:
        return "no_title"
    abstract = reference.abstract.strip() or None if reference.abstract else None
    categories, _ = category_codes(reference.categories)
    primary, _ = category_codes([reference.primary_category] if reference.primary_category else [])
    day = date_in(reference.date[:40].replace("T", " ")) if reference.date else None
    doi = bare_doi(reference.doi)
    return Entry(
        line_start=0,
        line_end=0,
        arxiv_id=paper[0],
        version=paper[1],
        title=title,
        authors=reference.authors,
        authors_completeness=_completeness(reference),
        abstract=abstract,
        abstract_completeness="full" if abstract else "none",
        stated_date=day,
        stated_date_kind="published" if day else None,
        primary_category=next(iter(primary or categories), None),
        categories=list(dict.fromkeys(primary + categories)),
        comment=_comment_of(reference.comment),
        doi=publisher_doi(doi, paper[0]),
        journal_ref=collapse_spaces(reference.journal_ref),
        links=reference.links,
        notes=reference.notes,
    )


def _comment_of(written: str | None) -> str | None:
    if written is None or _ONLY_IDENTIFIER.fullmatch(written):
        return None
    return collapse_spaces(_BEFORE_COMMENT.sub("", written))


def _completeness(reference: Reference) -> Completeness:
    if not reference.authors:
        return "none"
    return "truncated" if reference.is_list_cut else "full"


def place_reference(parsed: Parsed, located: Located, reference: Reference | None) -> None:
    """Turn one reference into an entry or a reject of `parsed`; a reject without an identifier names its DOI."""
    entry = "malformed_record" if reference is None else reference_entry(reference)
    if isinstance(entry, str):
        text = located.text
        doi = bare_doi(reference.doi) if reference else None
        if doi and doi not in text[:_SHOWN]:
            text = f"DOI {doi}\n{text}"
        parsed.rejects.append(Reject(located.line_start, located.line_end, entry, text))
        return
    entry.line_start, entry.line_end = located.line_start, located.line_end
    parsed.entries.append(entry)
