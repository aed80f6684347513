"""Doors to arXiv's metadata: who can be asked about papers, what that costs, and what each reply says of them.

query_api    200 papers a request, any version
arXivRaw     OAI-PMH, with all versions and affiliations: one paper a request, or all that changed in a window of days
arXiv        OAI-PMH, with author names in parts and no version
datacite     the record of the paper's DOI: one paper a request; thinner, and not arXiv's own
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Final, Protocol

from paperhouse.flows.arxiv.client.datacite import fetch_doi, read_doi
from paperhouse.flows.arxiv.client.oai_pmh import Window, harvest
from paperhouse.flows.arxiv.client.oai_record import UNKNOWN, fetch_record, read_single_record
from paperhouse.flows.arxiv.client.polite_client import OK_ONLY, Client, Fetched, T
from paperhouse.flows.arxiv.client.query_api import AskedId, LookedUp, batches_of, look_up
from paperhouse.flows.arxiv.client.reply_cache import ReplyStore, StoredReply
from paperhouse.flows.arxiv.replies import ReplyToLoad
from paperhouse.flows.arxiv.windows import PAGES_PER_DAY, OaiPlan, pages_left, plan_requests
from paperhouse.transforms.arxiv.atom import read_query_reply
from paperhouse.transforms.arxiv.datacite import DatacitePage
from paperhouse.transforms.arxiv.identifiers import split_version
from paperhouse.transforms.arxiv.oai_pmh import MetadataPrefix, OaiPage, read_oai_reply
from paperhouse.transforms.arxiv.records import ArxivRecord
from paperhouse.transforms.digests.arxiv_replies import (
    ArxivReply,
    Body,
    LookupOutcome,
    datacite_answer,
    oai_answer,
    query_digest,
    window_answer,
)

_LISTED: Final = "#lookup"
"""Marks a page of a window in the store: it was asked for to look papers up, and is no part of a harvest."""


@dataclass(frozen=True, slots=True)
class LookupAnswer:
    """What one request brought: replies to load, and what came of identifiers, without any that nothing was said of."""

    door: str
    replies: tuple[ReplyToLoad, ...] = ()
    outcomes: dict[AskedId, str] = field(default_factory=dict)
    n_records: int = 0


@dataclass(frozen=True, slots=True)
class Cost:
    """What a door would cost: requests, and what they are where that is not plain."""

    n_requests: int
    remark: str = ""


class Door(Protocol):
    """One way to ask about papers."""

    @property
    def name(self) -> str:
        """A value of `LOOKUP_DOORS`."""
        ...

    @property
    def service(self) -> str:
        """The name by which the circuit breaker knows it."""
        ...

    def cost(self, ids: Sequence[AskedId]) -> Cost:
        """Requests that these papers take, if all goes well."""
        ...

    def look_up(self, client: Client, ids: Sequence[AskedId]) -> Iterator[LookupAnswer]:
        """Ask about these papers; each answer counts when it is yielded.

        Raises:
            RemoteError: the door does not answer any more.
        """
        ...


@dataclass(frozen=True, slots=True)
class QueryApiDoor:
    """arXiv's query API."""

    base_url: str
    known: frozenset[str]
    is_repairing: bool
    name: str = "query_api"
    service: str = "query API"

    def cost(self, ids: Sequence[AskedId]) -> Cost:
        """Requests that these papers take, if all goes well."""
        return Cost(len(batches_of([written(one) for one in ids])))

    def look_up(self, client: Client, ids: Sequence[AskedId]) -> Iterator[LookupAnswer]:
        """Ask about these papers, 200 a request."""
        texts = [written(one) for one in ids]
        for found in look_up(client, texts, base_url=self.base_url, known=self.known):
            yield self.answer_of(found)

    def answer_of(self, found: LookedUp) -> LookupAnswer:
        """What the answer to one batch says."""
        withdrawn = {record.entry.arxiv_id for record in found.records if record.is_withdrawn}
        outcomes = {
            asked: "withdrawn" if asked[0] in withdrawn else "answered"
            for asked in map(split_version, found.asked)
        }
        outcomes |= {split_version(one): "unread" for one in found.unread}
        outcomes |= {split_version(one): "unknown" for one in found.unknown}
        replies = tuple(replies_of(found, self.known, is_repairing=self.is_repairing))
        return LookupAnswer(self.name, replies, outcomes, len(found.records))


def replies_of(found: LookedUp, known: frozenset[str], *, is_repairing: bool) -> Iterator[ReplyToLoad]:
    """Replies of one batch. Each says what came of the papers that it holds; the last one, what did not come."""
    refused = {text for _, text in found.refusals}
    for reply, text in found.refusals:
        outcomes = [(split_version(text)[0], "unknown")]
        yield ReplyToLoad(
            reply, partial(_read_query, outcomes=outcomes, known=known, is_repairing=is_repairing)
        )
    came = {record.entry.arxiv_id for record in found.records}
    for number, (reply, page) in enumerate(found.pages, start=1):
        stated = {record.entry.arxiv_id: _outcome_of(record) for record in page.records}
        if number == len(found.pages):
            missing = {split_version(one)[0]: "unread" for one in found.unread}
            missing |= {split_version(one)[0]: "unknown" for one in found.unknown if one not in refused}
            stated |= {arxiv_id: outcome for arxiv_id, outcome in missing.items() if arxiv_id not in came}
        outcomes = sorted(stated.items())
        yield ReplyToLoad(
            reply, partial(_read_query, outcomes=outcomes, known=known, is_repairing=is_repairing)
        )


def _read_query(
    body: Body, *, outcomes: list[LookupOutcome], known: frozenset[str], is_repairing: bool
) -> ArxivReply:
    reply = query_digest(body, read_query_reply(body.content, known), is_repairing=is_repairing)
    reply.outcomes = outcomes
    return reply


@dataclass(frozen=True, slots=True)
class OaiDoor:
    """arXiv's OAI-PMH service, in one metadata format; it knows the latest version only."""

    base_url: str
    known: frozenset[str]
    is_repairing: bool
    prefix: MetadataPrefix
    store: ReplyStore
    today: date = date.min
    pages_per_day: float = PAGES_PER_DAY
    service: str = "OAI-PMH"

    @property
    def name(self) -> str:
        """The metadata format is the door's name."""
        return self.prefix

    def cost(self, ids: Sequence[AskedId]) -> Cost:
        """Requests that these papers take, by the cheapest plan."""
        plan = self._plan(ids)
        if plan.from_date is None:
            return Cost(plan.n_requests)
        listed = f"about {plan.n_window_requests:,} list all that changed since {plan.from_date}"
        return Cost(plan.n_requests, f"{listed}, {len(plan.singles):,} are for single papers")

    def look_up(self, client: Client, ids: Sequence[AskedId]) -> Iterator[LookupAnswer]:
        """Ask about these papers, by a window of days as long as that is cheaper, and one by one."""
        plan = self._plan(ids)
        singles = list(plan.singles)
        if plan.from_date is not None:
            left = set(plan.in_window)
            yield from self._list(client, plan, left)
            singles += [one for one in plan.in_window if one in left]
        for arxiv_id in singles:
            found = fetch_record(client, arxiv_id, self.prefix, base_url=self.base_url, known=self.known)
            yield self.answer_of(found, arxiv_id)

    def answer_of(self, found: Fetched[OaiPage], arxiv_id: str) -> LookupAnswer:
        """What the reply about one paper says."""
        page = found.value
        if page.error is not None:
            outcome = "unknown" if page.error.code == UNKNOWN else "unread"
        elif page.deleted:
            outcome = "deleted"
        else:
            outcome = _outcome_of(page.records[0]) if page.records else "unread"
        read = partial(self._read_one, arxiv_id=arxiv_id, outcome=outcome)
        replies = (ReplyToLoad(found.reply, read),)
        return LookupAnswer(self.name, replies, {(arxiv_id, None): outcome}, len(page.records))

    def _read_one(self, body: Body, *, arxiv_id: str, outcome: str) -> ArxivReply:
        page = read_single_record(body.content, arxiv_id=arxiv_id, prefix=self.prefix, known=self.known)
        return oai_answer(body, page, self.prefix, [(arxiv_id, outcome)], is_repairing=self.is_repairing)

    def _plan(self, ids: Sequence[AskedId]) -> OaiPlan:
        return plan_requests(
            [arxiv_id for arxiv_id, version in ids if version is None], self.today, self.pages_per_day
        )

    def _list(self, client: Client, plan: OaiPlan, left: set[str]) -> Iterator[LookupAnswer]:
        """Read a window until all of `left` came, or single records are cheaper than what it still has."""
        assert plan.from_date is not None  # noqa: S101 - the caller asked for a window
        window = Window(plan.from_date, None, None, self.prefix)
        pages = harvest(_MarkingClient(client), window, base_url=self.base_url, known=self.known)
        reached: date | None = None
        for number, taken in enumerate(pages, start=1):
            found = {record.entry.arxiv_id for record in taken.page.records if record.entry.arxiv_id in left}
            found |= {one.arxiv_id for one in taken.page.deleted if one.arxiv_id in left}
            left -= found
            yield self.answer_of_page(self._note_found(taken.reply, found), taken.page, found)
            stamps = [record.datestamp for record in taken.page.records if record.datestamp]
            reached = max(stamps, default=reached)
            if not left or pages_left(plan.from_date, reached, self.today, number) >= len(left):
                return
            if number >= len(plan.in_window):  # so many requests would have brought them one by one
                return

    def _note_found(self, reply: StoredReply, found: set[str]) -> StoredReply:
        """Note in the store for which papers a page counts, so that it can be loaded again without asking."""
        if not found:
            return reply
        named = f"{reply.url.partition('#')[0]}#{self.prefix}={','.join(sorted(found))}"
        return self.store.name_again(reply, named)

    def answer_of_page(self, reply: StoredReply, page: OaiPage, found: set[str]) -> LookupAnswer:
        """What a page of a window says about these papers; without any there is nothing to load."""
        stated: dict[str, str] = {one.arxiv_id: "deleted" for one in page.deleted if one.arxiv_id in found}
        records = [record for record in page.records if record.entry.arxiv_id in found]
        stated |= {record.entry.arxiv_id: _outcome_of(record) for record in records}
        read = partial(self._read_page, outcomes=sorted(stated.items()))
        replies = (ReplyToLoad(reply, read),) if stated else ()
        return LookupAnswer(
            self.name, replies, {(one, None): what for one, what in stated.items()}, len(records)
        )

    def _read_page(self, body: Body, *, outcomes: list[LookupOutcome]) -> ArxivReply:
        page = read_oai_reply(body.content, self.prefix, self.known)
        return window_answer(body, page, self.prefix, outcomes, is_repairing=self.is_repairing)


@dataclass(frozen=True, slots=True)
class _MarkingClient:
    """Asks as the client does, and keeps the replies under addresses that say what they were asked for."""

    client: Client

    def fetch(
        self,
        url: str,
        read: Callable[[bytes], T],
        *,
        content_types: frozenset[str],
        statuses: frozenset[int] = OK_ONLY,
    ) -> Fetched[T]:
        """The client's answer; the mark behind `#` is not sent."""
        return self.client.fetch(f"{url}{_LISTED}", read, content_types=content_types, statuses=statuses)


@dataclass(frozen=True, slots=True)
class DataciteDoor:
    """DataCite's record of the DOI of each paper; it knows the latest version only."""

    base_url: str
    known: frozenset[str]
    is_repairing: bool
    name: str = "datacite"
    service: str = "DataCite"

    def cost(self, ids: Sequence[AskedId]) -> Cost:
        """Requests that these papers take: one each."""
        return Cost(sum(version is None for _, version in ids))

    def look_up(self, client: Client, ids: Sequence[AskedId]) -> Iterator[LookupAnswer]:
        """Ask about these papers one by one."""
        for arxiv_id, version in ids:
            if version is None:
                found = fetch_doi(client, arxiv_id, base_url=self.base_url, known=self.known)
                yield self.answer_of(found, arxiv_id)

    def answer_of(self, found: Fetched[DatacitePage], arxiv_id: str) -> LookupAnswer:
        """What the reply about one DOI says."""
        page = found.value
        outcome = "unknown" if page.error is not None else "unread"
        if page.records:
            outcome = _outcome_of(page.records[0])
        read = partial(self._read, arxiv_id=arxiv_id, outcome=outcome)
        replies = (ReplyToLoad(found.reply, read),)
        return LookupAnswer(self.name, replies, {(arxiv_id, None): outcome}, len(page.records))

    def _read(self, body: Body, *, arxiv_id: str, outcome: str) -> ArxivReply:
        page = read_doi(body.content, arxiv_id=arxiv_id, known=self.known)
        return datacite_answer(body, page, [(arxiv_id, outcome)], is_repairing=self.is_repairing)


def ids_named(url: str, base_url: str) -> tuple[set[str], MetadataPrefix] | None:
    """Identifiers for which a page of a window counts, and its format; None if the address is another one."""
    address, _, mark = url.partition("#")
    prefix, _, ids = mark.partition("=")
    if not address.startswith(f"{base_url}?") or not ids or prefix not in ("arXivRaw", "arXiv"):
        return None
    return set(ids.split(",")), "arXivRaw" if prefix == "arXivRaw" else "arXiv"


def _outcome_of(record: ArxivRecord) -> str:
    return "withdrawn" if record.is_withdrawn else "answered"


def written(asked: AskedId) -> str:
    """The identifier as it is asked for."""
    arxiv_id, version = asked
    return arxiv_id if version is None else f"{arxiv_id}v{version}"
