"""Looking up papers that digests leave incomplete: choose, ask door after door, load. No Prefect here.

chosen = choose_papers(settings, request, now)      what is wanted and was not requested lately
summary = run_lookups(settings, chosen, client)       replies kept by an earlier run, then door by door; one load
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Final

from paperhouse.flows.arxiv.client.polite_client import PoliteClient
from paperhouse.flows.arxiv.client.query_api import AskedId
from paperhouse.flows.arxiv.door_order import doors_of
from paperhouse.flows.arxiv.doors import Door, LookupAnswer, written
from paperhouse.flows.arxiv.kept_answers import kept_answers
from paperhouse.flows.arxiv.replies import ReplyToLoad, load_replies, reply_store, unpublished
from paperhouse.flows.arxiv.summary import ArxivSummary, RequestProgress
from paperhouse.flows.load.summary import Summary
from paperhouse.flows.settings import Settings
from paperhouse.transforms.arxiv.identifiers import split_version
from paperhouse.transforms.errors import RemoteError
from paperhouse.warehouse.read.lookup_candidates import lookup_candidates

TRIGGER: Final = "enrich"
_SETTLED: Final = frozenset({"answered", "withdrawn", "deleted", "unknown"})


@dataclass(frozen=True, slots=True)
class LookupRequest:
    """What the user wants looked up: these identifiers, else what papers lack, newest first, at most `limit`."""

    ids: tuple[str, ...] = ()
    limit: int | None = None
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Chosen:
    """Identifiers to request; how many more there are beyond the limit, and how many were requested lately."""

    ids: list[str]
    n_left: int = 0
    n_asked_lately: int = 0


def today() -> date:
    """The day in UTC, by which windows end."""
    return datetime.now(UTC).date()


def choose_papers(settings: Settings, request: LookupRequest, now: datetime) -> Chosen:
    """Papers to look up at arXiv; those that are named are always looked up, whatever was requested before.

    Raises:
        InvalidArxivIdError: one of the identifiers is none.
        InputError: there is no warehouse, and so nothing is lacking.
    """
    if request.ids:
        for one in request.ids:
            split_version(one)
        ids, n_asked_lately = list(dict.fromkeys(request.ids)), 0
    else:
        wanted = lookup_candidates(settings.live, now, request.since)
        ids, n_asked_lately = wanted.arxiv_ids, wanted.n_asked_lately
    limit = len(ids) if request.limit is None else request.limit
    return Chosen(ids[:limit], max(len(ids) - limit, 0), n_asked_lately)


def run_lookups(
    settings: Settings, chosen: Chosen, client: PoliteClient, progress: RequestProgress | None = None
) -> ArxivSummary:
    """Ask for the chosen papers and publish the answers, with those that an earlier run fetched and did not publish.

    A door that fails is left for the next one. Where all of them fail, or the user interrupts, what was answered
    until then is published all the same, and `stopped_by` says what happened.

    Raises:
        BusyError: another process is loading; the replies are kept, and the next run publishes them.
    """
    summary = ArxivSummary(Summary(home=str(settings.home)))
    answers = _Answers()
    for found in kept_answers(settings, unpublished(reply_store(settings), settings.live)):
        answers.take(found)
    summary.n_kept = len(answers.replies)
    wanted = list(dict.fromkeys(split_version(one) for one in chosen.ids))
    failures: list[RemoteError] = []
    try:
        for door in doors_of(settings, today()):
            if left := answers.not_settled(wanted):
                failures += _ask_door(door, left, client, answers, progress)
    except KeyboardInterrupt as error:
        summary.stopped_by = error
    left = [one for one in wanted if one not in answers.outcomes]
    if left and failures and summary.stopped_by is None:
        summary.stopped_by = failures.pop()
    summary.warnings += [str(failure) for failure in failures]
    if left and summary.stopped_by is None:
        summary.warnings.append(f"no door answers about {len(left):,} papers, such as {written(left[0])}")
    summary.n_left = chosen.n_left + len(left)
    summary.n_requests = client.n_requests
    answers.count(summary)
    summary.load = load_replies(settings, TRIGGER, answers.replies)
    return summary


def _ask_door(
    door: Door,
    left: Sequence[AskedId],
    client: PoliteClient,
    answers: "_Answers",
    progress: RequestProgress | None,
) -> list[RemoteError]:
    """Ask one door about papers; return why it failed, if it did."""
    n_all = answers.n_asked + door.cost(left).n_requests
    try:
        for found in door.look_up(client, left):
            answers.take(found)
            answers.n_asked += 1
            if progress is not None:
                progress(
                    answers.n_asked,
                    max(n_all, answers.n_asked),
                    f"{len(answers.outcomes):,} papers asked for",
                )
    except RemoteError as error:
        return [error]
    return []


@dataclass(slots=True)
class _Answers:
    """What lookups brought so far: replies to load, and the outcome of each identifier with the door that gave it."""

    replies: list[ReplyToLoad] = field(default_factory=list)
    outcomes: dict[AskedId, tuple[str, str]] = field(default_factory=dict)
    n_asked: int = 0
    n_records: int = 0

    def take(self, found: LookupAnswer) -> None:
        """Take an answer in; what a door had settled stays."""
        self.replies.extend(found.replies)
        self.n_records += found.n_records
        for asked, outcome in found.outcomes.items():
            if not self._is_settled(asked):
                self.outcomes[asked] = (outcome, found.door)

    def not_settled(self, ids: Sequence[AskedId]) -> list[AskedId]:
        """Those of the identifiers that another door may know more about."""
        return [one for one in ids if not self._is_settled(one)]

    def _is_settled(self, asked: AskedId) -> bool:
        """Whether arXiv gave word. What cannot be read, or is not at DataCite (yet), another door may know."""
        outcome, door = self.outcomes.get(asked, ("", ""))
        return outcome in _SETTLED and not (outcome == "unknown" and door == "datacite")

    def count(self, summary: ArxivSummary) -> None:
        """Put the numbers into the summary of the run."""
        summary.n_records = self.n_records
        summary.outcomes = Counter(outcome for outcome, _ in self.outcomes.values())
        summary.doors = Counter(door for _, door in self.outcomes.values())
