"""Asking arXiv, politely and patiently; replies are stored before they are read."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Final, Generic, Protocol, TypeVar
from urllib.parse import urljoin

from paperhouse.flows.arxiv.client.allowlist import Addresses, is_loopback_url
from paperhouse.flows.arxiv.client.circuit_breaker import CircuitBreaker
from paperhouse.flows.arxiv.client.http import Answer, request_once
from paperhouse.flows.arxiv.client.limiter import (
    LOCK_NAME,
    SECONDS_BETWEEN_REQUESTS,
    Clock,
    Limiter,
    lock_paths,
)
from paperhouse.flows.arxiv.client.reply_cache import ReplyStore, StoredReply
from paperhouse.flows.arxiv.client.retry import (
    RETRYABLE_STATUSES,
    Policy,
    retry_after_seconds,
    seconds_to_rest,
)
from paperhouse.flows.settings import Settings
from paperhouse.transforms.errors import RemoteError, ReplyError, SettingsError

T = TypeVar("T")
OK_ONLY: Final = frozenset({200})
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Fetched(Generic[T]):
    """What a reply says, and where it is kept."""

    value: T
    reply: StoredReply


class Client(Protocol):
    """Whatever answers requests: arXiv through a `PoliteClient`, or the store through a `ReplayClient`."""

    def fetch(
        self,
        url: str,
        read: Callable[[bytes], T],
        *,
        content_types: frozenset[str],
        statuses: frozenset[int] = OK_ONLY,
    ) -> Fetched[T]:
        """What `read` makes of the reply; `read` raises a retryable ReplyError where it should be requested again."""
        ...


def user_agent(contact: str | None) -> str:
    """Name the program, its version and whom to write to."""
    name = f"paperhouse/{version('paperhouse')}"
    return f"{name} ({contact})" if contact else name


class PoliteClient:
    """Asks arXiv. Replies are stored before they are read; failures are retried as the policy says."""

    def __init__(  # noqa: PLR0913 - each is a part that tests replace
        self,
        *,
        limiter: Limiter,
        store: ReplyStore,
        agent: str,
        addresses: Addresses | None = None,
        policy: Policy | None = None,
        clock: Clock | None = None,
        chance: random.Random | None = None,
        services: Mapping[str, str] | None = None,
    ) -> None:
        self._limiter = limiter
        self._store = store
        self._agent = agent
        self._addresses = addresses or Addresses()
        self._policy = policy or Policy()
        self._clock = clock or Clock()
        self._chance = chance or random.SystemRandom()
        self._breaker = CircuitBreaker(store.folder, services or {}, self._now)
        self.n_requests = 0

    def fetch(
        self,
        url: str,
        read: Callable[[bytes], T],
        *,
        content_types: frozenset[str],
        statuses: frozenset[int] = OK_ONLY,
    ) -> Fetched[T]:
        """Ask until there is an answer that `read` believes.

        Raises:
            RemoteError: there is none; `attempts` counts the requests.
            CircuitOpenError: the service refused before and is left alone, so no request was made.
            BusyError: another process does not let go of the limiter.
        """
        n_attempts = 1 if self._breaker.require_closed(url) else self._policy.max_attempts
        attempt = 1
        while True:
            try:
                fetched = self._attempt(url, read, content_types, statuses, attempt)
            except RemoteError as error:
                if error.is_retryable and attempt < n_attempts:
                    attempt += 1
                    continue
                failure = _explain(error, url, attempt)
                self._breaker.note_failure(url, failure)
                raise failure from error
            self._breaker.note_success(url)
            return fetched

    def _attempt(
        self,
        url: str,
        read: Callable[[bytes], T],
        content_types: frozenset[str],
        statuses: frozenset[int],
        attempt: int,
    ) -> Fetched[T]:
        """Ask once, through redirects; each hop is a request of its own and waits for its own slot.

        A failure is noted before the slot is given back: then all processes leave arXiv alone for a while.
        """
        target = url
        for _ in range(self._policy.max_redirects + 1):
            self._require_polite(target)
            with self._limiter.slot() as slot:
                self.n_requests += 1
                try:
                    answer = request_once(target, self._agent, self._policy, self._addresses, statuses)
                    slot.end()
                    if answer.status not in _REDIRECTS:
                        return self._believed(url, answer, read, content_types, statuses)
                except RemoteError as error:
                    slot.end()
                    if error.is_retryable:
                        asked = error.facts.get("retry_after")
                        slot.rest(seconds_to_rest(self._policy, attempt, asked, self._chance))
                    raise
            target = urljoin(target, answer.headers.get("location", ""))
        msg = f"redirected more than {self._policy.max_redirects} times, last to {target[:200]}"
        raise RemoteError(msg, is_retryable=False)

    def _require_polite(self, url: str) -> None:
        self._addresses.require_allowed(url)
        if self._limiter.interval_seconds < SECONDS_BETWEEN_REQUESTS and not is_loopback_url(url):
            msg = f"{url}: would be asked every {self._limiter.interval_seconds} s; arXiv's terms say 3 s at least"
            raise SettingsError(msg, url=url)

    def _believed(
        self,
        url: str,
        answer: Answer,
        read: Callable[[bytes], T],
        content_types: frozenset[str],
        statuses: frozenset[int],
    ) -> Fetched[T]:
        if answer.status not in statuses:
            raise self._unwanted_status(answer)
        reply = self._store.save(
            url,
            answer.body,
            fetched_at=self._now(),
            status=answer.status,
            content_type=answer.headers.get("content-type", ""),
        )
        if answer.content_type not in content_types:
            msg = (
                f"the reply is {answer.content_type or 'of no type'}, expected {' or '.join(sorted(content_types))}; "
                f"it starts {answer.body[:80]!r}"
            )
            raise ReplyError(msg, status=answer.status, content_type=answer.content_type, is_retryable=True)
        return Fetched(read(answer.body), reply)

    def _unwanted_status(self, answer: Answer) -> RemoteError:
        retry_after = retry_after_seconds(answer.headers, self._now())
        asks = "" if retry_after is None else f" and asks to wait {retry_after:.0f} s"
        return RemoteError(
            f"the service answers with status {answer.status}{asks}",
            status=answer.status,
            retry_after=retry_after,
            is_retryable=answer.status in RETRYABLE_STATUSES,
        )

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock.wall(), UTC)


def open_client(settings: Settings, tell: Callable[[str], None]) -> PoliteClient:
    """Make the client that the settings describe; `tell` gets what the user should know, such as a missing contact.

    Only where every address is loopback may the interval be shorter, and is the lock of the machine left out.
    """
    services = {
        "query API": settings.arxiv_api_url,
        "OAI-PMH": settings.arxiv_oai_url,
        "feed": settings.arxiv_feed_url,
        "DataCite": settings.datacite_url,
    }
    is_for_tests = settings.arxiv_allow_loopback and all(map(is_loopback_url, services.values()))
    interval = (
        settings.arxiv_interval_seconds
        if is_for_tests
        else max(settings.arxiv_interval_seconds, SECONDS_BETWEEN_REQUESTS)
    )
    folder = settings.home / "http"
    paths = lock_paths(folder, folder / LOCK_NAME if is_for_tests else settings.arxiv_lock)
    if settings.arxiv_contact is None:
        tell('no contact for arXiv is set; please set arxiv_contact = "mailto:you@example.org"')
    clock = Clock()
    return PoliteClient(
        limiter=Limiter(paths, interval, clock, tell=tell),
        store=ReplyStore(folder),
        agent=user_agent(settings.arxiv_contact),
        addresses=Addresses(is_loopback_allowed=settings.arxiv_allow_loopback),
        policy=Policy(max_bytes=settings.arxiv_max_reply_bytes),
        clock=clock,
        services=services,
    )


def _explain(error: RemoteError, url: str, attempts: int) -> RemoteError:
    """The same error with the address and the number of attempts, and what to do where waiting helps."""
    shown = url if len(url) <= 120 else f"{url[:117]}..."  # noqa: PLR2004 - two hundred identifiers fill a screen
    text = str(error)
    where = "" if text.startswith(shown) else f"{shown}: "
    hint = (
        f"; asked {attempts} times. What was published stays; run the same command again later"
        if error.is_retryable
        else ""
    )
    return type(error)(f"{where}{text}{hint}", **{"url": url, **error.facts, "attempts": attempts})
