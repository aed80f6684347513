"""YAML of items: a list of mappings, or a mapping of them, each of which names a paper."""

import re
from collections import Counter
from typing import Final

from paperhouse.transforms.arxiv.identifiers import split_version
from paperhouse.transforms.digest import Parsed, Reject
from paperhouse.transforms.errors import InvalidArxivIdError
from paperhouse.transforms.formats.generic.completeness import settle_completeness
from paperhouse.transforms.formats.generic.object_fields import record_entry
from paperhouse.transforms.formats.generic.objects import find_records
from paperhouse.transforms.formats.generic.rest import claim_rest
from paperhouse.transforms.formats.generic.structure import Reading, Structure
from paperhouse.transforms.formats.generic.vocabulary import role_of
from paperhouse.transforms.formats.generic.yaml_text import read_mapping

_ITEM: Final = re.compile(r"(?P<indent>[ \t]*)-[ \t]+(?P<key>[A-Za-z_][\w -]{0,40}):(?:[ \t]|$)")
_KEY_LINE: Final = re.compile(r"(?P<indent>[ \t]*)(?P<key>[\w.\"'/ -]{1,60}):(?:[ \t]|$)")
_KEYED: Final = re.compile(r"(?P<indent>[ \t]*)[\"']?(?P<key>[\w.\-/]{9,40})[\"']?:[ \t]*\Z")
_MARKDOWN: Final = re.compile(r"[ \t]*(?:[-*+][ \t]+(?:\*\*|\[[^\]\n]*\]\()|#{2,6}[ \t]|\*\*|\|.*\||>[ \t])")
"""Lines that no YAML has: bold text, links and headings."""
_HEAD: Final = 400
_KEY_SHARE: Final = 0.5


def read_yaml(text: str) -> Reading | None:
    """Read a text that is YAML and whose items name papers; None if it is not."""
    lines = text.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    if any(_MARKDOWN.match(line) for line in lines[:_HEAD]):
        return None
    starts = _item_starts(lines) or _keyed_starts(lines)
    return _items(lines, starts) if starts else None


def _keyed_starts(lines: list[str]) -> list[int]:
    """Indices of the lines that are an identifier as key, with the fields of the paper below."""
    found = [
        (i, match["indent"])
        for i, line in enumerate(lines)
        if (match := _KEYED.match(line)) and _paper(match) is not None
    ]
    if not found:
        return []
    starts = [i for i, indent in found if indent == found[0][1]]
    below = sum(i + 1 < len(lines) and _KEY_LINE.match(lines[i + 1]) is not None for i in starts)
    return starts if below == len(starts) else []


def _paper(match: re.Match[str]) -> tuple[str, int | None] | None:
    try:
        return split_version(match["key"])
    except InvalidArxivIdError:
        return None


def _item_starts(lines: list[str]) -> list[int]:
    """Indices of the lines with which items start; none where the text is no YAML."""
    head = [
        line
        for line in lines[:_HEAD]
        if line.strip() and not line.lstrip().startswith("#") and line.strip() != "---"
    ]
    if not head:
        return []
    first = next((match for line in head if (match := _ITEM.match(line))), None)
    n_keys = sum(
        _ITEM.match(line) is not None
        or _KEY_LINE.match(line) is not None
        or line.lstrip().startswith("- ")
        or line[:2] == "  "
        for line in head
    )
    if first is None or n_keys < 0.9 * len(head):
        return []
    indent = first["indent"]
    items = [i for i, line in enumerate(lines) if (m := _ITEM.match(line)) and m["indent"] == indent]
    known = sum(
        role_of(m["key"]) is not None for line in head if (m := _ITEM.match(line) or _KEY_LINE.match(line))
    )
    keyed = sum((_ITEM.match(line) or _KEY_LINE.match(line)) is not None for line in head)
    return items if keyed and known >= _KEY_SHARE * min(keyed, 2 * len(items) + 2) else []


def _items(lines: list[str], starts: list[int]) -> Reading | None:
    parsed = Parsed()
    sources: Counter[tuple[str, str]] = Counter()
    indent = len(lines[starts[0]]) - len(lines[starts[0]].lstrip())
    for start, after in zip(starts, [*starts[1:], len(lines)], strict=True):
        end = _end(lines, start, after, indent)
        keyed = _KEYED.match(lines[start])
        is_item = lines[start].lstrip().startswith("-")
        body = [lines[start].replace("-", " ", 1) if is_item else lines[start], *lines[start + 1 : end]]
        record = next(iter(find_records(read_mapping(body))), None)
        if keyed and record is not None and record.paper is None:
            record = None
        if record is None or record.paper is None:
            parsed.rejects.append(Reject(start + 1, end, "no_arxiv_id", "\n".join(lines[start:end])))
            continue
        parsed.entries.append(record_entry(record, start + 1, end))
        for name, source in record.sources.items():
            sources[(name, source)] += 1
    if not parsed.entries:
        return None
    claim_rest(parsed, ["key" if line.strip() else None for line in lines], lines, set())
    settle_completeness(parsed.entries)
    fields = [(name, source, count) for (name, source), count in sources.most_common()]
    why = [f"{len(starts):,} items of one list, {len(parsed.entries):,} of which name one paper each"]
    return Reading(parsed, Structure("generic_yaml", "item of a YAML list", why, fields, "item"))


def _end(lines: list[str], start: int, after: int, indent: int) -> int:
    """Index behind the last line of an item: what is indented less belongs to something else."""
    end = start + 1
    for index in range(start + 1, after):
        line = lines[index]
        if line.strip() and len(line) - len(line.lstrip()) <= indent:
            break
        if line.strip():
            end = index + 1
    return end
