"""Numbered sections below one heading a category, with generated notes in `<details>`.

```
### [1] [Title](https://arxiv.org/abs/2606.28371)
*A,B,C*

Main category: cs.CV

TL;DR: ...

<details>
  <summary>Details</summary>
Motivation: ...

Abstract: ...

</details>
```
The abstract comes last, so a line `Method: ...` inside it stays there. Forks set labels in bold or as quotes,
put the category beside the authors, and add a translated title.
"""

import re
from collections.abc import Iterator
from functools import partial

from paperhouse.transforms.calendar.dates import date_in
from paperhouse.transforms.digest import DigestFormat, Parsed
from paperhouse.transforms.parsing.labelled_lines import LabelledLine, label_key, labelled_line, read_labels
from paperhouse.transforms.parsing.sections import (
    BOUND_ROLES,
    HEADING,
    INTRODUCTION,
    SEPARATOR,
    add_section,
    bind_to_heading,
    claim_furniture,
    is_introduction,
    last_text_line,
    names_another_paper,
    topic_of,
)
from paperhouse.transforms.text.lines import matches_line
from paperhouse.transforms.text.unwrap import unwrap

_HEAD = re.compile(r"### \[\d{1,6}\] \[(?P<title>.*)\]\((?P<url>[^()\s]*)\)[ \t]*")
_START = re.compile(r"### \[\d{1,6}\] ")
_CATEGORY_HEADING = re.compile(r"#{1,2}[ \t]+")
_BACK = "[["
_CONTENTS = re.compile(r"[ \t]*[-*] \[[^\n]*\]\(#[^)\n]{0,200}\)")
_ANCHOR = re.compile(r"<(?:div|a) (?:id|name)=[^\n]*>")
_TAG = re.compile(r"[ \t]*</?(?:details|summary|p|div)\b[^\n]*")
_TRANSLATED_TITLE = re.compile(r">[ \t]*\*(?P<title>[^*\n]+)\*[ \t]*")
_NAME_DIVIDER = re.compile(r",(?! )")
_ANCHORS = re.compile(r"(?m:^)### \[\d{1,6}\] \[[^\n]*\)[ \t]*\n(?:>[^\n]*\n|[ \t]*\n){0,3}\*")


def recognise(head: str) -> bool:
    """Whether a numbered section in double brackets is followed by its authors in italics."""
    return matches_line(_ANCHORS, "### [", head)


def parse(text: str) -> Parsed:
    """Read every numbered section; headings, anchors and tables of contents are furniture."""
    parsed = Parsed()
    lines = text.split("\n")
    topic: str | None = None
    around: list[tuple[int, str]] = []
    number = 1
    while number <= len(lines):
        line = lines[number - 1]
        if _START.match(line):
            end = _section_end(lines, number)
            _read_section(parsed, lines, number, end, topic)
            number = end + 1
            continue
        kind = _furniture_kind(line)
        if kind == "heading":
            topic = topic_of([line.lstrip("#").partition(_BACK)[0].strip()])
            parsed.heading_date = parsed.heading_date or date_in(line)
        if kind is None and not parsed.entries and not parsed.rejects and is_introduction(line):
            kind = INTRODUCTION
        if kind:
            around.append((number, kind))
        number += 1
    claim_furniture(parsed, lines, around)
    return parsed


def _section_end(lines: list[str], start: int) -> int:
    is_inside = False
    for number in range(start + 1, len(lines) + 1):
        line = lines[number - 1]
        if _START.match(line) or (not is_inside and (_ANCHOR.match(line) or _CATEGORY_HEADING.match(line))):
            return last_text_line(lines, start, number - 1)
        is_inside = (is_inside or line.startswith("<details")) and not line.startswith("</details>")
    return last_text_line(lines, start, len(lines))


def _furniture_kind(line: str) -> str | None:
    if HEADING.match(line):
        return "heading"
    if _CONTENTS.match(line):
        return "contents"
    if _ANCHOR.match(line):
        return "anchor"
    return "separator" if SEPARATOR.fullmatch(line) else None


def _read_section(parsed: Parsed, lines: list[str], start: int, end: int, topic: str | None) -> None:
    head = _HEAD.fullmatch(lines[start - 1])
    url = head["url"] if head else ""
    fields: dict[str, object] = {"title": head["title"]} if head else {}
    body = [line for line in lines[start:end] if not _TAG.fullmatch(line)]
    labelled = list(_label_lines(body, fields))
    texts = read_labels(labelled, partial(_label_of, url), closing=frozenset({"abstract"}))
    categories = texts.pop("primary_category", None) or texts.pop("categories", None)
    before = texts.pop("", None)
    fields |= {**texts, "categories": categories, "": before}
    entry = add_section(parsed, lines, start, end, bind_to_heading(fields, url) if url else fields)
    if entry is None:
        return
    entry.topic = topic
    entry.abstract = unwrap(entry.abstract) if entry.abstract else None
    n_open = sum(line.startswith("<details") for line in lines[start:end])
    n_closed = sum(line.startswith("</details>") for line in lines[start:end])
    # The abstract stands last inside: without the closing tag it may have broken off.
    if n_open > n_closed and entry.abstract:
        entry.abstract_completeness = "truncated"


def _label_of(url: str, line: str) -> LabelledLine | None:
    """Label of the line, below a heading that leads to `url`.

    Comments are wrapped as arXiv wraps them, with two spaces before each line, which no label has; and what
    names another paper than the heading is a citation in the text above.
    """
    labelled = None if line.startswith(" ") else labelled_line(line)
    if labelled is None or not url or label_key(labelled.label) not in BOUND_ROLES:
        return labelled
    return None if names_another_paper(url, labelled.text) else labelled


def _label_lines(body: list[str], fields: dict[str, object]) -> Iterator[str]:
    """Lines of the body without those that state authors and a translated title, which go into `fields`."""
    for line in body:
        translated = _TRANSLATED_TITLE.fullmatch(line)
        if "authors" not in fields and line.startswith("*") and not line.startswith("**"):
            names, _, beside = line.rstrip().partition("* | ")
            names = names[1:].removesuffix("*")
            fields["authors"] = (_NAME_DIVIDER if _NAME_DIVIDER.search(names) else re.compile(",")).split(
                names
            )
            if beside and labelled_line(beside):
                yield beside
        elif translated and "title_zh" not in fields:
            fields["title_zh"] = translated["title"]
        else:
            yield line


FORMAT = DigestFormat(
    name="ai_enhanced",
    description="`### [n] [title](link)` sections by category with authors in italics and notes in `<details>`",
    authors="full",
    abstract="full",
    recognise=recognise,
    parse=parse,
)
