"""Harvesting a set by OAI-PMH: where to go on, ask page by page, load all of it at once. No Prefect here.

The cursor of a set is the point of its last published harvest. It lies in the warehouse, in the same file as what
was harvested, so it can neither run ahead of the data nor lag behind it.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from functools import partial
from typing import Final, cast
from urllib.parse import parse_qs, urlsplit

from paperhouse.flows.arxiv.client.oai_pmh import EARLIEST_DATE, Harvested, Window, harvest, next_from_date
from paperhouse.flows.arxiv.client.polite_client import Client, PoliteClient
from paperhouse.flows.arxiv.client.reply_cache import StoredReply
from paperhouse.flows.arxiv.client.stored_replies import ReplayClient, ResumingClient, StoredReplies
from paperhouse.flows.arxiv.replies import (
    ReplyToLoad,
    known_categories,
    load_replies,
    reply_store,
    unpublished,
)
from paperhouse.flows.arxiv.summary import ArxivSummary, RequestProgress
from paperhouse.flows.load.summary import Summary
from paperhouse.flows.settings import Settings
from paperhouse.transforms.arxiv.oai_pmh import MetadataPrefix, read_oai_reply
from paperhouse.transforms.digests.arxiv_replies import ArxivReply, Body, HarvestPoint, oai_digest
from paperhouse.transforms.errors import InputError, RemoteError, ReplyError
from paperhouse.warehouse.read.lookup_candidates import LastHarvest, last_harvest

TRIGGER: Final = "harvest"


@dataclass(frozen=True, slots=True)
class HarvestPlan:
    """A window to harvest, the published harvest that it goes on from, and what the user should know about that."""

    window: Window
    last: LastHarvest | None = None
    notices: tuple[str, ...] = ()

    def estimated_requests(self, today: date) -> int | None:
        """Requests that it may take, by the days and replies of the last harvest; None if there is none."""
        if self.last is None:
            return None
        days = max((self.last.point_at.date() - self.last.from_date).days, 1)
        wanted = max(((self.window.until_date or today) - self.window.from_date).days, 1)
        return max(round(self.last.n_replies * wanted / days), 1)


@dataclass(slots=True)
class Pages:
    """Pages of one whole harvest, as far as a load needs them: the replies, and what they count for."""

    window: Window
    replies: list[StoredReply] = field(default_factory=list)
    cursor: datetime | None = None
    n_records: int = 0
    n_deleted: int = 0
    n_repeated: int = 0

    def take(self, page: Harvested) -> None:
        """Count a page in; its records are read again from the store when they are loaded."""
        self.replies.append(page.reply)
        self.cursor = page.cursor
        self.n_records += len(page.records)
        self.n_deleted += len(page.deleted)
        self.n_repeated += page.n_repeated

    def point(self) -> HarvestPoint:
        """Where the next harvest goes on: arXiv's time of the first page, but no later than the window's last day."""
        assert self.cursor is not None  # noqa: S101 - a complete harvest has a page
        point_at, until = self.cursor, self.window.until_date
        if until is not None:
            point_at = min(point_at, datetime.combine(until, time(), UTC))
        window = self.window
        return HarvestPoint(
            window.set_spec, window.prefix, window.from_date, until, point_at, len(self.replies)
        )


def plan_harvest(
    settings: Settings,
    set_spec: str | None,
    prefix: MetadataPrefix,
    from_date: date | None = None,
    until_date: date | None = None,
) -> HarvestPlan:
    """The window to harvest: without a first day it begins two days before the last published point.

    Raises:
        InputError: there is no such point yet, or the window ends before it begins.
    """
    last = last_harvest(settings.live, set_spec, prefix)
    notices: tuple[str, ...] = ()
    if from_date is None:
        if last is None:
            msg = f"{set_spec or 'all sets'}, {prefix}: no harvest was published yet; say with --from where to begin"
            raise InputError(msg, set_spec=set_spec, prefix=prefix)
        begin = next_from_date(last.point_at)
    else:
        begin = max(from_date, EARLIEST_DATE)
        if last is not None and begin > last.point_at.date():
            notices = (
                f"nothing between {last.point_at:%Y-%m-%d} and {begin} is harvested: --from leaves it out",
            )
    if until_date is not None and until_date < begin:
        msg = f"the window ends on {until_date}, before it begins on {begin}; correct --from or --until"
        raise InputError(msg, from_date=begin, until_date=until_date)
    return HarvestPlan(Window(begin, until_date, set_spec, prefix), last, notices)


def run_harvest(
    settings: Settings, plan: HarvestPlan, client: PoliteClient, progress: RequestProgress | None = None
) -> ArxivSummary:
    """Harvest a window to its end and publish it; pages that an earlier run has fetched are not requested again.

    Raises:
        RemoteError: arXiv did not give all of it, so nothing is published; the pages that came are kept.
        BusyError: another process is loading; the pages are kept.
    """
    known = known_categories()
    store = reply_store(settings)
    kept = ResumingClient(ReplayClient(store, unpublished(store, settings.live)), client)
    tell = partial(_tell, plan, progress) if progress is not None else None
    try:
        pages = _harvest_all(kept, plan.window, settings, known, tell)
        n_kept = kept.n_resumed
    except ReplyError:
        if not kept.n_resumed:
            raise
        # What was kept does not lead to an end, such as after a list that ran in a circle.
        pages = _harvest_all(client, plan.window, settings, known, tell)
        n_kept = 0
    point = pages.point()
    summary = ArxivSummary(Summary(home=str(settings.home)), n_requests=client.n_requests, n_kept=n_kept)
    summary.n_records, summary.n_deleted, summary.n_repeated = (
        pages.n_records,
        pages.n_deleted,
        pages.n_repeated,
    )
    what = f"{plan.window.set_spec or 'all sets'} from {plan.window.from_date}"
    summary.point = f"{what} to {point.point_at:%Y-%m-%d %H:%M} UTC"
    summary.warnings.extend(plan.notices)
    summary.load = load_replies(
        settings, TRIGGER, replies_of(pages, known, is_repairing=settings.repair_mojibake)
    )
    return summary


def _harvest_all(
    client: Client,
    window: Window,
    settings: Settings,
    known: frozenset[str],
    tell: Callable[[Pages, Harvested], None] | None,
) -> Pages:
    pages = Pages(window)
    for page in harvest(client, window, base_url=settings.arxiv_oai_url, known=known):
        pages.take(page)
        if tell is not None:
            tell(pages, page)
    return pages


def _tell(plan: HarvestPlan, progress: RequestProgress, pages: Pages, page: Harvested) -> None:
    """Estimate the number of pages by the days that are done: arXiv does not say it."""
    stamps = [record.datestamp for record in page.records if record.datestamp]
    reached = max(stamps, default=None)
    n_done = len(pages.replies)
    n_all = None
    if page.is_last:
        n_all = n_done
    elif reached is not None:
        until = plan.window.until_date or page.page.response_at.date()
        done, days = (reached - plan.window.from_date).days, (until - plan.window.from_date).days
        n_all = max(round(n_done * days / done), n_done) if 0 < done <= days else None
    where = f", up to {reached}" if reached else ""
    progress(n_done, n_all, f"{pages.n_records:,} records{where}")


def replies_of(pages: Pages, known: frozenset[str], *, is_repairing: bool) -> list[ReplyToLoad]:
    """Replies of one whole harvest; the last one carries its point."""
    last = len(pages.replies)
    return [
        ReplyToLoad(
            reply,
            partial(
                _read,
                window=pages.window,
                point=pages.point() if number == last else None,
                known=known,
                is_repairing=is_repairing,
            ),
        )
        for number, reply in enumerate(pages.replies, start=1)
    ]


def _read(
    body: Body, *, window: Window, point: HarvestPoint | None, known: frozenset[str], is_repairing: bool
) -> ArxivReply:
    page = read_oai_reply(body.content, window.prefix, known)
    reply = oai_digest(body, page, window.prefix, window.set_spec, is_repairing=is_repairing)
    reply.point = point
    return reply


def kept_harvests(settings: Settings, stored: StoredReplies, known: frozenset[str]) -> Iterator[Pages]:
    """Harvests that stored replies hold completely, in the order in which they began; others are passed over."""
    store = reply_store(settings)
    used: set[str] = set()
    for number, reply in enumerate(stored.replies):
        window = _window_asked(reply.url, settings.arxiv_oai_url)
        if window is None or reply.sha256 in used:
            continue
        client = ReplayClient(store, stored, number)
        with suppress(RemoteError):
            pages = _harvest_all(client, window, settings, known, None)
            used.update(one.sha256 for one in client.used)
            yield pages


def _window_asked(url: str, base_url: str) -> Window | None:
    """The window of a request's first page; None if it is another request, such as one of a lookup."""
    if "#" in url:
        return None
    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    if not url.startswith(f"{base_url}?") or query.get("verb") != "ListRecords" or "from" not in query:
        return None
    until = query.get("until")
    return Window(
        from_date=date.fromisoformat(query["from"]),
        until_date=date.fromisoformat(until) if until else None,
        set_spec=query.get("set"),
        prefix=cast("MetadataPrefix", query.get("metadataPrefix", "arXivRaw")),
    )
