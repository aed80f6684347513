"""The words of the domain as values: entry, reject, furniture and what one digest came to.

A format turns text into `Parsed`; everything after it works on these values and on frames made of them.
Lines and positions start at 1. A field that the digest does not state is None (or empty for lists).
"""

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from operator import attrgetter
from typing import Literal

Completeness = Literal["full", "truncated", "first_only", "none"]
"""How much of a list or text was stated; `first_only` is for author lists cut after the first name."""

LinkKind = Literal["code", "model", "dataset", "project", "other"]
Unit = Literal["line", "record"]


@dataclass(frozen=True, slots=True)
class Translation:
    """Title and abstract of one entry in another language (`language` as ISO 639-1, lower case)."""

    language: str
    title: str | None
    abstract: str | None


@dataclass(frozen=True, slots=True)
class Note:
    """Text that a digest added to a paper: a summary, a TL;DR, a score. `said_by` names the model or bot."""

    kind: str
    text: str
    language: str | None = None
    said_by: str | None = None


@dataclass(slots=True)
class Entry:
    """One paper as one digest states it; `arxiv_id` is canonical and carries no version.

    `title` is None where a digest lists identifiers and nothing else.
    """

    line_start: int
    line_end: int
    arxiv_id: str
    title: str | None
    version: int | None = None
    authors: list[str] = field(default_factory=list)
    authors_completeness: Completeness = "none"
    abstract: str | None = None
    abstract_completeness: Completeness = "none"
    topic: str | None = None
    announce_type: str | None = None
    stated_date: date | None = None
    stated_date_kind: str | None = None
    primary_category: str | None = None
    categories: list[str] = field(default_factory=list)
    comment: str | None = None
    doi: str | None = None
    journal_ref: str | None = None
    published_at: datetime | None = None
    updated_at: datetime | None = None
    links: list[tuple[str, LinkKind | None]] = field(default_factory=list)
    translations: list[Translation] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def __reduce__(self) -> tuple[type["Entry"], tuple[object, ...]]:
        """Pickle as a call with all fields in order: half the time of the default, and entries are many."""
        return Entry, _ENTRY_FIELDS(self)


_ENTRY_FIELDS = attrgetter(*(each.name for each in fields(Entry)))


@dataclass(frozen=True, slots=True)
class Reject:
    """A stretch that should have been an entry; `reason` is a code of `REASONS`, `text` the stretch itself."""

    line_start: int
    line_end: int
    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class Furniture:
    """Lines that carry no paper; `kind` says what they are (heading, separator, table_head, contents ...)."""

    line_start: int
    line_end: int
    kind: str


REASONS = {
    "no_arxiv_id": "no arXiv identifier where this format keeps it",
    "no_title": "the entry has no title",
    "several_papers": "a record that names several papers, and nothing in it says which one it is about",
    "malformed_row": "a table row whose cells do not fit its head",
    "malformed_record": "a record that is not valid JSON, CSV or Python literal, or lacks required fields",
    "unknown_format": "the file holds arXiv identifiers but no known format reads it",
    "damaged_text": "a title that is lost: the file's encoding is not known, or its bytes are damaged",
    "not_understood": "text that the format has no place for",
    "over_limit": "reading the file took more computing than the setting max_file_seconds allows",
    "parser_fault": "the format's parser failed on the file, which is a fault of Paperhouse",
}
"""Reason codes of rejects and what they mean."""


@dataclass(slots=True)
class Parsed:
    """What a format read from one text; spans must cover every unit exactly once, blank lines aside.

    `n_records` is only set where the unit is the record: the records that the container holds, counted apart
    from the spans; each is exactly one entry, reject or furniture. Lines are counted by the caller.
    """

    entries: list[Entry] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    furniture: list[Furniture] = field(default_factory=list)
    unit: Unit = "line"
    heading_date: date | None = None
    heading_list: str | None = None
    n_records: int = 0


@dataclass(frozen=True, slots=True)
class DigestFormat:
    """One digest family: how to recognise it, how to read it, and what it states.

    `recognise` sees the first stretch of the text and answers whether this family wrote it; families must not
    overlap. `authors` and `abstract` are the best completeness the family can state.
    """

    name: str
    description: str
    authors: Completeness
    abstract: Completeness
    recognise: Callable[[str], bool]
    parse: Callable[[str], Parsed]
    list_from_stem: bool = False
