"""The health of a home as of now, from its warehouse, its settings and what arXiv refused."""

from datetime import datetime

from paperhouse.flows.arxiv.client.circuit_breaker import read_refusals
from paperhouse.flows.output.health import RECENT, Health, judge
from paperhouse.flows.reading_settings import ReadingSettings
from paperhouse.warehouse.read.overview import read_overview
from paperhouse.warehouse.storage.home import Home


def present_health(settings: ReadingSettings, now: datetime) -> Health:
    """Judge the warehouse that the settings name.

    Raises:
        WarehouseError: there is none, or it cannot be read.
    """
    home = Home(settings.home)
    overview = read_overview(home, since=now - RECENT)
    refusals = tuple(read_refusals(home.http).values())
    return judge(overview, now, settings.overdue_hours, settings.folders, refusals)
