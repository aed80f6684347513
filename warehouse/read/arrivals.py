"""What came in, and when: digests by day, and what each source and list brought since a moment."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

import duckdb

from paperhouse.warehouse.storage.connections import Live, dict_rows, open_read_only

EVER = datetime.min.replace(tzinfo=UTC)
"""Before every load."""


@dataclass(frozen=True, slots=True)
class DigestDay:
    """A source and list on one date: its number of entries, of the digest with most if there are several."""

    source: str | None
    list_name: str | None
    digest_date: date
    n_entries: int


@dataclass(frozen=True, slots=True)
class Arrival:
    """What loads brought of one source and list; `newest` is the latest date among these digests."""

    source: str | None
    list_name: str | None
    n_digests: int
    n_entries: int
    n_rejects: int
    newest: date | None


def read_days(connection: duckdb.DuckDBPyConnection) -> Iterator[DigestDay]:
    """Read every source, list and date with a digest, indexes left out as in source_health."""
    query = """
        select
            source,
            list_name,
            digest_date,
            max(n_entries) as n_entries
        from digests
        where digest_date is not null and format <> 'reporter_index'
        group by all
        order by source nulls last, list_name nulls last, digest_date
    """
    return (DigestDay(**row) for row in dict_rows(connection, query))


def read_arrivals(connection: duckdb.DuckDBPyConnection, since: datetime) -> Iterator[Arrival]:
    """Read what loads that finished `since` then brought, the most entries first."""
    query = """
        select
            source,
            list_name,
            count(*) as n_digests,
            sum(digests.n_entries)::bigint as n_entries,
            sum(digests.n_rejects)::bigint as n_rejects,
            max(digest_date) as newest
        from digests
        join loads using (load_id)
        where loads.finished_at >= $since
        group by source, list_name
        order by n_entries desc, source nulls last, list_name nulls last
    """
    return (Arrival(**row) for row in dict_rows(connection, query, {"since": since}))


def newest_digests(live: Live, limit: int = 200) -> list[tuple[str, str]]:
    """Ids of the digests that came in last, each with its path.

    Raises:
        WarehouseError: there is no warehouse, or it cannot be read.
    """
    query = "select digest_id, path from digests order by load_id desc, path limit $limit"
    with open_read_only(live) as connection:
        return [(row["digest_id"], row["path"]) for row in dict_rows(connection, query, {"limit": limit})]
