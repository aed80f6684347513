"""How long to wait after a failure."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

RETRYABLE_STATUSES: Final = frozenset({406, 408, 425, 429, 500, 502, 503, 504})
"""Answers after which the same question may be answered later; arXiv sends 406 when it is overloaded."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Limits of one client; times are in seconds, attempts are of one request."""

    connect_seconds: float = 10.0
    read_seconds: float = 60.0
    total_seconds: float = 300.0
    max_bytes: int = 64 * 1024**2
    max_redirects: int = 3
    max_attempts: int = 5
    backoff_seconds: float = 5.0
    longest_backoff_seconds: float = 300.0
    longest_retry_after_seconds: float = 600.0


def retry_after_seconds(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that a Retry-After header asks to wait, given in seconds or as a date; None if it says nothing usable.

    A date counts from the server's own `Date` where it says one, so that a wrong clock here does no harm.
    """
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:12])
    try:
        seconds = (_read_date(text) - _read_date(headers.get("date", ""), now)).total_seconds()
    except (ValueError, TypeError):
        return None
    return seconds if seconds > 0 else None


def _read_date(text: str, default: datetime | None = None) -> datetime:
    try:
        stated = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        if default is None:
            raise
        return default
    return stated if stated.tzinfo else stated.replace(tzinfo=UTC)


def seconds_to_rest(policy: Policy, attempt: int, retry_after: float | None, chance: random.Random) -> float:
    """How long to leave arXiv alone after failed attempt number `attempt`: exponential backoff with full jitter.

    What arXiv asks for is the least, up to a cap, with jitter on top, so that not all clients return at once.
    """
    ceiling = min(policy.longest_backoff_seconds, policy.backoff_seconds * 2 ** (attempt - 1))
    if retry_after is None:
        return chance.uniform(0, ceiling)
    return min(retry_after, policy.longest_retry_after_seconds) + chance.uniform(0, policy.backoff_seconds)
