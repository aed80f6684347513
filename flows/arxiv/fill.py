"""Fetching from arXiv what digests missed: as answers, which tell of papers and list none. No Prefect here.

plan = plan_fill(settings, request, now)   what is missing, and which requests will bring it
for summary in run_fill(settings, plan, client): ...

Days of which only lists tell are harvested, category by category: from then on what arXiv announced on them is known
exactly. Papers that are known by name are looked up.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from paperhouse.flows.arxiv.client.oai_pmh import Window
from paperhouse.flows.arxiv.client.polite_client import PoliteClient
from paperhouse.flows.arxiv.client.rss import require_categories
from paperhouse.flows.arxiv.harvests import HarvestPlan, plan_harvest, run_harvest
from paperhouse.flows.arxiv.lookups import Chosen, run_lookups
from paperhouse.flows.arxiv.replies import known_categories
from paperhouse.flows.arxiv.summary import ArxivSummary, RequestProgress
from paperhouse.flows.settings import Settings
from paperhouse.flows.sources.reference import read_categories
from paperhouse.transforms.arxiv.category_sets import category_set
from paperhouse.warehouse.read.coverage import (
    Coverage,
    categories_of_lists,
    compute_models,
    first_day_shown,
    missing_without_answer,
    read_coverage,
)
from paperhouse.warehouse.read.lookup_candidates import MEMORY
from paperhouse.warehouse.storage.connections import open_read_only

PREFIX: Final = "arXivRaw"
"""The format with all versions and their dates: from the first follows the day of the announcement."""


@dataclass(frozen=True, slots=True)
class FillRequest:
    """What is to be filled: gaps since a day; `categories` are those of days of which only lists tell."""

    since: date | None = None
    categories: tuple[str, ...] = ()
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class FillPlan:
    """The requests to make: one harvest a category, and lookups; `notices` say what cannot be filled and why."""

    request: FillRequest
    coverage: Coverage
    harvests: tuple[HarvestPlan, ...]
    chosen: Chosen
    notices: tuple[str, ...] = ()


def plan_fill(settings: Settings, request: FillRequest, now: datetime) -> FillPlan:
    """Plan what to ask arXiv for, by the coverage of the live warehouse.

    Raises:
        ReplyError: one of the categories is none of arXiv's.
        InputError: the warehouse was written by a version that knew no coverage.
        WarehouseError: there is no warehouse, or it cannot be read.
    """
    if request.categories:
        require_categories(request.categories, known_categories())
    with open_read_only(settings.live) as connection:
        since = request.since or first_day_shown(connection)
        compute_models(connection, since)
        coverage = read_coverage(connection, since)
        missing = missing_without_answer(connection, since, now - MEMORY)
        by_list = categories_of_lists(connection)
    n_asked = len(missing.arxiv_ids) if request.limit is None else request.limit
    chosen = Chosen(
        missing.arxiv_ids[:n_asked], max(len(missing.arxiv_ids) - n_asked, 0), missing.n_asked_lately
    )
    begins, unknown = _days_to_harvest(
        coverage, request.categories, by_list, settings.feed_categories.split()
    )
    harvests = tuple(_harvest_from(settings, category, day) for category, day in sorted(begins.items()))
    notices = (_unknown_categories(unknown),) if unknown else ()
    return FillPlan(request, coverage, harvests, chosen, notices)


def _unknown_categories(days: set[date]) -> str:
    n_days = "1 day" if len(days) == 1 else f"{len(days):,} days"
    return (
        f"{n_days} since {min(days)} cannot be filled: nothing says of which categories the lists are; "
        "name them, such as --category cs.IR"
    )


def _days_to_harvest(
    coverage: Coverage,
    named: Sequence[str],
    by_list: dict[str, list[str]],
    feed_categories: Sequence[str],
) -> tuple[dict[str, date], set[date]]:
    """The first day of each category of which only lists tell, and the days whose categories nothing tells."""
    begins: dict[str, date] = {}
    unknown: set[date] = set()
    for row in coverage.gaps:
        if row.basis != "lists":
            continue
        learned = [category for name in row.lists_at_fault for category in by_list.get(name, ())]
        categories = named or learned or feed_categories
        if not categories:
            unknown.add(row.announced_date)
        for category in categories:
            begins[category] = min(row.announced_date, begins.get(category, row.announced_date))
    return begins, unknown


def _harvest_from(settings: Settings, category: str, begin: date) -> HarvestPlan:
    """A harvest of one category from a day on, joined to those that were published before without a hole between."""
    set_spec = _set_of(category)
    plan = plan_harvest(settings, set_spec, PREFIX, begin)
    last = plan.last
    if last is None:
        return plan
    if begin > last.point_at.date():
        return plan_harvest(settings, set_spec, PREFIX)
    until = last.from_date if begin < last.from_date else None
    return HarvestPlan(Window(plan.window.from_date, until, set_spec, PREFIX), last)


def _set_of(category: str) -> str:
    """OAI-PMH set of a category or a whole archive."""
    for row in read_categories().iter_rows(named=True):
        spec = category_set(row["category"], row["archive"], row["group"])
        if row["category"] == category:
            return spec
        if row["archive"] == category:
            return spec.rpartition(":")[0]
    return category


def run_fill(
    settings: Settings,
    plan: FillPlan,
    client: PoliteClient,
    now: datetime,
    progress: RequestProgress | None = None,
) -> Iterator[ArxivSummary]:
    """Ask and publish, harvest by harvest, and then what is known by name; each is a load of its own.

    What a harvest brought to light is in the warehouse with it, and need not be looked up.

    Raises:
        RemoteError: arXiv did not give all of a harvest; those before it are published.
        BusyError: another process is loading; the replies are kept.
    """
    n_before = client.n_requests
    for harvest in plan.harvests:
        summary = run_harvest(settings, harvest, client, progress)
        summary.n_requests, n_before = summary.n_requests - n_before, summary.n_requests
        yield summary
    chosen = plan_fill(settings, plan.request, now).chosen if plan.harvests else plan.chosen
    if chosen.ids:
        summary = run_lookups(settings, chosen, client, progress)
        summary.n_requests -= n_before
        yield summary
