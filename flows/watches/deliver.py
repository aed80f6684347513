"""Deliveries: each watch on each of its channels, what is new for it there, once a paper.

What a channel has not accepted waits in the ledger and goes first the next time. A watch begins with the newest day:
what it would have found before is noted as known.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from paperhouse.flows.settings import Settings, Watch
from paperhouse.flows.watches.channels import AppriseChannel, Channel
from paperhouse.flows.watches.pages import write_pages
from paperhouse.flows.watches.timed_reader import open_for_watches
from paperhouse.transforms.errors import PaperhouseError
from paperhouse.transforms.watches.empty_reason import empty_reason
from paperhouse.transforms.watches.watch_message import WatchMessage
from paperhouse.warehouse.read.watch_matches import (
    found_papers,
    listed_days,
    matching_papers,
    newest_digest_date,
)
from paperhouse.warehouse.storage.delivery_ledger import Batch, DeliveryLedger, Subscription, open_ledger
from paperhouse.warehouse.storage.home import Home
from paperhouse.warehouse.storage.lock import exclusive_lock

ChannelsOf = Callable[[Watch], Sequence[Channel]]
_LOCK_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Delivery:
    """What happened with one watch on one channel: messages accepted, or the error; the channel is None for files."""

    watch: str
    channel: str | None
    messages: tuple[WatchMessage, ...] = ()
    error: str | None = None

    @property
    def line(self) -> str:
        """One line for a terminal or log."""
        where = f"watch {self.watch}" + (f", {self.channel}" if self.channel else "")
        if self.error:
            return f"{where}: {self.error}"
        said = "; ".join(message.subject.partition(": ")[2] for message in self.messages)
        return f"{where}: {said or 'nothing new'}"


def addressed_channels(watch: Watch) -> list[Channel]:
    """Channels that the settings name for a watch."""
    return [AppriseChannel(address) for address in watch.to]


def deliver_watches(
    settings: Settings, now: datetime, channels_of: ChannelsOf = addressed_channels
) -> list[Delivery]:
    """Deliver what is new for every watch of the settings; a fault of one is in its delivery and stops no other.

    Raises:
        BusyError: another process has been delivering for a minute.
        WarehouseError: there is no warehouse, or the ledger is damaged.
    """
    if not settings.watches:
        return []
    home = Home(settings.home)
    folder = home.root / "watches"
    folder.mkdir(parents=True, exist_ok=True)
    deliveries: list[Delivery] = []
    with (
        exclusive_lock(folder / "lock", wait_seconds=_LOCK_SECONDS),
        open_ledger(folder / "ledger.sqlite") as ledger,
    ):
        for watch in settings.watches:
            deliveries += _deliver_watch(settings, watch, channels_of(watch), ledger, now)
    return deliveries


def _deliver_watch(
    settings: Settings, watch: Watch, channels: Sequence[Channel], ledger: DeliveryLedger, now: datetime
) -> list[Delivery]:
    try:
        run = _WatchRun.read(settings, watch, now)
        write_pages(settings, watch, now)
    except (PaperhouseError, OSError) as error:
        return [Delivery(watch.name, None, error=str(error))]
    return [run.deliver(channel, ledger) for channel in channels]


@dataclass(frozen=True, slots=True)
class _WatchRun:
    """One watch in one state of the warehouse: what it matches, and the newest digest of its lists."""

    settings: Settings
    watch: Watch
    matches: dict[str, date | None]
    newest: date | None
    now: datetime

    @classmethod
    def read(cls, settings: Settings, watch: Watch, now: datetime) -> "_WatchRun":
        with open_for_watches(settings) as connection:
            matches = matching_papers(connection, watch.criteria)
            newest = newest_digest_date(connection, watch.lists)
        return cls(settings, watch, matches, newest, now)

    def deliver(self, channel: Channel, ledger: DeliveryLedger) -> Delivery:
        """Send what waits, then what is new, else why there is nothing if that is wanted."""
        sent: list[WatchMessage] = []
        try:
            subscription = self._subscription(channel.key, ledger)
            for batch in ledger.waiting(self.watch.name, channel.key):
                sent += self._send(batch, subscription, channel, ledger)
            new = sorted(self.matches.keys() - ledger.known(self.watch.name, channel.key))
            if new:
                late = frozenset(arxiv_id for arxiv_id in new if self._is_late(arxiv_id, subscription))
                batch = ledger.make_batch(subscription, new, late, self.newest, self.now)
                sent += self._send(batch, subscription, channel, ledger)
            elif not self.watch.send_empty:
                ledger.report_until(subscription, self.newest)
            elif not sent:
                sent += self._send_empty(subscription, channel, ledger)
        except PaperhouseError as error:
            return Delivery(self.watch.name, channel.key, tuple(sent), str(error))
        except Exception as error:  # noqa: BLE001 - whatever a channel raises, the others are served
            return Delivery(self.watch.name, channel.key, tuple(sent), f"{type(error).__name__}: {error}")
        return Delivery(self.watch.name, channel.key, tuple(sent))

    def _subscription(self, channel: str, ledger: DeliveryLedger) -> Subscription:
        """State of the watch on the channel; begun, or begun anew where the criteria have changed."""
        known = ledger.subscription(self.watch.name, channel)
        fingerprint = self.watch.criteria.fingerprint
        if known is not None and known.fingerprint == fingerprint:
            return known
        begun = Subscription(self.watch.name, channel, fingerprint, None, None)
        older = [arxiv_id for arxiv_id, day in self.matches.items() if day is None or day != self.newest]
        ledger.begin(begun, older, self.now)
        return ledger.subscription(self.watch.name, channel) or begun

    def _is_late(self, arxiv_id: str, subscription: Subscription) -> bool:
        day = self.matches[arxiv_id]
        return day is not None and subscription.reported_date is not None and day < subscription.reported_date

    def _send(
        self, batch: Batch, subscription: Subscription, channel: Channel, ledger: DeliveryLedger
    ) -> list[WatchMessage]:
        """Send a batch and mark it; none where all of its papers have left the warehouse since."""
        days = {arxiv_id: self.matches.get(arxiv_id) for arxiv_id in batch.arxiv_ids}
        with open_for_watches(self.settings) as connection:
            papers = found_papers(connection, days, batch.late)
        message = WatchMessage(self.watch.name, papers, batch.until_date)
        if papers:
            channel.send(message, batch.batch_id)
        ledger.mark_delivered(subscription, batch, self.now)
        return [message] if papers else []

    def _send_empty(
        self, subscription: Subscription, channel: Channel, ledger: DeliveryLedger
    ) -> list[WatchMessage]:
        """Once a day: why there is nothing."""
        today = self.now.date()
        if subscription.empty_date == today:
            return []
        with open_for_watches(self.settings) as connection:
            listed = listed_days(connection, self.watch.lists, subscription.reported_date)
        reason = empty_reason(today, subscription.reported_date, listed.days, listed.n_papers)
        message = WatchMessage(self.watch.name, (), self.newest, reason)
        channel.send(message, f"{self.watch.name}-empty-{today.isoformat()}-{channel.key}")
        ledger.mark_empty(subscription, self.newest, today)
        return [message]
