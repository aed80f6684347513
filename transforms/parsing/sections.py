"""What section formats share: where sections end, what is furniture around them, and labels to entries."""

import re
from collections.abc import Iterable, Mapping

from paperhouse.transforms.arxiv.identifiers import NEW_ID
from paperhouse.transforms.digest import Entry, Furniture, Parsed, Reject
from paperhouse.transforms.parsing.json_records import read_record
from paperhouse.transforms.parsing.paper_identity import identify, paper_ids_in

LONGEST_TOPIC = 500
"""Characters of a name of a topic. It is kept with every entry below it, so without a limit one heading of a
megabyte above ten thousand rows would fill the memory."""

SEPARATOR = re.compile(r"[ \t]*(?:-{3,}|\*{3,}|_{3,}|>)[ \t]*")
HEADING = re.compile(r"#{1,6}[ \t]")
INTRODUCTION = "introduction"
"""Furniture above the first paper that tells of the page."""
_NAMED_PAPER = re.compile(rf"(?<![0-9.]){NEW_ID}(?![0-9])|arxiv\.org/(?:abs|pdf|html)/", re.IGNORECASE)
BOUND_ROLES = frozenset({"arxiv_id", "link", "pdf", "html"})
"""Labels that may name the paper of a section, where its heading does not."""


def is_introduction(line: str) -> bool:
    """Whether a line above the first paper may tell of the page: it is not blank and names no paper."""
    return bool(line.strip()) and _NAMED_PAPER.search(line) is None


def topic_of(headings: Iterable[str]) -> str | None:
    """Topic that these headings name, the outermost first; None if there is none, or the text is no name."""
    topic = " / ".join(name for name in headings if name)
    return topic if 0 < len(topic) <= LONGEST_TOPIC else None


def last_text_line(lines: list[str], first: int, last: int) -> int:
    """Last of the lines `first` to `last` (from 1) that is not blank; `first` if all others are."""
    while last > first and not lines[last - 1].strip():
        last -= 1
    return last


def names_another_paper(heading_url: str, text: str) -> bool:
    """Whether `text`, of a label that may name a paper, does not name that of the heading's link.

    False where the heading's link leads to no paper.
    """
    bound, named = identify([heading_url]), identify([text])
    return bound is not None and (named is None or named[0] != bound[0])


def bind_to_heading(fields: Mapping[str, object], heading_url: str) -> dict[str, object]:
    """Let the link of the heading say which paper a section is about.

    What a label says of another one is kept under another name, and becomes a note.
    """
    bound: dict[str, object] = {}
    for key, text in fields.items():
        is_other = key in BOUND_ROLES and isinstance(text, str) and names_another_paper(heading_url, text)
        bound[f"other_{key}" if is_other else key] = text
    return bound | {"link": heading_url}


def add_section(
    parsed: Parsed, lines: list[str], first: int, last: int, fields: Mapping[str, object]
) -> Entry | None:
    """Add the entry that `fields` (by role) state for these lines, or a reject that says what is missing."""
    # A label that means a summary is generated text here, while a record's `summary` is arXiv's abstract.
    entry = read_record({("ai_summary" if key == "summary" else key): text for key, text in fields.items()})
    if isinstance(entry, str):
        reason = "no_arxiv_id" if entry == "malformed_record" else entry
        parsed.rejects.append(Reject(first, last, reason, "\n".join(lines[first - 1 : last])))
        return None
    entry.line_start, entry.line_end = first, last
    parsed.entries.append(entry)
    return entry


def claim_furniture(parsed: Parsed, lines: list[str], numbers: Iterable[tuple[int, str]]) -> None:
    """Make lines (number and kind, rising) furniture, but none that links to a paper without an entry."""
    held = {entry.arxiv_id for entry in parsed.entries}
    for number, kind in numbers:
        line = lines[number - 1]
        if "arxiv" in line.lower() and not paper_ids_in(line) <= held:
            continue
        before = parsed.furniture[-1] if parsed.furniture else None
        if before and before.kind == kind and before.line_end == number - 1:
            parsed.furniture[-1] = Furniture(before.line_start, number, kind)
        else:
            parsed.furniture.append(Furniture(number, number, kind))
