"""Feeds of arXiv's announcements that somebody saved, RSS or Atom: `rss.arxiv.org/rss/cs.AI`.

```
<rss><channel><title>cs.AI updates on arXiv.org</title><pubDate>Wed, 20 Aug 2025 00:00:00 -0400</pubDate>
<item><title>...</title><guid>oai:arXiv.org:2508.13426v1</guid><description>arXiv:2508.13426v1 Announce Type: cross
Abstract: ...</description><arxiv:announce_type>cross</arxiv:announce_type><dc:creator>A, B</dc:creator></item>
```
and, until January 2024, RSS 1.0:
```
<rdf:RDF ...><channel><title>cs updates on arXiv.org</title><dc:date>2020-06-10T20:30:00-05:00</dc:date></channel>
<item rdf:about="http://arxiv.org/abs/2006.05489"><title>Title. (arXiv:2006.05489v1 [cs.LG])</title>...
```
A feed is a listing: of its day, and of its categories as the list. Atom says no day for the feed: there it is that of
its entries, if they agree.
"""

import re

from paperhouse.transforms.arxiv.records import read_stated_time
from paperhouse.transforms.arxiv.rss import read_feed_item
from paperhouse.transforms.digest import DigestFormat, Parsed
from paperhouse.transforms.exports.rss_1 import read_rss_1_item
from paperhouse.transforms.exports.saved_xml import ReadNode, read_saved, root_of

_RSS_1 = "rdf:RDF"
_ITEMS: dict[str, tuple[str, ReadNode]] = {
    "rss": ("item", read_feed_item),
    "feed": ("entry", read_feed_item),
    _RSS_1: ("item", read_rss_1_item),
}
_ANNOUNCED = "announce_type>"
_DAY = re.compile(r"<(?:pubDate|dc:date)>(?P<day>[^<>]{1,60})<")
_LIST = re.compile(r"<title>\s{0,20}(?P<list>[A-Za-z][A-Za-z.,+ -]{1,200}?) updates on arXiv\.org")
_GUID = "oai:arXiv.org:"
_ABOUT = re.compile(r"<item rdf:about=\"https?://(?:www\.)?arxiv\.org/abs/")


def recognise(head: str) -> bool:
    """Whether the root is a feed's, and its items are announced as arXiv does."""
    root = root_of(head)
    if root is None or root.name not in _ITEMS:
        return False
    return _ABOUT.search(head) is not None if root.name == _RSS_1 else _ANNOUNCED in head and _GUID in head


def parse(text: str) -> Parsed:
    """Read every item."""
    root = root_of(text)
    if root is None or root.name not in _ITEMS:
        return Parsed(unit="record")
    item, read = _ITEMS[root.name]
    parsed = read_saved(text, root, item, read)
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
