import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from paperhouse.flows.load import pipeline
from paperhouse.flows.load import session as load_module
from paperhouse.flows.load.discover import batches, find_inputs
from paperhouse.flows.load.pipeline import run_load
from paperhouse.flows.load.plan import Plan, plan_load
from paperhouse.flows.load.read import read_batch
from paperhouse.flows.load.session import open_load
from paperhouse.flows.load.workers import start_workers
from paperhouse.flows.settings import Folder, Settings
from paperhouse.flows.sources.files import find_files
from paperhouse.flows.sources.reference import read_categories
from paperhouse.flows.sources.seeds import seed_digests
from paperhouse.transforms.errors import BusyError, InputError
from paperhouse.transforms.formats import format_named
from paperhouse.transforms.read_digest import DigestDefaults
from paperhouse.transforms.tables import Categories
from paperhouse.warehouse.read.ledger import read_ledger

SECTION = """# {title}

**Authors**: Ann Lee

**Link**: [PDF](https://arxiv.org/pdf/{arxiv_id})

**Abstract**: Words.

---
"""


def write(path: Path, *arxiv_ids: str, title: str = "A title") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(SECTION.format(arxiv_id=one, title=title) for one in arxiv_ids))
    return path


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "digests"
    write(root / "8-Apr-2025/AI/README.md", "2504.00001", "2504.00002")
    write(root / "9-Apr-2025/AI/README.md", "2504.00003")
    return root


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


def test_the_seeds_come_to_what_they_are_known_to_hold(bench, seed_home, tmp_path):
    summary = bench.ingest(tmp_path / "home", seed_digests())
    assert (summary.n_files, summary.n_digests, summary.n_entries, summary.n_rejects) == (3, 3, 55, 0)
    assert (summary.n_papers_new, summary.n_papers_changed, summary.n_repairs) == (54, 0, 1)
    assert summary.n_lines == summary.n_lines_accounted > 0
    assert (summary.problems, summary.warnings, summary.no_digests) == ([], [], [])
    per_digest = bench.rows(seed_home, "select n_entries from digests order by path")
    assert per_digest == [(13,), (33,), (9,)]


def test_a_paper_in_two_seeds_keeps_the_real_url(bench, seed_home):
    query = "select abstract, n_listings, n_variants from papers where arxiv_id = '2504.04178'"
    ((abstract, n_listings, n_variants),) = bench.rows(seed_home, query)
    assert (n_listings, n_variants) == (2, 2)
    assert "https://" in abstract
    assert "this https URL" not in abstract


def test_seeds_are_dated_by_heading_or_not_at_all(bench, seed_home):
    dates = bench.rows(seed_home, "select left(path, 3), digest_date, date_source from digests order by path")
    assert dates == [("000", date(2025, 4, 30), "heading"), ("002", None, None), ("004", None, None)]


def test_the_broken_encoding_of_a_seed_is_repaired_and_recorded(bench, seed_home):
    query = (
        "select field, before, after from repairs join entries using (digest_id, position) "
        "where arxiv_id = '2503.09003'"
    )
    ((field, before, after),) = bench.rows(seed_home, query)
    assert field == "abstract"
    assert "vis-Ã\xa0-vis" in before
    assert "vis-à-vis" in after
    ((abstract,),) = bench.rows(seed_home, "select abstract from papers where arxiv_id = '2503.09003'")
    assert "vis-à-vis" in abstract
    assert "Ã" not in abstract


def test_a_repair_can_be_switched_off(bench, home):
    summary = bench.ingest(home, seed_digests(), is_repairing=False)
    assert summary.n_repairs == 0
    ((abstract,),) = bench.rows(home, "select abstract from papers where arxiv_id = '2503.09003'")
    assert "vis-Ã\xa0-vis" in abstract


def test_running_again_changes_nothing_and_says_so(bench, seed_copy):
    before = bench.files_of(seed_copy)
    summary = bench.ingest(seed_copy, seed_digests())
    assert (summary.is_changed, summary.n_known, summary.n_digests) == (False, 3, 0)
    assert bench.files_of(seed_copy) == before


@pytest.mark.parametrize(
    "content", [b"", b"# T\n\n**Authors**: A\n\n**Link**: [PDF](https://arxiv.org/pdf/2504.00001)\n"]
)
def test_copies_of_one_digest_are_one_and_known_the_next_time(bench, home, tmp_path, content):
    for name in ("b.md", "a.md", "z/c.md"):
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_bytes(content)
    first = bench.ingest(home, tmp_path / "in")
    assert (first.n_digests, first.n_lines, first.n_lines_accounted) == (
        1,
        content.count(b"\n"),
        content.count(b"\n"),
    )
    again = bench.ingest(home, tmp_path / "in")
    assert (again.is_changed, again.n_known) == (False, 3)
    assert bench.rows(home, "select path from digests") == [("a.md",)]


def test_copies_in_several_batches_are_one(bench, home, tmp_path):
    for name in ("b.md", "a.md"):
        write(tmp_path / "in" / name, "2504.00001")
    summary = bench.ingest(home, tmp_path / "in", batch_bytes=1)
    assert (summary.n_digests, summary.n_entries, summary.n_lines_accounted) == (1, 1, summary.n_lines)


def test_repairs_of_copies_are_counted_once(bench, home, tmp_path):
    for name in ("a.md", "b.md"):
        write(tmp_path / "in" / name, "2504.00001", title="vis-Ã\xa0-vis")
    assert bench.ingest(home, tmp_path / "in", batch_bytes=1).n_repairs == 1
    assert bench.rows(home, "select count(*) from repairs") == [(1,)]


@pytest.mark.parametrize(
    ("said", "column"),
    [
        ({"source": "lab"}, "source"),
        ({"list_name": "AI"}, "list_name"),
        ({"digest_date": date(2025, 4, 8)}, "digest_date"),
    ],
    ids=["source", "list", "date"],
)
def test_what_the_user_says_later_is_taken_up_once(bench, home, tmp_path, said, column):
    path = write(tmp_path / "in" / "a.md", "2504.00001")
    bench.ingest(home, path.parent)
    assert bench.ingest(home, path.parent, **said).is_changed
    assert (next(iter(said.values())),) in bench.rows(home, f"select {column} from digests")
    for facts in (said, {}, said):
        assert not bench.ingest(home, path.parent, **facts).is_changed


def test_a_date_that_was_given_wrong_can_be_given_again(bench, home, tmp_path):
    path = write(tmp_path / "in" / "a.md", "2504.00001")
    bench.ingest(home, path.parent, digest_date=date(2024, 4, 8))
    bench.ingest(home, path.parent, digest_date=date(2025, 4, 8))
    days = bench.rows(home, "select digest_date, date_source from digests order by 1")
    assert days == [(date(2024, 4, 8), "option"), (date(2025, 4, 8), "option")]


def test_a_date_of_the_path_is_not_asked_about_again(bench, home, folder):
    bench.ingest(home, folder)
    assert not bench.ingest(home, folder, digest_date=date(2024, 1, 1)).is_changed


def test_new_content_at_a_known_place_is_a_new_digest(bench, home, folder):
    bench.ingest(home, folder)
    write(folder / "9-Apr-2025/AI/README.md", "2504.00003", "2504.00004")
    summary = bench.ingest(home, folder)
    assert (summary.n_digests, summary.n_known, summary.n_papers_new, summary.n_papers_changed) == (
        1,
        1,
        1,
        0,
    )
    assert bench.rows(home, "select count(*) from digests") == [(3,)]


def test_a_folder_and_one_of_its_files_are_the_same_digests(bench, home, folder, monkeypatch):
    bench.ingest(home, folder)
    monkeypatch.chdir(folder.parent)
    assert not bench.ingest(home, folder / "8-Apr-2025" / "AI" / "README.md").is_changed


def test_batches_keep_the_order_and_a_large_file_is_alone(tmp_path):
    for name, size in (("a", 5), ("b", 5), ("c", 50), ("d", 1), ("e", 1)):
        (tmp_path / name).write_bytes(b"x" * size)
    found = [(file, DigestDefaults()) for file in find_files([tmp_path])[0]]
    names = [[file.place.path for file, _ in batch] for batch in batches(found, 10)]
    assert names == [["a", "b"], ["c"], ["d", "e"]]
    assert list(batches([], 10)) == []
    (tmp_path / "c").unlink()
    assert len(list(batches(found, 100))) == 1


def test_files_that_are_no_digests_or_cannot_be_read_are_named_and_stop_nothing(bench, home, folder):
    (folder / "LICENSE").write_text("Permission is hereby granted")
    (folder / "big.md").write_bytes(b"x" * 100_000)
    (folder / "out.md").symlink_to("/etc/hostname")
    (folder / "unknown.md").write_text("see arXiv:2504.00009\n")
    summary = bench.ingest(home, folder, max_file_bytes=50_000)
    assert (summary.n_digests, summary.n_rejects, summary.n_no_digest) == (3, 1, 1)
    assert summary.no_digests == ["LICENSE"]
    assert [Path(problem.path).name for problem in summary.problems] == ["out.md", "big.md"]
    assert json.loads(json.dumps(summary.to_json()))["problems"] == [
        str(problem) for problem in summary.problems
    ]


def test_a_parser_at_fault_makes_its_file_one_reject_and_is_told(bench, home, folder, monkeypatch):
    def fail(_):
        msg = "oh"
        raise ValueError(msg)

    broken = replace(format_named("reporter"), parse=fail)
    monkeypatch.setattr("paperhouse.transforms.read_digest.formats_in_order", lambda _: (broken,))
    summary = bench.ingest(home, folder)
    assert (summary.n_digests, summary.n_entries, summary.n_rejects) == (2, 0, 2)
    assert "parser of reporter failed (ValueError: oh); it is one reject" in summary.warnings[0]


def test_linked_identifiers_that_no_entry_names_are_a_warning(bench, home, folder):
    path = folder / "8-Apr-2025/AI/README.md"
    path.write_text(
        path.read_text().replace("Words.", "Words, see [x](https://arxiv.org/abs/2401.00001).", 1)
    )
    (warning,) = bench.ingest(home, folder).warnings
    assert warning.startswith(
        "8-Apr-2025/AI/README.md: 1 of 3 linked arXiv identifiers are in no entry and no reject"
    )


def test_progress_is_told_after_each_file(home, folder):
    (folder / "LICENSE").write_text("no")
    told = []
    plan = Plan(home=home, inputs=((folder, DigestDefaults()),))
    run_load(plan, lambda *counts: told.append(counts))
    assert [counts[1:] for counts in told] == [(0, 0), (2, 0), (1, 0)]
    assert sum(counts[0] for counts in told) == sum(
        path.stat().st_size for path in folder.rglob("*") if path.is_file()
    )


def test_the_steps_can_be_taken_one_by_one(home, folder):
    with open_load(Plan(home=home, inputs=((folder, DigestDefaults()),))) as load:
        found = find_inputs(load)
        assert read_batch(load, found[:1]) == 1
        assert read_batch(load, found[1:]) == 1
        summary = pipeline.publish_load(load)
    assert (summary.n_digests, summary.n_entries) == (2, 3)


def test_a_load_in_progress_keeps_others_out(home, folder, bench):
    with open_load(Plan(home=home, inputs=())), pytest.raises(BusyError):
        bench.ingest(home, folder)


@pytest.mark.parametrize("name", ["file", "a?b"])
def test_a_home_that_cannot_be_one_is_named(bench, tmp_path, folder, name):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="give another --home"):
        bench.ingest(tmp_path / name, folder)


def test_load_ids_rise_even_when_the_clock_goes_back(bench, home, folder, monkeypatch):
    class Clock(datetime):
        moment = datetime(2025, 4, 8, 12, tzinfo=UTC)

        @classmethod
        def now(cls, tz=None):  # noqa: ARG003 - the signature is datetime's
            cls.moment -= timedelta(days=1)
            return cls.moment

    monkeypatch.setattr(load_module, "datetime", Clock)
    ids = []
    for number in range(3):
        write(folder / f"{number}.md", f"2505.0000{number}")
        ids.append(bench.ingest(home, folder).load_id)
    assert ids == sorted(ids)
    assert len({one.partition("-")[0] for one in ids}) == 3
    assert read_ledger(home / "paperhouse.duckdb").load_ids == set(ids)
    before = bench.hash_of(home)
    pipeline.rebuild(home)
    assert bench.hash_of(home) == before


def test_a_plan_reads_paths_else_the_configured_folders_else_the_seeds(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = DigestDefaults(source="mine")
    folders = [Folder(path=Path("a"), source="lab", list="AI"), Folder(path=Path("b"))]
    plain, configured = Settings(home=Path("h")), Settings(home=Path("h"), folders=folders)
    assert plan_load([Path("x")], configured, said).inputs == ((Path("x"), said),)
    assert plan_load([], configured, DigestDefaults()).inputs == (
        (Path("a"), DigestDefaults(None, "AI", "lab")),
        (Path("b"), DigestDefaults()),
    )
    assert [stated.source for _, stated in plan_load([], configured, said).inputs] == ["mine", "mine"]
    assert plan_load([], plain, said).inputs == ((seed_digests(), said),)


def test_the_reference_table_is_that_of_its_file(seed_home, bench):
    categories = read_categories()
    assert categories["category"].is_unique().all()
    assert bench.rows(seed_home, "select count(*) from categories") == [(categories.height,)]
    assert categories.columns == list(Categories.columns())


def test_parsing_in_workers_gives_what_one_process_gives(bench, tmp_path, monkeypatch):
    folder = tmp_path / "digests"
    for day in range(1, 9):
        write(folder / f"{day}-Apr-2025/AI/README.md", *(f"2504.{day:02}{n:03}" for n in range(20)))
    (folder / "LICENSE").write_text("no digest")
    monkeypatch.setattr("paperhouse.flows.load.read.PARALLEL_BYTES", 1)
    monkeypatch.setattr("paperhouse.flows.load.read.CHUNK_BYTES", 4000)
    alone = bench.ingest(tmp_path / "one", folder, workers=1)
    shared = bench.ingest(tmp_path / "two", folder, workers=2)
    assert shared.n_entries == 160
    assert (shared.n_entries, shared.n_no_digest) == (alone.n_entries, alone.n_no_digest)
    assert bench.hash_of(tmp_path / "one") == bench.hash_of(tmp_path / "two")


def test_workers_keep_the_working_folder_off_their_path_and_leave_the_environment_alone(monkeypatch):
    monkeypatch.delenv("PYTHONSAFEPATH", raising=False)
    before = dict(os.environ)
    with start_workers(1) as workers:
        assert dict(os.environ) == before
        assert workers.submit(os.getenv, "PYTHONSAFEPATH").result() == "1"
    monkeypatch.setenv("PYTHONSAFEPATH", "yes")
    with start_workers(1):
        assert os.environ["PYTHONSAFEPATH"] == "yes"


def test_workers_end_with_the_process_that_started_them(tmp_path):
    code = (
        "import os, time\n"
        "from paperhouse.flows.load.workers import start_workers\n"
        "if __name__ == '__main__':\n"
        "    workers = start_workers(2)\n"
        "    pids = set(workers.map(_pid, range(8)))\n"
        "    print(*pids, flush=True)\n"
        "    time.sleep(60)\n"
    ).replace("if __name__", "def _pid(_):\n    time.sleep(0.05)\n    return os.getpid()\nif __name__", 1)
    script = tmp_path / "parent.py"
    script.write_text(code)
    root = str(Path(__file__).parents[3])
    environment = {**os.environ, "PYTHONPATH": f"{root}{os.pathsep}{tmp_path}"}
    with subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, text=True, env=environment
    ) as parent:
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        parent.kill()
    deadline = time.monotonic() + 20
    while any(Path(f"/proc/{pid}").exists() for pid in pids):
        assert time.monotonic() < deadline, "workers outlived their parent"
        time.sleep(0.1)
    assert pids


def test_a_load_goes_on_without_workers_that_were_killed(bench, tmp_path, monkeypatch):
    folder = tmp_path / "digests"
    for day in range(1, 9):
        write(folder / f"{day}-Apr-2025/AI/README.md", *(f"2504.{day:02}{n:03}" for n in range(20)))
    monkeypatch.setattr("paperhouse.flows.load.read.PARALLEL_BYTES", 1)

    def start_and_kill(number):
        workers = start_workers(number)
        workers.submit(os.getpid).result()
        for process in workers._processes.values():
            process.kill()
        return workers

    for module in ("read", "workers"):
        monkeypatch.setattr(f"paperhouse.flows.load.{module}.start_workers", start_and_kill)
    assert bench.ingest(tmp_path / "home", folder, workers=2).n_entries == 160
