"""A README rewritten daily: numbered sections with bold labels, abstracts cut at 300 characters.

```
### 1. [Title](https://arxiv.org/abs/2512.24157)

**Authors**: A, B
**Category**: cs.CL
**Published**: 2026-01-01
**Score**: 19.0
**Type**: new
**ArXiv ID**: 2512.24157v1

#### Abstract
The first 300 characters of it...

<details>
<summary><strong>AI Summary (by a-model)</strong> - Click to expand</summary>
any Markdown, with headings, tables and separators of its own
</details>

---
```
`Published` is the day of the announcement. Sections of the README that hold no papers are furniture.
"""

import re

from paperhouse.transforms.calendar.dates import date_in
from paperhouse.transforms.digest import DigestFormat, Entry, Note, Parsed
from paperhouse.transforms.parsing.labelled_lines import bold_label, labelled_line, read_labels
from paperhouse.transforms.parsing.sections import (
    SEPARATOR,
    add_section,
    bind_to_heading,
    claim_furniture,
    last_text_line,
)
from paperhouse.transforms.text.language import written_language
from paperhouse.transforms.text.lines import matches_line

_HEAD = re.compile(r"### \d{1,6}\. \[(?P<title>.*)\]\((?P<url>[^()\s]*)\)[ \t]*")
_START = re.compile(r"### \d{1,6}\. ")
_SECTION = re.compile(r"##? [^\n]*")
_SUBHEADING = re.compile(r"#{4} (?P<label>[^\n]*)")
_SUMMARY_END = "</summary>"
_SAID_BY = re.compile(r"\(by ([^()\n]{1,100})\)")
_ANCHORS = re.compile(r"(?m:^)### \d{1,6}\. \[[^\n]*\)[ \t]*\n\s{0,9}\*\*[^\n*]{1,30}\*\*[ \t]*[:：]")
_CUT_MARK = "..."


def recognise(head: str) -> bool:
    """Whether a numbered, linked heading is followed by a bold label."""
    return matches_line(_ANCHORS, "### ", head)


def parse(text: str) -> Parsed:
    """Read every numbered section; the README around them is furniture."""
    parsed = Parsed()
    lines = text.split("\n")
    around: list[tuple[int, str]] = []
    number = 1
    is_about = True
    while number <= len(lines):
        line = lines[number - 1]
        if _is_start(lines, number):
            end = _section_end(lines, number)
            _read_section(parsed, lines, number, end)
            number, is_about = end + 1, False
            continue
        is_about = is_about or _SECTION.fullmatch(line) is not None
        if SEPARATOR.fullmatch(line):
            around.append((number, "separator"))
        elif is_about and line.strip():
            around.append((number, "about"))
        if parsed.heading_date is None and "updated" in line.lower() and (label := labelled_line(line)):
            parsed.heading_date = date_in(label.text)
        number += 1
    claim_furniture(parsed, lines, around)
    return parsed


def _section_end(lines: list[str], start: int) -> int:
    """Last line of the section: what stands in `<details>` cannot end it, save the head of another section."""
    is_inside = False
    for number in range(start + 1, len(lines) + 1):
        line = lines[number - 1]
        if _is_start(lines, number) and (not is_inside or _has_labels(lines, number)):
            return last_text_line(lines, start, number - 1)
        if not is_inside and (_SECTION.fullmatch(line) or SEPARATOR.fullmatch(line)):
            return last_text_line(lines, start, number - 1)
        is_inside = (is_inside or "<details" in line) and "</details>" not in line
    return last_text_line(lines, start, len(lines))


def _is_start(lines: list[str], number: int) -> bool:
    line = lines[number - 1]
    return _START.match(line) is not None and (
        _HEAD.fullmatch(line) is not None or _has_labels(lines, number)
    )


def _has_labels(lines: list[str], number: int) -> bool:
    following = next((line for line in lines[number : number + 4] if line.strip()), "")
    return bold_label(following) is not None


def _read_section(parsed: Parsed, lines: list[str], start: int, end: int) -> None:
    head = _HEAD.fullmatch(lines[start - 1])
    plain, details = _split_details(lines[start:end])
    texts = read_labels(_as_label(line) for line in plain)
    fields: dict[str, object] = dict(texts)
    if "abstract" not in fields:
        fields |= _loose_abstract(plain)
    if head:
        fields = bind_to_heading(fields | {"title": head["title"]}, head["url"])
    entry = add_section(parsed, lines, start, end, fields)
    if entry is None:
        return
    if entry.stated_date:
        entry.stated_date_kind = "announced"
    if entry.abstract and entry.abstract.endswith(_CUT_MARK):
        entry.abstract_completeness = "truncated"
    _add_summary(entry, details)


def _as_label(line: str) -> str:
    heading = _SUBHEADING.fullmatch(line)
    return f"**{heading['label']}**:" if heading else line


def _split_details(body: list[str]) -> tuple[list[str], str]:
    plain: list[str] = []
    details: list[str] = []
    is_inside = False
    for line in body:
        is_inside = is_inside or "<details" in line
        (details if is_inside else plain).append(line)
        is_inside = is_inside and "</details>" not in line
    return plain, "\n".join(details)


def _loose_abstract(plain: list[str]) -> dict[str, object]:
    """Abstract of an older layout: the paragraph behind the labels, without a heading."""
    labels = [number for number, line in enumerate(plain) if bold_label(line)]
    text = "\n".join(plain[labels[-1] + 1 :]).strip() if labels else ""
    return {**read_labels([plain[labels[-1]]]), "abstract": text} if text else {}


def _add_summary(entry: Entry, details: str) -> None:
    if not details:
        return
    before, _, after = details.partition(_SUMMARY_END) if _SUMMARY_END in details else ("", "", details)
    said_by = _SAID_BY.search(before)
    text = after.replace("</details>", "").replace("<details>", "").strip()
    if text:
        entry.notes.append(Note("summary", text, written_language(text), said_by[1] if said_by else None))


FORMAT = DigestFormat(
    name="rss_bot",
    description="`### n. [title](link)` sections with bold labels, announcement type and a cut abstract",
    authors="full",
    abstract="truncated",
    recognise=recognise,
    parse=parse,
)
