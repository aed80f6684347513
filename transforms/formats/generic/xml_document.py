"""XML of any vocabulary: a feed of a bot, an export, an outline; elements become objects with their lines.

No entity is defined and no document type read: a text that brings its own entities is not read here at all.
"""

import re
from collections import Counter
from typing import Final
from xml.parsers import expat

from paperhouse.transforms.digest import Furniture, Parsed, Reject
from paperhouse.transforms.formats.generic.completeness import settle_completeness, settle_titles
from paperhouse.transforms.formats.generic.mentions import find_mentions
from paperhouse.transforms.formats.generic.object_fields import record_entry
from paperhouse.transforms.formats.generic.objects import find_records
from paperhouse.transforms.formats.generic.structure import Reading, Structure

XML_START: Final = re.compile(
    r"\ufeff?\s*<\?xml\b[^<>]{0,200}\?>|\ufeff?\s*<(?:rss|feed|opml|papers|records?|collection)\b",
    re.IGNORECASE,
)
_ENTITY: Final = re.compile(r"<!(?:ENTITY|DOCTYPE[^>\[]{0,200}\[)", re.IGNORECASE)
_TEXT: Final = "#text"
_MAX_DEPTH: Final = 60
_LISTS: Final = frozenset(
    {"author", "creator", "contributor", "name", "category", "subject", "tag", "keyword"}
)


class _Builder:
    """The open elements as objects, while the parser goes on; every closed object remembers its lines."""

    def __init__(self) -> None:
        self.root: dict[str, object] = {}
        self.spans: dict[int, tuple[int, int]] = {}
        self._open: list[tuple[str, dict[str, object], int]] = [("", self.root, 1)]
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self.broken_at: int | None = None

    def build(self, text: str) -> None:
        """Read the text as far as it is well formed; elements that are still open then are closed."""
        try:
            self._parser.Parse(text.lstrip("\ufeff \t\r\n").encode("utf-8"), True)  # noqa: FBT003 - expat's own order
        except expat.ExpatError as error:
            self.broken_at = error.lineno
        while len(self._open) > 1:
            self._end("")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        plain = name.rpartition(":")[2]
        fields: dict[str, object] = {key.rpartition(":")[2]: value for key, value in attributes.items()}
        self._open.append((plain, fields, self._parser.CurrentLineNumber))

    def _end(self, _name: str) -> None:
        name, fields, start = self._open.pop()
        parent = self._open[-1][1]
        text = str(fields.pop(_TEXT, "")).strip()
        if text:
            fields[_TEXT] = text
        value: object = text if not fields or list(fields) == [_TEXT] else fields
        if set(fields) == {_TEXT, "type"} or (len(fields) == 1 and "href" in fields):
            value = text or fields.get("href")
        if len(fields) == 1 and isinstance(inner := next(iter(fields.values())), list):
            value = inner  # `<authors>` around each `<author>`
        if name == "outline" and "text" in fields:
            fields.setdefault("title", fields.pop("text"))
        self.spans[id(fields)] = (start, self._parser.CurrentLineNumber)
        if len(self._open) > _MAX_DEPTH or value in ("", None):
            return
        known = parent.get(name)
        if known is None:
            parent[name] = [value] if name.lower() in _LISTS else value
        elif isinstance(known, list):
            known.append(value)
        else:
            parent[name] = [known, value]

    def _text(self, data: str) -> None:
        fields = self._open[-1][1]
        if data.strip() or _TEXT in fields:
            fields[_TEXT] = str(fields.get(_TEXT, "")) + data


def read_xml(text: str) -> Reading | None:
    """Read a document whose elements name one paper each; None if it is none."""
    if _ENTITY.search(text[:20_000]):
        return None
    builder = _Builder()
    builder.build(text)
    skipped = len(text) - len(text.lstrip("\ufeff \t\r\n"))
    offset = text.count("\n", 0, skipped)
    parsed = Parsed(unit="line")
    sources: Counter[tuple[str, str]] = Counter()
    paths: Counter[str] = Counter()
    lines = text.split("\n")
    for record in find_records(builder.root):
        start, end = (line + offset for line in builder.spans.get(id(record.holder), (1, 1)))
        if record.paper is None:
            continue
        parsed.entries.append(record_entry(record, start, end))
        paths[record.path] += 1
        for name, source in record.sources.items():
            sources[(name, source.replace("key", "element"))] += 1
    if not parsed.entries or not any(entry.title for entry in parsed.entries):
        return None
    settle_titles(parsed.entries)
    settle_completeness(parsed.entries)
    _claim_rest(parsed, lines)
    path = paths.most_common(1)[0][0]
    why = [f"{paths[path]:,} elements at {path} name one paper each"]
    if builder.broken_at is not None:
        why.append(f"the document breaks off at line {builder.broken_at + offset}")
    fields = [(name, source, count) for (name, source), count in sources.most_common()]
    return Reading(parsed, Structure("generic_xml", f"element at {path}", why, fields, path))


def _claim_rest(parsed: Parsed, lines: list[str]) -> None:
    """Lines in no entry are markup, or rejects where they name papers that no entry has."""
    held = {entry.arxiv_id for entry in parsed.entries}
    covered = {n for entry in parsed.entries for n in range(entry.line_start, entry.line_end + 1)}
    for number, line in enumerate(lines, start=1):
        if number in covered or not line.strip():
            continue
        lost = (
            [m for m in find_mentions(line) if m.kind == "link" and m.arxiv_id not in held]
            if "xiv" in line
            else []
        )
        if lost:
            parsed.rejects.append(Reject(number, number, "not_understood", line))
        else:
            parsed.furniture.append(Furniture(number, number, "markup"))
