"""Pages that say they were made lately while their rows stopped long ago: a bot that runs and finds nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import duckdb

from paperhouse.warehouse.storage.connections import dict_rows


@dataclass(frozen=True, slots=True)
class PageRows:
    """The newest digest of one page, and the latest date that any of its rows states.

    `since` is the first date of the page on which its rows were no newer.
    """

    source: str | None
    list_name: str | None
    path: str
    digest_date: date
    newest_row: date
    since: date | None = None

    @property
    def label(self) -> str:
        """The list as the coverage models name it."""
        return self.list_name or self.source or "no list"


def read_page_rows(connection: duckdb.DuckDBPyConnection) -> Iterator[PageRows]:
    """Read of each page, with a list or without, the newest digest whose rows have dates.

    A page is what lies at one path, days, numbers and commits in it left out. One that dates itself says that it was
    made anew; one that is dated by its path or commit counts if its rows were no newer on an earlier day already.
    """
    query = r"""
        with rows as (
            select
                digest_id,
                stated_date
            from listings
            union all
            select
                digest_id,
                stated_date
            from repeats
        ),
        pages as (
            select
                digests.source,
                digests.list_name,
                regexp_replace(regexp_replace(digests.path, '@[0-9a-f]{7,40}$', ''), '[0-9]+', '0', 'g') as page,
                digests.path,
                digests.digest_date,
                digests.date_source,
                max(rows.stated_date) as newest_row
            from digests
            join rows using (digest_id)
            where digests.digest_date is not null and rows.stated_date is not null
            group by all
        )
        select
            source,
            list_name,
            arg_max(path, (digest_date, path)) as path,
            max(digest_date) as digest_date,
            max(newest_row) as newest_row,
            min(digest_date) filter (where newest_row = newest_of_page) as since
        from (
            select
                *,
                max(newest_row) over (partition by source, list_name, page) as newest_of_page
            from pages
        )
        group by source, list_name, page
        having bool_or(date_source = 'heading')
            or count(distinct digest_date) filter (where newest_row = newest_of_page) > 1
        order by source nulls last, list_name nulls last, page
    """
    return (PageRows(**row) for row in dict_rows(connection, query))
