"""The pages of gpt_paper_assistant as HTML: `index.html`, and a page a day in `past_arxiv/YYYY-MM-DD.html`.

```
<summary class="topic-heading">Multimodal LLM</summary>
<details class="paper-row" id="link0">
  <summary>... <strong>Title</strong> <small>A, B</small> <span class="topic-tag">...</span></summary>
  <a class="paper-action" href="https://arxiv.org/abs/2608.03979">Open arXiv</a>
  <div class="paper-scores"><span>Relevance <strong>8</strong></span></div>
  <p class="comment"><strong>Why selected:</strong> ...</p>
  <p class="abstract">...</p>
</details>
```
A row is a record, its topic the heading above it. Style and frames are furniture.
"""

import re

from paperhouse.transforms.calendar.dates import date_in
from paperhouse.transforms.digest import DigestFormat, Note, Parsed
from paperhouse.transforms.parsing.html_blocks import (
    blocks_between,
    text_of_class,
    text_of_html,
    text_of_tag,
    texts_of_class,
)
from paperhouse.transforms.parsing.sections import add_section, claim_furniture, last_text_line, topic_of

_START = re.compile(r"<details\b[^<>]{0,200}\bclass=\"paper-row\"")
_END = re.compile(r"</details>")
_LINK = re.compile(
    r"<a\b[^<>]{0,300}\bhref=\"(?P<url>https?://(?:www\.)?arxiv\.org/[^\"<>\s]{1,200})\"", re.IGNORECASE
)
_SCORE = re.compile(r"<span>(?P<name>[A-Za-z ]{1,30}?)\s*<strong>(?P<score>[0-9.]{1,6})</strong>")
_TOPIC = re.compile(r"class=\"topic-heading\"[^<>]{0,200}>(?P<topic>[^<]{1,200})<")
_US_DATE = re.compile(r"<strong>\s*(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>\d{4})\s*</strong>")
_WHY = re.compile(r"\A\s*Why selected:\s*")


def recognise(head: str) -> bool:
    """Whether the page is HTML of this family: its own frame around all, or a row with a paper."""
    if not head.lstrip()[:200].lower().startswith(("<!doctype html", "<html")):
        return False
    return _START.search(head) is not None or 'class="daily-arxiv"' in head


def parse(text: str) -> Parsed:
    """Read every row."""
    parsed = Parsed()
    lines = text.split("\n")
    blocks = blocks_between(lines, _START, _END)
    before = "\n".join(lines[: blocks[0][0] - 1]) if blocks else text
    stated = _US_DATE.search(before)
    if stated:
        parsed.heading_date = date_in(f"{stated['year']}-{stated['month']}-{stated['day']}")
    topics = [
        (number, match["topic"]) for number, line in enumerate(lines, 1) if (match := _TOPIC.search(line))
    ]
    inside: set[int] = set()
    topic: str | None = None
    for start, end in blocks:
        while topics and topics[0][0] < start:
            topic = topic_of([text_of_html(topics.pop(0)[1])])
        last = last_text_line(lines, start, end)
        _read_row(parsed, lines, start, last, topic)
        inside.update(range(start, last + 1))
    layout = [(n, "layout") for n, line in enumerate(lines, 1) if n not in inside and line.strip()]
    claim_furniture(parsed, lines, layout)
    return parsed


def _read_row(parsed: Parsed, lines: list[str], start: int, end: int, topic: str | None) -> None:
    block = "\n".join(lines[start - 1 : end])
    link = _LINK.search(block)
    fields: dict[str, object] = {
        "title": text_of_tag(block, "strong"),
        "authors": text_of_tag(block, "small"),
        "abstract": text_of_class(block, "abstract"),
        "link": link["url"] if link else None,
        "topic": topic,
    }
    entry = add_section(parsed, lines, start, end, fields)
    if entry is None:
        return
    comment = text_of_class(block, "comment")
    if comment:
        entry.notes.append(Note("ai_comment", _WHY.sub("", comment, count=1)))
    entry.notes.extend(
        Note(f"ai_{match['name'].strip().lower().replace(' ', '_')}", match["score"])
        for match in _SCORE.finditer(block)
    )
    entry.notes.extend(Note("topic_tag", tag) for tag in texts_of_class(block, "topic-tag"))


FORMAT = DigestFormat(
    name="gpt_paper_assistant_html",
    description="gpt_paper_assistant: HTML rows with title, authors, abstract, a model's comment and scores",
    authors="full",
    abstract="full",
    recognise=recognise,
    parse=parse,
)
