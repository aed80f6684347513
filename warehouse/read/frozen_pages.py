"""Pages that say they were made lately while their rows stopped long ago: a bot that runs and finds nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import duckdb

from paperhouse.warehouse.storage.connections import dict_rows


@dataclass(frozen=True, slots=True)
class PageRows:
    """The newest digest of a source and list that dates itself, and the latest date that any of its rows states."""

    source: str | None
    list_name: str | None
    path: str
    digest_date: date
    newest_row: date


def read_page_rows(connection: duckdb.DuckDBPyConnection) -> Iterator[PageRows]:
    """Read of each source and list the newest digest that dates itself, where its rows have dates."""
    query = """
        with newest as (
            select
                digest_id,
                source,
                list_name,
                path,
                digest_date
            from digests
            where date_source = 'heading'
            qualify digest_date = max(digest_date) over (partition by source, list_name)
        ),
        rows as (
            select
                digest_id,
                stated_date
            from listings
            union all
            select
                digest_id,
                stated_date
            from repeats
        )
        select
            source,
            list_name,
            min(path) as path,
            digest_date,
            max(stated_date) as newest_row
        from newest
        join rows using (digest_id)
        where stated_date is not null
        group by source, list_name, digest_date
        order by source nulls last, list_name nulls last
    """
    return (PageRows(**row) for row in dict_rows(connection, query))
