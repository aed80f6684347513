import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import duckdb
import pytest

from paperhouse.transforms.digest import Translation
from paperhouse.transforms.errors import CheckFailedError, WarehouseError
from paperhouse.warehouse.schema.relations import Check, load_checks
from paperhouse.warehouse.storage.home import Home
from paperhouse.warehouse.storage.packages import PackageWriter, delete_folder
from paperhouse.warehouse.storage.receipts import receipt_of
from paperhouse.warehouse.write import apply, authors, background_index, papers, person_rows, publish
from paperhouse.warehouse.write import staging as draft
from paperhouse.warehouse.write.content_hash import table_hashes
from paperhouse.warehouse.write.run_checks import require_checks

DAY_1, DAY_2, DAY_3 = date(2025, 4, 8), date(2025, 4, 9), date(2025, 4, 10)


class Fault(Exception):  # noqa: N818 - it stands for any error
    """What goes wrong."""


def fail_at(monkeypatch, owner, name: str, *, after: bool, error: type[BaseException] = Fault) -> None:
    step = getattr(owner, name)

    def fail(*args, **kwargs):
        if after:
            step(*args, **kwargs)
        raise error

    monkeypatch.setattr(owner, name, fail)


STEPS = [
    (draft, "copy_file", True, Fault),
    (draft, "_open_for_writing", False, MemoryError),
    (draft, "require_schema", True, Fault),
    (publish, "replace_reference", True, Fault),
    (publish, "apply_packages", False, Fault),
    (papers, "build_paper_tables", False, Fault),
    (apply, "copy_rows_beside_entries", True, KeyboardInterrupt),
    (apply, "recompute_authors", True, SystemExit),
    (background_index, "index_papers", False, MemoryError),
    (background_index, "index_papers", True, Fault),
    (background_index, "replace_lists", True, KeyboardInterrupt),
    (draft, "create_models", True, Fault),
    (draft, "require_checks", True, Fault),
    (draft, "hashes_of_changed", True, Fault),
    (publish, "finish", True, KeyboardInterrupt),
    (PackageWriter, "add", True, Fault),
    (PackageWriter, "seal", True, Fault),
    (publish, "_record", True, KeyboardInterrupt),
    (publish, "fsync_path", False, OSError),
    (publish, "_keep_previous", True, Fault),
    (publish, "replace_durably", False, OSError),
    (publish, "swap_in", False, Fault),
]


IN_FAST_TIER = {
    "copy_file",
    "apply_packages",
    "recompute_authors",
    "require_checks",
    "add",
    "seal",
    "_record",
    "_keep_previous",
    "swap_in",
}


@pytest.mark.parametrize(
    ("owner", "name", "after", "error"),
    [
        pytest.param(*step, id=step[1], marks=[] if step[1] in IN_FAST_TIER else [pytest.mark.slow])
        for step in STEPS
    ],
)
def test_an_error_at_any_step_leaves_everything_as_it_was(  # noqa: PLR0913, PLR0917 - five fixtures, four parameters
    bench, seed_copy, more_digests, full_hash, monkeypatch, owner, name, after, error
):
    live = seed_copy / "paperhouse.duckdb"
    before, files = live.read_bytes(), bench.files_of(seed_copy)
    with monkeypatch.context() as patch:
        fail_at(patch, owner, name, after=after, error=error)
        with pytest.raises(error):
            bench.ingest(seed_copy, more_digests)
    assert live.read_bytes() == before
    assert not (seed_copy / "work").exists()
    # Where no file is another one than before, the next load is a first one again.
    if bench.files_of(seed_copy) != files:
        bench.ingest(seed_copy, more_digests)
        assert bench.hash_of(seed_copy) == full_hash
        assert bench.rows(seed_copy, "select count(*) from loads") == [(2,)]


def test_an_error_after_the_swap_leaves_the_new_warehouse(
    bench, seed_copy, more_digests, full_hash, monkeypatch
):
    with monkeypatch.context() as patch:
        fail_at(patch, publish, "swap_in", after=True)
        with pytest.raises(Fault):
            bench.ingest(seed_copy, more_digests)
    assert bench.hash_of(seed_copy) == full_hash
    assert not bench.ingest(seed_copy, more_digests).is_changed


def test_an_engine_error_says_that_the_live_warehouse_is_untouched(
    bench, seed_copy, more_digests, monkeypatch
):
    def fail(connection, *, is_of_changes):  # noqa: ARG001 - the signature of the real one
        connection.execute("select nonsense")

    monkeypatch.setattr(draft, "require_checks", fail)
    with pytest.raises(WarehouseError, match=r"could not be made .*nonsense.*live warehouse is untouched"):
        bench.ingest(seed_copy, more_digests)


def test_a_failing_check_names_itself_and_the_rows_and_publishes_nothing(
    bench, seed_copy, more_digests, monkeypatch
):
    sql = "select arxiv_id, title from papers where arxiv_id like '2504.0000%'"
    check = Check("no_paper_of_this_month", "There should be none.", sql)
    monkeypatch.setattr("paperhouse.warehouse.write.run_checks.load_checks", lambda: (*load_checks(), check))
    before = bench.files_of(seed_copy)
    with pytest.raises(CheckFailedError) as caught:
        bench.ingest(seed_copy, more_digests)
    message = str(caught.value)
    assert "no_paper_of_this_month: There should be none. Rows: 2" in message
    assert "arxiv_id='2504.00001', title='One'" in message
    assert caught.value.facts["failures"] == {"no_paper_of_this_month": 2}
    assert bench.files_of(seed_copy) == before


def test_every_load_passes_all_checks_before_it_is_published(bench, tmp_path, monkeypatch):
    asked = []

    def note(connection, *, is_of_changes):
        asked.append((is_of_changes, *connection.execute("select count(*) from papers").fetchall()))
        require_checks(connection, is_of_changes=is_of_changes)

    monkeypatch.setattr(draft, "require_checks", note)
    bench.publish(tmp_path, [bench.digest([bench.entry()], DAY_1)])
    bench.publish(tmp_path, [bench.digest([bench.entry("2504.00002")], DAY_2)])
    assert asked == [(False, (1,)), (True, (2,))]


def test_a_published_file_is_whole_without_a_log_beside_it(seed_home, tmp_path):
    left = {path.name for path in seed_home.iterdir()}
    assert left == {"loads", "paperhouse.duckdb", "paperhouse.lock", "receipts"}
    alone = tmp_path / "alone.duckdb"
    alone.write_bytes((seed_home / "paperhouse.duckdb").read_bytes())
    with duckdb.connect(str(alone), read_only=True) as connection:
        assert connection.execute("select count(*) from papers").fetchall() == [(54,)]


def test_a_log_that_stays_behind_stops_the_load(bench, seed_copy, more_digests, monkeypatch):
    read_back = draft._reading_back

    def leave_log(connection, path):
        draft.log_of(path).write_bytes(b"log")
        return read_back(connection, path)

    monkeypatch.setattr(draft, "_reading_back", leave_log)
    with pytest.raises(WarehouseError, match="left a log behind"):
        bench.ingest(seed_copy, more_digests)


def test_a_finished_file_that_cannot_be_read_back_stops_the_load(bench, seed_copy, more_digests, monkeypatch):
    read_back = draft._reading_back

    def damage(connection, path):
        content = bytearray(path.read_bytes())
        for offset in range(len(content) // 8, len(content), len(content) // 8):
            content[offset] ^= 0xFF
        path.write_bytes(content)
        return read_back(connection, path)

    monkeypatch.setattr(draft, "_reading_back", damage)
    before = bench.files_of(seed_copy)
    with pytest.raises(WarehouseError, match=r"cannot be read back .*live warehouse is untouched"):
        bench.ingest(seed_copy, more_digests)
    assert bench.files_of(seed_copy) == before


@pytest.mark.parametrize("table", ["papers", "authors"])
def test_rows_lost_beside_those_that_changed_stop_the_load(
    bench, seed_copy, more_digests, monkeypatch, table
):
    write_changed = draft.write_changed

    def lose_a_row(connection, folder):
        connection.execute(f"delete from {table} where rowid = 0")
        return write_changed(connection, folder)

    monkeypatch.setattr(draft, "write_changed", lose_a_row)
    before = bench.files_of(seed_copy)
    with pytest.raises(WarehouseError, match=rf"tables hold other rows than was written: {table} \("):
        bench.ingest(seed_copy, more_digests)
    assert bench.files_of(seed_copy) == before


def test_receipts_of_loads_on_top_of_each_other_add_up_to_a_full_scan(bench, seed_copy, more_digests):
    bench.ingest(seed_copy, more_digests)
    home = Home(seed_copy)
    receipt = receipt_of(home.receipts, home.live)
    with duckdb.connect(str(home.live), read_only=True) as connection:
        assert receipt.tables == table_hashes(connection)


def test_the_two_files_before_the_live_one_are_kept(bench, tmp_path):
    published = []
    for number in range(4):
        bench.publish(tmp_path, [bench.digest([bench.entry(f"2504.0000{number}")], DAY_1)])
        published.append((tmp_path / "paperhouse.duckdb").read_bytes())
    kept = [path.read_bytes() for path in sorted((tmp_path / "previous").iterdir())]
    assert kept == published[1:3]


READER = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1], read_only=True)
query = "select count(*), (select count(*) from loads) from papers"
print(connection.execute(query).fetchall(), flush=True)
sys.stdin.readline()
print(connection.execute(query).fetchall(), flush=True)
"""


def open_reader(live: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", READER, str(live)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def test_who_holds_the_old_file_sees_the_old_state_and_a_new_reader_the_new_one(
    bench, seed_copy, more_digests
):
    live = seed_copy / "paperhouse.duckdb"
    with open_reader(live) as held:
        assert held.stdout.readline() == "[(54, 1)]\n"
        bench.ingest(seed_copy, more_digests)
        with open_reader(live) as fresh:
            assert fresh.stdout.readline() == "[(56, 2)]\n"
            fresh.communicate("\n")
        assert held.communicate("\n")[0] == "[(54, 1)]\n"


def test_a_paper_in_two_loads_gets_the_better_record_that_came_later(bench, tmp_path):
    cut = bench.entry(title="Old", authors=["Ann Lee"], authors_completeness="first_only")
    full = bench.entry(title="New", authors=["Ann Lee", "Bob Ray"], abstract="Words.")
    first = bench.publish(tmp_path, [bench.digest([cut], DAY_2)])
    second = bench.publish(tmp_path, [bench.digest([full], DAY_1)])
    assert (first.n_papers_new, second.n_papers_new, second.n_papers_changed) == (1, 0, 1)
    query = "select title, n_authors, first_listed_date, last_listed_date, n_listings, n_variants from papers"
    assert bench.rows(tmp_path, query) == [("New", 2, DAY_1, DAY_2, 2, 2)]
    assert second.n_authors_new == 1


def test_a_worse_record_that_comes_later_changes_no_paper(bench, tmp_path):
    bench.publish(
        tmp_path, [bench.digest([bench.entry(title="Full", authors=["Ann Lee"], abstract="Words.")], DAY_1)]
    )
    changes = bench.publish(tmp_path, [bench.digest([bench.entry(title="Bare")], DAY_2)])
    assert (changes.n_papers_new, changes.n_papers_changed) == (0, 0)
    assert bench.rows(tmp_path, "select title, n_variants from papers") == [("Full", 2)]


def test_being_listed_again_changes_no_paper_but_its_listings(bench, tmp_path):
    entry = bench.entry(authors=["Ann Lee"])
    bench.publish(tmp_path, [bench.digest([entry], DAY_1)])
    changes = bench.publish(tmp_path, [bench.digest([entry], DAY_2)])
    assert (changes.n_digests, changes.n_entries, changes.n_papers_new, changes.n_papers_changed) == (
        1,
        1,
        0,
        0,
    )
    assert bench.rows(tmp_path, "select n_listings, last_listed_date from papers") == [(2, DAY_2)]
    assert bench.rows(tmp_path, "select n_papers, last_listed_date from authors") == [(1, DAY_2)]


def test_an_author_whose_last_paper_loses_the_name_is_gone(bench, tmp_path):
    bench.publish(tmp_path, [bench.digest([bench.entry(version=1, authors=["Ann Lee", "Bob Ray"])], DAY_1)])
    bench.publish(tmp_path, [bench.digest([bench.entry(version=2, authors=["Ann Lee", "Cid Cox"])], DAY_2)])
    assert bench.rows(tmp_path, "select name from authors order by name") == [("Ann Lee",), ("Cid Cox",)]


@pytest.mark.parametrize("batches", [1, 2], ids=["one_batch", "two_batches"])
def test_a_digest_that_lies_in_two_places_is_loaded_once(bench, tmp_path, batches):
    entry = bench.entry(
        authors=["Ann Lee"], links=[("https://x.org", None)], translations=[Translation("zh", "题", None)]
    )
    twice = [bench.digest([entry], DAY_1, path=path) for path in ("b.md", "a.md")]
    changes = bench.publish(tmp_path, *([twice] if batches == 1 else [[digest] for digest in twice]))
    assert (changes.n_digests, changes.n_entries, changes.n_lines) == (1, 1, 1)
    assert bench.rows(tmp_path, "select path, n_entries from digests") == [("a.md", 1)]
    assert bench.rows(tmp_path, "select count(*) from listings") == [(1,)]


@pytest.mark.parametrize("found", ["a.md", "c.md"], ids=["smaller", "larger"])
def test_a_digest_that_is_found_again_elsewhere_changes_its_path_at_most(bench, tmp_path, found):
    entries = [bench.entry(authors=["Ann Lee"])]
    bench.publish(tmp_path, [bench.digest(entries, DAY_1, path="b.md", source="lab", date_source="path")])
    query = "select * exclude (path, source, date_source) from digests"
    before = [
        bench.rows(tmp_path, query),
        *(bench.rows(tmp_path, f"from {t}") for t in ("papers", "listings", "authors")),
    ]
    changes = bench.publish(
        tmp_path, [bench.digest(entries, DAY_1, path=found, source=None, date_source="heading")]
    )
    assert (changes.n_digests, changes.n_papers_new, changes.n_papers_changed) == (0, 0, 0)
    after = [
        bench.rows(tmp_path, query),
        *(bench.rows(tmp_path, f"from {t}") for t in ("papers", "listings", "authors")),
    ]
    assert after == before
    expected = ("a.md", None, "heading") if found == "a.md" else ("b.md", "lab", "path")
    assert bench.rows(tmp_path, "select path, source, date_source from digests") == [expected]


def test_a_cut_abstract_whose_paper_has_a_full_one_passes_the_checks(bench, tmp_path):
    cut = bench.entry(authors=["Ann Lee"], abstract="Wor", abstract_completeness="truncated")
    bench.publish(tmp_path, [bench.digest([cut], DAY_1)])
    bench.publish(tmp_path, [bench.digest([bench.entry(abstract="Words.")], DAY_2)])
    bench.publish(tmp_path, [bench.digest([cut], DAY_3)])
    assert bench.rows(tmp_path, "select abstract, n_authors, n_variants from papers") == [("Words.", 1, 2)]
    told = bench.rows(tmp_path, "select abstract from variant_texts order by abstract")
    assert told == [("Wor",), ("Words.",)]


def test_a_primary_category_that_the_taxonomy_lacks_passes_the_checks(bench, tmp_path):
    entry = bench.entry(primary_category="cs.ZZ", categories=["cs.ZZ", "cs.AI"])
    bench.publish(tmp_path, [bench.digest([entry], DAY_1)])
    rows = bench.rows(tmp_path, "select category, is_primary from paper_categories order by category")
    assert rows == [("cs.AI", False), ("cs.ZZ", True)]


def test_papers_are_recomputed_in_parts_with_the_same_result(bench, tmp_path, monkeypatch):
    entries = [bench.entry(f"2504.0000{n % 4}", f"Title {n % 3}", authors=[f"Author {n}"]) for n in range(9)]
    bench.publish(tmp_path / "whole", [bench.digest(entries, DAY_1)])
    monkeypatch.setattr(apply, "LISTINGS_PER_PART", 2)
    monkeypatch.setattr(authors, "MENTIONS_PER_PART", 2)
    monkeypatch.setattr(person_rows, "MENTIONS_PER_PART", 2)
    monkeypatch.setattr(background_index, "_WORDS_HELD", 2)
    bench.publish(tmp_path / "parts", [bench.digest(entries, DAY_1)])
    assert bench.hash_of(tmp_path / "parts") == bench.hash_of(tmp_path / "whole")


def test_a_home_whose_name_is_a_pattern_or_holds_quotes_works(bench, tmp_path):
    root = tmp_path / 'it\'s a [home]* of "mine"'
    bench.publish(root, [bench.digest([bench.entry()], DAY_1)])
    bench.publish(root, [bench.digest([bench.entry("2504.00002")], DAY_1)])
    assert bench.rows(root, "select count(*) from papers") == [(2,)]


def test_a_warehouse_of_another_version_is_refused_with_the_remedy(bench, seed_copy, more_digests):
    with duckdb.connect(str(seed_copy / "paperhouse.duckdb")) as connection:
        connection.execute("alter table papers add column mood varchar; checkpoint")
    shutil.rmtree(seed_copy / "receipts")  # else the change itself is refused
    with pytest.raises(
        WarehouseError, match=r"tables papers are not those .* run `paperhouse rebuild`"
    ) as caught:
        bench.ingest(seed_copy, more_digests)
    assert caught.value.facts["tables"] == ["papers"]


def test_a_live_file_that_was_changed_since_is_refused_with_the_remedy(bench, seed_copy, more_digests):
    with duckdb.connect(str(seed_copy / "paperhouse.duckdb")) as connection:
        connection.execute("update papers set title = 'Mine' where arxiv_id = '2504.04178'")
    before = bench.files_of(seed_copy)
    with pytest.raises(
        WarehouseError, match=r"was changed since it was published.*paperhouse restore.*paperhouse rebuild"
    ):
        bench.ingest(seed_copy, more_digests)
    assert bench.files_of(seed_copy) == before


def test_a_log_of_another_program_goes_with_the_file_that_it_belongs_to(bench, tmp_path):
    home = Home(tmp_path)
    bench.publish(tmp_path, [bench.digest([bench.entry()], DAY_1)])
    script = (
        "import duckdb, os, sys; c = duckdb.connect(sys.argv[1]); "
        "c.execute('pragma disable_checkpoint_on_shutdown; create table mine as select 1 as one'); os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", script, str(home.live)], check=True)
    log = tmp_path / "paperhouse.duckdb.wal"
    assert log.exists()
    bench.publish(tmp_path, [bench.digest([bench.entry("2504.00002")], DAY_1)])
    assert not log.exists()
    assert bench.rows(tmp_path, "select count(*) from papers") == [(2,)]
    (kept,) = home.previous.glob("*.duckdb")
    with duckdb.connect(str(kept), read_only=True) as connection:
        assert connection.execute("select one from mine").fetchall() == [(1,)]


def test_a_log_without_its_file_does_not_stay_beside_the_new_one(bench, tmp_path):
    (tmp_path / "paperhouse.duckdb.wal").write_bytes(b"left over")
    bench.publish(tmp_path, [bench.digest([bench.entry()], DAY_1)])
    assert not (tmp_path / "paperhouse.duckdb.wal").exists()


def test_the_engine_spills_nothing_into_the_working_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "work").mkdir()
    with draft._open_for_writing(tmp_path / "work" / "x.duckdb") as connection:
        ((spill,),) = connection.execute("select current_setting('temp_directory')").fetchall()
    assert Path(spill) == tmp_path / "work"


def test_scrap_may_already_be_gone(tmp_path):
    delete_folder(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()
