"""Loads on lakes: the same facts as in a file, all of a load or nothing, and one load only where two race."""

from contextlib import nullcontext
from pathlib import Path

import duckdb
import polars as pl
import pytest

from paperhouse.flows.sources.reference import read_categories
from paperhouse.transforms.errors import BusyError, CheckFailedError, SettingsError, WarehouseError
from paperhouse.warehouse.lake import draft as draft_module
from paperhouse.warehouse.lake import load as load_module
from paperhouse.warehouse.lake.draft import open_draft
from paperhouse.warehouse.lake.verify import verify
from paperhouse.warehouse.storage.home import Home
from paperhouse.warehouse.storage.lake.address import parse_lake
from paperhouse.warehouse.storage.lake.data import LOADS
from paperhouse.warehouse.storage.lake.engine import attach_lake, connect_engine, open_lake
from paperhouse.warehouse.storage.lake.state import recorded_tables
from paperhouse.warehouse.storage.packages import sealed_packages
from paperhouse.warehouse.target.choice import target_of
from paperhouse.warehouse.target.lake_target import LakeTarget
from paperhouse.warehouse.write.content_hash import table_hashes


def test_the_same_inputs_give_the_same_content_hash_as_in_a_file(
    lakes, costly_address, seeds, more_digests, full_hash
):
    address = costly_address
    lakes.ingest(address, seeds)
    lakes.ingest(address, more_digests)
    assert lakes.hash_of(address) == full_hash
    assert list(verify(address)) == []


@pytest.mark.slow
def test_any_order_and_batching_gives_the_same_content_hash(lakes, more_digests, bench):
    parts = sorted(more_digests.glob("*/*"))
    bench.ingest(lakes.folder / "file", more_digests)
    orders = [[parts], [parts[:2], parts[2:]], [[part] for part in reversed(parts)]]
    for number, batches in enumerate(orders):
        address = lakes.of_file(f"order-{number}")
        for batch in batches:
            # The list is told by the folder above, which a path to the folder itself does not show.
            lakes.ingest(address, *batch)
    hashes = {lakes.hash_of(lakes.of_file(f"order-{number}")) for number in range(len(orders))}
    assert len(hashes) == 1


@pytest.mark.slow
def test_what_is_recorded_of_a_load_on_top_is_what_a_full_scan_finds(lakes, seeds, more_digests):
    address = lakes.of_file()
    lakes.ingest(address, seeds)
    lakes.ingest(address, more_digests)
    with open_lake(address) as (connection, _):
        assert recorded_tables(connection) == table_hashes(connection)


@pytest.mark.slow
def test_known_files_change_nothing(lakes, seeds):
    address = lakes.of_file()
    lakes.ingest(address, seeds)
    before = lakes.rows(address, "select count(*) from ducklake_snapshots('lake')")
    assert not lakes.ingest(address, seeds).is_changed
    assert lakes.rows(address, "select count(*) from ducklake_snapshots('lake')") == before


@pytest.mark.slow
def test_a_refused_check_leaves_the_lake_as_it_was(lakes, seeds, more_digests, monkeypatch):
    address = lakes.of_file()
    lakes.ingest(address, seeds)
    before = lakes.hash_of(address)

    def refuse(*_, **__):
        msg = "1 check failed"
        raise CheckFailedError(msg)

    monkeypatch.setattr(draft_module, "refuse_failures", refuse)
    with pytest.raises(CheckFailedError) as caught:
        lakes.ingest(address, more_digests)
    assert caught.value.__notes__ == [load_module.UNCHANGED]
    assert lakes.hash_of(address) == before
    assert len(sealed_packages(Path(address.first_data) / LOADS)) == 1


@pytest.mark.slow
def test_a_package_that_was_complete_is_published_by_the_next_run(
    lakes, address, seeds, more_digests, full_hash
):
    lakes.ingest(address, seeds)
    before = lakes.hash_of(address)
    with pytest.MonkeyPatch.context() as broken:
        broken.setattr(load_module, "commit", raising(OSError(5, "cut off")))
        with pytest.raises(OSError, match="cut off"):
            lakes.ingest(address, more_digests)
    assert lakes.hash_of(address) == before
    summary = lakes.ingest(address, more_digests)
    assert summary.notices == ["1 load(s) that an earlier run had completed are now published"]
    assert lakes.hash_of(address) == full_hash
    assert list(verify(address)) == []


def raising(error):
    def fail(*_, **__):
        raise error

    return fail


@pytest.mark.slow
def test_of_two_that_write_without_the_lock_the_fence_lets_one_through(lakes, postgres, seeds):
    address = parse_lake(postgres.new_lake(), str(lakes.folder / "data"))
    lakes.ingest(address, seeds)
    race(lakes, address)
    assert list(verify(address)) == []


@pytest.mark.slow
def test_of_two_that_make_an_empty_lake_one_gets_through(lakes, postgres):
    address = parse_lake(postgres.new_lake(), str(lakes.folder / "data"))
    race(lakes, address)
    assert lakes.rows(address, "select count(*) from house.warehouse_state") == [(1,)]


def race(lakes, address):
    """Two transactions that insert the same new key: on DuckLake itself both would commit."""
    if not address.is_server:
        pytest.skip(
            "the catalog's file is open in one process only, and its transactions share one connection"
        )
    with open_draft(address, lakes.folder / "a") as first, open_draft(address, lakes.folder / "b") as second:
        for number, one in enumerate((first, second)):
            one.connection.execute("insert into categories values ('xx.YY', 'Twice', 'xx', 'Twice')")
            one.connection.execute(
                f"insert into house.receipts values ({one.generation}, 'race-{number}', 'x', '{{}}')"
            )
        draft_module.commit(second, "race-1", "x")
        with pytest.raises(BusyError, match="another load was published meanwhile"):
            draft_module.commit(first, "race-0", "x")
    assert lakes.rows(address, "select count(*) from categories where category = 'xx.YY'") == [(1,)]
    with open_draft(address, lakes.folder / "c") as third:
        third.connection.execute("delete from categories where category = 'xx.YY'")
        third.connection.execute("delete from house.receipts where starts_with(load_id, 'race')")
        draft_module.commit(third, "none", "x")


class LostAnswer:
    """A connection whose commit goes wrong: after it was done, or before."""

    def __init__(self, connection, *, is_done):
        self.connection, self.is_done = connection, is_done

    def execute(self, query, *arguments):
        if query != "commit":
            return self.connection.execute(query, *arguments)
        self.connection.execute("commit" if self.is_done else "rollback")
        msg = "server closed the connection unexpectedly"
        raise duckdb.IOException(msg)


@pytest.mark.slow
@pytest.mark.parametrize("is_done", [True, False])
def test_a_lost_answer_to_the_commit_is_looked_up(lakes, served, seeds, more_digests, is_done):
    address = served
    lakes.ingest(address, seeds)
    before = lakes.hash_of(address)
    commit = load_module.commit

    def commit_without_answer(draft, load_id, content):
        lost = LostAnswer(draft.connection, is_done=is_done)
        twin = draft_module.LakeDraft(
            draft.address,
            draft.data,
            type(draft.exchange)(lost, draft.exchange.scratch),
            draft.base,
            draft.generation,
        )
        commit(twin, load_id, content)

    expected = nullcontext() if is_done else pytest.raises(WarehouseError, match="run it again")
    with pytest.MonkeyPatch.context() as broken, expected:
        broken.setattr(load_module, "commit", commit_without_answer)
        lakes.ingest(address, more_digests)
    assert (lakes.hash_of(address) != before) == is_done
    assert lakes.rows(address, "select count(*) from loads") == [(2 if is_done else 1,)]


def test_strange_text_and_empty_lists_come_back_as_they_were(lakes):
    address = lakes.of_file()
    texts = ["a\x00b", "\U0001f600 'quoted' \"twice\" \\", "", None]
    with connect_engine(address) as connection:
        data = lakes.folder / "data"
        target = parse_lake(address.name, str(data))
        draft_module.create_lake(connection, target)
        connection.execute("use lake; create table strange (position int, text varchar, texts varchar[])")
        rows = pl.DataFrame({"position": range(4), "text": texts, "texts": [texts[:2], [], None, ["a\x00b"]]})
        path = lakes.folder / "strange.parquet"
        rows.write_parquet(path)
        connection.execute("begin")
        connection.execute(f"insert into strange from '{path}'")
        connection.execute("commit")
    with connect_engine(address) as connection:
        attach_lake(connection, address)
        assert connection.execute("select * from lake.strange order by 1").fetchall() == rows.rows()
        inlined = "select count(*) from __ducklake_metadata_lake.ducklake_inlined_data_tables"
        assert connection.execute(inlined).fetchall() == [(0,)]


@pytest.mark.slow
def test_categories_are_not_written_again_by_each_load(lakes, seeds, more_digests):
    address = lakes.of_file()
    lakes.ingest(address, seeds)
    query = "select data_file_count + delete_file_count from (select file_count as data_file_count, delete_file_count from ducklake_table_info('lake') where table_name = 'categories')"
    before = lakes.rows(address, query)
    lakes.ingest(address, more_digests)
    assert lakes.rows(address, query) == before == [(1,)]


@pytest.mark.slow
def test_a_folder_that_holds_another_lake_is_refused(lakes, seeds):
    first, second = lakes.of_file("one"), lakes.of_file("two")
    lakes.ingest(first, seeds)
    with pytest.raises(WarehouseError, match="holds the data of another lake"):
        lakes.ingest(parse_lake(second.name, str(first.first_data)), seeds)
    assert list(verify(first)) == []


@pytest.mark.slow
def test_a_lake_that_exists_knows_its_folder(lakes, seeds):
    address = parse_lake(lakes.of_file().name, str(lakes.folder / "elsewhere"))
    lakes.ingest(address, seeds)
    assert lakes.rows(lakes.of_file(), "select count(*) from papers") == [(54,)]
    with pytest.raises(WarehouseError, match="leave --data out"):
        lakes.ingest(parse_lake(address.name, str(lakes.folder / "wrong")), seeds)


@pytest.mark.slow
def test_a_new_lake_with_a_server_must_be_told_its_folder(lakes, postgres, seeds):
    with pytest.raises(SettingsError, match="--data FOLDER"):
        lakes.ingest(parse_lake(postgres.new_lake()), seeds)


@pytest.mark.slow
def test_rebuild_gives_the_same_tables(lakes, address, seeds, more_digests, full_hash):
    lakes.ingest(address, seeds)
    lakes.ingest(address, more_digests)
    target = target_of(Home(lakes.folder / "home"), address)
    assert isinstance(target, LakeTarget)
    with target.holding(0):
        target.rebuild(read_categories())
    assert lakes.hash_of(address) == full_hash
    assert list(verify(address)) == []


@pytest.mark.slow
def test_damage_is_told(lakes, seeds):
    address = lakes.of_file()
    lakes.ingest(address, seeds)
    package = next((Path(address.first_data) / LOADS).glob("*/digests.*.parquet"))
    package.write_bytes(package.read_bytes()[:-1])
    papers = next((Path(address.first_data) / "tables" / "main" / "papers").glob("*.parquet"))
    papers.unlink()
    assert lakes.rows(address, "select count(*) from papers") == [(54,)], "count(*) is right without the file"
    faults = "\n".join(verify(address))
    assert "its content is not what the manifest lists" in faults
    assert "cannot be read" in faults


def test_comments_are_on_tables_columns_and_views(lakes, seeded_file_lake):
    address = seeded_file_lake
    tables = lakes.rows(
        address,
        "select count(*) from duckdb_tables() where database_name = 'lake' and schema_name = 'main' and comment is null",
    )
    columns = lakes.rows(
        address,
        "select count(*) from duckdb_columns() where database_name = 'lake' and table_name = 'papers' and comment is null",
    )
    views = lakes.rows(
        address, "select count(*) from duckdb_views() where database_name = 'lake' and comment is null"
    )
    assert tables == columns == views == [(0,)]


@pytest.mark.slow
def test_the_commit_names_the_load_and_its_hash(lakes, seeds):
    address = lakes.of_file()
    load_id = lakes.ingest(address, seeds).load_id
    ((message,),) = lakes.rows(
        address, "select commit_message from ducklake_snapshots('lake') where commit_message is not null"
    )
    assert message == f"load {load_id}, content hash {lakes.hash_of(address)}"
