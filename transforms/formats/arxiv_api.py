"""Answers of arXiv's query API that somebody saved: an Atom feed of papers.

```
<feed xmlns="http://www.w3.org/2005/Atom"><title>ArXiv Query: ...</title><updated>2026-06-24T00:00:00-04:00</updated>
<entry><id>http://arxiv.org/abs/1706.03762v7</id><updated>...</updated><published>...</published><title>...</title>
<summary>...</summary><author><name>Ashish Vaswani</name></author><category term="cs.CL"/></entry></feed>
```
They are answers, and no listings: that somebody asked says nothing of when a paper was announced. The day of the
answer is that of the feed's `updated`.
"""

import re

from paperhouse.transforms.arxiv.atom import read_query_entry
from paperhouse.transforms.calendar.dates import date_in
from paperhouse.transforms.digest import DigestFormat, Parsed
from paperhouse.transforms.exports.saved_xml import read_saved, root_of

_ROOT = "feed"
_ENTRY = "<entry"
_PAPER_ID = re.compile(r"<id>\s{0,20}https?://(?:export\.)?arxiv\.org/abs/")
_UPDATED = re.compile(r"<updated>\s{0,20}(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})")
_ANNOUNCED = "announce_type>"


def recognise(head: str) -> bool:
    """Whether the root is an Atom feed and an entry of it is a paper, not an announcement of one."""
    root = root_of(head)
    return (
        root is not None
        and root.name == _ROOT
        and _PAPER_ID.search(head) is not None
        and _ANNOUNCED not in head
    )


def parse(text: str) -> Parsed:
    """Read every entry."""
    root = root_of(text)
    if root is None:
        return Parsed(unit="record")
    parsed = read_saved(text, root, "entry", read_query_entry)
    stated = _UPDATED.search(text.partition(_ENTRY)[0])
    answered = date_in(stated["day"]) if stated else None
    for entry in parsed.entries:
        entry.stated_date, entry.stated_date_kind = answered, "answered" if answered else None
    return parsed


FORMAT = DigestFormat(
    name="arxiv_api",
    description="arXiv's query API: replies to lookups, and Atom saved on disk; answers, no listings",
    authors="full",
    abstract="full",
    recognise=recognise,
    parse=parse,
)
