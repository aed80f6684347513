"""A page a paper of daily-paper-reader: `docs/YYYYMM/DD/2603.14405v1-slug.md`.

```
---
title: "Title"
title_zh: ...
authors: "A, B"
date: 2026-03-20
pdf: "https://arxiv.org/pdf/2603.19993v1"
tags: ["query:med-ai"]
score: 8.0
tldr: ...
---

## 摘要
the translated abstract

## Abstract
the abstract

---

## 论文详细总结（自动生成）
generated text with headings of its own
```
All behind the abstract is generated. A page of another server (bioRxiv, PubMed) has no arXiv identifier.
"""

import re

from paperhouse.transforms.digest import DigestFormat, Note, Parsed, Reject
from paperhouse.transforms.parsing.front_matter import PlainFrontMatter, read_plain_front_matter
from paperhouse.transforms.parsing.sections import add_section, last_text_line
from paperhouse.transforms.text.language import written_language

_OWN_KEYS = frozenset({"title_zh", "tldr", "evidence", "selection_source", "score"})
_LEFT_OUT = frozenset({"figures_json", "layout", "source"})
_ABSTRACT = re.compile(r"## (?:Abstract|摘要)[ \t]*", re.IGNORECASE)
_SECTION = re.compile(r"## [^\n]*|---[ \t]*")
_HAS_ABSTRACT = re.compile(r"^## (?:Abstract|摘要)[ \t]*$", re.MULTILINE | re.IGNORECASE)
_UNKNOWN = "unknown"


def recognise(head: str) -> bool:
    """Whether front matter with the reader's own keys is followed by a section with the abstract."""
    if not head.lstrip().startswith("---"):
        return False
    front = read_plain_front_matter(head)
    return front is not None and _is_own(front) and _HAS_ABSTRACT.search(head, front.end) is not None


def _is_own(front: PlainFrontMatter) -> bool:
    return {"title", "pdf"} <= front.fields.keys() and not _OWN_KEYS.isdisjoint(front.fields)


def parse(text: str) -> Parsed:
    """Read the one paper of the page."""
    parsed = Parsed()
    lines = text.split("\n")
    front = read_plain_front_matter(text)
    end = last_text_line(lines, 1, len(lines))
    start = next((number for number, line in enumerate(lines, 1) if line.strip()), end)
    if front is None:
        if text.strip():
            parsed.rejects.append(Reject(start, end, "not_understood", text))
        return parsed
    fields: dict[str, object] = {
        "query_tags" if key == "tags" else key: value
        for key, value in front.fields.items()
        if key not in _LEFT_OUT and value.casefold() != _UNKNOWN
    }
    abstracts, rest = _sections(lines[front.n_lines :])
    entry = add_section(parsed, lines, start, end, fields | abstracts)
    if entry and rest:
        entry.notes.append(Note("summary", rest, written_language(rest)))
    return parsed


def _sections(lines: list[str]) -> tuple[dict[str, str], str]:
    """The abstract and its translation, and all other text; behind the first other section there is no abstract."""
    texts: dict[str, list[str]] = {}
    rest: list[str] = []
    body, is_closed = rest, False
    for line in lines:
        key = "abstract" if line.isascii() else "abstract_zh"
        if not is_closed and key not in texts and _ABSTRACT.fullmatch(line):
            body = texts.setdefault(key, [])
            continue
        if body is not rest and _SECTION.fullmatch(line):
            body, is_closed = rest, True
        body.append(line)
    abstracts = {key: written for key, body in texts.items() if (written := "\n".join(body).strip())}
    return abstracts, "\n".join(rest).strip().removeprefix("---").strip()


FORMAT = DigestFormat(
    name="daily_paper_reader",
    description="daily-paper-reader: one page a paper with front matter, translated and original abstract",
    authors="full",
    abstract="full",
    recognise=recognise,
    parse=parse,
)
