import shutil
from datetime import date, timedelta

import duckdb
import pytest

from paperhouse.transforms.errors import WarehouseError
from paperhouse.warehouse.maintain.verify import verify
from paperhouse.warehouse.storage.home import Home
from paperhouse.warehouse.storage.receipts import receipt_of
from paperhouse.warehouse.write import compaction
from paperhouse.warehouse.write import staging as draft
from paperhouse.warehouse.write.compaction import is_due

FIRST_DAY = date(2025, 4, 1)


@pytest.fixture
def eager(monkeypatch):
    """Every third load on top of a whole file is worth writing it anew."""
    monkeypatch.setattr(compaction, "LEAST_LOADS", 3)
    monkeypatch.setattr(compaction, "BYTES_PER_LOAD", 10**9)


def load_day(bench, root, number: int) -> int:
    """Publish one more day; return the loads since the file was last written whole."""
    day = FIRST_DAY + timedelta(days=number)
    bench.publish(root, [bench.digest([bench.entry(f"2504.{number:05}")], day)])
    home = Home(root)
    return receipt_of(home.receipts, home.live).n_loads_since_whole


def test_a_file_is_written_anew_once_enough_is_unused_in_it():
    megabyte = 1024**2
    assert not is_due(1, compaction.LEAST_LOADS - 1)
    assert is_due(10 * megabyte, compaction.LEAST_LOADS)
    assert not is_due(1000 * megabyte, 100)
    assert is_due(1000 * megabyte, 1000)


@pytest.fixture(scope="module")
def three_days(tmp_path_factory, bench):
    """A home of three loads on top of each other: enough to write it anew where that comes early."""
    root = tmp_path_factory.mktemp("three-days") / "home"
    assert [load_day(bench, root, number) for number in range(3)] == [0, 1, 2]
    return root


@pytest.fixture
def home(three_days, tmp_path):
    return shutil.copytree(three_days, tmp_path / "often")


@pytest.mark.usefixtures("eager")
def test_now_and_then_a_load_writes_the_file_anew_with_the_same_content(bench, home, tmp_path):
    assert [load_day(bench, home, number) for number in range(3, 6)] == [0, 1, 2]
    bench.publish(
        tmp_path / "once",
        [
            bench.digest([bench.entry(f"2504.{number:05}")], FIRST_DAY + timedelta(days=number))
            for number in range(6)
        ],
    )
    assert bench.hash_of(home) == bench.hash_of(tmp_path / "once")
    assert list(verify(Home(home))) == []


@pytest.mark.usefixtures("eager")
def test_a_file_written_anew_has_comments_models_and_rows_in_their_order(bench, home):
    query = "select arxiv_id from papers"
    described = "select comment from duckdb_tables() where table_name = 'papers'"
    viewed = "select count(*) from duckdb_views() where not internal"
    with duckdb.connect(str(home / "paperhouse.duckdb"), read_only=True) as connection:
        before = [connection.execute(one).fetchall() for one in (query, described, viewed)]
    assert load_day(bench, home, 3) == 0
    with duckdb.connect(str(home / "paperhouse.duckdb"), read_only=True) as connection:
        rows, *rest = [connection.execute(one).fetchall() for one in (query, described, viewed)]
    assert rows == [*before[0], ("2504.00003",)]
    assert rest == before[1:]


@pytest.mark.usefixtures("eager")
def test_a_copy_that_lacks_a_row_is_not_published(bench, home, monkeypatch):
    copy_rows = draft.copy_rows

    def lose_a_row(connection, source):
        copy_rows(connection, source)
        connection.execute("delete from papers where rowid = 0")

    monkeypatch.setattr(draft, "copy_rows", lose_a_row)
    before = bench.files_of(home)
    with pytest.raises(
        WarehouseError, match="does not hold what it was copied from; the live warehouse is unto"
    ):
        load_day(bench, home, 3)
    assert bench.files_of(home) == before
