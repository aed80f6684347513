"""SQL from anyone on a lake: it reads the lake's tables, and no file, no catalog and no server."""

import duckdb
import pytest

from paperhouse.transforms.errors import QueryError, WarehouseError
from paperhouse.warehouse.lake.queries import open_lake_locked
from paperhouse.warehouse.read.query import (
    ALLOWED_TABLE_FUNCTIONS,
    REFUSED_LAKE_FUNCTIONS,
    REFUSED_TABLE_FUNCTIONS,
    run_query,
)
from paperhouse.warehouse.storage.lake.address import parse_lake
from paperhouse.warehouse.storage.lake.engine import connect_engine

ESCAPES = [
    "from read_parquet('{data}/loads/*/*.parquet')",
    "from '{data}/loads/*/digests.00001.parquet'",
    "from '{file}'",
    "from read_text('/etc/passwd')",
    "from 'https://example.org/a.csv'",
    "attach '{file}' as other",
    "attach 'other.duckdb'",
    "copy papers to '{data}/out.csv'",
    "copy papers to '{data}/tables/out.parquet' (format parquet)",
    "create table mine (a int)",
    "create table lake.main.mine (a int)",
    "create view mine as select 1 as a",
    "insert into papers from papers",
    "insert into house.warehouse_state values ('x', 1)",
    "delete from papers",
    "update papers set title = 'x'",
    "drop table papers",
    "drop view paper_overview",
    "alter table papers add column x int",
    "comment on table papers is 'x'",
    "set enable_external_access = true",
    "set allowed_directories = ['/']",
    "set memory_limit = '100GB'",
    "load ducklake",
    "install httpfs",
    "detach lake",
    "vacuum",
    "checkpoint",
    "call lake.set_option('parquet_compression', 'snappy')",
    "call ducklake_cleanup_old_files('lake', cleanup_all => true)",
    "from ducklake_cleanup_old_files('lake', cleanup_all => true)",
    "from ducklake_delete_orphaned_files('lake', cleanup_all => true)",
    "from lake.cleanup_old_files(cleanup_all => true)",
    "from lake.delete_orphaned_files(cleanup_all => true)",
    "from lake.merge_adjacent_files()",
    "from lake.expire_snapshots(versions => [1])",
    "from lake.snapshots()",
    "select * from __ducklake_metadata_lake.ducklake_metadata",
    'select * from "__DuckLake_metadata_lake".ducklake_metadata',
    "from query_table('__duck' || 'lake_metadata_lake.ducklake_metadata')",
    "pivot query_table('__duck' || 'lake_metadata_lake.ducklake_metadata') on key using count(*)",
    "set schema = '__ducklake' || '_metadata_lake'",
    "set search_path = concat('__duck', 'lake_metadata_lake')",
    "from postgres_query('__duck' || 'lake_metadata_lake', 'select 1')",
    "from postgres_scan('host=/tmp', 'public', 'x')",
    "call postgres_execute('x', 'select 1')",
    "from duckdb_secrets()",
]


def files_of(folder):
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def test_nothing_but_the_lake_is_within_reach(lakes, seeded_lake):
    folder = lakes.folder if seeded_lake.is_server else seeded_lake.file.parent
    with open_lake_locked(seeded_lake) as connection:
        before = files_of(folder)
        passed = []
        for query in ESCAPES:
            try:
                result = run_query(
                    connection, query.format(data=folder / "data", file=folder / "lake.ducklake")
                )
                list(result.batches)
                passed.append(query)
            except QueryError:
                pass
        assert passed == []
        assert files_of(folder) == before
        assert [
            batch.to_pylist() for batch in run_query(connection, "select count(*) as n from papers").batches
        ] == [[{"n": 54}]]


def test_the_table_functions_of_the_extensions_are_all_known(tmp_path):
    address = parse_lake(f"ducklake:{tmp_path}/lake")
    server = parse_lake("ducklake:postgres://nobody@nowhere/lake")
    query = "select distinct function_name from duckdb_functions() where function_type in ('table', 'table_macro')"
    with duckdb.connect() as plain:
        known = {name for (name,) in plain.execute(query).fetchall()}
    with connect_engine(server) as connection:
        added = {name for (name,) in connection.execute(query).fetchall()} - known
    assert added == REFUSED_LAKE_FUNCTIONS
    assert not added & (ALLOWED_TABLE_FUNCTIONS | REFUSED_TABLE_FUNCTIONS)
    assert not address.file.exists()


def test_without_a_lake_the_remedy_is_told(tmp_path):
    with pytest.raises(WarehouseError, match="there is no lake yet; run `paperhouse ingest`"):
        open_lake_locked(parse_lake(f"ducklake:{tmp_path}/lake"))
