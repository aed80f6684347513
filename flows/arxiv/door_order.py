"""The doors of the settings, in their order, and what each would cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from paperhouse.flows.arxiv.client.circuit_breaker import read_refusals
from paperhouse.flows.arxiv.datacite_door import DataciteDoor
from paperhouse.flows.arxiv.doors import Cost, Door
from paperhouse.flows.arxiv.oai_door import OaiDoor
from paperhouse.flows.arxiv.query_api_door import QueryApiDoor
from paperhouse.flows.arxiv.replies import known_categories, reply_store
from paperhouse.flows.arxiv.windows import PAGES_PER_DAY
from paperhouse.flows.settings import Settings
from paperhouse.transforms.arxiv.identifiers import split_version
from paperhouse.transforms.arxiv.oai_pmh import MetadataPrefix
from paperhouse.warehouse.read.lookup_candidates import last_harvest


@dataclass(frozen=True, slots=True)
class DoorCost:
    """What a door would cost for the chosen papers; `rests_until` where it refused and is left alone."""

    door: str
    cost: Cost
    rests_until: datetime | None = None


def doors_of(settings: Settings, today: date) -> list[Door]:
    """Doors in the order of the settings, each once.

    Raises:
        WarehouseError: the warehouse cannot be read.
    """
    names = dict.fromkeys(settings.enrich_doors.split())
    return [_door(name, settings, today) for name in names]


def _door(name: str, settings: Settings, today: date) -> Door:
    known, is_repairing = known_categories(), settings.repair_mojibake
    if name == "query_api":
        return QueryApiDoor(settings.arxiv_api_url, known, is_repairing)
    if name == "datacite":
        return DataciteDoor(settings.datacite_url, known, is_repairing)
    prefix: MetadataPrefix = "arXivRaw" if name == "arXivRaw" else "arXiv"
    store, pages_per_day = reply_store(settings), _pages_per_day(settings, prefix)
    return OaiDoor(settings.arxiv_oai_url, known, is_repairing, prefix, store, today, pages_per_day)


def _pages_per_day(settings: Settings, prefix: MetadataPrefix) -> float:
    """Pages that a day of all sets took in the last harvest; an estimate where there was none."""
    last = last_harvest(settings.live, None, prefix)
    if last is None:
        return PAGES_PER_DAY
    return last.n_replies / max((last.point_at.date() - last.from_date).days, 1)


def door_costs(settings: Settings, ids: Sequence[str], now: datetime, today: date) -> list[DoorCost]:
    """What each door would cost if it had to answer about all these papers, in the order of the settings."""
    refusals = read_refusals(reply_store(settings).folder)
    asked = [split_version(one) for one in ids]
    costs = []
    for door in doors_of(settings, today):
        refusal = refusals.get(door.service)
        rests_until = refusal.rests_until if refusal and refusal.rests_until > now else None
        costs.append(DoorCost(door.name, door.cost(asked), rests_until))
    return costs
