"""Ten processes at one home at the same time, killed at random: every state is sound, and nothing is lost at the end.

`STORM_SECONDS` says how long; ten minutes if nothing does. What is asserted does not depend on the machine's
load: a command that was not killed ends as it should, every read sees whole digests, and when the storm is over one more
load holds exactly what a home without a storm does.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import duckdb
import pytest

from paperhouse.warehouse.maintain.verify import verify
from paperhouse.warehouse.storage.home import Home
from paperhouse.warehouse.write.content_hash import content_hash

SECONDS = float(os.environ.get("STORM_SECONDS", "600"))
PAPERHOUSE = Path(sys.executable).with_name("paperhouse")
PAPERS_A_DIGEST = 5
KILLED_SHARE = 0.35
STOPPED = "stopped by the storm"
SOUND = """
    select
        (select count(*) from digests) as n_digests,
        (select count(*) from papers) as n_papers,
        (select count(distinct arxiv_id) from listings) as n_listed,
        (select count(*) from digests where n_entries <> 5) as n_odd,
        (
            select count(*)
            from digests
            where n_entries <> (select count(*) from listings where listings.digest_id = digests.digest_id)
        ) as n_torn
"""
UNPUBLISHED = "was never published; the next load brings it in"
"""What `verify` says of a load that was killed between its package and its swap."""
PASSING = (UNPUBLISHED, "missing; the live file still holds what it brought", "is no load package")
"""What `verify` may say while another process publishes or restores: it looks at one thing after another."""


@dataclass
class Storm:
    """A home, the folder that it is loaded from, and what was seen of it."""

    root: Path
    environment: dict[str, str]
    random: Random = field(default_factory=lambda: Random(15))
    counts: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)
    n_written: int = 0

    @property
    def home(self) -> Path:
        return self.root / "home"

    @property
    def inbox(self) -> Path:
        return self.root / "inbox"

    def write_digest(self, write) -> None:
        """Put a new digest into the inbox at once; some of its papers were listed before."""
        with self.lock:
            self.n_written += 1
            number = self.n_written
            ids = self.random.sample(range(1, 120), PAPERS_A_DIGEST)
        papers = [
            (f"2504.{one:05d}", f"Paper {one}, as worded in {number}", "Ann Lee, Bob Ray") for one in ids
        ]
        day = f"{1 + number % 28}-Apr-{2000 + number // 28}"
        draft = write(self.root / "drafts" / f"{number}.md", papers)
        place = self.inbox / day / f"L{number % 3}" / "README.md"
        place.parent.mkdir(parents=True, exist_ok=True)
        draft.replace(place)

    def run(self, *arguments: object, is_killable: bool = True) -> tuple[int, str, str]:
        """Run a command, and perhaps kill it with all it started; its exit code and what it wrote."""
        with self.lock:
            is_killed = is_killable and self.random.random() < KILLED_SHARE
            patience = self.random.uniform(0.1, 4.0)
        process = subprocess.Popen(
            [PAPERHOUSE, *map(str, arguments), "--home", str(self.home)],
            env=self.environment,
            cwd=self.root,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        if is_killed:
            self.over.wait(patience)
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
        out, err = process.communicate()
        with self.lock:
            self.counts[
                "killed" if process.returncode == -signal.SIGKILL else f"{arguments[0]} {process.returncode}"
            ] += 1
        if process.returncode == -signal.SIGKILL:
            return process.returncode, "", STOPPED
        return process.returncode, out, err

    def blame(self, what: str) -> None:
        with self.lock:
            self.faults.append(what)
        self.over.set()

    def require(self, command: str, done: tuple[int, str, str], *excuses: str) -> str | None:
        """What a command wrote; None if it was killed or says one of the excuses; else it is a fault."""
        code, out, err = done
        if err == STOPPED:
            return None
        if code == 0:
            return out
        if (
            "Traceback" not in err
            and code == 1
            and err.strip()
            and all(any(excuse in line for excuse in excuses) for line in err.strip().splitlines())
        ):
            return None
        self.blame(f"{command}: exit {code}\n{out[-500:]}\n{err[-2000:]}")
        return None


BUSY = "has been loading since"


def ingest(storm: Storm, write) -> None:
    storm.write_digest(write)
    storm.require("ingest", storm.run("ingest", storm.inbox, "--wait", 60, "--quiet"), BUSY)


def forget(storm: Storm, _) -> None:
    out = storm.require(
        "sql", storm.run("sql", "from digests select digest_id order by all", "--format", "json")
    )
    known = [row["digest_id"] for row in json.loads(out or "[]")]
    if known:
        with storm.lock:
            chosen = storm.random.choice(known)
        storm.require("forget", storm.run("forget", chosen, "--wait", 60), BUSY, "no digest")
    storm.over.wait(3)


def restore(storm: Storm, _) -> None:
    storm.require("restore", storm.run("restore"), BUSY, "holds no previous file")
    storm.over.wait(6)


def rebuild(storm: Storm, _) -> None:
    storm.require("rebuild", storm.run("rebuild", "--wait", 60), BUSY)
    storm.over.wait(3)


def snapshot(storm: Storm, _) -> None:
    folder = storm.root / "copies" / str(time.monotonic_ns())
    folder.parent.mkdir(exist_ok=True)
    out = storm.require("snapshot", storm.run("snapshot", folder))
    if out is not None:
        rows = json.loads((folder / "manifest.json").read_text())["rows"]
        if rows["listings"] != PAPERS_A_DIGEST * rows["digests"]:
            storm.blame(f"a snapshot holds a torn state: {rows}")
    shutil.rmtree(folder, ignore_errors=True)


def check_all(storm: Storm, _) -> None:
    storm.require("verify", storm.run("verify"), *PASSING)


def read_state(storm: Storm, _) -> None:
    out = storm.require("sql", storm.run("sql", SOUND, "--format", "json"))
    if out is None:
        return
    (state,) = json.loads(out)
    with storm.lock:
        storm.counts["states read"] += 1
    if state["n_torn"] or state["n_odd"] or state["n_papers"] != state["n_listed"]:
        storm.blame(f"a reader saw a torn state: {state}")


def read_status(storm: Storm, _) -> None:
    code, out, err = storm.run("status", "--json")
    if err != STOPPED and (code not in (0, 1) or json.loads(out)["tables"]["papers"] < 1):
        storm.blame(f"status: exit {code}\n{err}")


ACTORS: tuple[Callable, ...] = (
    ingest,
    ingest,
    ingest,
    forget,
    restore,
    rebuild,
    snapshot,
    check_all,
    read_state,
    read_status,
)


def act(storm: Storm, actor: Callable, write) -> None:
    while not storm.over.is_set():
        try:
            actor(storm, write)
        except Exception as error:  # noqa: BLE001 - a thread's error is the test's
            storm.blame(f"{actor.__name__}: {error!r}")


@contextmanager
def threads(storm: Storm, write) -> Iterator[None]:
    running = [threading.Thread(target=act, args=(storm, actor, write)) for actor in ACTORS]
    for thread in running:
        thread.start()
    try:
        yield
    finally:
        storm.over.set()
        for thread in running:
            thread.join()


def rows_of(home: Path, query: str) -> list[tuple]:
    with duckdb.connect(str(home / "paperhouse.duckdb"), read_only=True) as connection:
        return connection.execute(query).fetchall()


def hash_of(home: Path) -> str:
    with duckdb.connect(str(home / "paperhouse.duckdb"), read_only=True) as connection:
        return content_hash(connection)


def weather(storm: Storm, write, seconds: float) -> None:
    """A storm of so many seconds over a home of one load."""
    for _ in range(3):
        storm.write_digest(write)
    assert storm.run("ingest", storm.inbox, is_killable=False)[0] == 0
    with threads(storm, write):
        storm.over.wait(seconds)
    assert storm.faults == []


def require_all(storm: Storm) -> None:
    """One more load, and the home is whole: every file is held or was forgotten, as in a home without a storm."""
    code, out, err = storm.run("ingest", storm.inbox, "--wait", 60, "--json", is_killable=False)
    assert code == 0, err
    summary = json.loads(out)
    n_accounted = summary["n_digests"] + summary["n_known"] + summary["n_forgotten_files"]
    assert (summary["n_files"], summary["problems"], summary["n_no_digest"]) == (storm.n_written, [], 0)
    assert n_accounted == storm.n_written
    assert list(verify(Home(storm.home))) == []
    held = {digest_id for (digest_id,) in rows_of(storm.home, "select digest_id from digests")}
    forgotten = {one for (one,) in rows_of(storm.home, "select digest_id from forgotten_digests")}
    assert len(held) + len(forgotten - held) == storm.n_written
    before = hash_of(storm.home)
    assert storm.run("rebuild", is_killable=False)[0] == 0
    assert hash_of(storm.home) == before
    require_same_without_storm(storm, held)


def require_same_without_storm(storm: Storm, held: set[str]) -> None:
    """A home that never saw a storm holds the same rows, once the same digests are forgotten in it."""
    calm = Storm(storm.root / "calm", storm.environment)
    calm.root.mkdir()
    assert calm.run("ingest", storm.inbox, is_killable=False)[0] == 0
    every = {digest_id for (digest_id,) in rows_of(calm.home, "select digest_id from digests")}
    assert held <= every
    if every - held:
        assert calm.run("forget", *sorted(every - held), is_killable=False)[0] == 0
    for table in ("papers", "listings", "paper_authors", "authors", "variant_texts"):
        query = f"from {table} order by all"
        assert rows_of(storm.home, query) == rows_of(calm.home, query), table


@pytest.fixture
def storm(tmp_path, clean_environment) -> Storm:
    return Storm(tmp_path, clean_environment(tmp_path / "prefect"))


@pytest.mark.slow
def test_a_storm_of_ten_processes_leaves_sound_states_and_loses_nothing(storm, write_digest, tell):
    weather(storm, write_digest, SECONDS)
    tell(dict(storm.counts) | {"digests": storm.n_written})
    assert storm.counts["killed"] > 0
    assert storm.counts["states read"] > 0
    require_all(storm)
