"""Harvesting a set as a Prefect flow: the steps of `paperhouse.flows.arxiv.harvests`."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field

from paperhouse.flows.arxiv_flow import (  # before Prefect: it prepares it
    client_of,
    progress_of,
    settings_of,
    state_of,
)

from prefect import flow  # isort: skip

from paperhouse.flows.arxiv.harvests import plan_harvest, run_harvest
from paperhouse.flows.arxiv.summary import ArxivSummary


@flow(name="harvest", persist_result=False)
def harvest(  # noqa: PLR0913 - what the form in the UI asks for
    *,
    set_spec: str | None = None,
    home: str | None = None,
    warehouse: str | None = None,
    from_date: date | None = None,
    until_date: date | None = None,
    prefix: Literal["arXivRaw", "arXiv"] = "arXivRaw",
    wait_seconds: Annotated[float, Field(ge=0)] | None = None,
) -> Any:
    """Bring in everything of a set that arXiv changed since the last harvest of it.

    Args:
        set_spec: Set, such as cs:cs:IR; everything if it is empty.
        home: Folder of the warehouse.
        warehouse: Address of a lake in the place of the home's file.
        from_date: First day of change; where the last harvest ended if it is empty, so the first one needs it.
        until_date: Last day of change.
        prefix: arXivRaw has versions and affiliations, arXiv has author names in parts.
        wait_seconds: How long to wait for another load to end.
    """

    def run() -> ArxivSummary:
        settings = settings_of(home, warehouse, wait_seconds)
        plan = plan_harvest(settings, set_spec, prefix, from_date, until_date)
        return run_harvest(settings, plan, client_of(settings), progress_of())

    return state_of("harvest", run)
