"""DataCite as a door: the record of each paper's DOI."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from paperhouse.flows.arxiv.client.datacite import fetch_doi, read_doi
from paperhouse.flows.arxiv.client.polite_client import Client, Fetched
from paperhouse.flows.arxiv.client.query_api import AskedId
from paperhouse.flows.arxiv.doors import Cost, LookupAnswer, outcome_of
from paperhouse.flows.arxiv.replies import ReplyToLoad
from paperhouse.transforms.arxiv.datacite import DatacitePage
from paperhouse.transforms.digests.arxiv_replies import (
    ArxivReply,
    Body,
    datacite_answer,
)


@dataclass(frozen=True, slots=True)
class DataciteDoor:
    """DataCite's record of the DOI of each paper; it knows the latest version only."""

    base_url: str
    known: frozenset[str]
    is_repairing: bool
    name: str = "datacite"
    service: str = "DataCite"

    def cost(self, ids: Sequence[AskedId]) -> Cost:
        """Requests that these papers take: one each."""
        return Cost(sum(version is None for _, version in ids))

    def look_up(self, client: Client, ids: Sequence[AskedId]) -> Iterator[LookupAnswer]:
        """Ask about these papers one by one."""
        for arxiv_id, version in ids:
            if version is None:
                found = fetch_doi(client, arxiv_id, base_url=self.base_url, known=self.known)
                yield self.answer_of(found, arxiv_id)

    def answer_of(self, found: Fetched[DatacitePage], arxiv_id: str) -> LookupAnswer:
        """What the reply about one DOI says."""
        page = found.value
        outcome = "unknown" if page.error is not None else "unread"
        if page.records:
            outcome = outcome_of(page.records[0])
        read = partial(self._read, arxiv_id=arxiv_id, outcome=outcome)
        replies = (ReplyToLoad(found.reply, read),)
        return LookupAnswer(self.name, replies, {(arxiv_id, None): outcome}, len(page.records))

    def _read(self, body: Body, *, arxiv_id: str, outcome: str) -> ArxivReply:
        page = read_doi(body.content, arxiv_id=arxiv_id, known=self.known)
        return datacite_answer(body, page, [(arxiv_id, outcome)], is_repairing=self.is_repairing)
