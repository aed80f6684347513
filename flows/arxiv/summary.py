"""Counts of a run that queried arXiv, and the load that it became."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from paperhouse.flows.load.summary import Summary
from paperhouse.transforms.errors import PaperhouseError

RequestProgress = Callable[[int, int | None, str], None]
"""Called with the requests done, the requests in all if that is known, and what they brought."""


@dataclass(slots=True)
class ArxivSummary:
    """What a run requested, what came, and the load that it became.

    `outcomes` counts requested identifiers by outcome, `doors` by the service that answered, `announced`
    announcements by type.
    `n_kept` are replies that an earlier run had fetched and not published. Where `stopped_by` is set, arXiv did
    not answer all that there was to ask, or somebody interrupted: what came before is published.
    """

    load: Summary
    n_requests: int = 0
    n_kept: int = 0
    n_left: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    doors: Counter[str] = field(default_factory=Counter)
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
            "doors": dict(self.doors),
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
