"""Daily papers of Hugging Face as a page: headings, and links to `huggingface.co/papers/ID` in place of arXiv's.

```
### 1. **[MiniMax Sparse Attention]**(https://huggingface.co/papers/2606.13392)
- **研究机构/作者**：...

### 2. 张量积注意力机制
**原文标题：** Tensor Product Attention Is All You Need
**摘要：** ...
**论文链接：** [HuggingFace](https://huggingface.co/papers/2501.06425) | [arXiv](https://arxiv.org/abs/2501.06425)

### 3. Hyperagents
- [Hyperagents](https://huggingface.co/papers/2603.19461) (Hugging Face Trending Papers)
```
A record is a numbered or linked heading with all below it. Its paper is the one that the heading links to, else
the one that its first such link below does. Text in Chinese is generated: a title and an abstract in it are
translations.
"""

import re

from paperhouse.transforms.arxiv.identifiers import ID_PATTERN
from paperhouse.transforms.calendar.dates import date_in
from paperhouse.transforms.digest import DigestFormat, Note, Parsed
from paperhouse.transforms.parsing.field_names import field_role, normal_name
from paperhouse.transforms.parsing.labelled_lines import labelled_line
from paperhouse.transforms.parsing.sections import SEPARATOR, add_section, claim_furniture, last_text_line
from paperhouse.transforms.text.language import written_language

_HF = rf"https?://(?:www\.)?(?:huggingface\.co|hf\.co)/papers/(?P<id>{ID_PATTERN})"
_HF_LINK = re.compile(_HF, re.IGNORECASE)
_HEADING = re.compile(r"(?P<level>#{2,4})[ \t]++(?:(?P<number>\d{1,4})[.)、:：][ \t]*+)?(?P<text>.*\S)[ \t]*")
_LINKED = re.compile(rf"[*_]{{0,3}}\[(?P<title>.+?)\][*_]{{0,3}}\({_HF}[^()\s]*\)", re.IGNORECASE)
_LINE_LINK = re.compile(rf"\[(?P<title>[^\[\]\n]{{1,500}})\]\({_HF}", re.IGNORECASE)
_ORIGINAL_TITLE = frozenset({"原文标题", "英文标题", "original title", "title", "原标题"})
_HOST_NAMES = frozenset({"huggingface", "hugging face", "hf", "link", "paper", "链接", "论文链接", "🤗"})
_SAMPLE = 40
"""Records of a page that are looked at to recognise it."""
_LEAST_SHARE = 2 / 3


def recognise(head: str) -> bool:
    """Whether headings link to papers of Hugging Face's, or numbered ones have one such paper each below them.

    One numbered section alone counts only if its link bears the heading's own words: notes and READMEs link to
    such pages too.
    """
    if "/papers/" not in head or _HF_LINK.search(head) is None:
        return False
    lines = head.split("\n")
    n_records, n_papers, number = 0, 0, 1
    while number <= len(lines) and n_records < _SAMPLE:
        level = _record_level(lines[number - 1])
        if not level:
            number += 1
            continue
        end = _record_end(lines, number, level)
        if _is_named_after_paper(lines, number, end):
            return True
        n_records += 1
        n_papers += (
            len({link["id"] for line in lines[number - 1 : end] for link in _HF_LINK.finditer(line)}) == 1
        )
        number = end + 1
    return n_papers > 1 and n_papers >= _LEAST_SHARE * n_records


def _is_named_after_paper(lines: list[str], start: int, end: int) -> bool:
    heading = _HEADING.fullmatch(lines[start - 1])
    if heading is None:
        return False
    links = (link for line in lines[start:end] for link in _LINE_LINK.finditer(line))
    return _LINKED.match(heading["text"]) is not None or any(
        link["title"].strip("*_ ") == heading["text"].strip("*_ ") for link in links
    )


def parse(text: str) -> Parsed:
    """Read every record; text around them is furniture."""
    parsed = Parsed()
    lines = text.split("\n")
    around: list[tuple[int, str]] = []
    number = 1
    while number <= len(lines):
        line = lines[number - 1]
        level = _record_level(line)
        if level:
            end = _record_end(lines, number, level)
            if _has_paper(lines, number, end):
                _read_record(parsed, lines, number, end)
                number = end + 1
                continue
        if parsed.heading_date is None and line.startswith("#"):
            parsed.heading_date = date_in(line)
        if SEPARATOR.fullmatch(line):
            around.append((number, "separator"))
        elif line.strip():
            around.append((number, "about"))
        number += 1
    claim_furniture(parsed, lines, around)
    return parsed


def _record_level(line: str) -> int:
    """Level of a heading that may begin a record; 0 for any other line."""
    heading = _HEADING.fullmatch(line) if line.startswith("##") else None
    if heading is None or not (heading["number"] or _LINKED.match(heading["text"])):
        return 0
    return len(heading["level"])


def _record_end(lines: list[str], start: int, level: int) -> int:
    """Last line of text before the next heading that is as high, or a separator."""
    for number in range(start + 1, len(lines) + 1):
        line = lines[number - 1]
        if line.startswith("#"):
            depth = len(line) - len(line.lstrip("#"))
            if depth <= level or _record_level(line):
                return last_text_line(lines, start, number - 1)
        elif SEPARATOR.fullmatch(line):
            return last_text_line(lines, start, number - 1)
    return last_text_line(lines, start, len(lines))


def _has_paper(lines: list[str], start: int, end: int) -> bool:
    """Whether the section is about a paper: it links to one, or has the labels of one."""
    return any("/papers/" in line or "arxiv" in line.lower() for line in lines[start - 1 : end])


def _read_record(parsed: Parsed, lines: list[str], start: int, end: int) -> None:
    heading = _HEADING.fullmatch(lines[start - 1])
    written = heading["text"] if heading else ""
    linked = _LINKED.match(written)
    name = (linked["title"] if linked else written).strip("*_ \t")
    body = lines[start:end]
    below = [link for line in body for link in _LINE_LINK.finditer(line)]
    paper = linked or next(iter(below), None) or _HF_LINK.search("\n".join(body))
    texts, notes = _read_labels(body)
    original = texts.pop("original_title", None)
    if original is None and written_language(name):
        titles = (link["title"] for link in below if paper and link["id"] == paper["id"])
        original = next((title for title in titles if normal_name(title) not in _HOST_NAMES), None)
    fields: dict[str, object] = {
        **texts,
        "title": original or name,
        "arxiv_id": paper["id"] if paper else None,
    }
    if original and written_language(name):
        fields["title_zh"] = name
    entry = add_section(parsed, lines, start, end, fields)
    if entry:
        entry.notes.extend(notes)


def _read_labels(body: list[str]) -> tuple[dict[str, str], list[Note]]:
    """Fields by role, and labelled texts that are none; an abstract in Chinese is a translation."""
    texts: dict[str, list[str]] = {"": []}
    current = texts[""]
    for line in body:
        labelled = labelled_line(line)
        label = normal_name(labelled.label) if labelled and labelled.is_bold else ""
        if labelled and label and label not in texts:
            current = texts[label] = [labelled.text]
        else:
            current.append(line)
    fields: dict[str, str] = {}
    notes: list[Note] = []
    for label, written in texts.items():
        text = re.sub(r"\n[ \t]*", " " if label in _ORIGINAL_TITLE else "\n", "\n".join(written).strip())
        key = "original_title" if label in _ORIGINAL_TITLE else _key_of(label, text)
        if text and key:
            fields.setdefault(key, text)
        elif text and not _HF_LINK.search(text):
            notes.append(Note(label.replace(" ", "_")[:40] or "summary", text, written_language(text)))
    return fields, notes


def _key_of(label: str, text: str) -> str | None:
    role = field_role(label) if label else None
    if role == "abstract":
        return "abstract_zh" if written_language(text) == "zh" else "abstract"
    return role if role in {"authors", "date", "upvotes", "abstract_zh", "code", "project"} else None


FORMAT = DigestFormat(
    name="hf_daily_papers_md",
    description="Hugging Face daily papers as Markdown: headings with links to huggingface.co/papers",
    authors="full",
    abstract="full",
    recognise=recognise,
    parse=parse,
)
