"""Records of a RIS file with their lines, and the references that they state.

rispy reads one record at a time. A text over several lines is joined before: rispy would add line to line, which
takes square time.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from paperhouse.transforms.exports.names import turned_name
from paperhouse.transforms.exports.references import Reference, collapse_spaces
from paperhouse.transforms.parsing.sections import last_text_line

if TYPE_CHECKING:
    from rispy import RisParser

LONGEST_RECORD: Final = 400_000
"""Characters of one record."""
TAG: Final = re.compile(r"[A-Z][A-Z0-9] {1,2}-(?: |$)")
_START: Final = re.compile(r"TY {1,2}-")
_END: Final = re.compile(r"ER {1,2}-")
_AUTHOR_TAGS: Final = ("AU", "A1")
_TYPE_OF_DATE: Final = re.compile(r"(?P<year>[0-9]{4})/(?P<month>[0-9]{1,2})/(?P<day>[0-9]{1,2})")


@dataclass(frozen=True, slots=True)
class RisRecord:
    """Lines from `TY` to `ER`; one that a new record cuts short, or the end of the text, ends there."""

    line_start: int
    line_end: int
    lines: list[str]
    is_whole: bool


def ris_records(lines: list[str]) -> Iterator[RisRecord]:
    """Every record, in order."""
    start: int | None = None
    for number, line in enumerate(lines, start=1):
        if _START.match(line):
            if start is not None:
                end = last_text_line(lines, start, number - 1)
                yield RisRecord(start, end, lines[start - 1 : end], is_whole=False)
            start = number
        elif start is not None and _END.match(line):
            yield RisRecord(start, number, lines[start - 1 : number], is_whole=True)
            start = None
    if start is not None:
        end = last_text_line(lines, start, len(lines))
        yield RisRecord(start, end, lines[start - 1 : end], is_whole=False)


@cache
def _parser() -> "RisParser":
    from rispy import RisParser  # noqa: PLC0415 - only such files need it

    return RisParser()


def read_record(record: RisRecord) -> Reference | None:
    """Reference that the record states; None where it is too long. One that broke off is read as far as it goes."""
    if sum(map(len, record.lines)) > LONGEST_RECORD:
        return None
    joined: list[list[str]] = []
    for line in record.lines:
        if TAG.match(line) or not joined:
            joined.append(
                [line if line[2:5] == "  -" else f"{line[:2]}  - {line.partition('-')[2].lstrip()}"]
            )
        elif line.strip():
            joined[-1].append(line.strip())
    text = [" ".join(parts) for parts in joined]
    if not record.is_whole:
        text.append("ER  - ")
    found: list[dict[str, Any]] = _parser().parse_lines(iter(text))
    if len(found) != 1:
        return None
    reference = reference_of(found[0])
    reference.is_list_cut = not record.is_whole and joined[-1][0].startswith(_AUTHOR_TAGS)
    return reference


def reference_of(fields: dict[str, Any]) -> Reference:
    """Reference that the fields of a record state, under the names that rispy gives them."""
    authors = [turned_name(name) for key in ("authors", "first_authors") for name in _texts(fields.get(key))]
    journal = next((text for key in _JOURNALS if (text := collapse_spaces(_text(fields.get(key))))), None)
    unknown = fields.get("unknown_tag") or {}
    links = [
        *_texts(fields.get("urls")),
        *_texts(fields.get("file_attachments1")),
        *_texts(fields.get("url")),
    ]
    notes = [*_texts(fields.get("notes")), *_texts(fields.get("research_notes"))]
    return Reference(
        title=_text(fields.get("title")) or _text(fields.get("primary_title")),
        authors=[name for name in authors if name],
        abstract=_text(fields.get("abstract")) or _text(fields.get("notes_abstract")),
        identifiers=[*_texts(fields.get("accession_number")), *links],
        mentions=[
            journal,
            *notes,
            *_texts(fields.get("number")),
            *_texts(fields.get("note")),
            *_texts(fields.get("label")),
            *_texts(fields.get("type_of_work")),
            *(text for values in unknown.values() for text in _texts(values)),
        ],
        doi=_text(fields.get("doi")),
        journal_ref=None if journal is None or "arxiv" in journal.casefold() else journal,
        comment=next((note for note in notes if note.casefold().startswith("comment")), None),
        date=_date(fields),
    )


_JOURNALS: Final = ("journal_name", "secondary_title", "alternate_title3", "alternate_title2")


def _date(fields: dict[str, Any]) -> str | None:
    for key in ("date", "publication_year", "year", "primary_date"):
        match = _TYPE_OF_DATE.match(_text(fields.get(key)) or "")
        if match:
            return f"{match['year']}-{match['month']}-{match['day']}"
    return _text(fields.get("date"))


def _text(value: object) -> str | None:
    return next(iter(_texts(value)), None)


def _texts(value: object) -> list[str]:
    return [
        text for text in (value if isinstance(value, list) else [value]) if isinstance(text, str) and text
    ]
