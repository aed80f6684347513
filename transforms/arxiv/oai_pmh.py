"""OAI-PMH replies of arXiv: records as `arXivRaw` or `arXiv`, deleted headers, tokens, and errors with status 200."""

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, Literal

from paperhouse.transforms.arxiv.author_line import AuthorLine, join_name, split_author_line
from paperhouse.transforms.arxiv.identifiers import split_version
from paperhouse.transforms.arxiv.records import (
    ArxivRecord,
    ArxivVersion,
    DeletedRecord,
    SplitName,
    read_time,
    settle_abstract,
    sort_codes,
)
from paperhouse.transforms.arxiv.xml import Node, one_line, parse_reply, text_of_element
from paperhouse.transforms.digest import Entry, Reject
from paperhouse.transforms.errors import InvalidArxivIdError, ReplyError

OAI: Final = "{http://www.openarchives.org/OAI/2.0/}"
MetadataPrefix = Literal["arXivRaw", "arXiv"]
_NAMESPACES: Final[dict[str, str]] = {
    "arXivRaw": "{http://arxiv.org/OAI/arXivRaw/}",
    "arXiv": "{http://arxiv.org/OAI/arXiv/}",
}
_IDENTIFIER: Final = re.compile(r"oai:arxiv\.org:(?P<id>\S+)", re.IGNORECASE)
_VERSION: Final = re.compile(r"v([1-9][0-9]{0,2})")


@dataclass(frozen=True, slots=True)
class OaiError:
    """What the service refuses, by code: `noRecordsMatch`, `badResumptionToken`, `badArgument` ..."""

    code: str
    message: str


@dataclass(slots=True)
class OaiPage:
    """One page of a list, or one record. `n_records` counts record elements: each is record, deleted or reject.

    `token` is None at the end of a list, where arXiv sends an empty token or none at all. `complete_size` is the
    length of the whole list if the service says it, which arXiv's does not.
    """

    response_at: datetime
    n_records: int = 0
    records: list[ArxivRecord] = field(default_factory=list)
    deleted: list[DeletedRecord] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    token: str | None = None
    token_expires_at: datetime | None = None
    complete_size: int | None = None
    error: OaiError | None = None


def read_oai_reply(content: bytes, prefix: MetadataPrefix, known: frozenset[str]) -> OaiPage:
    """Read one reply to ListRecords or GetRecord in this metadata format; `known` is arXiv's taxonomy.

    Raises:
        ReplyError: the reply is malformed, or holds neither an answer nor an error, or both.
    """
    root = parse_reply(content, f"{OAI}OAI-PMH")
    page = OaiPage(response_at=_response_at(root))
    errors = root.all(f"{OAI}error")
    lists = [*root.all(f"{OAI}ListRecords"), *root.all(f"{OAI}GetRecord")]
    if len(lists) + bool(errors) != 1:
        msg = f"the reply holds {len(lists)} answers and {len(errors)} errors, expected one answer or errors"
        raise ReplyError(msg, is_retryable=False)
    if errors:
        page.error = _error_of(errors)
        return page
    answer = lists[0]
    nodes = answer.all(f"{OAI}record")
    if not nodes:
        msg = f"line {answer.line_start}: the list holds no record, which OAI-PMH does not allow"
        raise ReplyError(msg, line=answer.line_start, is_retryable=True)
    page.n_records = len(nodes)
    for node in nodes:
        _add_record(page, node, content, prefix, known)
    _read_token(page, answer)
    return page


def _response_at(root: Node) -> datetime:
    node = root.required(f"{OAI}responseDate")
    try:
        return read_time(node.text)
    except ValueError as error:
        msg = f"line {node.line_start}: <responseDate> is {node.text[:40]!r}, expected a time in UTC"
        raise ReplyError(msg, line=node.line_start, is_retryable=False) from error


def _error_of(errors: list[Node]) -> OaiError:
    """The first error, with the words of all."""
    words = "; ".join(one_line(error.text) or "no reason given" for error in errors)
    return OaiError(errors[0].attributes.get("code", "unknown"), words)


def _read_token(page: OaiPage, answer: Node) -> None:
    node = answer.one(f"{OAI}resumptionToken")
    if node is None:
        return
    page.token = node.text.strip() or None
    size = node.attributes.get("completeListSize", "")
    page.complete_size = int(size) if size.isascii() and size.isdigit() else None
    expires = node.attributes.get("expirationDate")
    if expires:
        try:
            page.token_expires_at = read_time(expires)
        except ValueError as error:
            msg = f"line {node.line_start}: the token expires at {expires[:40]!r}, expected a time in UTC"
            raise ReplyError(msg, line=node.line_start, is_retryable=False) from error


def read_oai_record(node: Node, known: frozenset[str]) -> ArxivRecord | None:
    """Read one record element, whichever of the two formats it is in; None for the header of a deleted paper.

    Raises:
        InvalidArxivIdError: its header names no paper.
        ReplyError, ValueError, TypeError: it lacks what every record has.
    """
    header = node.required(f"{OAI}header")
    arxiv_id, datestamp, sets = _read_header(header)
    if header.attributes.get("status") == "deleted":
        return None
    metadata = node.required(f"{OAI}metadata")
    prefix: MetadataPrefix = "arXivRaw" if metadata.all(f"{_NAMESPACES['arXivRaw']}arXivRaw") else "arXiv"
    record = _read_metadata(node, arxiv_id, prefix, known)
    record.datestamp, record.sets = datestamp, sets
    return record


def _add_record(
    page: OaiPage, node: Node, content: bytes, prefix: MetadataPrefix, known: frozenset[str]
) -> None:
    """Add one record, or the header of a deleted one, or a reject if it lacks what every record has."""
    reason = "malformed_record"
    try:
        header = node.required(f"{OAI}header")
        arxiv_id, datestamp, sets = _read_header(header)
        if header.attributes.get("status") == "deleted":
            lines = (node.line_start, node.line_end)
            page.deleted.append(DeletedRecord(arxiv_id, datestamp, tuple(sets), *lines))
            return
        record = _read_metadata(node, arxiv_id, prefix, known)
        record.datestamp, record.sets = datestamp, sets
        page.records.append(record)
    except InvalidArxivIdError:
        reason = "no_arxiv_id"
    except (ReplyError, ValueError, TypeError):
        reason = "malformed_record"
    else:
        return
    page.rejects.append(Reject(node.line_start, node.line_end, reason, text_of_element(content, node)))


def _read_header(header: Node) -> tuple[str, date, list[str]]:
    match = _IDENTIFIER.fullmatch(header.required(f"{OAI}identifier").text.strip())
    arxiv_id, _ = split_version(match["id"] if match else "")
    stamp = header.required(f"{OAI}datestamp").text.strip()
    return (
        arxiv_id,
        date.fromisoformat(stamp[:10]),
        [one_line(one.text) for one in header.all(f"{OAI}setSpec")],
    )


def _read_metadata(node: Node, arxiv_id: str, prefix: MetadataPrefix, known: frozenset[str]) -> ArxivRecord:
    space = _NAMESPACES[prefix]
    stated = node.required(f"{OAI}metadata").required(f"{space}{prefix}")
    if split_version(stated.required(f"{space}id").text)[0] != arxiv_id:
        msg = f"line {stated.line_start}: the metadata is of another paper than the header {arxiv_id}"
        raise ReplyError(msg, line=stated.line_start, arxiv_id=arxiv_id, is_retryable=False)
    record = _read_common(node, stated, space, arxiv_id, known)
    if prefix == "arXivRaw":
        _read_raw(record, stated, space)
    else:
        _read_split(record, stated, space)
    return record


def _read_common(node: Node, stated: Node, space: str, arxiv_id: str, known: frozenset[str]) -> ArxivRecord:
    """What both formats state alike; the first category is the primary one."""
    terms = (stated.line_of_text(f"{space}categories") or "").split()
    classes = [stated.line_of_text(f"{space}{name}") or "" for name in ("acm-class", "msc-class")]
    codes = sort_codes([*terms, *(text for text in classes if text not in ("", "None"))], known)
    abstract = settle_abstract(stated.raw_text(f"{space}abstract"))
    entry = Entry(
        line_start=node.line_start,
        line_end=node.line_end,
        arxiv_id=arxiv_id,
        title=one_line(stated.required(f"{space}title").text),
        abstract=abstract,
        abstract_completeness="full" if abstract else "none",
        primary_category=terms[0] if terms and terms[0] in codes.categories else None,
        categories=codes.categories,
        comment=stated.line_of_text(f"{space}comments"),
        doi=stated.line_of_text(f"{space}doi"),
        journal_ref=stated.line_of_text(f"{space}journal-ref"),
    )
    if not entry.title:
        msg = f"line {stated.line_start}: {arxiv_id} has no title"
        raise ReplyError(msg, line=stated.line_start, arxiv_id=arxiv_id, is_retryable=False)
    return ArxivRecord(
        entry,
        acm_classes=codes.acm_classes,
        msc_classes=codes.msc_classes,
        other_codes=codes.other_codes,
        report_no=stated.line_of_text(f"{space}report-no"),
        license=stated.line_of_text(f"{space}license"),
    )


def _read_raw(record: ArxivRecord, stated: Node, space: str) -> None:
    """Versions with their times, and the one author line of `arXivRaw`."""
    record.submitter = stated.line_of_text(f"{space}submitter")
    record.versions = sorted(
        (_read_version(node, space) for node in stated.all(f"{space}version")), key=lambda one: one.version
    )
    numbers = [one.version for one in record.versions]
    if not numbers or len(set(numbers)) != len(numbers):
        msg = (
            f"line {stated.line_start}: versions {numbers} of {record.entry.arxiv_id}, expected distinct ones"
        )
        raise ReplyError(msg, line=stated.line_start, is_retryable=False)
    latest = record.versions[-1]
    record.entry.version = latest.version
    record.entry.updated_at = latest.submitted_at
    record.entry.published_at = record.versions[0].submitted_at if numbers[0] == 1 else None
    record.is_withdrawn = latest.is_withdrawal
    line = split_author_line(stated.raw_text(f"{space}authors") or "")
    set_authors(record, line)


def _read_version(node: Node, space: str) -> ArxivVersion:
    match = _VERSION.fullmatch(node.attributes.get("version", ""))
    if match is None:
        msg = f"line {node.line_start}: version {node.attributes.get('version')!r}, expected a form like v2"
        raise ReplyError(msg, line=node.line_start, is_retryable=False)
    return ArxivVersion(
        version=int(match[1]),
        submitted_at=read_time(node.required(f"{space}date").text),
        size=node.line_of_text(f"{space}size"),
        source_type=node.line_of_text(f"{space}source_type"),
    )


def set_authors(record: ArxivRecord, line: AuthorLine) -> None:
    """Put the names and affiliations of an author line into the record."""
    record.entry.authors = line.names
    record.entry.authors_completeness = "none" if not line.names else "truncated" if line.is_cut else "full"
    record.affiliations = line.affiliations
    record.author_notes = line.notes


def _read_split(record: ArxivRecord, stated: Node, space: str) -> None:
    """Split names of `arXiv`. Its `created` is the day of the latest version, whose number it does not say."""
    authors = stated.one(f"{space}authors")
    for author in authors.all(f"{space}author") if authors is not None else []:
        name = SplitName(
            one_line(author.required(f"{space}keyname").text),
            author.line_of_text(f"{space}forenames"),
            author.line_of_text(f"{space}suffix"),
        )
        record.split_names.append(name)
        record.affiliations.extend(
            (len(record.split_names), one_line(place.text)) for place in author.all(f"{space}affiliation")
        )
    record.entry.authors = [join_name(name) for name in record.split_names]
    record.entry.authors_completeness = "full" if record.split_names else "none"
    created = stated.line_of_text(f"{space}created")
    if created is not None:
        record.entry.stated_date = date.fromisoformat(created)
        record.entry.stated_date_kind = "updated"
