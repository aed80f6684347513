"""What a run asked arXiv and what came of it: in counts, and line by line."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from flows.report import load_lines
from flows.summary import Summary
from transforms.errors import PaperhouseError

Progress = Callable[[int, int | None, str], None]
"""Told the requests done, the requests in all if that is known, and what they brought."""

_MINUTE: Final = 60
_HOUR: Final = 3600


@dataclass(slots=True)
class Asked:
    """What a run asked, what came, and the load that it became.

    `outcomes` counts identifiers that were asked for by what came of them, `announced` announcements by type.
    `n_kept` are replies that an earlier run had fetched and not published. Where `stopped_by` is set, arXiv did
    not answer all that there was to ask, or somebody interrupted: what came before is published.
    """

    load: Summary
    n_requests: int = 0
    n_kept: int = 0
    n_left: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    announced: Counter[str] = field(default_factory=Counter)
    n_records: int = 0
    n_deleted: int = 0
    n_repeated: int = 0
    point: str | None = None
    warnings: list[str] = field(default_factory=list)
    stopped_by: PaperhouseError | KeyboardInterrupt | None = None

    def to_json(self) -> dict[str, Any]:
        """All of it for programs."""
        return {
            "n_requests": self.n_requests,
            "n_kept": self.n_kept,
            "n_left": self.n_left,
            "outcomes": dict(self.outcomes),
            "announced": dict(self.announced),
            "n_records": self.n_records,
            "n_deleted": self.n_deleted,
            "n_repeated": self.n_repeated,
            "point": self.point,
            "stopped_by": None if self.stopped_by is None else str(self.stopped_by) or "interrupted",
            "load": {
                **self.load.to_json(),
                "warnings": [*self.load.warnings, *self.warnings],
            },
        }


def asked_lines(asked: Asked) -> list[str]:
    """What a run did, line by line."""
    kept = f", and {asked.n_kept:,} kept from earlier" if asked.n_kept else ""
    lines = [f"replies    {asked.n_requests:,} asked for{kept}"]
    if asked.outcomes:
        lines.append(f"asked      {_counts(asked.outcomes)}")
    if asked.announced:
        lines.append(f"announced  {_counts(asked.announced)}; only new are new papers")
    if asked.n_records or asked.n_deleted:
        repeated = f", {asked.n_repeated:,} stated by two pages" if asked.n_repeated else ""
        lines.append(f"records    {asked.n_records:,}, {asked.n_deleted:,} deleted{repeated}")
    if asked.point is not None:
        lines.append(f"harvested  {asked.point}")
    if asked.n_left:
        lines.append(f"left       {asked.n_left:,} papers still to ask for")
    return [*lines, *load_lines(asked.load)]


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{number:,} {name}" for name, number in sorted(counter.items()))


def duration(seconds: float) -> str:
    """Write a time as people say it: `9 s`, `2 min 30 s`, `1 h 5 min`."""
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE} s"
    return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE} min"
