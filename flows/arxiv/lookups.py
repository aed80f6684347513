"""Looking up papers that digests leave incomplete: choose, ask, load. No Prefect here.

chosen = choose_papers(settings, request, now)      what is wanted and was not asked for lately
asked = run_lookups(settings, request, client)      replies kept by an earlier run, then batch by batch; one load
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Final
from urllib.parse import parse_qs, urlsplit

from paperhouse.flows.arxiv.client.polite_client import PoliteClient
from paperhouse.flows.arxiv.client.query_api import BATCH_SIZE, LookedUp, batches_of, look_up
from paperhouse.flows.arxiv.client.reply_cache import ReplyStore
from paperhouse.flows.arxiv.client.stored_replies import ReplayClient, StoredReplies
from paperhouse.flows.arxiv.replies import (
    ReplyToLoad,
    known_categories,
    load_replies,
    reply_store,
    unpublished,
)
from paperhouse.flows.arxiv.summary import ArxivSummary, RequestProgress
from paperhouse.flows.load.summary import Summary
from paperhouse.flows.settings import Settings
from paperhouse.transforms.arxiv.atom import read_query_reply
from paperhouse.transforms.arxiv.identifiers import split_version
from paperhouse.transforms.digests.arxiv_replies import ArxivReply, Body, LookupOutcome, query_digest
from paperhouse.transforms.errors import InvalidArxivIdError, RemoteError
from paperhouse.warehouse.read.lookup_candidates import lookup_candidates
from paperhouse.warehouse.storage.home import Home

TRIGGER: Final = "enrich"


@dataclass(frozen=True, slots=True)
class LookupRequest:
    """What the user wants looked up: these identifiers, else what papers lack, newest first, at most `limit`."""

    ids: tuple[str, ...] = ()
    limit: int | None = None
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Chosen:
    """Identifiers to ask for; how many more there are beyond the limit, and how many were asked for lately."""

    ids: list[str]
    n_left: int = 0
    n_asked_lately: int = 0

    @property
    def n_requests(self) -> int:
        """Requests that asking takes, if all goes well."""
        return len(batches_of(self.ids))


def choose_papers(settings: Settings, request: LookupRequest, now: datetime) -> Chosen:
    """Papers to ask arXiv for; who names them gets them, whatever was asked before.

    Raises:
        InvalidArxivIdError: one of the identifiers is none.
        InputError: there is no warehouse, and so nothing is lacking.
    """
    if request.ids:
        for one in request.ids:
            split_version(one)
        ids, n_asked_lately = list(dict.fromkeys(request.ids)), 0
    else:
        wanted = lookup_candidates(Home(settings.home).live, now, request.since)
        ids, n_asked_lately = wanted.arxiv_ids, wanted.n_asked_lately
    limit = len(ids) if request.limit is None else request.limit
    return Chosen(ids[:limit], max(len(ids) - limit, 0), n_asked_lately)


def run_lookups(
    settings: Settings, chosen: Chosen, client: PoliteClient, progress: RequestProgress | None = None
) -> ArxivSummary:
    """Ask for the chosen papers and publish the answers, with those that an earlier run fetched and did not publish.

    Where arXiv fails, or the user interrupts, what was answered until then is published all the same, and
    `stopped_by` says what happened.

    Raises:
        BusyError: another process is loading; the replies are kept, and the next run publishes them.
    """
    known = known_categories()
    asked = ArxivSummary(Summary(home=str(settings.home)), n_left=chosen.n_left)
    answers = _Answers(asked, known, is_repairing=settings.repair_mojibake)
    for found in kept_lookups(settings, unpublished(reply_store(settings), settings.home), known):
        answers.take(found)
    asked.n_kept = len(answers.replies)
    ids = answers.not_among(chosen.ids)
    n_batches = len(batches_of(ids))
    try:
        lookups = look_up(client, ids, base_url=settings.arxiv_api_url, known=known)
        for number, found in enumerate(lookups, start=1):
            answers.take(found)
            if progress is not None:
                progress(number, n_batches, f"{sum(asked.outcomes.values()):,} papers asked for")
    except (RemoteError, KeyboardInterrupt) as error:
        asked.stopped_by = error
        asked.n_left += len(answers.not_among(ids))
    asked.n_requests = client.n_requests
    asked.load = load_replies(settings, TRIGGER, answers.replies)
    return asked


class _Answers:
    """What lookups brought so far: counted in `asked`, and as replies to load."""

    def __init__(self, asked: ArxivSummary, known: frozenset[str], *, is_repairing: bool) -> None:
        self._asked = asked
        self._known = known
        self._is_repairing = is_repairing
        self._settled: set[tuple[str, int | None]] = set()
        self.replies: list[ReplyToLoad] = []

    def take(self, found: LookedUp) -> None:
        """Take the answer to one batch in."""
        self.replies.extend(replies_of(found, self._known, is_repairing=self._is_repairing))
        self._settled.update(split_version(one) for one in found.asked)
        self._asked.outcomes.update(_outcomes_of(found))
        self._asked.n_records += len(found.records)

    def not_among(self, ids: Sequence[str]) -> list[str]:
        """Those of the identifiers of which nothing came yet."""
        return [one for one in ids if split_version(one) not in self._settled]


def _outcomes_of(found: LookedUp) -> Counter[str]:
    withdrawn = sum(record.is_withdrawn for record in found.records)
    counts = {
        "answered": len(found.records) - withdrawn,
        "withdrawn": withdrawn,
        "unknown": len(found.unknown),
        "unread": len(found.unread),
    }
    return Counter({name: number for name, number in counts.items() if number})


def replies_of(found: LookedUp, known: frozenset[str], *, is_repairing: bool) -> Iterator[ReplyToLoad]:
    """Replies of one lookup. Each says what came of the papers that it holds; the last one, what did not come."""
    refused = {written for _, written in found.refusals}
    for reply, written in found.refusals:
        outcomes = [(split_version(written)[0], "unknown")]
        yield ReplyToLoad(reply, partial(_read, outcomes=outcomes, known=known, is_repairing=is_repairing))
    came = {record.entry.arxiv_id for record in found.records}
    for number, (reply, page) in enumerate(found.pages, start=1):
        told = {
            record.entry.arxiv_id: "withdrawn" if record.is_withdrawn else "answered"
            for record in page.records
        }
        if number == len(found.pages):
            missing = {split_version(one)[0]: "unread" for one in found.unread}
            missing |= {split_version(one)[0]: "unknown" for one in found.unknown if one not in refused}
            told |= {arxiv_id: outcome for arxiv_id, outcome in missing.items() if arxiv_id not in came}
        outcomes = sorted(told.items())
        yield ReplyToLoad(reply, partial(_read, outcomes=outcomes, known=known, is_repairing=is_repairing))


def _read(
    body: Body, *, outcomes: list[LookupOutcome], known: frozenset[str], is_repairing: bool
) -> ArxivReply:
    reply = query_digest(body, read_query_reply(body.content, known), is_repairing=is_repairing)
    reply.outcomes = outcomes
    return reply


def kept_lookups(settings: Settings, stored: StoredReplies, known: frozenset[str]) -> Iterator[LookedUp]:
    """Lookups that stored replies answer completely, in the order in which they were asked; others are passed over."""
    store: ReplyStore = reply_store(settings)
    used: set[str] = set()
    for number, reply in enumerate(stored.replies):
        ids = _ids_asked(reply.url, settings.arxiv_api_url)
        if not ids or reply.sha256 in used:
            continue
        client = ReplayClient(store, stored, number)
        try:
            (found,) = look_up(
                client,
                ids,
                base_url=settings.arxiv_api_url,
                known=known,
                batch_size=max(len(ids), BATCH_SIZE),
            )
        except (RemoteError, InvalidArxivIdError):
            continue
        used.update(one.sha256 for one in client.used)
        yield found


def _ids_asked(url: str, base_url: str) -> list[str]:
    """Identifiers of a request's first page; none if it is another request."""
    if not url.startswith(f"{base_url}?"):
        return []
    query = parse_qs(urlsplit(url).query)
    is_first = query.get("start") == ["0"]
    return query.get("id_list", [""])[0].split(",") if is_first and query.get("id_list") else []
