"""What watches have delivered: a small SQLite file of its own, so that no rebuild or restore mails anybody again.

A batch of papers is written down before it is sent and marked after the channel has accepted it. One that was cut off
in between is sent again as it was, under the same id: nothing is lost, and a mail comes twice at most as the same mail.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final

from paperhouse.transforms.errors import WarehouseError
from paperhouse.transforms.keys import stable_hex

_DDL: Final = """
    create table if not exists subscriptions (
        watch text not null,
        channel text not null,
        fingerprint text not null,
        started_at text not null,
        reported_date text,
        empty_date text,
        primary key (watch, channel)
    ) without rowid;
    create table if not exists batches (
        batch_id text primary key,
        watch text not null,
        channel text not null,
        until_date text,
        made_at text not null,
        delivered_at text
    ) without rowid;
    create table if not exists papers (
        watch text not null,
        channel text not null,
        arxiv_id text not null,
        batch_id text,
        is_late integer not null,
        primary key (watch, channel, arxiv_id)
    ) without rowid;
"""


@dataclass(frozen=True, slots=True)
class Subscription:
    """A watch on a channel: criteria by fingerprint, and the days up to which was reported, with and without papers."""

    watch: str
    channel: str
    fingerprint: str
    reported_date: date | None
    empty_date: date | None


@dataclass(frozen=True, slots=True)
class Batch:
    """Papers of one message; those of `late` came in after their day had been reported."""

    batch_id: str
    arxiv_ids: tuple[str, ...]
    late: frozenset[str]
    until_date: date | None


class DeliveryLedger:
    """Open with `open_ledger`; each method is one transaction, durable when it returns."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def subscription(self, watch: str, channel: str) -> Subscription | None:
        """State of a watch on a channel; None if it has never run there."""
        row = self._connection.execute(
            "select fingerprint, reported_date, empty_date from subscriptions where watch = ? and channel = ?",
            (watch, channel),
        ).fetchone()
        return None if row is None else Subscription(watch, channel, row[0], _day(row[1]), _day(row[2]))

    def begin(self, subscription: Subscription, known: Iterable[str], at: datetime) -> None:
        """Begin a watch on a channel, or begin it anew with other criteria: papers of `known` are never delivered."""
        with self._connection as connection:
            connection.execute(
                "insert into subscriptions (watch, channel, fingerprint, started_at, reported_date) "
                "values (?, ?, ?, ?, ?) on conflict do update set fingerprint = excluded.fingerprint",
                (
                    subscription.watch,
                    subscription.channel,
                    subscription.fingerprint,
                    at.isoformat(),
                    _text(subscription.reported_date),
                ),
            )
            connection.executemany(
                "insert or ignore into papers (watch, channel, arxiv_id, is_late) values (?, ?, ?, 0)",
                ((subscription.watch, subscription.channel, arxiv_id) for arxiv_id in known),
            )

    def known(self, watch: str, channel: str) -> frozenset[str]:
        """Papers that the watch does not deliver on this channel any more."""
        rows = self._connection.execute(
            "select arxiv_id from papers where watch = ? and channel = ?", (watch, channel)
        )
        return frozenset(arxiv_id for (arxiv_id,) in rows)

    def waiting(self, watch: str, channel: str) -> list[Batch]:
        """Batches that the channel has not accepted yet, oldest first."""
        rows = self._connection.execute(
            "select batch_id, until_date from batches "
            "where watch = ? and channel = ? and delivered_at is null order by made_at, batch_id",
            (watch, channel),
        ).fetchall()
        return [self._batch(batch_id, until_date) for batch_id, until_date in rows]

    def make_batch(
        self,
        subscription: Subscription,
        arxiv_ids: Iterable[str],
        late: frozenset[str],
        until_date: date | None,
        at: datetime,
    ) -> Batch:
        """Write a batch down, to be sent."""
        ids = sorted(arxiv_ids)
        watch, channel = subscription.watch, subscription.channel
        batch_id = stable_hex(repr((watch, channel, ids)))
        with self._connection as connection:
            connection.execute(
                "insert into batches (batch_id, watch, channel, until_date, made_at) values (?, ?, ?, ?, ?)",
                (batch_id, watch, channel, _text(until_date), at.isoformat()),
            )
            connection.executemany(
                "insert into papers (watch, channel, arxiv_id, batch_id, is_late) values (?, ?, ?, ?, ?)",
                ((watch, channel, arxiv_id, batch_id, arxiv_id in late) for arxiv_id in ids),
            )
        return self._batch(batch_id, _text(until_date))

    def mark_delivered(self, subscription: Subscription, batch: Batch, at: datetime) -> None:
        """Note that the channel has accepted the batch, and up to which day the watch has now reported."""
        with self._connection as connection:
            connection.execute(
                "update batches set delivered_at = ? where batch_id = ?", (at.isoformat(), batch.batch_id)
            )
            self._report_until(connection, subscription, batch.until_date)

    def mark_empty(self, subscription: Subscription, until_date: date | None, today: date) -> None:
        """Note that the channel has accepted the reason why there is nothing."""
        with self._connection as connection:
            connection.execute(
                "update subscriptions set empty_date = ? where watch = ? and channel = ?",
                (_text(today), subscription.watch, subscription.channel),
            )
            self._report_until(connection, subscription, until_date)

    def report_until(self, subscription: Subscription, until_date: date | None) -> None:
        """Note up to which day the watch has looked and found nothing to send."""
        with self._connection as connection:
            self._report_until(connection, subscription, until_date)

    @staticmethod
    def _report_until(
        connection: sqlite3.Connection, subscription: Subscription, until_date: date | None
    ) -> None:
        connection.execute(
            "update subscriptions set reported_date = max(coalesce(reported_date, ''), ?) "
            "where watch = ? and channel = ? and ? is not null",
            (_text(until_date), subscription.watch, subscription.channel, _text(until_date)),
        )

    def _batch(self, batch_id: str, until_date: str | None) -> Batch:
        rows = self._connection.execute(
            "select arxiv_id, is_late from papers where batch_id = ? order by arxiv_id", (batch_id,)
        ).fetchall()
        return Batch(
            batch_id,
            tuple(arxiv_id for arxiv_id, _ in rows),
            frozenset(arxiv_id for arxiv_id, is_late in rows if is_late),
            _day(until_date),
        )


@contextmanager
def open_ledger(path: Path) -> Iterator[DeliveryLedger]:
    """Open the ledger for the block; it is made where there is none.

    Raises:
        WarehouseError: the file is damaged, or cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        connection = sqlite3.connect(path)
        try:
            connection.execute("pragma synchronous = full")
            connection.executescript(_DDL)
            yield DeliveryLedger(connection)
        finally:
            connection.close()
    except sqlite3.Error as error:
        msg = (
            f"{path}: the ledger of deliveries cannot be used ({error}); restore it from a copy, or remove it: "
            "then every watch begins anew and delivers nothing that it finds now"
        )
        raise WarehouseError(msg, path=str(path)) from error


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _text(day: date | None) -> str | None:
    return day.isoformat() if day else None
