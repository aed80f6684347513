"""What loads changed among the papers: inserts, updates and deletes between an earlier generation and now."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Final

import duckdb

from paperhouse.transforms.errors import InputError
from paperhouse.transforms.tables import Papers
from paperhouse.warehouse.maintain.earlier_state import earlier_warehouse
from paperhouse.warehouse.read.query import Result
from paperhouse.warehouse.schema.ddl import quoted_name, quoted_text
from paperhouse.warehouse.storage.connections import open_read_only
from paperhouse.warehouse.storage.home import Home

_COLUMNS: Final = tuple(name for name in Papers.columns() if name != "arxiv_id")
_LISTS: Final = ("authors", "categories")
_BATCH_ROWS = 5_000


def load_ids_until(home: Home, since: int | datetime) -> list[str]:
    """Loads of the generation `since`, which is their number, or of those that were complete by then; oldest first.

    Raises:
        InputError: there is no such generation.
    """
    with open_read_only(home.live) as connection:
        loads = connection.execute("select load_id, finished_at from loads order by load_id").fetchall()
    if isinstance(since, datetime):
        return [load_id for load_id, finished_at in loads if finished_at <= since]
    if not 0 <= since <= len(loads):
        msg = (
            f"generation {since}: there is none; the warehouse is at generation {len(loads)}, and every number from 0 "
            "(before the first load) to there is one"
        )
        raise InputError(msg, generation=since, newest=len(loads))
    return [load_id for load_id, _ in loads[:since]]


@contextmanager
def reading_changes(home: Home, load_ids: Sequence[str]) -> Iterator[Result]:
    """Changes since the state after these loads: a row a paper, with both records and the loads that had a part.

    `change` is insert, update or delete, `changed` the names of the columns that differ. `before` and `after` are the
    paper's record with its authors and categories. `load_ids` are the loads since then that stated something about
    the paper or took a statement back, `load_id` the newest of them.

    Raises:
        InputError: that state cannot be made again.
    """
    with earlier_warehouse(home, load_ids) as earlier, duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(f"attach {quoted_text(str(earlier))} as earlier (read_only)")
        connection.execute(f"attach {quoted_text(str(home.live))} as latest (read_only)")
        relation = connection.sql(_query(load_ids))
        reader = relation.to_arrow_reader(_BATCH_ROWS)
        types = tuple(str(column_type) for column_type in relation.types)
        yield Result(tuple(relation.columns), types, reader.schema, iter(reader))


def _query(load_ids: Sequence[str]) -> str:
    known = ", ".join(map(quoted_text, load_ids)) or "''"
    names = (*_COLUMNS, *_LISTS)
    differing = ",\n".join(
        f"case when before.{quoted_name(name)} is distinct from after.{quoted_name(name)} then {quoted_text(name)} end"
        for name in names
    )
    return f"""
        with new_loads as (
            select load_id
            from latest.main.loads
            where load_id not in ({known})
        ),

        {_records("earlier")},

        {_records("latest")},

        parts as (
            {_statements("latest")}
            union
            select entries.arxiv_id, forgotten_digests.load_id
            from earlier.main.entries
            join latest.main.forgotten_digests using (digest_id)
            semi join new_loads on new_loads.load_id = forgotten_digests.load_id
        ),

        loads_of_papers as (
            select
                arxiv_id,
                list(load_id order by load_id) as load_ids
            from parts
            group by all
        ),

        pairs as (
            select
                coalesce(earlier_records.arxiv_id, latest_records.arxiv_id) as arxiv_id,
                earlier_records.record as before,
                latest_records.record as after
            from earlier_records
            full join latest_records using (arxiv_id)
            where earlier_records.record is distinct from latest_records.record
        )

        select
            case when before is null then 'insert' when after is null then 'delete' else 'update' end as change,
            arxiv_id,
            case when before is not null and after is not null then
                list_filter([{differing}], lambda name: name is not null)
            end as changed,
            before,
            after,
            loads_of_papers.load_ids[-1] as load_id,
            coalesce(loads_of_papers.load_ids, []) as load_ids
        from pairs
        left join loads_of_papers using (arxiv_id)
        order by arxiv_id
    """


def _records(state: str) -> str:
    """Common table of the papers of a state: identifier, and a struct of all else with authors and categories."""
    fields = ", ".join(f"{quoted_name(name)} := papers.{quoted_name(name)}" for name in _COLUMNS)
    return f"""
        {state}_records as (
            select
                papers.arxiv_id,
                struct_pack(
                    {fields},
                    authors := coalesce(author_lists.authors, []),
                    categories := coalesce(category_lists.categories, [])
                ) as record
            from {state}.main.papers
            left join (
                select arxiv_id, list(name_as_written order by position) as authors
                from {state}.main.paper_authors
                group by all
            ) as author_lists using (arxiv_id)
            left join (
                select arxiv_id, list(category order by is_primary desc, category) as categories
                from {state}.main.paper_categories
                group by all
            ) as category_lists using (arxiv_id)
        )
    """


def _statements(state: str) -> str:
    return f"""
            select entries.arxiv_id, digests.load_id
            from {state}.main.entries
            join {state}.main.digests using (digest_id)
            semi join new_loads on new_loads.load_id = digests.load_id
    """
