"""Looking papers up as a Prefect flow: the steps of `paperhouse.flows.arxiv.lookups`."""

from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import Field

from paperhouse.flows.arxiv_flow import (  # before Prefect: it prepares it
    client_of,
    progress_of,
    settings_of,
    state_of,
)

from prefect import flow  # isort: skip

from paperhouse.flows.arxiv.lookups import LookupRequest, choose_papers, run_lookups
from paperhouse.flows.arxiv.summary import ArxivSummary


@flow(name="enrich", persist_result=False)
def enrich(  # noqa: PLR0913 - what the form in the UI asks for
    *,
    home: str | None = None,
    warehouse: str | None = None,
    ids: list[str] | None = None,
    limit: Annotated[int, Field(gt=0)] | None = None,
    since: date | None = None,
    wait_seconds: Annotated[float, Field(ge=0)] | None = None,
) -> Any:
    """Look up in arXiv what digests leave out; what is left empty is as the settings say.

    Args:
        home: Folder of the warehouse.
        warehouse: Address of a lake in the place of the home's file.
        ids: Identifiers to ask for; else the papers that lack something, newest first.
        limit: Ask for this many papers at most.
        since: Only papers listed since that day.
        wait_seconds: How long to wait for another load to end.
    """

    def run() -> ArxivSummary:
        settings = settings_of(home, warehouse, wait_seconds)
        request = LookupRequest(tuple(ids or ()), limit or settings.enrich_limit, since)
        chosen = choose_papers(settings, request, datetime.now(UTC))
        return run_lookups(settings, chosen, client_of(settings), progress_of())

    return state_of("enrich", run)
