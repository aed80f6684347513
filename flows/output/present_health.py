"""The health of a home as of now, from its warehouse, its settings and what arXiv refused."""

from datetime import datetime

from paperhouse.flows.arxiv.client.circuit_breaker import read_refusals
from paperhouse.flows.output.health import RECENT, Health, judge
from paperhouse.flows.reading_settings import ReadingSettings
from paperhouse.warehouse.read.overview import Overview, read_overview
from paperhouse.warehouse.storage.home import Home
from paperhouse.warehouse.storage.lake.address import LakeAddress


def present_health(settings: ReadingSettings, now: datetime) -> Health:
    """Judge the warehouse that the settings name.

    Raises:
        WarehouseError: there is none, or it cannot be read.
    """
    home = Home(settings.home)
    overview = _overview(home, settings.lake, now - RECENT)
    refusals = tuple(read_refusals(home.http).values())
    return judge(overview, now, settings.overdue_hours, settings.folders, refusals)


def _overview(home: Home, lake: LakeAddress | None, since: datetime) -> Overview:
    if lake is None:
        return read_overview(home, since=since)
    from paperhouse.warehouse.lake.overview import lake_overview  # noqa: PLC0415 - only who has a lake pays for it

    return lake_overview(lake, since)
