"""A published warehouse, a load that comes next, and processes in which that load is disturbed.

Every round starts from a copy of one base home, ends the load in some way, and asks the same of what is left: the
live file is the old or the new state and nothing else, and the next run completes the work without a trace.
"""

import json
import logging
import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from paperhouse.warehouse.maintain.verify import verify
from paperhouse.warehouse.storage.home import Home
from paperhouse.warehouse.storage.packages import MANIFEST
from paperhouse.warehouse.write.content_hash import content_hash

REPOSITORY = Path(__file__).parents[3]
WARM = Path(__file__).with_name("warm.py")
ENVIRONMENT = {
    **{key: text for key, text in os.environ.items() if not key.startswith(("PAPERHOUSE_", "PREFECT_"))},
    "OPENBLAS_NUM_THREADS": "1",
}
SECTION = """# {title}

**Authors**: {authors}

**Link**: [PDF](https://arxiv.org/pdf/{arxiv_id})

**Abstract**: {abstract}

---
"""


def write_digest(path: Path, papers) -> Path:
    """A digest file of (arxiv_id, title, authors) papers."""
    path.parent.mkdir(parents=True, exist_ok=True)
    sections = [
        SECTION.format(arxiv_id=arxiv_id, title=title, authors=authors, abstract=f"On {title}. " * 5)
        for arxiv_id, title, authors in papers
    ]
    path.write_text("\n".join(sections))
    return path


@dataclass
class Running:
    """A command that runs in a process, and a process group, of its own."""

    pid: int
    folder: Path
    warm: "Warm"

    def wait(self) -> int | None:
        """Exit code, negative for a signal; None if the process has stopped instead."""
        return self.warm.ask({"wait": self.pid})[1]

    @property
    def out(self) -> str:
        return (self.folder / "out").read_text()

    @property
    def err(self) -> str:
        return (self.folder / "err").read_text()

    @property
    def has_struck(self) -> bool:
        """Whether the point at which something was to go wrong was reached."""
        return (self.folder / "told").exists()

    def kill(self) -> None:
        """Kill the command and whatever it has started."""
        os.killpg(self.pid, signal.SIGKILL)


class Warm:
    """Starts commands by forking a process that has imported everything.

    `prefix` is what that process itself is started by. Modules that only a load imports are learnt from one, so
    that no fault strikes an import.
    """

    def __init__(self, folder: Path, *prefix: str) -> None:
        self.folder = folder
        self.n_rounds = 0
        self.process = subprocess.Popen(
            [*prefix, sys.executable, str(WARM)],
            env=ENVIRONMENT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def learn(self) -> "Warm":
        """Import what a load imports on its way; returns itself."""
        write_digest(self.folder / "in" / "README.md", [("2504.00009", "Nine", "Ida Noe")])
        names = self.folder / "modules"
        code, running = self.run(
            "ingest", self.folder / "in", "--home", self.folder / "home", modules=str(names)
        )
        assert code == 0, running.err
        self.ask({"import": [name for name in names.read_text().split() if not name.startswith("_")]})
        return self

    def ask(self, request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def start(self, *argv, point=(), limits=None, stopped=False, load_id=None, **more) -> Running:
        """Start `paperhouse ARGV`; `point` is (module, name, before or after, nth call, fault).

        With `load_id` all paths of the load are known before; `stopped` waits for SIGCONT just before it begins.
        """
        self.n_rounds += 1
        folder = self.folder / f"round-{self.n_rounds}"
        folder.mkdir(parents=True)
        request = {
            "argv": list(map(str, argv)),
            "cwd": str(folder),
            "out": str(folder / "out"),
            "err": str(folder / "err"),
            "limits": limits or {},
            "point": [*point, str(folder / "told")] if point else [],
            "stopped": stopped,
            "load_id": load_id,
            **more,
        }
        return Running(self.ask(request), folder, self)

    def run(self, *argv, **more) -> tuple[int, Running]:
        running = self.start(*argv, **more)
        return running.wait(), running

    def wait_any(self) -> list[int]:
        """Process id and exit code of the command that ends first."""
        return self.ask({"wait": -1})

    def close(self) -> None:
        with suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()


def hash_of(home: Path) -> str:
    """Content hash of what is live."""
    with duckdb.connect(str(home / "paperhouse.duckdb"), read_only=True) as connection:
        return content_hash(connection)


def require_order(root: Path, n_loads: int = 2) -> None:
    """See that a home holds what its ledger says and nothing besides."""
    home = Home(root)
    assert {path.name for path in root.iterdir()} == {
        "loads",
        "paperhouse.duckdb",
        "paperhouse.lock",
        "previous",
        "receipts",
    }
    assert home.lock.read_text() == ""
    with duckdb.connect(str(home.live), read_only=True) as connection:
        ledger = {load_id for (load_id,) in connection.execute("select load_id from loads").fetchall()}
    assert {path.name for path in home.loads.iterdir()} == ledger
    assert len(ledger) == n_loads
    assert {path.suffix for path in home.loads.rglob("*") if path.is_file()} == {".parquet", ".json"}
    assert all((package / MANIFEST).is_file() for package in home.loads.iterdir())
    assert {path.suffix for path in home.receipts.iterdir()} == {".json"}
    assert {path.suffix for path in home.previous.iterdir()} == {".duckdb"}
    assert list(verify(home)) == []


@pytest.fixture(scope="session")
def warm(tmp_path_factory):
    warm = Warm(tmp_path_factory.mktemp("warm"))
    yield warm.learn()
    warm.close()


@dataclass
class Scene:
    """A base home, what comes next, and the two states that may ever be live."""

    base: Path
    digests: Path
    folder: Path
    warm: Warm
    old: str
    new: str = ""
    n_homes: int = 0
    hash_of = staticmethod(hash_of)
    require_order = staticmethod(require_order)

    def home(self) -> Path:
        """A copy of the base home of the round's own."""
        self.n_homes += 1
        return Path(shutil.copytree(self.base, self.folder / f"home-{self.n_homes}"))

    def state(self, home: Path) -> str:
        """`old` or `new`, by content; anything else that is live is an error."""
        return {self.old: "old", self.new: "new"}[hash_of(home)]

    def require_completion(self, home: Path) -> Running:
        """Let the next run complete the work, and see that nothing else is left; the home is gone afterwards."""
        code, running = self.warm.run("ingest", self.digests, "--home", home)
        assert (code, hash_of(home)) == (0, self.new), running.err
        require_order(home)
        shutil.rmtree(home)
        return running


def make_scene(root: Path, warm: Warm) -> Scene:
    """Publish the digests under `first`; see what those under `more` come to where nothing disturbs them."""
    base = root / "base"
    code, running = warm.run("ingest", root / "first", "--home", base)
    assert code == 0, running.err
    scene = Scene(base, root / "more", root / "homes", warm, hash_of(base))
    home = scene.home()
    code, running = warm.run("ingest", scene.digests, "--home", home)
    assert code == 0, running.err
    scene.new = hash_of(home)
    require_order(home)
    assert scene.old != scene.new
    return scene


def write_first(root: Path) -> None:
    """Digests of the base home."""
    papers = [(f"2504.{n:05}", f"Paper {n}", "Ann Lee, Bob Ray") for n in range(40)]
    write_digest(root / "first/8-Apr-2025/AI/README.md", papers)


@pytest.fixture(scope="session")
def scene(tmp_path_factory, warm) -> Scene:
    """A load of three digests that changes papers, adds some, and holds a reject."""
    root = tmp_path_factory.mktemp("scene")
    write_first(root)
    papers = [(f"2504.{n:05}", f"Paper {n}, newly worded", "Cid Cox, Ann Lee") for n in range(30, 60)]
    write_digest(root / "more/9-Apr-2025/AI/README.md", papers)
    write_digest(root / "more/9-Apr-2025/NLP/README.md", [("2504.00001", "Paper 1", "Ann Lee, Bob Ray")])
    unknown = root / "more/9-Apr-2025/CV/README.md"
    unknown.parent.mkdir()
    unknown.write_text("see arXiv:2504.00077\n")
    return make_scene(root, warm)


@pytest.fixture(scope="session")
def heavy_scene(tmp_path_factory, warm) -> Scene:
    """A load of 12 MB of digests, which is parsed in worker processes."""
    root = tmp_path_factory.mktemp("heavy")
    write_first(root)
    for day in range(1, 31):
        papers = [
            (f"2505.{100 * day + n:05}", f"Paper {n} of {day}. " + "On and on. " * 600, "Ann Lee, Bob Ray")
            for n in range(10)
        ]
        write_digest(root / f"more/{day}-May-2025/AI/README.md", papers)
    return make_scene(root, warm)


@pytest.fixture(scope="session", name="write_digest")
def write_digest_fixture():
    return write_digest


@pytest.fixture(scope="session")
def warm_in(tmp_path_factory):
    """Start a warm process by another command, such as one that gives it a namespace of its own."""
    started: list[Warm] = []

    def start(*prefix: str) -> Warm:
        started.append(Warm(tmp_path_factory.mktemp("warm"), *prefix))
        return started[-1].learn()

    yield start
    for warm in started:
        warm.close()


@pytest.fixture
def tell(request):
    """Log the figures of a proof; `-o log_cli=true --log-cli-level=INFO` shows them."""
    return lambda figures: logging.getLogger(request.node.name).info("%s", figures)
