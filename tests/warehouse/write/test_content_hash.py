from datetime import date

import duckdb
import pytest

from paperhouse.transforms.tables import OPERATIONAL_TABLES, WAREHOUSE_TABLES
from paperhouse.warehouse.write.content_hash import content_hash, table_hashes


@pytest.fixture
def warehouse(seed_copy):
    with duckdb.connect(str(seed_copy / "paperhouse.duckdb")) as connection:
        yield connection


def test_every_base_table_has_rows_and_a_hash(warehouse):
    hashes = table_hashes(warehouse)
    assert set(hashes) == set(WAREHOUSE_TABLES)
    assert (hashes["papers"][0], hashes["paper_notes"]) == (54, (0, 0))


@pytest.mark.parametrize(
    "change",
    [
        "update papers set title = title || ' ' where arxiv_id = '2504.04178'",
        "update papers set comment = '' where arxiv_id = '2504.04178'",
        "update papers set comment = doi, doi = comment",
        "delete from repairs",
        "insert into papers from papers where arxiv_id = '2504.04178'",
        "update digests set path = path || 'x'",
        "update paper_authors set position = 3 - position where position < 3 and arxiv_id = '2504.04178'",
        "update categories set name = name || 'x' where category = 'cs.IR'",
    ],
)
def test_a_changed_fact_changes_the_hash(warehouse, change):
    warehouse.execute("update papers set doi = '10.1/x' where arxiv_id = '2504.04178'")
    before = content_hash(warehouse)
    warehouse.execute(change)
    assert content_hash(warehouse) != before


def test_the_order_of_rows_does_not_matter(warehouse):
    before = content_hash(warehouse)
    warehouse.execute(
        "create temp table turned as from papers order by arxiv_id desc; "
        "delete from papers; insert into papers from turned"
    )
    assert content_hash(warehouse) == before


def test_how_the_facts_came_in_does_not_matter(warehouse):
    before = content_hash(warehouse)
    warehouse.execute("update digests set load_id = 'another'")
    for table in OPERATIONAL_TABLES:
        warehouse.execute(f"delete from {table}")
    assert content_hash(warehouse) == before


def test_the_same_facts_in_other_loads_have_the_same_hash(bench, tmp_path):
    digests = [bench.digest([bench.entry(f"2504.0000{n}")], date(2025, 4, 8 + n)) for n in range(3)]
    bench.publish(tmp_path / "one", digests)
    for digest in reversed(digests):
        bench.publish(tmp_path / "many", [digest])
    assert bench.hash_of(tmp_path / "one") == bench.hash_of(tmp_path / "many")
