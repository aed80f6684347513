"""Fetching from arXiv what digests missed as a Prefect flow: the steps of `paperhouse.flows.arxiv.fill`."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import Field

from paperhouse.flows.arxiv_flow import (  # before Prefect: it prepares it
    client_of,
    progress_of,
    settings_of,
    state_of_all,
    warn,
)

from prefect import flow  # isort: skip

from paperhouse.flows.arxiv.fill import FillRequest, plan_fill, run_fill
from paperhouse.flows.arxiv.summary import ArxivSummary


@flow(name="fill", persist_result=False)
def fill(  # noqa: PLR0913 - what the form in the UI asks for
    *,
    home: str | None = None,
    warehouse: str | None = None,
    since: date | None = None,
    categories: list[str] | None = None,
    limit: Annotated[int, Field(gt=0)] | None = None,
    wait_seconds: Annotated[float, Field(ge=0)] | None = None,
) -> Any:
    """Fetch from arXiv what digests missed, as answers; what is left empty is as the settings say.

    Args:
        home: Folder of the warehouse.
        warehouse: Address of a lake in the place of the home's file.
        since: First day whose gaps are filled; twelve weeks before the newest digest if it is empty.
        categories: Categories of days of which only lists tell; those of the lists' papers if there are none.
        limit: Look up this many papers at most.
        wait_seconds: How long to wait for another load to end.
    """

    def run() -> Iterator[ArxivSummary]:
        settings = settings_of(home, warehouse, wait_seconds)
        now = datetime.now(UTC)
        request = FillRequest(since, tuple(categories or ()), limit or settings.enrich_limit)
        plan = plan_fill(settings, request, now)
        for notice in plan.notices:
            warn(notice)
        if plan.harvests or plan.chosen.ids:
            yield from run_fill(settings, plan, client_of(settings), now, progress_of())

    return state_of_all("fill", run)
