"""JSON of any shape: records are the objects that name one paper each, at any depth, in documents or lines."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from paperhouse.transforms.arxiv.identifiers import ID_PATTERN
from paperhouse.transforms.digest import Parsed, Reject
from paperhouse.transforms.formats.generic.completeness import settle_completeness, settle_titles
from paperhouse.transforms.formats.generic.mentions import Lines, find_mentions
from paperhouse.transforms.formats.generic.messages import find_messages, message_entries
from paperhouse.transforms.formats.generic.object_fields import record_entry
from paperhouse.transforms.formats.generic.objects import (
    Record,
    find_records,
)
from paperhouse.transforms.formats.generic.structure import Reading, Structure
from paperhouse.transforms.parsing.json_records import load_json, load_literal

_TO_BRACE: Final = re.compile(
    r"(?:[^\"{}]++|\"[^\"\\]*+(?:\\.?[^\"\\]*+)*+(?:\"|\Z))*+(?:(?P<brace>[{}])|\Z)", re.DOTALL
)
"""All that stands before a brace, texts among it; a text that is never closed goes on to the end."""
_ID_VALUE: Final = re.compile(rf':[ \t]*+"(?:arXiv:)?{ID_PATTERN}"')
"""An identifier as the value of a field; as a key it may belong to the whole object that follows."""
_TELLING: Final = frozenset({"title", "authors", "abstract"})
_LONGEST_TEXT: Final = 10_000
_LONGEST_PATH: Final = 80


@dataclass(slots=True)
class _Found:
    """Records of one text with their lines, and what was lost."""

    records: list[tuple[int, int, Record]] = field(default_factory=list)
    lost: list[Reject] = field(default_factory=list)


def read_json(text: str, path: str | None = None) -> Reading | None:
    """Read a JSON document, JSON lines, or what is whole of a broken one; None if no object names a paper.

    With a `path` (`papers[*]`) only objects that lie there are records.
    """
    found = _document(text)
    if found is None:
        found = _json_lines(text) if _is_lines(text) else _pieces(text)
    if path is not None:
        found.records = [(start, end, record) for start, end, record in found.records if record.path == path]
    named = [record for _, _, record in found.records if record.paper is not None]
    if path is None and not any(_TELLING & record.roles.keys() for record in named):
        reading = _read_messages(text)
        if reading is not None:
            return reading
    if not named or (len(named) == 1 and not _TELLING & named[0].roles.keys()):
        return None
    return _reading(found)


def _read_messages(text: str) -> Reading | None:
    """Read a document or lines whose texts are digests: an export of a chat."""
    parsed = Parsed(unit="record")
    for start, end, value in _values(text):
        for _, message in find_messages(value):
            entries = message_entries(message)
            for entry in entries:
                entry.line_start, entry.line_end = start, end
            parsed.entries += entries
            if not entries:
                parsed.rejects.append(Reject(start, end, "not_understood", message[:_LONGEST_TEXT]))
    if not any(entry.title for entry in parsed.entries):
        return None
    parsed.n_records = len(parsed.entries) + len(parsed.rejects)
    why = [f"texts inside of objects name {len(parsed.entries):,} papers, each as a record of its own"]
    fields = [("arxiv_id", "link or id", len(parsed.entries))]
    return Reading(parsed, Structure("generic_json", "text of a message", why, fields, "page"))


def _values(text: str) -> Iterator[tuple[int, int, object]]:
    """The document as objects with their lines: elements of a list at its top, or lines."""
    whole = load_json(text)
    if whole is None:
        for number, line in enumerate(text.split("\n"), start=1):
            if line.strip() and (value := _load(line)) is not None:
                yield number, number, value
        return
    lines = Lines(text)
    parts = whole if isinstance(whole, list) else [whole]
    spans = _outer_spans(text) if isinstance(whole, list) else []
    last = lines.line_at(len(text.rstrip()))
    for index, part in enumerate(parts):
        start, end = spans[index] if len(spans) == len(parts) else (0, 0)
        yield (lines.line_at(start), lines.line_at(end - 1), part) if end else (1, last, part)


def _outer_spans(text: str) -> list[tuple[int, int]]:
    outer: list[tuple[int, int]] = []
    for span in sorted(_object_spans(text)):
        if not outer or span[0] >= outer[-1][1]:
            outer.append(span)
    return outer


def _reading(found: _Found) -> Reading:
    parsed = Parsed(unit="record", rejects=list(found.lost))
    sources: Counter[tuple[str, str]] = Counter()
    paths: Counter[str] = Counter()
    for start, end, record in found.records:
        if record.paper is None:
            parsed.rejects.append(Reject(start, end, record.reason, record.as_text()))
            continue
        entry = record_entry(record, start, end)
        parsed.entries.append(entry)
        paths[record.path[:_LONGEST_PATH]] += 1
        for name, source in record.sources.items():
            sources[(name, source)] += 1
    parsed.n_records = len(parsed.entries) + len(parsed.rejects)
    parsed.rejects.sort(key=lambda reject: reject.line_start)
    settle_titles(parsed.entries)
    settle_completeness(parsed.entries)
    path = paths.most_common(1)[0][0]
    why = [
        f"{count:,} objects at {where or 'the top'} name one paper each"
        for where, count in paths.most_common(3)
    ]
    fields = [(name, source, count) for (name, source), count in sources.most_common()]
    return Reading(
        parsed, Structure("generic_json", f"object at {path or 'the top'}", why, fields, path or "page")
    )


def _document(text: str) -> _Found | None:
    """Records of a text that is one JSON value; None if it is none."""
    order: dict[int, int] = {}
    held: list[object] = []

    def note(value: dict[str, object]) -> dict[str, object]:
        order[id(value)] = len(held)
        held.append(value)  # keeps the object alive, so that its id stays its own
        return value

    try:
        value = json.loads(text, object_hook=note)
    except (ValueError, RecursionError):
        return None
    found = _Found()
    records = list(find_records(value))
    if not records:
        return found
    spans = _object_spans(text)
    lines = Lines(text)
    at = 0
    for record in records:
        number = order.get(id(record.holder))
        if number is not None and number < len(spans):
            start, end = spans[number]
        else:
            at = max(text.find(json.dumps(record.text, ensure_ascii=False), at), at) if record.text else at
            start = end = at
        found.records.append((lines.line_at(start), lines.line_at(max(start, end - 1)), record))
    return found


def _object_spans(text: str) -> list[tuple[int, int]]:
    """Start and end of every object, in the order in which they close, which is that of `object_hook`."""
    spans: list[tuple[int, int]] = []
    open_at: list[int] = []
    for token in _TO_BRACE.finditer(text):
        brace = token["brace"]
        if brace == "{":
            open_at.append(token.end() - 1)
        elif brace == "}" and open_at:
            spans.append((open_at.pop(), token.end()))
    return spans


def _is_lines(text: str) -> bool:
    """Whether lines are JSON each: one of the first that opens an object also closes it."""
    lines = [line for line in text[: 1 << 20].split("\n", 40)[:40] if line.strip()]
    return any(
        line.lstrip()[:1] == "{" and line.rstrip()[-1:] == "}" and _load(line) is not None
        for line in lines[:8]
    )


def _load(line: str) -> object:
    value = load_json(line)
    return load_literal(line) if value is None and line.lstrip().startswith("{'") else value


def _json_lines(text: str) -> _Found:
    found = _Found()
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        value = _load(line)
        records = list(find_records(value)) if value is not None else []
        if value is None or (not records and find_mentions(line)):
            found.lost.append(Reject(number, number, "malformed_record", line))
        found.records += [(number, number, record) for record in records]
    return found


def _pieces(text: str) -> _Found:
    """Records of a document that breaks off or is broken: of each whole object that stands in no other."""
    found = _Found()
    lines = Lines(text)
    end = 0
    for start, stop in sorted(_object_spans(text), key=lambda span: (span[0], -span[1])):
        if start < end:
            continue
        value = load_json(text[start:stop])
        records = list(find_records([value])) if isinstance(value, dict) else []
        if records:
            _lose(found, text, lines, end, start)
            end = stop
        for record in records:
            found.records.append((lines.line_at(start), lines.line_at(stop - 1), record))
    _lose(found, text, lines, end, len(text))
    return found


def _lose(found: _Found, text: str, lines: Lines, start: int, end: int) -> None:
    """A stretch between whole objects that names a paper is a broken record; so is an object begun after the last."""
    stretch = text[start:end]
    is_cut_off = end == len(text) and "{" in stretch
    if is_cut_off or find_mentions(stretch) or _ID_VALUE.search(stretch):
        found.lost.append(
            Reject(
                lines.line_at(start), lines.line_at(max(start, end - 1)), "malformed_record", stretch.strip()
            )
        )
