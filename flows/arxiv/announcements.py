"""Reading the day's announcements: ask, warn, load. No Prefect here."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from functools import partial
from typing import Final
from urllib.parse import urlsplit

from paperhouse.flows.arxiv.client.polite_client import PoliteClient
from paperhouse.flows.arxiv.client.rss import (
    FeedReading,
    announcement_day,
    read_feed,
    require_categories,
)
from paperhouse.flows.arxiv.client.stored_replies import ReplayClient, StoredReplies
from paperhouse.flows.arxiv.replies import (
    ReplyToLoad,
    known_categories,
    load_replies,
    reply_store,
    unpublished,
)
from paperhouse.flows.arxiv.summary import ArxivSummary
from paperhouse.flows.load.summary import Summary
from paperhouse.flows.settings import Settings
from paperhouse.transforms.arxiv.rss import read_feed_reply
from paperhouse.transforms.calendar.announcement_days import is_announcement_day
from paperhouse.transforms.digests.arxiv_replies import ArxivReply, Body, feed_digest
from paperhouse.transforms.errors import RemoteError

TRIGGER: Final = "feed"


def run_feed(
    settings: Settings, categories: Sequence[str], client: PoliteClient, now: datetime | None = None
) -> ArxivSummary:
    """Read the feed of each category and publish it as a digest of its day and category, with its warnings.

    One feed of several categories would hide one that is stale behind the others. A reading of today that an
    earlier run kept and did not publish is not requested again. Where arXiv fails after the first feed, those that
    were read are published, and `stopped_by` says what happened.

    Raises:
        ReplyError: a category is none of arXiv's, or the first feed cannot be read.
        RemoteError: the first feed could not be had.
    """
    known = known_categories()
    wanted = list(dict.fromkeys(categories))
    require_categories(wanted, known)
    today = announcement_day(now or datetime.now(UTC))
    summary = ArxivSummary(Summary(home=str(settings.home)))
    replies: list[ReplyToLoad] = []
    for number, category in enumerate(wanted):
        try:
            reading = _read_one(settings, category, client, today, summary)
        except RemoteError as error:
            if not number:
                raise
            summary.stopped_by = error
            summary.n_left = len(wanted) - number
            break
        summary.warnings.extend(reading.warnings)
        summary.announced.update(record.entry.announce_type or "unknown" for record in reading.records)
        replies += replies_of(reading, known, settings)
    summary.n_requests = client.n_requests
    summary.load = load_replies(settings, TRIGGER, replies)
    return summary


def _read_one(
    settings: Settings, category: str, client: PoliteClient, today: date, summary: ArxivSummary
) -> FeedReading:
    """Today's feed of one category: kept by an earlier run, else requested."""
    known, store = known_categories(), reply_store(settings)
    read = partial(
        read_feed, categories=[category], today=today, base_url=settings.arxiv_feed_url, known=known
    )
    reading = _kept_of(today, partial(read, ReplayClient(store, unpublished(store, settings.live))))
    summary.n_kept += int(reading is not None)
    return reading or read(client)


def _kept_of(today: date, read_next: Callable[[], FeedReading]) -> FeedReading | None:
    """Of the kept readings the first one of today; None if there is none."""
    with suppress(RemoteError):
        while True:
            reading = read_next()
            if reading.announced_on == today:
                return reading
    return None


def replies_of(reading: FeedReading, known: frozenset[str], settings: Settings) -> list[ReplyToLoad]:
    """The reading's reply; none for the empty feed of a weekend or holiday, on which nothing is announced.

    An empty feed of another day is a digest with no entries: a failure upstream that should be seen.
    """
    day = reading.announced_on or announcement_day(reading.reply.fetched_at)
    if not reading.page.n_records and not is_announcement_day(day):
        return []
    read = partial(
        _read,
        announced_on=reading.announced_on,
        categories=urlsplit(reading.reply.url).path.rpartition("/")[2],
        known=known,
        is_repairing=settings.repair_mojibake,
    )
    return [ReplyToLoad(reading.reply, read)]


def _read(
    body: Body, *, announced_on: date | None, categories: str, known: frozenset[str], is_repairing: bool
) -> ArxivReply:
    page = read_feed_reply(body.content, known)
    return feed_digest(body, page, announced_on, categories, is_repairing=is_repairing)


def kept_feeds(settings: Settings, stored: StoredReplies, known: frozenset[str]) -> Iterator[FeedReading]:
    """Feeds that were stored, in the order in which they were read; those that cannot be read are passed over."""
    store = reply_store(settings)
    base = settings.arxiv_feed_url
    for number, reply in enumerate(stored.replies):
        if not reply.url.startswith(f"{base}/"):
            continue
        categories = reply.url.removeprefix(f"{base}/").split("+")
        today = announcement_day(reply.fetched_at)
        with suppress(RemoteError):
            client = ReplayClient(store, stored, number)
            yield read_feed(client, categories, today, base_url=base, known=known)
