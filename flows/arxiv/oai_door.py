"""OAI-PMH as two doors, one for each metadata format: single records, or all that changed in a window of days."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Final

from paperhouse.flows.arxiv.client.oai_pmh import Window, harvest
from paperhouse.flows.arxiv.client.oai_record import UNKNOWN, fetch_record, read_single_record
from paperhouse.flows.arxiv.client.polite_client import OK_ONLY, Client, Fetched, T
from paperhouse.flows.arxiv.client.query_api import AskedId
from paperhouse.flows.arxiv.client.reply_cache import ReplyStore, StoredReply
from paperhouse.flows.arxiv.doors import Cost, LookupAnswer, outcome_of
from paperhouse.flows.arxiv.replies import ReplyToLoad
from paperhouse.flows.arxiv.windows import PAGES_PER_DAY, OaiPlan, pages_left, plan_requests
from paperhouse.transforms.arxiv.oai_pmh import MetadataPrefix, OaiPage, read_oai_reply
from paperhouse.transforms.digests.arxiv_replies import (
    ArxivReply,
    Body,
    LookupOutcome,
    oai_answer,
    window_answer,
)

_LISTED: Final = "#lookup"
"""Marks a page of a window in the store: it was requested to look papers up, and is no part of a harvest."""


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
            outcome = outcome_of(page.records[0]) if page.records else "unread"
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
        stated |= {record.entry.arxiv_id: outcome_of(record) for record in records}
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
    """Makes requests as the client does, and keeps the replies under addresses that name their purpose."""

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


def ids_named(url: str, base_url: str) -> tuple[set[str], MetadataPrefix] | None:
    """Identifiers for which a page of a window counts, and its format; None if the address is another one."""
    address, _, mark = url.partition("#")
    prefix, _, ids = mark.partition("=")
    if not address.startswith(f"{base_url}?") or not ids or prefix not in ("arXivRaw", "arXiv"):
        return None
    return set(ids.split(",")), "arXivRaw" if prefix == "arXivRaw" else "arXiv"
