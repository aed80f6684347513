"""What the live warehouse lacks that arXiv knows, and up to where arXiv's changes are known."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from paperhouse.transforms.errors import InputError
from paperhouse.warehouse.storage.connections import Live, is_published, open_read_only

MEMORY: Final = timedelta(days=30)
"""For so long a lookup is not repeated, whatever arXiv answered."""


@dataclass(frozen=True, slots=True)
class LookupCandidates:
    """Papers to look up, newest first, and how many more are wanted but were looked up lately."""

    arxiv_ids: list[str]
    n_asked_lately: int


@dataclass(frozen=True, slots=True)
class LastHarvest:
    """The last published harvest of a set: its point, and what its replies were for an estimate."""

    point_at: datetime
    from_date: date
    n_replies: int


def lookup_candidates(live: Live, now: datetime, since: date | None = None) -> LookupCandidates:
    """Papers that lack something arXiv knows and were not looked up in the last 30 days, newest first.

    `since` leaves out papers whose last listing, or else the month of their identifier, is before that day.

    Raises:
        InputError: there is no warehouse yet.
        WarehouseError: it cannot be read.
    """
    if not is_published(live):
        msg = f"{live}: there is no warehouse yet, so no paper lacks anything; load digests first, or name --ids"
        raise InputError(msg, path=str(live))
    query = """
        select
            arxiv_id,
            last_asked_at > ? as is_asked_lately
        from papers_to_enrich
        where coalesce(last_listed_date, submitted_month) >= coalesce(?, date '0001-01-01')
        order by submitted_month desc, arxiv_id desc
    """
    with open_read_only(live) as connection:
        rows = connection.execute(query, [now - MEMORY, since]).fetchall()
    wanted = [arxiv_id for arxiv_id, is_asked_lately in rows if not is_asked_lately]
    return LookupCandidates(wanted, len(rows) - len(wanted))


def last_harvest(live: Live, set_spec: str | None, prefix: str) -> LastHarvest | None:
    """The harvest of this set and format that reached furthest; None if none was published.

    Raises:
        WarehouseError: the warehouse cannot be read.
    """
    if not is_published(live):
        return None
    query = """
        select
            point_at,
            from_date,
            n_replies
        from harvest_points
        where set_spec is not distinct from ? and prefix = ?
        order by point_at desc, digest_id
        limit 1
    """
    with open_read_only(live) as connection:
        row = connection.execute(query, [set_spec, prefix]).fetchone()
    return None if row is None else LastHarvest(*row)
