"""The query API as a door: 200 papers a request, of any version."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from paperhouse.flows.arxiv.client.polite_client import Client
from paperhouse.flows.arxiv.client.query_api import AskedId, LookedUp, batches_of, look_up
from paperhouse.flows.arxiv.doors import Cost, LookupAnswer, outcome_of, written
from paperhouse.flows.arxiv.replies import ReplyToLoad
from paperhouse.transforms.arxiv.atom import read_query_reply
from paperhouse.transforms.arxiv.identifiers import split_version
from paperhouse.transforms.digests.arxiv_replies import (
    ArxivReply,
    Body,
    LookupOutcome,
    query_digest,
)


@dataclass(frozen=True, slots=True)
class QueryApiDoor:
    """arXiv's query API."""

    base_url: str
    known: frozenset[str]
    is_repairing: bool
    name: str = "query_api"
    service: str = "query API"

    def cost(self, ids: Sequence[AskedId]) -> Cost:
        """Requests that these papers take, if all goes well."""
        return Cost(len(batches_of([written(one) for one in ids])))

    def look_up(self, client: Client, ids: Sequence[AskedId]) -> Iterator[LookupAnswer]:
        """Ask about these papers, 200 a request."""
        texts = [written(one) for one in ids]
        for found in look_up(client, texts, base_url=self.base_url, known=self.known):
            yield self.answer_of(found)

    def answer_of(self, found: LookedUp) -> LookupAnswer:
        """What the answer to one batch says."""
        withdrawn = {record.entry.arxiv_id for record in found.records if record.is_withdrawn}
        outcomes = {
            asked: "withdrawn" if asked[0] in withdrawn else "answered"
            for asked in map(split_version, found.asked)
        }
        outcomes |= {split_version(one): "unread" for one in found.unread}
        outcomes |= {split_version(one): "unknown" for one in found.unknown}
        replies = tuple(replies_of(found, self.known, is_repairing=self.is_repairing))
        return LookupAnswer(self.name, replies, outcomes, len(found.records))


def replies_of(found: LookedUp, known: frozenset[str], *, is_repairing: bool) -> Iterator[ReplyToLoad]:
    """Replies of one batch. Each says what came of the papers that it holds; the last one, what did not come."""
    refused = {text for _, text in found.refusals}
    for reply, text in found.refusals:
        outcomes = [(split_version(text)[0], "unknown")]
        yield ReplyToLoad(
            reply, partial(_read_query, outcomes=outcomes, known=known, is_repairing=is_repairing)
        )
    came = {record.entry.arxiv_id for record in found.records}
    for number, (reply, page) in enumerate(found.pages, start=1):
        stated = {record.entry.arxiv_id: outcome_of(record) for record in page.records}
        if number == len(found.pages):
            missing = {split_version(one)[0]: "unread" for one in found.unread}
            missing |= {split_version(one)[0]: "unknown" for one in found.unknown if one not in refused}
            stated |= {arxiv_id: outcome for arxiv_id, outcome in missing.items() if arxiv_id not in came}
        outcomes = sorted(stated.items())
        yield ReplyToLoad(
            reply, partial(_read_query, outcomes=outcomes, known=known, is_repairing=is_repairing)
        )


def _read_query(
    body: Body, *, outcomes: list[LookupOutcome], known: frozenset[str], is_repairing: bool
) -> ArxivReply:
    reply = query_digest(body, read_query_reply(body.content, known), is_repairing=is_repairing)
    reply.outcomes = outcomes
    return reply
