"""Whatever goes wrong with one file, in whatever step, costs that file alone; it is named, with what to do."""

import json
import os
import re
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl
import pytest

from paperhouse.flows.load import part as parts
from paperhouse.flows.load import workers
from paperhouse.flows.load.pipeline import rebuild
from paperhouse.flows.load.workers import start_workers
from paperhouse.flows.sources import archives
from paperhouse.flows.sources.files import FoundFile
from paperhouse.transforms import read_digest as digest_reader
from paperhouse.warehouse.storage import packages

POISON = "POISON"
SECTION = """# {title}

**Authors**: Ann Lee

**Link**: [PDF](https://arxiv.org/pdf/2504.{number:05d})

**Abstract**: Words.

---
"""
N_GOOD = 5


@pytest.fixture
def folder(tmp_path) -> Path:
    """Good digests, and among them one that somebody is going to choke on."""
    root = tmp_path / "in"
    for number in range(1, N_GOOD + 2):
        path = root / f"{number}-Apr-2025" / "AI" / "README.md"
        path.parent.mkdir(parents=True)
        title = POISON if number == 3 else f"Paper {number}"
        path.write_text(SECTION.format(title=title, number=number))
    return root


BAD = "3-Apr-2025/AI/README.md"


def _is_bad(*values: object) -> bool:
    return any(
        (isinstance(value, bytes) and POISON.encode() in value)
        or (isinstance(value, str) and POISON in value)
        or (isinstance(value, FoundFile) and "3-Apr" in value.place.path)
        for value in values
    )


ERRORS = [
    ValueError("choked on \ud800"),
    KeyError("x"),
    RecursionError("deep"),
    MemoryError(),
    AssertionError(),
]


def choking(monkeypatch, module, name, error, is_bad=_is_bad):
    """Let a function of a module raise for the bad file."""
    original = getattr(module, name)

    def choke(*arguments, **facts):
        if is_bad(*arguments):
            raise error
        return original(*arguments, **facts)

    monkeypatch.setattr(module, name, choke)


def assert_only_the_bad_file_is_lost(bench, home, summary, *, is_reject):
    assert bench.rows(home, "select count(*) from papers") == [(N_GOOD,)]
    rejects = bench.rows(home, "select path, reason from rejects join digests using (digest_id)")
    if is_reject:
        assert rejects == [(BAD, "parser_fault")]
        (told,) = summary.warnings
    else:
        assert rejects == []
        (told,) = map(str, summary.problems)
    assert BAD in told
    assert "report it with the file" in told or "free memory" in told
    told.encode()


STEPS = ["decode", "recognise", "repair_parsed", "_independent_count", "_account"]


@pytest.mark.parametrize(
    ("step", "error"),
    [
        *((step, ERRORS[0]) for step in STEPS),
        *(("recognise", error) for error in ERRORS[1:4]),
        pytest.param("recognise", ERRORS[4], marks=pytest.mark.slow),
    ],
    ids=repr,
)
def test_an_error_in_a_step_of_reading_makes_a_reject_of_that_file(bench, folder, monkeypatch, step, error):
    home = folder.parent / "home"
    takes_bytes_or_text_first = step in ("decode", "recognise")
    is_bad = _is_bad if takes_bytes_or_text_first else lambda _, text, **__: _is_bad(text)
    choking(monkeypatch, digest_reader, step, error, is_bad)
    summary = bench.ingest(home, folder)
    # What cannot even be decoded or counted gives no reject either: it is left out, and read again next time.
    is_reject = step not in ("decode", "_account") and not isinstance(error, MemoryError)
    assert_only_the_bad_file_is_lost(bench, home, summary, is_reject=is_reject)


@pytest.mark.parametrize("error", [pytest.param(ERRORS[0], marks=pytest.mark.slow), MemoryError()], ids=repr)
def test_an_error_on_the_way_to_the_bytes_leaves_that_file_out(bench, folder, tmp_path, monkeypatch, error):
    home = tmp_path / "home"
    choking(monkeypatch, sys.modules["paperhouse.flows.load.parse"], "read_file", error)
    assert_only_the_bad_file_is_lost(bench, home, bench.ingest(home, folder), is_reject=False)
    monkeypatch.undo()
    assert bench.ingest(home, folder).n_digests == 1


@pytest.mark.parametrize(
    "error",
    [pytest.param(ERRORS[0], marks=pytest.mark.slow), pl.exceptions.PanicException("panicked")],
    ids=repr,
)
def test_an_error_in_framing_leaves_that_file_out(bench, folder, tmp_path, monkeypatch, error):
    home = tmp_path / "home"
    choking(monkeypatch, parts, "statement_frames", error, lambda digests, _: "3-Apr" in str(digests))
    assert_only_the_bad_file_is_lost(bench, home, bench.ingest(home, folder), is_reject=False)
    monkeypatch.undo()
    assert bench.ingest(home, folder).n_digests == 1


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(pl.exceptions.ComputeError("no"), marks=pytest.mark.slow),
        pl.exceptions.PanicException("panicked"),
        pytest.param(ValueError("no"), marks=pytest.mark.slow),
    ],
    ids=repr,
)
def test_an_error_in_packaging_leaves_that_file_out(bench, folder, tmp_path, monkeypatch, error):
    home = tmp_path / "home"
    choking(
        monkeypatch, packages, "_sorted", error, lambda frame: POISON in str(frame.to_dict(as_series=False))
    )
    assert_only_the_bad_file_is_lost(bench, home, bench.ingest(home, folder), is_reject=False)
    monkeypatch.undo()
    assert bench.ingest(home, folder).n_digests == 1
    assert [str(fault) for fault in _faults(home)] == []


def _faults(home):
    from paperhouse.warehouse.maintain.verify import verify
    from paperhouse.warehouse.storage.home import Home

    return list(verify(Home(home)))


def test_a_full_disk_is_no_fault_of_a_file(bench, folder, tmp_path, monkeypatch):
    choking(monkeypatch, packages, "write_parquet", OSError(28, "No space left on device"), lambda *_: True)
    with pytest.raises(OSError, match="No space left"):
        bench.ingest(tmp_path / "home", folder)


def test_an_archive_at_which_its_reader_fails_leaves_the_other_files(bench, folder, tmp_path, monkeypatch):
    (folder / "x.zip").write_bytes(b"PK")
    choking(monkeypatch, archives, "_open_members", ZeroDivisionError("no"), lambda *_: True)
    summary = bench.ingest(tmp_path / "home", folder)
    assert summary.n_digests == N_GOOD + 1
    (problem,) = summary.problems
    assert "x.zip: is damaged after 0 members (no)" in str(problem)


SABOTAGE = """
import os
import paperhouse.flows.load.read
import paperhouse.flows.load.workers
import paperhouse.flows.load.work_limit
paperhouse.flows.load.read.PARALLEL_BYTES = paperhouse.flows.load.workers.PARALLEL_BYTES = 100
paperhouse.flows.load.read.CHUNK_BYTES = 400
paperhouse.flows.load.work_limit._GRACE_SECONDS = 1
from paperhouse.transforms import read_digest
original = read_digest.{step}
def {step}(given, *more):
    if {poison!r} in given:
        {act}
    return original(given, *more)
read_digest.{step} = {step}
"""


def ingest_sabotaged(folder, act, step="recognise", **settings) -> dict:
    """Run a load with two workers, in which this happens in whatever process takes that step with the bad file."""
    place = folder.parent / "site"
    place.mkdir()
    poison = POISON.encode() if step == "decode" else POISON
    (place / "sitecustomize.py").write_text(SABOTAGE.format(act=act, step=step, poison=poison))
    environment = {**os.environ, "PYTHONPATH": str(place), "PAPERHOUSE_WORKERS": "2", **settings}
    home = folder.parent / "home"
    done = subprocess.run(
        [sys.executable, "-m", "paperhouse.flows.cli.main", "ingest", str(folder), "--home", str(home), "--json"],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def rejects_of(bench, home):
    return bench.rows(home, "select path, reason from rejects join digests using (digest_id)")


@pytest.mark.slow
def test_an_error_in_a_worker_costs_that_file_alone(bench, folder, tmp_path):
    summary = ingest_sabotaged(folder, "raise ValueError('choked')")
    assert (summary["n_digests"], summary["problems"]) == (N_GOOD + 1, [])
    assert rejects_of(bench, tmp_path / "home") == [(BAD, "parser_fault")]


KILL = "import signal; os.kill(os.getpid(), signal.SIGKILL)"
SEARCH_FOR_EVER = "import re; re.match(r'(a+)+b', 'a' * 100)"
COMPUTE_DEAF = (
    "import signal; signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGVTALRM])\n        while True: pass"
)


def test_a_file_over_which_workers_die_is_left_out_and_the_others_load(bench, folder, tmp_path):
    summary = ingest_sabotaged(folder, KILL)
    assert summary["n_digests"] == N_GOOD
    (problem,) = summary["problems"]
    told = f"{folder / BAD}: ended the process that read it (by signal 9); the other files are loaded"
    assert problem.startswith(told)
    assert bench.rows(tmp_path / "home", "select count(*) from papers") == [(N_GOOD,)]
    assert _faults(tmp_path / "home") == []
    assert bench.ingest(tmp_path / "home", folder).n_digests == 1


def test_a_search_that_does_not_end_is_ended_and_the_file_is_a_reject(bench, folder, tmp_path):
    summary = ingest_sabotaged(folder, SEARCH_FOR_EVER, PAPERHOUSE_MAX_FILE_SECONDS="0.5")
    assert summary["n_digests"] == N_GOOD + 1
    (warning,) = summary["warnings"]
    assert BAD in warning
    assert "reading took more than 0.5 s of computing and was ended" in warning
    assert "raise PAPERHOUSE_MAX_FILE_SECONDS" in warning
    assert rejects_of(bench, tmp_path / "home") == [(BAD, "over_limit")]


@pytest.mark.slow
def test_a_file_that_cannot_even_be_decoded_in_time_is_left_out(folder):
    summary = ingest_sabotaged(folder, SEARCH_FOR_EVER, "decode", PAPERHOUSE_MAX_FILE_SECONDS="0.3")
    assert summary["n_digests"] == N_GOOD
    (problem,) = summary["problems"]
    assert f"{BAD}: takes more than 0.3 s of computing to decode" in problem


@pytest.mark.slow
def test_work_that_looks_at_no_signal_is_ended_in_a_worker(bench, folder, tmp_path):
    summary = ingest_sabotaged(folder, COMPUTE_DEAF, PAPERHOUSE_MAX_FILE_SECONDS="0.5")
    assert summary["n_digests"] == N_GOOD + 1
    assert rejects_of(bench, tmp_path / "home") == [(BAD, "over_limit")]
    assert _faults(tmp_path / "home") == []


@pytest.fixture
def endless(monkeypatch):
    """In this process, a search for the format of the bad file that does not end."""
    original = digest_reader.recognise

    def search(text, *more):
        if POISON in text:
            re.match(r"(a+)+b", "a" * 100)
        return original(text, *more)

    monkeypatch.setattr(digest_reader, "recognise", search)


@pytest.mark.usefixtures("endless")
def test_the_limit_holds_in_this_process_and_a_known_file_costs_nothing(bench, folder, tmp_path):
    before = signal.getsignal(signal.SIGVTALRM)
    assert bench.ingest(tmp_path / "home", folder, max_file_seconds=0.2).n_digests == N_GOOD + 1
    assert rejects_of(bench, tmp_path / "home") == [(BAD, "over_limit")]
    assert signal.getsignal(signal.SIGVTALRM) is before
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0.0, 0.0)
    assert bench.ingest(tmp_path / "home", folder, max_file_seconds=0.2).n_known == N_GOOD + 1


def test_where_this_thread_cannot_be_ended_a_worker_reads(bench, folder, tmp_path, monkeypatch):
    started = []
    monkeypatch.setattr(
        workers, "start_workers", lambda number: started.append(number) or start_workers(number)
    )
    with ThreadPoolExecutor(1) as pool:
        summary = pool.submit(bench.ingest, tmp_path / "home", folder).result()
    assert summary.n_digests == N_GOOD + 1
    assert started == [1]


OWN_FAULTS = [
    NameError("name 'x' is not defined"),
    ImportError("no such module"),
    AttributeError("module 're' has no attribute 'x'", name="x", obj=re),
    TypeError("decode() got an unexpected keyword argument 'x'"),
]


@pytest.mark.parametrize("error", OWN_FAULTS, ids=repr)
@pytest.mark.parametrize("module", [digest_reader, parts], ids=["reading", "framing"])
def test_an_error_that_no_file_can_cause_stops_the_load(bench, folder, monkeypatch, module, error):
    step, is_bad = ("decode", _is_bad) if module is digest_reader else ("statement_frames", lambda *_: True)
    choking(monkeypatch, module, step, error, is_bad)
    with pytest.raises(type(error)):
        bench.ingest(folder.parent / "home", folder)
    assert not (folder.parent / "home" / "paperhouse.duckdb").exists()


def test_a_missing_attribute_of_a_value_is_no_fault_of_the_code(bench, folder, monkeypatch):
    error = AttributeError("'NoneType' object has no attribute 'end'", name="end", obj=None)
    choking(monkeypatch, digest_reader, "recognise", error)
    assert bench.ingest(folder.parent / "home", folder).n_rejects == 1


def test_what_one_version_fails_to_read_the_next_reads_in_its_place(bench, folder, tmp_path, monkeypatch):
    home, sound = tmp_path / "home", tmp_path / "sound"
    with monkeypatch.context() as broken:
        choking(broken, digest_reader, "recognise", ValueError("no"))
        bench.ingest(home, folder)
        assert bench.ingest(home, folder).n_known == N_GOOD + 1
        broken.setattr("paperhouse.flows.load.session.version", lambda _: "0.0.2")
        assert bench.ingest(home, folder).n_known == N_GOOD + 1  # read again, with the same outcome
    monkeypatch.setattr("paperhouse.flows.load.session.version", lambda _: "0.0.3")
    summary = bench.ingest(home, folder)
    assert (summary.n_known, summary.n_digests, summary.n_digests_forgotten) == (N_GOOD, 1, 1)
    assert bench.rows(home, "select count(*) from papers") == [(N_GOOD + 1,)]
    assert bench.rows(home, "select count(*) from rejects") == [(0,)]
    assert bench.ingest(home, folder).n_known == N_GOOD + 1
    assert _faults(home) == []
    before = bench.hash_of(home)
    rebuild(home)
    assert bench.hash_of(home) == before
    bench.loaded(sound, folder)
    digests = "select digest_id, n_entries from digests order by all"
    assert bench.rows(home, digests) == bench.rows(sound, digests)
