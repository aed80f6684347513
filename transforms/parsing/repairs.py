"""Repairs of an entry's texts, and the record that is kept of them.

Undone are double encoding, entities and the marks of arXiv's feed; halves of characters, which no text can hold, are
replaced. All else is evidence and stays.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from paperhouse.transforms.digest import Entry, Note, Parsed, Reject, Translation
from paperhouse.transforms.parsing.author_list import is_plain, settle_names
from paperhouse.transforms.parsing.rss_marks import may_hold_rss_marks, take_off_rss_marks
from paperhouse.transforms.text.encoding_repair import changed_part, may_be_misread, repair_encoding
from paperhouse.transforms.text.entities import decode_entities, may_hold_entities
from paperhouse.transforms.text.links import lone_link

# A JSON or Python text may escape one half of a UTF-16 pair alone: a string then, but not in any encoding.
_HALF_ESCAPED: Final = re.compile(r"\\u[dD][89a-fA-F]|\\U0000[dD][89a-fA-F]")
_HALF: Final = re.compile(r"[\ud800-\udfff]")
_PLAIN_FIELDS: Final = ("title", "abstract", "topic", "comment", "doi", "journal_ref", "primary_category")
_LINK_STARTS: Final = ("[", "<", "http", "*")
_MARK_START: Final = "arxiv:"
_MENDED_FIELDS: Final = ("title", "abstract", "comment")


Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Repair:
    """One field of one entry whose text was repaired."""

    position: int
    field: str
    line_start: int
    before: str
    after: str


def whole_text(text: str) -> str:
    """Join halves that stand side by side, and write U+FFFD for each that stands alone."""
    if _HALF.search(text) is None:
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def shown_text(text: str) -> str:
    r"""Write halves of characters as they are escaped (`\ud800`), so that any encoding holds them."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def repair_parsed(parsed: Parsed, text: str, *, is_repairing: bool) -> list[Repair]:
    """Make every text one that can be kept, in place, and mend what other programs spoiled if `is_repairing`.

    Author lists are taken apart after that, so that a repair's number is that of the name as the digest counts it. A
    reject shows halves of characters as the file escapes them.
    """
    halves: list[Repair] = []
    if _HALF_ESCAPED.search(text):
        halves = _join_halves(parsed.entries)
        parsed.rejects = [_shown(reject) for reject in parsed.rejects]
        parsed.heading_list = parsed.heading_list and whole_text(parsed.heading_list)
    take_out_lone_links(parsed.entries)
    encodings = repair_entries(parsed.entries) if is_repairing and may_need_repair(text) else []
    return _one_a_field([*halves, *encodings, *settle_authors(parsed.entries)])


def may_need_repair(text: str) -> bool:
    """Whether there is anything in a digest's text that could need one: character, escape, entity or mark.

    JSON writes characters beyond ASCII as escapes.
    """
    return not text.isascii() or may_hold_entities(text) or may_hold_rss_marks(text)


def repair_entries(entries: list[Entry]) -> list[Repair]:
    """Mend every stated text, in place, with one repair a field; translations are left as they are."""
    repairs: list[Repair] = []
    for position, entry in enumerate(entries, start=1):
        if not _may_need_repair(entry):
            continue
        stated = {name: text for name in _MENDED_FIELDS if (text := getattr(entry, name))}
        for name, text in stated.items():
            if (mended := _mended(text)) != text:
                setattr(entry, name, mended)
        take_off_rss_marks(entry)
        for name, before in stated.items():
            after = getattr(entry, name) or ""
            if after != before:
                repairs.append(Repair(position, name, entry.line_start, *changed_part(before, after)))
        repairs += [
            Repair(position, f"authors[{number}]", entry.line_start, before, after)
            for number, before, after in _mend_authors(entry)
        ]
    return repairs


def _may_need_repair(entry: Entry) -> bool:
    """Whether any stated text of the entry could need one: a quick look, as nearly none does."""
    title, abstract = entry.title or "", entry.abstract or ""
    if title.endswith(")") or abstract.lstrip()[: len(_MARK_START)].lower() == _MARK_START:
        return True
    for text in (title, abstract, entry.comment or "", "\x1f".join(entry.authors)):
        is_escaped = "&" in text or ("\\" in text and "\\u" in text)  # one character is found at once
        if is_escaped or (not text.isascii() and may_be_misread(text)):
            return True
    return False


def take_out_lone_links(entries: Sequence[Entry]) -> None:
    """Where a field is one link, keep what is meant, in place: of a title its text, of an abstract the link.

    A link within the digest's own folder leads nowhere from here, so it is a note.
    """
    for entry in entries:
        title = entry.title or ""
        if title.startswith(_LINK_STARTS) and (link := lone_link(title)) and link[0] != link[1]:
            entry.title = link[0] or title
        abstract = entry.abstract
        if abstract is None or not abstract.startswith(_LINK_STARTS):
            continue
        if (link := lone_link(abstract)) is None:
            continue
        entry.abstract, entry.abstract_completeness = None, "none"
        if link[1].startswith(("http://", "https://")):
            entry.links.append((link[1], None))
        else:
            entry.notes.append(Note("abstract_link", link[1]))


def settle_authors(entries: Sequence[Entry]) -> Iterator[Repair]:
    """Take author lists apart, in place, where a format's divider did not; what is no name is a repair."""
    for position, entry in enumerate(entries, start=1):
        if is_plain(entry.authors):
            continue
        settled = settle_names(entry.authors)
        entry.authors = settled.names
        if not settled.names:
            entry.authors_completeness = "none"
        elif settled.is_cut:
            entry.authors_completeness = "first_only" if len(settled.names) == 1 else "truncated"
        if settled.affiliations:
            entry.notes.append(Note("affiliations", settled.affiliations))
        for number, text in settled.dropped:
            yield Repair(position, f"authors[{number}]", entry.line_start, text, "")


def _mend_authors(entry: Entry) -> Iterator[tuple[int, str, str]]:
    for number, before in enumerate(entry.authors, start=1):
        after = _mended(before)
        if after != before:
            entry.authors[number - 1] = after
            yield number, before, after


def _mended(text: str) -> str:
    if not text.isascii():
        text = repair_encoding(text)
    decoded = decode_entities(text)
    return decoded if decoded.strip() else text


def _join_halves(entries: Sequence[Entry]) -> list[Repair]:
    repairs: list[Repair] = []
    for position, entry in enumerate(entries, start=1):
        changed: dict[str, tuple[str, str]] = {}

        def mend(name: str, before: str, changed: dict[str, tuple[str, str]] = changed) -> str:
            after = whole_text(before)
            if after != before:
                changed.setdefault(name, changed_part(before, after))
            return after

        _mend_fields(entry, mend)
        repairs.extend(
            Repair(position, name, entry.line_start, shown_text(before), after)
            for name, (before, after) in changed.items()
        )
    return repairs


def _mend_fields(entry: Entry, mend: Callable[[str, str], str]) -> None:
    """Give every text of an entry to `mend`, with the name of its field, and keep what it returns."""

    def maybe(name: str, text: str | None) -> str | None:
        return None if text is None else mend(name, text)

    for name in _PLAIN_FIELDS:
        setattr(entry, name, maybe(name, getattr(entry, name)))
    entry.authors = [mend(name, text) for name, text in _numbered("authors", entry.authors)]
    entry.categories = [mend(name, text) for name, text in _numbered("categories", entry.categories)]
    entry.links = [
        (mend(name, url), kind)
        for (name, url), (_, kind) in zip(
            _numbered("links", [url for url, _ in entry.links]), entry.links, strict=True
        )
    ]
    entry.translations = [
        Translation(
            said.language, maybe(f"{name}.title", said.title), maybe(f"{name}.abstract", said.abstract)
        )
        for name, said in _numbered("translations", entry.translations)
    ]
    entry.notes = [
        Note(mend(name, note.kind), mend(name, note.text), note.language, maybe(name, note.said_by))
        for name, note in _numbered("notes", entry.notes)
    ]


def _numbered(name: str, values: Sequence[Value]) -> Iterator[tuple[str, Value]]:
    return ((f"{name}[{number}]", value) for number, value in enumerate(values, start=1))


def _shown(reject: Reject) -> Reject:
    return replace(reject, text=shown_text(reject.text)) if _HALF.search(reject.text) else reject


def _one_a_field(repairs: Sequence[Repair]) -> list[Repair]:
    """Of a field that was repaired twice: as it was before the first, and as it is after the last."""
    merged: dict[tuple[int, str], Repair] = {}
    for repair in repairs:
        first = merged.get((repair.position, repair.field))
        merged[repair.position, repair.field] = replace(repair, before=first.before) if first else repair
    return list(merged.values())
