"""The page of a day of gpt_paper_assistant: `out.md`, `output.md`, `output_YYYY_MMDD.md`.

```
# Personalized Daily ArXiv Papers 11/19/2025
Total relevant papers: 1

Table of contents with paper titles:

0. [Title](#link0)
**Authors:** A, B

---
## 0. [Title](https://arxiv.org/abs/2511.14131) <a id="link0"></a>
**ArXiv ID:** 2511.14131
**Authors:** A, B

**Abstract:** ...

**Comment:** why a model chose the paper
**Relevance:** 9
**Novelty:** 7

---
## Paper selection prompt
```
Comment and scores are a model's. The table of contents and the prompt hold no papers of their own.
"""

import re

from paperhouse.transforms.calendar.dates import date_in
from paperhouse.transforms.digest import DigestFormat, Note, Parsed
from paperhouse.transforms.parsing.field_names import normal_name
from paperhouse.transforms.parsing.sections import SEPARATOR, add_section, claim_furniture, last_text_line
from paperhouse.transforms.text.lines import matches_line

_HEAD = re.compile(
    r"##[ \t]+\d{1,6}\.[ \t]+\[(?P<title>.*)\]\((?P<url>[^()\s]*)\)[ \t]*+(?:<a\b[^<>\n]*>[ \t]*+</a>)?[ \t]*+"
)
_START = re.compile(r"##[ \t]+\d{1,6}\.[ \t]+\[")
_OTHER_SECTION = re.compile(r"#{1,2}[ \t]")
_LABEL = re.compile(r"\*\*(?P<label>[A-Za-z][A-Za-z _/-]{1,30})(?::\*\*|\*\*:)[ \t]*+(?P<text>.*)")
_FIELDS = {"arxiv id": "arxiv_id", "authors": "authors", "abstract": "abstract"}
_NOTES = {name: f"ai_{name}" for name in ("comment", "relevance", "novelty", "tags")}
_US_DATE = re.compile(r"(?<!\d)(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>\d{4})(?!\d)")
_ANCHORS = re.compile(
    r"(?m:^)##[ \t]+\d{1,6}\.[ \t]+\[[^\n]*\n\s{0,9}\*\*ArXiv ID(?::\*\*|\*\*:)", re.IGNORECASE
)
_TITLE_LINE = re.compile(
    r"# Personalized Daily arxiv papers\b[^\n]*\n\s{0,9}(?:This project|Total relevant papers)", re.IGNORECASE
)


def recognise(head: str) -> bool:
    """Whether a numbered, linked section states its arXiv ID first, or the page has this family's own title."""
    return matches_line(_ANCHORS, "##", head) or _TITLE_LINE.match(head.lstrip()) is not None


def parse(text: str) -> Parsed:
    """Read every numbered section; all around them is furniture."""
    parsed = Parsed()
    lines = text.split("\n")
    around: list[tuple[int, str]] = []
    number = 1
    is_before = True
    while number <= len(lines):
        line = lines[number - 1]
        if _START.match(line):
            end = _section_end(lines, number)
            _read_section(parsed, lines, number, end)
            number, is_before = end + 1, False
            continue
        if parsed.heading_date is None and is_before and line.startswith("#"):
            parsed.heading_date = date_in(_as_iso(line))
        if SEPARATOR.fullmatch(line):
            around.append((number, "separator"))
        elif line.strip():
            around.append((number, "contents" if is_before else "about"))
        number += 1
    claim_furniture(parsed, lines, around)
    return parsed


def _as_iso(line: str) -> str:
    """The line with `03/26/2025` written as `2025-03-26`."""
    return _US_DATE.sub(r"\g<year>-\g<month>-\g<day>", line)


def _section_end(lines: list[str], start: int) -> int:
    """Last line of text of the section that starts at `start`: before a separator or another section."""
    for number in range(start + 1, len(lines) + 1):
        line = lines[number - 1]
        if SEPARATOR.fullmatch(line) or _OTHER_SECTION.match(line):
            return last_text_line(lines, start, number - 1)
    return last_text_line(lines, start, len(lines))


def _read_section(parsed: Parsed, lines: list[str], start: int, end: int) -> None:
    head = _HEAD.fullmatch(lines[start - 1])
    fields, notes = _read_labels(lines[start:end])
    if head:
        fields |= {"title": head["title"], "link": head["url"]}
        # The heading says which paper it is; the label below may only repeat it.
        fields["arxiv_id"] = None if "arxiv.org" in head["url"] else fields.get("arxiv_id")
    entry = add_section(parsed, lines, start, end, fields)
    if entry:
        entry.notes.extend(notes)


def _read_labels(body: list[str]) -> tuple[dict[str, object], list[Note]]:
    """Texts of the fields, and what a model says of the paper; a line without a label continues the text."""
    texts: dict[str, list[str]] = {"": []}
    current = texts[""]
    for line in body:
        match = _LABEL.fullmatch(line)
        name = normal_name(match["label"]) if match else ""
        if match and name not in texts:
            current = texts[name] = [match["text"]]
        else:
            current.append(line)
    written = {name: text for name, lines in texts.items() if (text := "\n".join(lines).strip())}
    fields: dict[str, object] = {role: written.pop(name) for name, role in _FIELDS.items() if name in written}
    return fields, [
        Note(_NOTES.get(name, name.replace(" ", "_") or "text"), text) for name, text in written.items()
    ]


FORMAT = DigestFormat(
    name="gpt_paper_assistant",
    description="gpt_paper_assistant: numbered linked sections with ArXiv ID, and a model's comment and scores",
    authors="full",
    abstract="full",
    recognise=recognise,
    parse=parse,
)
