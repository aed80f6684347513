"""Repairs of an entry's texts: double encoding undone, and halves of characters that no text can hold."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from paperhouse.transforms.digest import Entry, Note, Parsed, Reject, Translation
from paperhouse.transforms.text.encoding_repair import changed_part, repair_encoding

# A JSON or Python text may escape one half of a UTF-16 pair alone: a string then, but not in any encoding.
_HALF_ESCAPED: Final = re.compile(r"\\u[dD][89a-fA-F]|\\U0000[dD][89a-fA-F]")
_HALF: Final = re.compile(r"[\ud800-\udfff]")
_ESCAPED: Final = re.compile(r"\\[ux]")
_PLAIN_FIELDS: Final = ("title", "abstract", "topic", "comment", "doi", "journal_ref", "primary_category")


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
    """Make every text one that can be kept, in place, and undo double encoding if `is_repairing`.

    A reject shows halves of characters as the file escapes them.
    """
    halves: list[Repair] = []
    if _HALF_ESCAPED.search(text):
        halves = _join_halves(parsed.entries)
        parsed.rejects = [_shown(reject) for reject in parsed.rejects]
        parsed.heading_list = parsed.heading_list and whole_text(parsed.heading_list)
    encodings = repair_entries(parsed.entries) if is_repairing and _may_hold_damage(text) else []
    return _one_a_field([*halves, *encodings]) if halves else encodings


def _may_hold_damage(text: str) -> bool:
    """Whether there is any character beyond ASCII; JSON writes those in ASCII too."""
    return not text.isascii() or _ESCAPED.search(text) is not None


def repair_entries(entries: list[Entry]) -> list[Repair]:
    """Undo double encoding in every stated text, in place; translations are left as they are."""
    repairs: list[Repair] = []
    for position, entry in enumerate(entries, start=1):
        for name in ("title", "abstract", "comment"):
            before = getattr(entry, name)
            if before and (after := repair_encoding(before)) != before:
                setattr(entry, name, after)
                repairs.append(Repair(position, name, entry.line_start, *changed_part(before, after)))
        for number, before in enumerate(entry.authors):
            if before.isascii():
                continue
            after = repair_encoding(before)
            if after != before:
                entry.authors[number] = after
                repairs.append(Repair(position, f"authors[{number + 1}]", entry.line_start, before, after))
    return repairs


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
