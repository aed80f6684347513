"""The daily announcement feed, RSS or Atom: what was announced, as what, and on which day."""

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from paperhouse.transforms.arxiv.author_line import split_author_line
from paperhouse.transforms.arxiv.identifiers import split_version
from paperhouse.transforms.arxiv.oai_pmh import set_authors
from paperhouse.transforms.arxiv.records import ArxivRecord, read_stated_time, settle_abstract, sort_codes
from paperhouse.transforms.arxiv.xml import ARXIV, ATOM, DC, Node, one_line, parse_reply, text_of_element
from paperhouse.transforms.digest import Entry, Reject
from paperhouse.transforms.errors import InvalidArxivIdError, ReplyError

ANNOUNCE_TYPES: Final = frozenset({"new", "cross", "replace", "replace-cross"})
_GUID: Final = re.compile(r"(?:oai:arxiv\.org:|https?://arxiv\.org/abs/)(?P<id>\S+)", re.IGNORECASE)
_DESCRIPTION: Final = re.compile(
    r"\s*arXiv:(?P<id>\S+)\s+Announce Type:\s*(?P<type>\S+)\s*(?:Abstract:[ \t]*(?P<abstract>.*))?",
    re.DOTALL | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Dialect:
    """How RSS and Atom name the same things."""

    item: str
    guid: str
    title: str
    description: str
    published: str
    category: str


_RSS: Final = _Dialect("item", "guid", "title", "description", "pubDate", "category")
_ATOM: Final = _Dialect(
    f"{ATOM}entry", f"{ATOM}id", f"{ATOM}title", f"{ATOM}summary", f"{ATOM}published", f"{ATOM}category"
)


@dataclass(slots=True)
class FeedPage:
    """One day's feed. `announced_on` is the day it says it is of, in its own time zone; None if it says none.

    Each of the `n_records` items is a record (with `entry.announce_type`) or a reject.
    """

    announced_on: date | None
    n_records: int
    records: list[ArxivRecord] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)


def read_feed_reply(content: bytes, known: frozenset[str]) -> FeedPage:
    """Read one feed; `known` are the categories of arXiv's taxonomy.

    Raises:
        ReplyError: the reply is malformed, or is neither RSS nor Atom.
    """
    root = parse_reply(content, "rss", f"{ATOM}feed")
    channel, dialect = (root.required("channel"), _RSS) if root.tag == "rss" else (root, _ATOM)
    nodes = channel.all(dialect.item)
    page = FeedPage(_day_of_feed(channel), len(nodes))
    for node in nodes:
        _add_item(page, node, dialect, content, known)
    return page


def _day_of_feed(channel: Node) -> date | None:
    """Day of the feed: `pubDate` of RSS. The build date, and Atom's `updated`, are fresh though the feed is not."""
    node = channel.one("pubDate")
    if node is None:
        return None
    try:
        return read_stated_time(one_line(node.text)).date()
    except (ValueError, TypeError) as error:
        msg = f"line {node.line_start}: <pubDate> is {node.text[:40]!r}, expected a date"
        raise ReplyError(msg, line=node.line_start, is_retryable=False) from error


def _add_item(page: FeedPage, node: Node, dialect: _Dialect, content: bytes, known: frozenset[str]) -> None:
    """Add one item as a record, or as a reject if it lacks what every announcement has."""
    reason = "malformed_record"
    try:
        if node.line_of_text(dialect.title) is None:
            reason = "no_title"
        else:
            page.records.append(_read_item(node, dialect, known))
            return
    except InvalidArxivIdError:
        reason = "no_arxiv_id"
    except (ReplyError, ValueError, TypeError):
        pass
    page.rejects.append(Reject(node.line_start, node.line_end, reason, text_of_element(content, node)))


def read_feed_item(node: Node, known: frozenset[str]) -> ArxivRecord:
    """Read one item of RSS or entry of Atom.

    Raises:
        InvalidArxivIdError: its guid names no paper.
        ReplyError, ValueError, TypeError: it lacks what every announcement has.
    """
    return _read_item(node, _RSS if node.tag == _RSS.item else _ATOM, known)


def _read_item(node: Node, dialect: _Dialect, known: frozenset[str]) -> ArxivRecord:
    match = _GUID.fullmatch(node.line_of_text(dialect.guid) or "")
    arxiv_id, version = split_version(match["id"] if match else "")
    announce_type = (node.line_of_text(f"{ARXIV}announce_type") or "").lower()
    description = _DESCRIPTION.fullmatch(node.required(dialect.description).text)
    _check_item(node, announce_type, description, arxiv_id)
    abstract = settle_abstract(description["abstract"]) if description is not None else None
    codes = sort_codes(_terms(node, dialect), known)
    entry = Entry(
        line_start=node.line_start,
        line_end=node.line_end,
        arxiv_id=arxiv_id,
        version=version,
        title=one_line(node.required(dialect.title).text),
        abstract=abstract,
        abstract_completeness="full" if abstract else "none",
        announce_type=announce_type,
        stated_date=read_stated_time(one_line(node.required(dialect.published).text)).date(),
        stated_date_kind="announced",
        categories=codes.categories,
        doi=node.line_of_text(f"{ARXIV}DOI"),
        journal_ref=node.line_of_text(f"{ARXIV}journal_reference"),
    )
    record = ArxivRecord(
        entry,
        acm_classes=codes.acm_classes,
        msc_classes=codes.msc_classes,
        other_codes=codes.other_codes,
        license=node.line_of_text(f"{DC}rights") or node.line_of_text(f"{ATOM}rights"),
    )
    set_authors(record, split_author_line(node.raw_text(f"{DC}creator") or ""))
    return record


def _terms(node: Node, dialect: _Dialect) -> list[str]:
    """Category codes: attribute `term` in Atom, text in RSS."""
    return [one.attributes.get("term", one.text) for one in node.all(dialect.category)]


def _check_item(node: Node, announce_type: str, description: re.Match[str] | None, arxiv_id: str) -> None:
    """Refuse an announcement of an unknown type, and one whose description is of another paper or type."""
    if announce_type not in ANNOUNCE_TYPES:
        msg = f"line {node.line_start}: announce type {announce_type!r}, expected {sorted(ANNOUNCE_TYPES)}"
        raise ReplyError(msg, line=node.line_start, is_retryable=False)
    if description is None:
        return
    said_id = split_version(description["id"])[0]
    if said_id != arxiv_id or description["type"].lower() != announce_type:
        msg = f"line {node.line_start}: {arxiv_id}, {announce_type}, but its description is of {said_id}"
        raise ReplyError(msg, line=node.line_start, arxiv_id=arxiv_id, is_retryable=False)
