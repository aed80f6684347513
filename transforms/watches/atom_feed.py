"""A watch as an Atom feed (RFC 4287)."""

from datetime import UTC, date, datetime, time
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from paperhouse.transforms.citations.cited_paper import line_of
from paperhouse.transforms.watches.watch_message import FoundPaper, WatchMessage

_EVER: Final = date(1991, 8, 14)
"""arXiv's first day: when a feed without papers was last updated."""


def message_atom(message: WatchMessage) -> str:
    """The papers of a watch as a feed."""
    return papers_atom(message, f"urn:paperhouse:watch:{message.watch}")


def papers_atom(message: WatchMessage, feed_id: str) -> str:
    """The papers of the message as entries, the newest first; each keeps its id and time from feed to feed."""
    papers = [one for _, day in message.days for one in day]
    updated = max((_day_of(one) for one in papers), default=message.until or _EVER)
    head = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<feed xmlns="http://www.w3.org/2005/Atom">',
        f" <id>{escape(feed_id)}</id>",
        f" <title>{escape(line_of(message.watch))}</title>",
        *([f" <subtitle>{escape(line_of(message.reason))}</subtitle>"] if message.reason else []),
        f" <updated>{_time(updated)}</updated>",
        ' <generator uri="https://arxiv.org">Paperhouse</generator>',
        " <author><name>Paperhouse</name></author>",
    ]
    return "\n".join([*head, *map(_entry, papers), "</feed>\n"])


def _entry(one: FoundPaper) -> str:
    paper = one.paper
    names = [line_of(name) for name in paper.authors]
    lines = [
        f"<id>{escape(paper.url)}</id>",
        f"<title>{escape(line_of(paper.title) or f'arXiv:{paper.arxiv_id}')}</title>",
        f"<updated>{_time(_day_of(one))}</updated>",
        f'<link rel="alternate" type="text/html" href={quoteattr(paper.url)}/>',
        *(f"<author><name>{escape(name)}</name></author>" for name in names if name),
        *(f"<category term={quoteattr(term)}/>" for term in map(line_of, _terms(one)) if term),
    ]
    if abstract := line_of(paper.abstract):
        lines.append(f"<summary>{escape(abstract)}</summary>")
    return "\n".join([" <entry>", *(f"  {line}" for line in lines), " </entry>"])


def _terms(one: FoundPaper) -> list[str]:
    return [*([one.paper.primary_category] if one.paper.primary_category else []), *one.lists]


def _day_of(one: FoundPaper) -> date:
    return one.listed_date or one.paper.submitted_month


def _time(day: date) -> str:
    return datetime.combine(day, time(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
