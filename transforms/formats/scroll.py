"""A page a paper: front matter, the title, bold labels, then sections.

```
---
layout: default
title: Title
---

# Title
**arXiv**：[2510.08880v1](https://arxiv.org/abs/2510.08880) · [PDF](https://arxiv.org/pdf/2510.08880.pdf)
**作者**：A, B

**一句话要点**：...

## 3 点简述
- ...

## 摘要（原文）

> The abstract, wrapped
> at 80 columns.
```
A newer layout has a toolbar in place of the first label, and marks its sections with signs:
```
<div class="paper-toolbar">
  <a href="https://arxiv.org/abs/2509.06807" class="toolbar-btn">arXiv: 2509.06807v1</a>
</div>

**作者**: A, B

## 📄 摘要（原文）
```
The abstract's line breaks are layout. Other sections are generated and become notes. The colon has either
width.
"""

import re

from paperhouse.transforms.digest import DigestFormat, Note, Parsed, Reject
from paperhouse.transforms.parsing.field_names import normal_name
from paperhouse.transforms.parsing.labelled_lines import label_key, read_labels
from paperhouse.transforms.parsing.sections import add_section, claim_furniture, last_text_line
from paperhouse.transforms.text.language import written_language

_FRONT = re.compile(r"\s*---[ \t]*\n(?:(?!---[ \t]*\n)[^\n]*\n){0,60}---[ \t]*\n")
_TITLE = re.compile(r"# (?P<title>[^\n]*\S)[ \t]*")
_SECTION = re.compile(r"## (?P<name>[^\n]*)")
_ANCHORS = re.compile(
    r"\s*# [^\n]*\n\s{0,9}"
    r"(?:\*\*(?:arXiv|论文|链接|Link)\*\*[ \t]*[:：][ \t]*\[[^\]\n]{1,60}\]\("
    r"|<div class=\"paper-toolbar\">\s{0,9}<a href=\"https?://arxiv\.org/"
    # Other labels may come first, but not where the link is called `Link`: so does reporter, which has many papers.
    r"|(?:\*\*[^*\n]{1,30}\*\*[ \t]*[:：][^\n]{0,20000}\n\s{0,9}){1,4}"
    r"\*\*(?:arXiv|PDF URL)\*\*[ \t]*[:：][ \t]*\[[^\]\n]{1,60}\]\()",
    re.IGNORECASE,
)
_TOOLBAR = re.compile(
    r"[ \t]*<a href=\"(?P<url>https?://arxiv\.org/[^\"\s]{1,100})\"[^<>\n]*>(?:[^<>\n]*?(?P<id>\d{4}\.\d{4,5}v\d+))?"
)

_LAYOUT = re.compile(r"[ \t]*</?(?:div|a|button)\b|-{3,}[ \t]*$")


def recognise(head: str) -> bool:
    """Whether a title, below front matter or not, is followed by a bold label with a link, or by a toolbar."""
    front = _FRONT.match(head)
    return _ANCHORS.match(head, front.end() if front else 0) is not None


def parse(text: str) -> Parsed:
    """Read the one paper of the page."""
    parsed = Parsed()
    lines = text.split("\n")
    front = _FRONT.match(text)
    n_front = front[0].count("\n") if front else 0
    start = next((n for n in range(n_front + 1, len(lines) + 1) if _TITLE.fullmatch(lines[n - 1])), None)
    if start is None:
        if text.strip():
            parsed.rejects.append(Reject(1, last_text_line(lines, 1, len(lines)), "no_title", text))
        return parsed
    end = last_text_line(lines, start, len(lines))
    _read_page(parsed, lines, start, end)
    claim_furniture(parsed, lines, [(number, "front_matter") for number in range(1, n_front + 1)])
    return parsed


def _read_page(parsed: Parsed, lines: list[str], start: int, end: int) -> None:
    title = _TITLE.fullmatch(lines[start - 1])
    fields: dict[str, object] = {}
    notes: list[Note] = []
    for name, body in _sections(lines[start:end]):
        if not name:
            fields |= _toolbar_link(body) | read_labels(line for line in body if not _LAYOUT.match(line))
            continue
        key = label_key(name)
        if key == "abstract":
            fields.setdefault("abstract", _join_wrapped(body))
        elif key in {"abstract_zh", "title_zh"}:
            fields.setdefault(key, _join_wrapped(body))
        elif written := "\n".join(body).strip():
            notes.append(Note(key or normal_name(name)[:40], written, written_language(written)))
    if title:
        fields["title"] = title["title"]
    entry = add_section(parsed, lines, start, end, _with_identifier(fields))
    if entry:
        entry.notes.extend(notes)


def _with_identifier(fields: dict[str, object]) -> dict[str, object]:
    """Take the version off the link's text: `[2510.08880v1](https://arxiv.org/abs/2510.08880)`."""
    link = fields.get("arxiv_id") or fields.get("link")
    shown = re.match(r"\[([^\]\n]{1,60})\]", link) if isinstance(link, str) else None
    return fields | {"arxiv_id": shown[1] if shown else None, "link": link}


def _toolbar_link(lines: list[str]) -> dict[str, str]:
    """Link of the toolbar, and the identifier with its version that it shows; nothing where there is none."""
    button = next((match for line in lines if (match := _TOOLBAR.match(line))), None)
    if button is None:
        return {}
    shown = {"arxiv_id": f"[{button['id']}]"} if button["id"] else {}
    return {"link": button["url"], **shown}


def _sections(lines: list[str]) -> list[tuple[str, list[str]]]:
    sections: list[tuple[str, list[str]]] = [("", [])]
    for line in lines:
        heading = _SECTION.fullmatch(line)
        if heading:
            sections.append((heading["name"].strip(), []))
        else:
            sections[-1][1].append(line)
    return sections


def _join_wrapped(lines: list[str]) -> str:
    return " ".join(text for line in lines if (text := line.strip().removeprefix(">").strip()))


FORMAT = DigestFormat(
    name="scroll",
    description="one page a paper: front matter, title, bold labels, sections, abstract in wrapped quote lines",
    authors="full",
    abstract="full",
    recognise=recognise,
    parse=parse,
)
