"""Feeds of arXiv's announcements that somebody saved, RSS or Atom: `rss.arxiv.org/rss/cs.AI`.

```
<rss><channel><title>cs.AI updates on arXiv.org</title><pubDate>Wed, 20 Aug 2025 00:00:00 -0400</pubDate>
<item><title>...</title><guid>oai:arXiv.org:2508.13426v1</guid><description>arXiv:2508.13426v1 Announce Type: cross
Abstract: ...</description><arxiv:announce_type>cross</arxiv:announce_type><dc:creator>A, B</dc:creator></item>
```
A feed is a listing: of its day, and of its categories as the list. Atom says no day for the feed: there it is that of
its entries, if they agree.
"""

import re

from paperhouse.transforms.arxiv.records import read_stated_time
from paperhouse.transforms.arxiv.rss import read_feed_item
from paperhouse.transforms.digest import DigestFormat, Parsed
from paperhouse.transforms.exports.saved_xml import read_saved, root_of

_ITEMS = {"rss": "item", "feed": "entry"}
_ANNOUNCED = "announce_type>"
_DAY = re.compile(r"<pubDate>(?P<day>[^<>]{1,60})</pubDate>")
_LIST = re.compile(r"<title>\s{0,20}(?P<list>[A-Za-z][A-Za-z.,+ -]{1,200}?) updates on arXiv\.org")
_GUID = "oai:arXiv.org:"


def recognise(head: str) -> bool:
    """Whether the root is a feed's, and its items are announced as arXiv does."""
    root = root_of(head)
    return root is not None and root.name in _ITEMS and _ANNOUNCED in head and _GUID in head


def parse(text: str) -> Parsed:
    """Read every item."""
    root = root_of(text)
    if root is None or root.name not in _ITEMS:
        return Parsed(unit="record")
    item = _ITEMS[root.name]
    parsed = read_saved(text, root, item, read_feed_item)
    before = text.partition(f"<{item}")[0]
    days = {entry.stated_date for entry in parsed.entries}
    stated = _DAY.search(before)
    if stated:
        try:
            parsed.heading_date = read_stated_time(stated["day"].strip()).date()
        except (ValueError, TypeError, OverflowError):
            parsed.heading_date = None
    elif len(days) == 1:
        (parsed.heading_date,) = days
    title = _LIST.search(before)
    parsed.heading_list = title["list"] if title else None
    return parsed


FORMAT = DigestFormat(
    name="arxiv_feed",
    description="arXiv's announcements: the daily feed, and RSS or Atom saved on disk",
    authors="full",
    abstract="full",
    recognise=recognise,
    parse=parse,
)
