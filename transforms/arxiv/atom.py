"""The query API's Atom reply: counts, papers, and errors that look like papers."""

import re
from dataclasses import dataclass, field
from typing import Final

from paperhouse.transforms.arxiv.author_line import is_name
from paperhouse.transforms.arxiv.identifiers import split_version
from paperhouse.transforms.arxiv.records import (
    ArxivRecord,
    read_time,
    says_withdrawn,
    settle_abstract,
    sort_codes,
)
from paperhouse.transforms.arxiv.xml import ARXIV, ATOM, Node, one_line, parse_reply, text_of_element
from paperhouse.transforms.digest import Entry, LinkKind, Reject
from paperhouse.transforms.errors import InvalidArxivIdError, ReplyError

OPENSEARCH: Final = "{http://a9.com/-/spec/opensearch/1.1/}"
_ERROR_ID: Final = re.compile(r"https?://(?:export\.)?arxiv\.org/api/errors(?:#(?P<code>.*))?", re.DOTALL)
_PAPER_ID: Final = re.compile(r"https?://(?:export\.)?arxiv\.org/abs/(?P<id>\S+)")
_OWN_LINK: Final = re.compile(r"https?://(?:[a-z]+\.)?(?:arxiv\.org|doi\.org)/", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ApiErrorEntry:
    """What the query API refuses, as an entry titled Error states it: `code` is the part of its id behind the `#`."""

    code: str
    message: str


@dataclass(slots=True)
class QueryPage:
    """One page of an answer. `total` is of the whole answer; `n_records` counts the page's entry elements.

    Every entry element is a record, a reject, or the error; with an error there is nothing else.
    """

    total: int
    start: int
    per_page: int
    n_records: int
    records: list[ArxivRecord] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    error: ApiErrorEntry | None = None


def read_query_reply(content: bytes, known: frozenset[str]) -> QueryPage:
    """Read one page of the query API; `known` are the categories of arXiv's taxonomy.

    Raises:
        ReplyError: the reply is malformed, its counts are missing, or they do not fit the entries it holds.
    """
    feed = parse_reply(content, f"{ATOM}feed")
    nodes = feed.all(f"{ATOM}entry")
    page = QueryPage(
        total=_count(feed, "totalResults"),
        start=_count(feed, "startIndex"),
        per_page=_count(feed, "itemsPerPage"),
        n_records=len(nodes),
    )
    page.error = _error_among(nodes)
    if page.error is not None:
        return page
    _check_counts(page)
    for node in nodes:
        _add_entry(page, node, content, known)
    _check_distinct(page)
    return page


def _count(feed: Node, name: str) -> int:
    node = feed.required(f"{OPENSEARCH}{name}")
    text = node.text.strip()
    if not (text.isascii() and text.isdigit()):
        msg = f"line {node.line_start}: <{name}> is {text[:40]!r}, expected a number"
        raise ReplyError(msg, line=node.line_start, is_retryable=False)
    return int(text)


def _error_among(nodes: list[Node]) -> ApiErrorEntry | None:
    """The error of a reply that is one; None for an answer."""
    errors: list[ApiErrorEntry] = []
    for node in nodes:
        match = _ERROR_ID.fullmatch(node.line_of_text(f"{ATOM}id") or "")
        if match is not None:
            message = node.line_of_text(f"{ATOM}summary") or "no reason given"
            errors.append(ApiErrorEntry(match["code"] or "", message))
    if errors and len(nodes) > 1:
        msg = f"the reply mixes an error ({errors[0].message}) with {len(nodes) - 1} other entries"
        raise ReplyError(msg, is_retryable=True)
    return errors[0] if errors else None


def _check_counts(page: QueryPage) -> None:
    limit = min(page.per_page, max(page.total - page.start, 0))
    if page.n_records > limit:
        msg = (
            f"the reply holds {page.n_records} entries, but says {page.total} in all, "
            f"{page.per_page} a page, from {page.start}"
        )
        raise ReplyError(msg, n_records=page.n_records, total=page.total, start=page.start, is_retryable=True)


def _check_distinct(page: QueryPage) -> None:
    seen: set[tuple[str, int | None]] = set()
    for record in page.records:
        key = (record.entry.arxiv_id, record.entry.version)
        if key in seen:
            msg = f"the reply holds {key[0]}v{key[1]} twice"
            raise ReplyError(msg, arxiv_id=key[0], is_retryable=True)
        seen.add(key)


def _add_entry(page: QueryPage, node: Node, content: bytes, known: frozenset[str]) -> None:
    """Add one entry as a record, or as a reject if it lacks what every paper has."""
    reason = "malformed_record"
    try:
        if node.line_of_text(f"{ATOM}title") is None:
            reason = "no_title"
        else:
            page.records.append(read_query_entry(node, known))
            return
    except InvalidArxivIdError:
        reason = "no_arxiv_id"
    except (ReplyError, ValueError, TypeError):
        pass
    page.rejects.append(Reject(node.line_start, node.line_end, reason, text_of_element(content, node)))


def read_query_entry(node: Node, known: frozenset[str]) -> ArxivRecord:
    """Read one entry element of the query API.

    Raises:
        InvalidArxivIdError: its id names no paper and version.
        ReplyError, ValueError, TypeError: it lacks what every paper has.
    """
    arxiv_id, version = _identifier(node)
    terms = [category.attributes.get("term", "") for category in node.all(f"{ATOM}category")]
    primary = node.one(f"{ARXIV}primary_category")
    primary_term = primary.attributes.get("term", "").strip() if primary is not None else ""
    codes = sort_codes([*terms, primary_term], known)
    authors, affiliations = _authors(node)
    abstract = settle_abstract(node.raw_text(f"{ATOM}summary"))
    comment = node.line_of_text(f"{ARXIV}comment")
    entry = Entry(
        line_start=node.line_start,
        line_end=node.line_end,
        arxiv_id=arxiv_id,
        version=version,
        title=one_line(node.required(f"{ATOM}title").text),
        authors=authors,
        authors_completeness="full" if authors else "none",
        abstract=abstract,
        abstract_completeness="full" if abstract else "none",
        primary_category=primary_term if primary_term in codes.categories else None,
        categories=codes.categories,
        comment=comment,
        doi=node.line_of_text(f"{ARXIV}doi"),
        journal_ref=node.line_of_text(f"{ARXIV}journal_ref"),
        published_at=read_time(node.required(f"{ATOM}published").text),
        updated_at=read_time(node.required(f"{ATOM}updated").text),
        links=_links(node),
    )
    return ArxivRecord(
        entry,
        affiliations=affiliations,
        acm_classes=codes.acm_classes,
        msc_classes=codes.msc_classes,
        other_codes=codes.other_codes,
        is_withdrawn=says_withdrawn(comment, abstract),
    )


def _identifier(node: Node) -> tuple[str, int]:
    """Identifier and version; an entry without a version is not what the query API writes."""
    said = node.line_of_text(f"{ATOM}id") or ""
    match = _PAPER_ID.fullmatch(said)
    arxiv_id, version = split_version(match["id"] if match else "")
    if version is None:
        msg = f"line {node.line_start}: {said[:80]!r} has no version"
        raise InvalidArxivIdError(msg, identifier=said)
    return arxiv_id, version


def _authors(node: Node) -> tuple[list[str], list[tuple[int, str]]]:
    names: list[str] = []
    affiliations: list[tuple[int, str]] = []
    for author in node.all(f"{ATOM}author"):
        name = author.line_of_text(f"{ATOM}name")
        if name is None or not is_name(name):
            continue
        names.append(name)
        places = (one_line(place.text) for place in author.all(f"{ARXIV}affiliation"))
        affiliations.extend((len(names), place) for place in dict.fromkeys(places) if place)
    return names, affiliations


def _links(node: Node) -> list[tuple[str, LinkKind | None]]:
    """Links that lead elsewhere: to arXiv's own pages the identifier leads, and the DOI has its column."""
    hrefs = (link.attributes.get("href", "").strip() for link in node.all(f"{ATOM}link"))
    return [(href, None) for href in dict.fromkeys(hrefs) if href and not _OWN_LINK.match(href)]
