"""The page of a day of arxiv_daily_aigc, beside its JSON: `daily_html/YYYY_MM_DD.html`.

```
<h2 class="paper-title">Title</h2>
<p class="paper-summary">abstract</p>
<p class="paper-tldr"><strong>TLDR</strong>: ...</p>
<a href="http://arxiv.org/abs/2601.16210v1" class="paper-link">...</a>
<p class="paper-authors">Authors: A, B</p>
</motion.div>
```
A record is a card from its title to its end; style, scripts and the frames of the cards are furniture.
"""

import re

from paperhouse.transforms.calendar.dates import date_in
from paperhouse.transforms.digest import DigestFormat, Note, Parsed
from paperhouse.transforms.parsing.html_blocks import (
    blocks_between,
    text_of_class,
    text_of_html,
    texts_of_class,
)
from paperhouse.transforms.parsing.sections import add_section, claim_furniture, last_text_line
from paperhouse.transforms.text.language import written_language

_START = re.compile(r"class=\"paper-title\"")
_END = re.compile(r"</motion\.div>|</article>")
_LINK = re.compile(
    r"<a\b[^<>]{0,300}\bhref=\"(?P<url>https?://(?:www\.|export\.)?arxiv\.org/[^\"<>\s]{1,200})\"",
    re.IGNORECASE,
)
_TITLE = re.compile(r"<title>(?P<title>[^<]{0,300})</title>")
_AUTHORS = re.compile(r"\A\s*(?:Authors|作者)[:：]\s*")
_TLDR = re.compile(r"\ATL;?DR\s*[:：]\s*", re.IGNORECASE)
_MONTH_FIRST = re.compile(r"\b(?P<month>[A-Z][a-z]{2,8}) (?P<day>\d{1,2}), (?P<year>\d{4})\b")


def recognise(head: str) -> bool:
    """Whether the page is HTML with this family's title and summary elements."""
    return head.lstrip()[:200].lower().startswith(("<!doctype html", "<html")) and (
        'class="paper-title"' in head and 'class="paper-summary"' in head
    )


def parse(text: str) -> Parsed:
    """Read every card."""
    parsed = Parsed()
    lines = text.split("\n")
    title = _TITLE.search(text[:20_000])
    if title:
        parsed.heading_date = date_in(_MONTH_FIRST.sub(r"\g<day>-\g<month>-\g<year>", title["title"]))
    inside: set[int] = set()
    for start, end in blocks_between(lines, _START, _END):
        last = last_text_line(lines, start, end)
        _read_card(parsed, lines, start, last)
        inside.update(range(start, last + 1))
    layout = [(n, "layout") for n, line in enumerate(lines, 1) if n not in inside and line.strip()]
    claim_furniture(parsed, lines, layout)
    return parsed


def _read_card(parsed: Parsed, lines: list[str], start: int, end: int) -> None:
    block = "\n".join(lines[start - 1 : end])
    link = _LINK.search(block)
    authors = text_of_class(block, "paper-authors")
    fields: dict[str, object] = {
        "title": text_of_class(block, "paper-title"),
        "abstract": text_of_class(block, "paper-summary"),
        "authors": _AUTHORS.sub("", authors, count=1) if authors else None,
        "link": text_of_html(link["url"]) if link else None,
    }
    entry = add_section(parsed, lines, start, end, fields)
    if entry is None:
        return
    tldrs = (_TLDR.sub("", text, count=1) for text in texts_of_class(block, "paper-tldr"))
    entry.notes.extend(Note("tldr", text, written_language(text)) for text in tldrs)
    labels = texts_of_class(block, "rating-label")
    scores = texts_of_class(block, "text-xs")
    if len(labels) == len(scores):
        entry.notes.extend(
            Note(f"{label.strip(':：').lower().replace(' ', '_')}_score", score.strip("()"))
            for label, score in zip(labels, scores, strict=True)
        )


FORMAT = DigestFormat(
    name="arxiv_daily_aigc_html",
    description="arxiv_daily_aigc: the HTML page beside a day's JSON",
    authors="full",
    abstract="full",
    recognise=recognise,
    parse=parse,
)
