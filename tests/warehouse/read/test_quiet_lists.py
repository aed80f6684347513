"""A list is quiet by one rule: the model `source_health` in SQL and `status` in Python say the same of it."""

from datetime import date, timedelta

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paperhouse.transforms.calendar.cadence import cadence_of
from paperhouse.warehouse.schema.ddl import create_tables
from paperhouse.warehouse.schema.relations import create_models

FIRST = date(2024, 12, 1)  # Christmas, New Year's Day and Martin Luther King Day follow
WEEKDAYS = tuple(range(5))


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as opened:
        create_tables(opened)
        create_models(opened)
        yield opened


def health_of(connection, lists):
    """What the model says of lists with digests on these days."""
    rows = [
        (f"{name}{number}", name, day)
        for name, days in lists.items()
        for number, day in enumerate(sorted(days))
    ]
    values = ", ".join(f"('{digest_id}', '{name}', date '{day}')" for digest_id, name, day in rows)
    columns = "digest_id, list_name, digest_date"
    others = {
        "path": "'p'", "sha256": "'s'", "format": "'reporter'", "encoding": "'utf-8'", "unit": "'line'",
        "load_id": "'L'", "date_source": "'path'",
    }  # fmt: skip
    counts = ("n_bytes", "n_entries", "n_rejects", "n_lines", "n_entry_lines", "n_reject_lines",
              "n_furniture_lines", "n_ids_seen", "n_ids_unaccounted")  # fmt: skip
    facts = ", ".join(
        [*(f"{value} as {name}" for name, value in others.items()), *(f"1 as {name}" for name in counts)]
    )
    connection.execute("delete from digests")
    connection.execute(f"insert into digests by name select *, {facts} from (values {values}) t({columns})")
    found = connection.execute(
        "select list_name, usual_gap, n_announcements_behind, is_stopped from source_health"
    ).fetchall()
    return {name: facts for name, *facts in found}


days_of_a_list = st.sets(st.integers(0, 120).map(lambda number: FIRST + timedelta(days=number)), min_size=1)


@settings(max_examples=60)
@given(st.lists(days_of_a_list, min_size=1, max_size=4))
def test_the_model_and_the_cadence_say_the_same_of_any_lists(connection, lists):
    named = {f"list{number}": days for number, days in enumerate(lists)}
    latest = max(day for days in lists for day in days)
    for name, (usual_gap, n_behind, is_stopped) in health_of(connection, named).items():
        cadence = cadence_of(named[name], latest)
        assert (usual_gap, n_behind) == (cadence.usual_gap, cadence.n_days_silent)
        assert bool(is_stopped) == cadence.is_quiet


def test_a_list_of_weekdays_is_not_stopped_by_the_days_between_the_years(connection):
    daily = {FIRST + timedelta(days=number) for number in range(23)}
    weekdays = {day for day in daily if day.weekday() in WEEKDAYS}
    (_, n_behind, is_stopped) = health_of(connection, {"daily": weekdays, "other": {date(2025, 1, 3)}})[
        "daily"
    ]
    assert (n_behind <= 3, is_stopped) == (True, False)
