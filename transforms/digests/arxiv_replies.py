"""Replies of arXiv as digests: each an entry of the ledger, with records for lines.

What a reply brings in follows from its bytes, from the time at which it came and from the request: so a reply
that is kept can be loaded again at any time and gives the same rows. A record that two pages of one list hold is an
entry of both: one paper and one wording, stated twice.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final

import polars as pl

from paperhouse.transforms.arxiv.atom import QueryPage
from paperhouse.transforms.arxiv.datacite import DatacitePage
from paperhouse.transforms.arxiv.identifiers import split_version
from paperhouse.transforms.arxiv.oai_pmh import MetadataPrefix, OaiPage
from paperhouse.transforms.arxiv.records import ArxivRecord
from paperhouse.transforms.arxiv.rss import FeedPage
from paperhouse.transforms.digest import Reject
from paperhouse.transforms.digests.entry_kind import API_FORMAT, DATACITE_FORMAT, FEED_FORMAT, OAI_FORMAT
from paperhouse.transforms.digests.statements import Frames, statement_frames
from paperhouse.transforms.errors import InvalidArxivIdError
from paperhouse.transforms.keys import stable_hex
from paperhouse.transforms.parsing.repairs import repair_entries
from paperhouse.transforms.read_digest import REJECT_TEXT_LIMIT, ReadDigest
from paperhouse.transforms.tables import PACKAGE_TABLES

SOURCE: Final = "arxiv"
_STATED_ID: Final = re.compile(
    r"<(?:id|identifier|guid)\b[^<>]*>\s*(?:https?://(?:export\.)?arxiv\.org/abs/|oai:arXiv\.org:)([^<\s]+)\s*<",
    re.IGNORECASE,
)
_STATED_DOI: Final = re.compile(r'"doi"\s*:\s*"10\.48550/arxiv\.([^"\s]+)"', re.IGNORECASE)
_KILOBYTES: Final = re.compile(r"([0-9]+)kb")

LookupOutcome = tuple[str, str]
"""An identifier, and what came of asking for it: a value of `LOOKUP_OUTCOMES`."""


@dataclass(frozen=True, slots=True)
class Body:
    """The bytes of a reply, their SHA-256, and when they came."""

    content: bytes
    sha256: str
    came_at: datetime


@dataclass(frozen=True, slots=True)
class HarvestPoint:
    """The end of a harvest: its window, and up to which time arXiv's changes are known from then on."""

    set_spec: str | None
    prefix: str
    from_date: date
    until_date: date | None
    point_at: datetime
    n_replies: int


@dataclass(slots=True)
class ArxivReply:
    """A reply, read: its digest, and what that has no place for. `records` are in the order of the digest's entries.

    `door` is a value of `LOOKUP_DOORS`; None where nothing was looked up, as in a feed.
    """

    digest: ReadDigest
    came_at: datetime
    records: list[ArxivRecord]
    door: str | None = None
    outcomes: list[LookupOutcome] = field(default_factory=list)
    point: HarvestPoint | None = None


def query_digest(body: Body, page: QueryPage, *, is_repairing: bool = True) -> ArxivReply:
    """A page of the query API; an error is a record that carries no paper. The request is not known here."""
    for record in page.records:
        record.entry.stated_date, record.entry.stated_date_kind = (
            body.came_at.astimezone(UTC).date(),
            "answered",
        )
    digest = _digest(body, API_FORMAT, page.records, page.rejects, page.n_records, is_repairing=is_repairing)
    return ArxivReply(digest, body.came_at, page.records, "query_api")


def oai_digest(
    body: Body, page: OaiPage, prefix: MetadataPrefix, set_spec: str | None, *, is_repairing: bool = True
) -> ArxivReply:
    """A page of a harvest; deleted records carry no paper, but that they are is an outcome, as withdrawals are."""
    _note_change(page.records)
    digest = _digest(
        body,
        OAI_FORMAT,
        page.records,
        page.rejects,
        page.n_records,
        passed_over={one.arxiv_id for one in page.deleted},
        list_name=set_spec,
        is_repairing=is_repairing,
    )
    outcomes = {record.entry.arxiv_id: "withdrawn" for record in page.records if record.is_withdrawn}
    outcomes |= {one.arxiv_id: "deleted" for one in page.deleted}
    return ArxivReply(digest, body.came_at, page.records, prefix, sorted(outcomes.items()))


def oai_answer(
    body: Body,
    page: OaiPage,
    prefix: MetadataPrefix,
    outcomes: list[LookupOutcome],
    *,
    is_repairing: bool = True,
) -> ArxivReply:
    """The reply about one paper; one that holds none is the same for all: its digest_id names whom it is about."""
    _note_change(page.records)
    digest = _digest(
        body,
        OAI_FORMAT,
        page.records,
        page.rejects,
        page.n_records,
        passed_over=_ids_of(page),
        identity=None if page.records else _about(outcomes),
        is_repairing=is_repairing,
    )
    return ArxivReply(digest, body.came_at, page.records, prefix, outcomes)


def window_answer(
    body: Body,
    page: OaiPage,
    prefix: MetadataPrefix,
    outcomes: list[LookupOutcome],
    *,
    is_repairing: bool = True,
) -> ArxivReply:
    """A page of a window of days as the answer about these identifiers alone.

    It holds every paper that changed in those days: papers that nobody looks up are furniture. What the page says
    then depends on who is looked up, and so does its digest_id.
    """
    wanted = {arxiv_id for arxiv_id, _ in outcomes}
    records = [record for record in page.records if record.entry.arxiv_id in wanted]
    _note_change(records)
    digest = _digest(
        body,
        OAI_FORMAT,
        records,
        [],
        page.n_records,
        passed_over=_ids_of(page),
        identity=_about(outcomes),
        is_repairing=is_repairing,
    )
    return ArxivReply(digest, body.came_at, records, prefix, outcomes)


def _about(outcomes: Sequence[LookupOutcome]) -> str:
    """Part of a digest_id: the identifiers that a reply is about."""
    return "\x1f".join(sorted(arxiv_id for arxiv_id, _ in outcomes))


def _note_change(records: Sequence[ArxivRecord]) -> None:
    for record in records:
        record.entry.stated_date, record.entry.stated_date_kind = record.datestamp, "changed"


def _ids_of(page: OaiPage) -> set[str]:
    """Identifiers that a page names, in records, deleted headers and rejects."""
    named = {record.entry.arxiv_id for record in page.records} | {one.arxiv_id for one in page.deleted}
    return named.union(*(_ids_in(one.text) for one in page.rejects))


def datacite_answer(
    body: Body, page: DatacitePage, outcomes: list[LookupOutcome], *, is_repairing: bool = True
) -> ArxivReply:
    """DataCite's reply about one paper: an answer, but not arXiv's own record.

    That it knows no DOI it says to all and always with the same bytes: then the digest_id names the paper and the time.
    """
    for record in page.records:
        record.entry.stated_date = body.came_at.astimezone(UTC).date()
        record.entry.stated_date_kind = "answered"
    digest = _digest(
        body,
        DATACITE_FORMAT,
        page.records,
        page.rejects,
        page.n_records,
        identity=None if page.records else f"{_about(outcomes)} {body.came_at.isoformat()}",
        is_repairing=is_repairing,
    )
    return ArxivReply(digest, body.came_at, page.records, "datacite", outcomes)


def feed_digest(
    body: Body, page: FeedPage, announced_on: date | None, categories: str, *, is_repairing: bool = True
) -> ArxivReply:
    """A day's announcements: the one kind of reply that lists papers."""
    digest = _digest(
        body,
        FEED_FORMAT,
        page.records,
        page.rejects,
        page.n_records,
        list_name=categories,
        digest_date=announced_on,
        is_repairing=is_repairing,
    )
    return ArxivReply(digest, body.came_at, page.records)


def _digest(  # noqa: PLR0913 - what a reply is, each by its name
    body: Body,
    format_name: str,
    records: Sequence[ArxivRecord],
    rejects: list[Reject],
    n_records: int,
    *,
    passed_over: set[str] | None = None,
    list_name: str | None = None,
    digest_date: date | None = None,
    identity: str | None = None,
    is_repairing: bool,
) -> ReadDigest:
    for record in records:
        codes = (*record.acm_classes, *record.msc_classes, *record.other_codes)
        record.entry.categories = list(dict.fromkeys((*record.entry.categories, *codes)))
    entries = [record.entry for record in records]
    n_seen, n_unaccounted = _independent_count(
        body.content, {entry.arxiv_id for entry in entries} | (passed_over or set()), rejects
    )
    return ReadDigest(
        digest_id=stable_hex(
            body.sha256, digest_date.isoformat() if digest_date else None, identity or list_name
        ),
        path=f"http/{body.sha256}.gz",
        sha256=body.sha256,
        format=format_name,
        source=DATACITE_FORMAT if format_name == DATACITE_FORMAT else SOURCE,
        list_name=list_name,
        digest_date=digest_date,
        date_source="heading" if digest_date else None,
        encoding="utf-8",
        unit="record",
        n_bytes=len(body.content),
        n_lines=n_records,
        n_entry_lines=len(entries),
        n_reject_lines=len(rejects),
        n_furniture_lines=n_records - len(entries) - len(rejects),
        n_ids_seen=n_seen,
        n_ids_unaccounted=n_unaccounted,
        entries=entries,
        rejects=[
            Reject(one.line_start, one.line_end, one.reason, one.text[:REJECT_TEXT_LIMIT]) for one in rejects
        ],
        repairs=repair_entries(entries) if is_repairing else [],
    )


def _independent_count(content: bytes, stated: set[str], rejects: Sequence[Reject]) -> tuple[int, int]:
    """Distinct identifiers that a plain scan finds where replies name papers, and those that nothing accounts for."""
    seen = _ids_in(content.decode("utf-8", "replace"))
    missing = seen - stated
    for reject in rejects if missing else ():
        missing -= _ids_in(reject.text)
    return len(seen), len(missing)


def _ids_in(text: str) -> set[str]:
    """Identifiers that a plain scan finds where replies name papers."""
    return set(_canonical([*_STATED_ID.findall(text), *_STATED_DOI.findall(text)]))


def _canonical(written: Iterable[str]) -> Iterable[str]:
    for one in written:
        try:
            yield split_version(one)[0]
        except InvalidArxivIdError:
            continue


def reply_frames(replies: Sequence[ArxivReply], load_id: str) -> Frames:
    """Package frames of these replies, each of another digest (all but `loads`)."""
    own = [reply.digest for reply in replies if reply.digest.format != DATACITE_FORMAT]
    others = [reply.digest for reply in replies if reply.digest.format == DATACITE_FORMAT]
    frames = statement_frames(own, load_id, source_kind="arxiv")
    if others:
        more = statement_frames(others, load_id)
        frames = {table: pl.concat([frame, more[table]]) for table, frame in frames.items()}
    stated = {
        "affiliations": _affiliations(replies),
        "versions": _versions(replies),
        "lookups": _outcomes(replies),
        "harvest_points": _points(replies),
    }
    return {**frames, **{table: _frame(table, rows) for table, rows in stated.items()}}


def _frame(table: str, rows: Iterable[tuple[Any, ...]]) -> pl.DataFrame:
    schema = {name: column.dtype for name, column in PACKAGE_TABLES[table].columns().items()}
    return pl.DataFrame(list(rows), schema=schema, orient="row")


def _placed(replies: Sequence[ArxivReply]) -> Iterable[tuple[str, int, ArxivRecord]]:
    for reply in replies:
        for position, record in enumerate(reply.records, start=1):
            yield reply.digest.digest_id, position, record


def _affiliations(replies: Sequence[ArxivReply]) -> Iterable[tuple[Any, ...]]:
    return (
        (digest_id, position, record.entry.arxiv_id, place, affiliation)
        for digest_id, position, record in _placed(replies)
        for place, affiliation in dict.fromkeys(record.affiliations)
    )


def _versions(replies: Sequence[ArxivReply]) -> Iterable[tuple[Any, ...]]:
    return (
        (
            digest_id,
            position,
            record.entry.arxiv_id,
            one.version,
            one.submitted_at,
            int(match[1]) if (match := _KILOBYTES.fullmatch(one.size or "")) else None,
            one.source_type,
            one.is_withdrawal,
            record.datestamp,
        )
        for digest_id, position, record in _placed(replies)
        for one in record.versions
    )


def _outcomes(replies: Sequence[ArxivReply]) -> Iterable[tuple[Any, ...]]:
    for reply in replies:
        lacks = {record.entry.arxiv_id: _lacks(record) for record in reply.records}
        for arxiv_id, outcome in reply.outcomes:
            yield reply.digest.digest_id, arxiv_id, outcome, reply.came_at, reply.door, lacks.get(arxiv_id)


def _lacks(record: ArxivRecord) -> list[str]:
    """What a record leaves out or cuts short of what is looked up; several records of a paper are of one format."""
    entry = record.entry
    is_missing = {
        "categories": not entry.categories,
        "authors": entry.authors_completeness != "full",
        "abstract": entry.abstract_completeness != "full",
        "version": entry.version is None,
    }
    return [name for name, is_so in is_missing.items() if is_so]


def _points(replies: Sequence[ArxivReply]) -> Iterable[tuple[Any, ...]]:
    return (
        (
            reply.digest.digest_id,
            reply.point.set_spec,
            reply.point.prefix,
            reply.point.from_date,
            reply.point.until_date,
            reply.point.point_at,
            reply.point.n_replies,
        )
        for reply in replies
        if reply.point is not None
    )
