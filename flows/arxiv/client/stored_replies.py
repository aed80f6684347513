"""Clients that answer from the reply store, in whole or in part."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import TypeVar

from paperhouse.flows.arxiv.client.polite_client import OK_ONLY, Client, Fetched
from paperhouse.flows.arxiv.client.reply_cache import ReplyStore, StoredReply
from paperhouse.transforms.errors import RemoteError, ReplyError

T = TypeVar("T")


class StoredReplies:
    """Replies of the store in the order in which they came, found by their address."""

    def __init__(self, replies: Iterable[StoredReply]) -> None:
        self.replies: Sequence[StoredReply] = tuple(replies)
        self._numbers: dict[str, list[int]] = {}
        for number, reply in enumerate(self.replies):
            self._numbers.setdefault(reply.url, []).append(number)

    def of(self, url: str, start: int) -> list[int]:
        """Numbers of the replies to this request, those before `start` left out."""
        return [number for number in self._numbers.get(url, ()) if number >= start]


class ReplayClient:
    """Answers from the store, with no network, as arXiv answered then: each reply once, in the order they came.

    `stored` are the replies to choose from (default: all), `start` the number of the first one that counts.
    """

    def __init__(self, store: ReplyStore, stored: StoredReplies | None = None, start: int = 0) -> None:
        self._store = store
        self._stored = stored or StoredReplies(store.replies())
        self._next = start
        self.used: list[StoredReply] = []

    def fetch(
        self,
        url: str,
        read: Callable[[bytes], T],
        *,
        content_types: frozenset[str],
        statuses: frozenset[int] = OK_ONLY,
    ) -> Fetched[T]:
        """Read the next stored reply to this request that `read` believes.

        Raises:
            RemoteError: there is none.
        """
        for number in self._stored.of(url, self._next):
            reply = self._stored.replies[number]
            kind = reply.content_type.partition(";")[0].strip().lower()
            if reply.status in statuses and kind in content_types:
                with suppress(ReplyError):
                    value = read(self._store.read(reply.sha256))
                    self._next = number + 1
                    self.used.append(reply)
                    return Fetched(value, reply)
        msg = f"{url}: no reply that can be believed is kept in {self._store.folder}; run online"
        raise RemoteError(msg, url=url, is_retryable=False)


class ResumingClient:
    """Answers from the store as long as that has the answer, and asks arXiv then."""

    def __init__(self, kept: ReplayClient, live: Client) -> None:
        self._kept = kept
        self._live = live

    @property
    def n_resumed(self) -> int:
        """Answers that came from the store."""
        return len(self._kept.used)

    def fetch(
        self,
        url: str,
        read: Callable[[bytes], T],
        *,
        content_types: frozenset[str],
        statuses: frozenset[int] = OK_ONLY,
    ) -> Fetched[T]:
        """What the store has for this request, else what arXiv answers.

        Raises:
            RemoteError: neither gives an answer.
        """
        with suppress(RemoteError):
            return self._kept.fetch(url, read, content_types=content_types, statuses=statuses)
        return self._live.fetch(url, read, content_types=content_types, statuses=statuses)
