"""Reading the day's announcements as a Prefect flow: the steps of `paperhouse.flows.arxiv.announcements`."""

from typing import Annotated, Any

from pydantic import Field

from paperhouse.flows.arxiv_flow import client_of, settings_of, state_of  # before Prefect: it prepares it

from prefect import flow  # isort: skip

from paperhouse.flows.arxiv.announcements import run_feed
from paperhouse.flows.arxiv.summary import ArxivSummary


@flow(name="feed", persist_result=False)
def feed(
    *,
    categories: list[str] | None = None,
    home: str | None = None,
    warehouse: str | None = None,
    wait_seconds: Annotated[float, Field(ge=0)] | None = None,
) -> Any:
    """Read what arXiv announces today and load it as a digest of the day.

    Args:
        categories: Categories such as cs.IR; those of the settings if there are none.
        home: Folder of the warehouse.
        warehouse: Address of a lake in the place of the home's file.
        wait_seconds: How long to wait for another load to end.
    """

    def run() -> ArxivSummary:
        settings = settings_of(home, warehouse, wait_seconds)
        return run_feed(settings, categories or settings.feed_categories.split(), client_of(settings))

    return state_of("feed", run)
