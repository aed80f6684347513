"""Whatever goes wrong with one file, in whatever step, costs that file alone; it is named, with what to do."""

import json
import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from paperhouse.flows.load import part as parts
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
    [*((step, ERRORS[0]) for step in STEPS), *(("recognise", error) for error in ERRORS[1:])],
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


@pytest.mark.parametrize("error", [ERRORS[0], MemoryError()], ids=repr)
def test_an_error_on_the_way_to_the_bytes_leaves_that_file_out(bench, folder, tmp_path, monkeypatch, error):
    home = tmp_path / "home"
    choking(monkeypatch, sys.modules["paperhouse.flows.load.parse"], "read_file", error)
    assert_only_the_bad_file_is_lost(bench, home, bench.ingest(home, folder), is_reject=False)
    monkeypatch.undo()
    assert bench.ingest(home, folder).n_digests == 1


@pytest.mark.parametrize("error", [ERRORS[0], pl.exceptions.PanicException("panicked")], ids=repr)
def test_an_error_in_framing_leaves_that_file_out(bench, folder, tmp_path, monkeypatch, error):
    home = tmp_path / "home"
    choking(monkeypatch, parts, "statement_frames", error, lambda digests, _: "3-Apr" in str(digests))
    assert_only_the_bad_file_is_lost(bench, home, bench.ingest(home, folder), is_reject=False)
    monkeypatch.undo()
    assert bench.ingest(home, folder).n_digests == 1


@pytest.mark.parametrize(
    "error",
    [pl.exceptions.ComputeError("no"), pl.exceptions.PanicException("panicked"), ValueError("no")],
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
paperhouse.flows.load.read.PARALLEL_BYTES = paperhouse.flows.load.workers.PARALLEL_BYTES = 100
paperhouse.flows.load.read.CHUNK_BYTES = 400
from paperhouse.transforms import read_digest as digest_reader
original = digest_reader.decode
def decode(content):
    if b"POISON" in content:
        {act}
    return original(content)
digest_reader.decode = decode
"""


def ingest_sabotaged(tmp_path, folder, act) -> tuple[subprocess.CompletedProcess, dict]:
    """Run a load with two workers, in which this happens in whatever process decodes the bad file."""
    place = tmp_path / "site"
    place.mkdir()
    (place / "sitecustomize.py").write_text(SABOTAGE.format(act=act))
    environment = {**os.environ, "PYTHONPATH": str(place), "PAPERHOUSE_WORKERS": "2"}
    done = subprocess.run(
        [sys.executable, "-m", "paperhouse.flows.cli.main", "ingest", str(folder), "--home", str(tmp_path / "home"), "--json"],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done, json.loads(done.stdout)


def test_an_error_in_a_worker_costs_that_file_alone(folder, tmp_path):
    _, summary = ingest_sabotaged(tmp_path, folder, "raise ValueError('choked')")
    assert summary["n_digests"] == N_GOOD
    (problem,) = summary["problems"]
    assert f"{BAD}: cannot be read (ValueError: choked)" in problem
