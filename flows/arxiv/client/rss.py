"""Read the day's announcements, and notice a feed that is empty or of another day than it should be."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from functools import partial
from typing import Final

from paperhouse.flows.arxiv.client.polite_client import Client
from paperhouse.flows.arxiv.client.reply_cache import StoredReply
from paperhouse.transforms.arxiv.records import ArxivRecord
from paperhouse.transforms.arxiv.rss import FeedPage, read_feed_reply
from paperhouse.transforms.calendar.announcement_days import announcement_days
from paperhouse.transforms.errors import ReplyError

CONTENT_TYPES: Final = frozenset(
    {"application/rss+xml", "application/atom+xml", "application/xml", "text/xml"}
)
# arXiv announces by the clock of New York: a new day begins there at 5:00 UTC in winter, 4:00 in summer.
_ARXIV_TIME: Final = timezone(timedelta(hours=-5))


@dataclass(slots=True)
class FeedReading:
    """One reading of a feed; `warnings` say why it may not be what the day brought."""

    reply: StoredReply
    page: FeedPage
    announced_on: date | None
    warnings: list[str] = field(default_factory=list)

    @property
    def records(self) -> list[ArxivRecord]:
        """Every announcement, of whatever type."""
        return self.page.records

    @property
    def new_papers(self) -> list[ArxivRecord]:
        """New papers alone: cross-lists and replacements announce papers that were there before."""
        return [record for record in self.page.records if record.entry.announce_type == "new"]


def announcement_day(now: datetime) -> date:
    """Day of which a feed read at this time should be, by arXiv's clock."""
    return now.astimezone(_ARXIV_TIME).date()


def require_categories(categories: Sequence[str], known: frozenset[str]) -> None:
    """Refuse what is no category or archive of arXiv's, before any request.

    Raises:
        ReplyError: names what is none.
    """
    archives = {category.partition(".")[0] for category in known}
    unknown = sorted(set(categories) - known - archives)
    if unknown or not categories:
        msg = f"{', '.join(unknown) or 'nothing'} is no category of arXiv; give some such as cs.IR cs.CL"
        raise ReplyError(msg, unknown=unknown, is_retryable=False)


def read_feed(
    client: Client, categories: Sequence[str], today: date, *, base_url: str, known: frozenset[str]
) -> FeedReading:
    """Read the feed of these categories; `today` is the day by arXiv's clock.

    Raises:
        ReplyError: a category is none of arXiv's, or the feed cannot be read.
        RemoteError: the feed could not be had.
    """
    require_categories(categories, known)
    url = f"{base_url}/{'+'.join(dict.fromkeys(categories))}"
    fetched = client.fetch(url, partial(read_feed_reply, known=known), content_types=CONTENT_TYPES)
    page = fetched.value
    announced_on = _day_of(page)
    return FeedReading(fetched.reply, page, announced_on, _warnings(page, announced_on, today, url))


def _day_of(page: FeedPage) -> date | None:
    """Day of the feed: the latest of its announcements, else what its head says."""
    days = [record.entry.stated_date for record in page.records if record.entry.stated_date is not None]
    return max(days, default=page.announced_on)


def _warnings(page: FeedPage, announced_on: date | None, today: date, url: str) -> list[str]:
    warnings = []
    if page.rejects:
        warnings.append(f"{url}: {len(page.rejects)} of {page.n_records} announcements could not be read")
    expected = _announced_by(today)
    said = "no day" if announced_on is None else f"{announced_on:%A %Y-%m-%d}"
    if not page.n_records:
        if expected == today:
            warnings.append(
                f"{url}: nothing was announced on {today:%A %Y-%m-%d}; arXiv's feed failed, or is early"
            )
    elif announced_on != today and (announced_on is None or announced_on < expected):
        warnings.append(f"{url}: the feed is of {said}, expected {expected:%A %Y-%m-%d}; read it again later")
    elif n_old := sum(record.entry.stated_date != announced_on for record in page.records):
        warnings.append(
            f"{url}: {n_old} of {page.n_records} announcements are of another day than {announced_on}"
        )
    return warnings


def _announced_by(today: date) -> date:
    """The latest day with an announcement up to today: on weekends and holidays a feed is empty, or still of that."""
    return max(announcement_days(today - timedelta(days=14), today))
