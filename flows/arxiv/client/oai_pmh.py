"""Harvest arXiv by OAI-PMH: page after page to the end, over expired tokens, and nothing twice."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final
from urllib.parse import urlencode

from paperhouse.flows.arxiv.client.polite_client import Client, Fetched
from paperhouse.flows.arxiv.client.reply_cache import StoredReply
from paperhouse.transforms.arxiv.oai_pmh import MetadataPrefix, OaiPage, read_oai_reply
from paperhouse.transforms.arxiv.records import ArxivRecord, DeletedRecord
from paperhouse.transforms.digest import Reject
from paperhouse.transforms.errors import ReplyError

EARLIEST_DATE: Final = date(2005, 9, 16)
"""arXiv refuses an earlier `from`; no record was changed before."""
OVERLAP: Final = timedelta(days=2)
CONTENT_TYPES: Final = frozenset({"text/xml", "application/xml"})
_QUIET: Final = "noRecordsMatch"
_DEAD_TOKEN: Final = "badResumptionToken"  # noqa: S105 - an error code of OAI-PMH
_MAX_RESTARTS: Final = 5


@dataclass(frozen=True, slots=True)
class Window:
    """What to harvest: one set (`cs:cs:IR`, None for all), by day of last change, both days included."""

    from_date: date
    until_date: date | None = None
    set_spec: str | None = None
    prefix: MetadataPrefix = "arXivRaw"


@dataclass(slots=True)
class Harvested:
    """One page of a harvest, without what an earlier page of it had already.

    `cursor` is the time, by arXiv's clock, of the first reply: what changed since may be missing, so the next
    harvest goes on from there. It is to be stored only with the load that holds all pages; `is_last` marks the end.
    """

    reply: StoredReply
    page: OaiPage
    cursor: datetime
    is_last: bool
    records: list[ArxivRecord] = field(default_factory=list)
    deleted: list[DeletedRecord] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    n_repeated: int = 0


def next_from_date(cursor: datetime) -> date:
    """First day of the next harvest: two days before the last one, as records that change move between pages."""
    return max((cursor - OVERLAP).date(), EARLIEST_DATE)


def harvest(client: Client, window: Window, *, base_url: str, known: frozenset[str]) -> Iterator[Harvested]:
    """Yield every page of the window; the last one says so.

    A day without changes gives one page without records. When a token dies on the way (they do at midnight UTC),
    the list is requested again from the last day that was not complete; what came before is not given twice.

    Raises:
        ReplyError: arXiv refuses the window, tokens run in a circle, or the list does not come to an end.
        RemoteError: a page could not be had.
    """
    state = _Harvest(window)
    while not state.is_done:
        fetched = client.fetch(
            f"{base_url}?{urlencode(state.query())}",
            partial(read_oai_reply, prefix=window.prefix, known=known),
            content_types=CONTENT_TYPES,
        )
        page = fetched.value
        if page.error is not None and page.error.code == _DEAD_TOKEN and state.token is not None:
            state.restart(page.error.message)
        elif page.error is not None and page.error.code != _QUIET:
            msg = f"arXiv refuses the harvest: {page.error.message} ({page.error.code})"
            raise ReplyError(msg, code=page.error.code, is_retryable=False)
        else:
            yield state.take(fetched)


class _Harvest:
    """Where a harvest stands."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self._from = max(window.from_date, EARLIEST_DATE)
        self._seen: set[_Key] = set()
        self._tokens: set[str] = set()
        self._last_stamp: date | None = None
        self._is_in_order = True
        self._n_restarts = 0
        self._n_fresh_pages = 0
        self._n_stale_pages = 0
        self._cursor: datetime | None = None
        self.token: str | None = None
        self.is_done = False

    def query(self) -> dict[str, str]:
        """Arguments of the next request: with a token nothing else is allowed."""
        if self.token is not None:
            return {"verb": "ListRecords", "resumptionToken": self.token}
        query = {"verb": "ListRecords", "metadataPrefix": self._window.prefix, "from": self._from.isoformat()}
        if self._window.until_date is not None:
            query["until"] = self._window.until_date.isoformat()
        if self._window.set_spec is not None:
            query["set"] = self._window.set_spec
        return query

    def take(self, fetched: Fetched[OaiPage]) -> Harvested:
        """Take a page in: what is new of it, and where the list goes on."""
        page = fetched.value
        self._cursor = self._cursor or page.response_at
        self._note_order(page)
        taken = Harvested(
            fetched.reply,
            page,
            self._cursor,
            is_last=False,
            records=[one for one in page.records if self._is_new(_key_of(one))],
            deleted=[one for one in page.deleted if self._is_new((one.arxiv_id, one.datestamp, None))],
            rejects=[one for one in page.rejects if self._is_new((one.text, None, None))],
        )
        n_new = len(taken.records) + len(taken.deleted) + len(taken.rejects)
        taken.n_repeated = page.n_records - n_new
        self._go_on(page, n_new)
        taken.is_last = self.is_done
        return taken

    def restart(self, why: str) -> None:
        """Ask for the list anew from the last day that may be incomplete: all days before it came whole.

        Raises:
            ReplyError: it has died too often.
        """
        self._n_restarts += 1
        if self._n_restarts > _MAX_RESTARTS:
            msg = f"tokens of the list died {self._n_restarts} times, last from {self._from}: {why}; harvest fewer days"
            raise ReplyError(msg, n_restarts=self._n_restarts, is_retryable=False)
        if self._is_in_order and self._last_stamp is not None:
            self._from = max(self._from, self._last_stamp)
        self.token = None
        self._tokens.clear()
        self._last_stamp = None
        self._n_stale_pages = 0

    def _is_new(self, key: "_Key") -> bool:
        if key in self._seen:
            return False
        self._seen.add(key)
        return True

    def _note_order(self, page: OaiPage) -> None:
        """Remember the latest day, and whether days ever went back: then no day is known to be complete."""
        stamps = [(one.entry.line_start, one.datestamp) for one in page.records if one.datestamp]
        stamps += [(one.line_start, one.datestamp) for one in page.deleted]
        for _, stamp in sorted(stamps):
            if self._last_stamp is not None and stamp < self._last_stamp:
                self._is_in_order = False
            self._last_stamp = stamp

    def _go_on(self, page: OaiPage, n_new: int) -> None:
        """Follow the token to the next page, or end.

        Raises:
            ReplyError: the token was there before, pages bring nothing new, or fewer records came than stated.
        """
        if page.token is None:
            self._require_complete(page)
            self.is_done = True
            return
        if page.token in self._tokens:
            msg = f"the list runs in a circle: its token {page.token[:80]!r} came twice"
            raise ReplyError(msg, token=page.token, is_retryable=False)
        self._n_fresh_pages += n_new > 0
        self._n_stale_pages = 0 if n_new else self._n_stale_pages + 1
        if self._n_stale_pages > self._n_fresh_pages + 1:
            msg = f"the list does not end: its last {self._n_stale_pages} pages held nothing new"
            raise ReplyError(msg, n_pages=self._n_stale_pages, is_retryable=False)
        self._tokens.add(page.token)
        self.token = page.token

    def _require_complete(self, page: OaiPage) -> None:
        """Where the length of the list is stated, compare it; after a restart it is of another list."""
        if page.complete_size is None or self._n_restarts:
            return
        n_distinct = len({key[0] for key in self._seen})
        if n_distinct != page.complete_size:
            msg = f"{n_distinct} distinct papers came, but the list is said to hold {page.complete_size}"
            raise ReplyError(msg, n_came=n_distinct, total=page.complete_size, is_retryable=False)


_Key = tuple[str, date | None, int | None]


def _key_of(record: ArxivRecord) -> _Key:
    return record.entry.arxiv_id, record.datestamp, record.entry.version
