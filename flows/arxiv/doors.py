"""Doors to arXiv's metadata: which services answer about papers, at what cost, and what each reply states.

query_api    200 papers a request, any version
arXivRaw     OAI-PMH, with all versions and affiliations: one paper a request, or all that changed in a window of days
arXiv        OAI-PMH, with author names in parts and no version
datacite     the record of the paper's DOI: one paper a request; thinner, and not arXiv's own
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from paperhouse.flows.arxiv.client.polite_client import Client
from paperhouse.flows.arxiv.client.query_api import AskedId
from paperhouse.flows.arxiv.replies import ReplyToLoad
from paperhouse.transforms.arxiv.records import ArxivRecord


@dataclass(frozen=True, slots=True)
class LookupAnswer:
    """What one request brought: replies to load, and the outcome of each identifier that the reply covers."""

    door: str
    replies: tuple[ReplyToLoad, ...] = ()
    outcomes: dict[AskedId, str] = field(default_factory=dict)
    n_records: int = 0


@dataclass(frozen=True, slots=True)
class Cost:
    """What a door would cost: requests, and what they are where that is not plain."""

    n_requests: int
    remark: str = ""


class Door(Protocol):
    """One way to ask about papers."""

    @property
    def name(self) -> str:
        """A value of `LOOKUP_DOORS`."""
        ...

    @property
    def service(self) -> str:
        """The name by which the circuit breaker knows it."""
        ...

    def cost(self, ids: Sequence[AskedId]) -> Cost:
        """Requests that these papers take, if all goes well."""
        ...

    def look_up(self, client: Client, ids: Sequence[AskedId]) -> Iterator[LookupAnswer]:
        """Ask about these papers; each answer counts when it is yielded.

        Raises:
            RemoteError: the door does not answer any more.
        """
        ...


def outcome_of(record: ArxivRecord) -> str:
    """What came of a paper whose record came."""
    return "withdrawn" if record.is_withdrawn else "answered"


def written(asked: AskedId) -> str:
    """The identifier as a request writes it."""
    arxiv_id, version = asked
    return arxiv_id if version is None else f"{arxiv_id}v{version}"
