"""A circuit breaker for each service, kept on disk: one that refuses is left alone for a time that grows.

A service refuses when every attempt at a request was answered, but never as it should be: 429 or 503 for ever,
`Rate exceeded.`, pages of HTML. It is then left alone for a quarter of an hour, after the next refusal for half an
hour, and so on up to a day; when that time is over, one attempt shows whether it serves again. A connection that
cannot be made is no refusal: the fault may be this machine's.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from paperhouse.transforms.errors import CircuitOpenError, RemoteError, ReplyError
from paperhouse.warehouse.storage.atomic_files import fsync_path, replace_durably
from paperhouse.warehouse.storage.flock import locked

FILE_NAME: Final = "refusals.json"
SHORTEST_REST: Final = timedelta(minutes=15)
LONGEST_REST: Final = timedelta(days=1)
_SHOWN: Final = 300


@dataclass(frozen=True, slots=True)
class Refusal:
    """A service that refused: how often in a row, when last and why, and until when it is left alone."""

    service: str
    n_refusals: int
    refused_at: datetime
    rests_until: datetime
    reason: str

    def to_json(self) -> dict[str, Any]:
        """All of it for programs."""
        return asdict(self) | {
            "refused_at": self.refused_at.isoformat(timespec="seconds"),
            "rests_until": self.rests_until.isoformat(timespec="seconds"),
        }


def read_refusals(folder: Path) -> dict[str, Refusal]:
    """Services that refused last, by name; what cannot be read is none, and costs one attempt."""
    try:
        rows = json.loads((folder / FILE_NAME).read_bytes())
        return {row["service"]: _refusal_of(row) for row in rows}
    except (OSError, ValueError, TypeError, KeyError, OverflowError):
        return {}


def _refusal_of(row: dict[str, Any]) -> Refusal:
    refused_at, rests_until = (datetime.fromisoformat(row[name]) for name in ("refused_at", "rests_until"))
    # A clock that was set back, or a damaged file, must not close a door for ever.
    rests_until = min(rests_until.astimezone(UTC), refused_at.astimezone(UTC) + LONGEST_REST)
    return Refusal(str(row["service"]), int(row["n_refusals"]), refused_at, rests_until, str(row["reason"]))


class CircuitBreaker:
    """The refusals of services, each known by the address that its requests begin with; others are never refused."""

    def __init__(
        self,
        folder: Path,
        services: Mapping[str, str],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._folder = folder
        self._services = services
        self._now = now

    def require_closed(self, url: str) -> bool:
        """Refuse a request to a service that is left alone; return whether it refused before.

        Raises:
            CircuitOpenError: it is.
        """
        refusal = read_refusals(self._folder).get(self._service_of(url) or "")
        if refusal is None:
            return False
        if self._now() >= refusal.rests_until or self._now() < refusal.refused_at:
            return True
        times = "once" if refusal.n_refusals == 1 else f"{refusal.n_refusals} times in a row"
        msg = (
            f"{refusal.service} is left alone until {refusal.rests_until:%Y-%m-%d %H:%M} UTC, as it refused {times}; "
            f"what was published stays, and the same command goes on from there. Last refusal: {refusal.reason}"
        )
        raise CircuitOpenError(
            msg,
            service=refusal.service,
            n_refusals=refusal.n_refusals,
            resume_at=refusal.rests_until,
            is_retryable=False,
        )

    def note_failure(self, url: str, error: RemoteError) -> None:
        """Note that a request was given up; a refusal opens the circuit, for twice as long as the last one."""
        service = self._service_of(url)
        if service is None or not is_refusal(error):
            return
        with locked(self._folder / f"{FILE_NAME}.lock"):
            refusals = read_refusals(self._folder)
            n_refusals = refusals[service].n_refusals + 1 if service in refusals else 1
            rest = min(SHORTEST_REST * 2 ** min(n_refusals - 1, 10), LONGEST_REST)
            asked = timedelta(
                seconds=min(error.facts.get("retry_after") or 0.0, LONGEST_REST.total_seconds())
            )
            now = self._now()
            refusals[service] = Refusal(service, n_refusals, now, now + max(rest, asked), str(error)[:_SHOWN])
            self._write(refusals)

    def note_success(self, url: str) -> None:
        """Forget what the service refused."""
        service = self._service_of(url)
        if service is None or service not in read_refusals(self._folder):
            return
        with locked(self._folder / f"{FILE_NAME}.lock"):
            refusals = read_refusals(self._folder)
            refusals.pop(service, None)
            self._write(refusals)

    def _service_of(self, url: str) -> str | None:
        return next((name for name, base in self._services.items() if url.startswith(base)), None)

    def _write(self, refusals: Mapping[str, Refusal]) -> None:
        draft = self._folder / f"{FILE_NAME}.new"
        draft.write_text(json.dumps([one.to_json() for one in refusals.values()], indent=1) + "\n", "utf-8")
        fsync_path(draft)
        replace_durably(draft, self._folder / FILE_NAME)


def is_refusal(error: RemoteError) -> bool:
    """Whether the service answered, and would not serve."""
    if error.facts.get("status") == HTTPStatus.FORBIDDEN:
        return True
    return error.is_retryable and (isinstance(error, ReplyError) or error.facts.get("status") is not None)
