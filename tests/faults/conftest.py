"""A published warehouse, a load that comes next, and processes in which that load is disturbed.

Every round starts from a copy of one base home, ends the load in some way, and asks the same of what is left: the
live file is the old or the new state and nothing else, and the next run completes the work without a trace.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pytest

from warehouse.content_hash import content_hash
from warehouse.home import Home
from warehouse.packages import MANIFEST
from warehouse.verify import verify

REPOSITORY = Path(__file__).parents[2]
WARM = Path(__file__).with_name("warm.py")
ENVIRONMENT = {
    **{key: text for key, text in os.environ.items() if not key.startswith(("PAPERHOUSE_", "PREFECT_"))},
    "PYTHONPATH": str(REPOSITORY),
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
        return self.warm.ask({"wait": self.pid})

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
        os.killpg(self.pid, signal.SIGKILL)


class Warm:
    """Starts commands by forking a process that has imported everything."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.n_rounds = 0
        self.process = subprocess.Popen(
            [sys.executable, str(WARM)],
            env=ENVIRONMENT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def start(self, *argv, point=(), limits=None, stopped=False, **more) -> Running:
        """Start `paperhouse ARGV`; `point` is (module, name, before or after, nth call, fault)."""
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
            **more,
        }
        return Running(self.ask(request), folder, self)

    def run(self, *argv, **more) -> tuple[int, Running]:
        running = self.start(*argv, **more)
        return running.wait(), running

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()


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
    seconds: float = 0
    found: dict[str, int] = field(default_factory=lambda: {"old": 0, "new": 0})

    def home(self) -> Path:
        """A copy of the base home of the round's own."""
        self.n_homes += 1
        return Path(shutil.copytree(self.base, self.folder / f"home-{self.n_homes}"))

    def state(self, home: Path) -> str:
        """`old` or `new`, by content; anything else that is live is an error."""
        state = {self.old: "old", self.new: "new"}[hash_of(home)]
        self.found[state] += 1
        return state

    def require_completion(self, home: Path) -> Running:
        """Let the next run complete the work, and see that nothing else is left; the home is gone afterwards."""
        code, running = self.warm.run("ingest", self.digests, "--home", home)
        assert (code, hash_of(home)) == (0, self.new), running.err
        require_order(home)
        shutil.rmtree(home)
        return running


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
def warm(tmp_path_factory, bench):
    """Modules that only a load imports are learnt from one, so that no fault strikes an import."""
    root = tmp_path_factory.mktemp("warm")
    write_digest(root / "in" / "README.md", [("2504.00009", "Nine", "Ida Noe")])
    warm = Warm(root / "rounds")
    code, running = warm.run(
        "ingest", root / "in", "--home", root / "home", modules=str(root / "modules")
    )
    assert code == 0, running.err
    names = [name for name in (root / "modules").read_text().split() if not name.startswith("_")]
    warm.ask({"import": names})
    yield warm
    warm.close()


@pytest.fixture(scope="session")
def scene(tmp_path_factory, warm) -> Scene:
    root = tmp_path_factory.mktemp("scene")
    write_digest(
        root / "first/8-Apr-2025/AI/README.md",
        [(f"2504.{n:05}", f"Paper {n}", "Ann Lee, Bob Ray") for n in range(40)],
    )
    write_digest(
        root / "more/9-Apr-2025/AI/README.md",
        [(f"2504.{n:05}", f"Paper {n}, newly worded", "Cid Cox, Ann Lee") for n in range(30, 60)],
    )
    write_digest(root / "more/9-Apr-2025/NLP/README.md", [("2504.00001", "Paper 1", "Ann Lee, Bob Ray")])
    (root / "more/9-Apr-2025/CV").mkdir()
    (root / "more/9-Apr-2025/CV/README.md").write_text("see arXiv:2504.00077\n")
    base = root / "base"
    return make_scene(root, base, warm)


def make_scene(root: Path, base: Path, warm: Warm) -> Scene:
    """Publish `first`; see what `more` comes to where nothing disturbs it."""
    code, running = warm.run("ingest", root / "first", "--home", base)
    assert code == 0, running.err
    scene = Scene(base, root / "more", root / "rounds", warm, hash_of(base))
    home = scene.home()
    started = time.monotonic()
    code, running = warm.run("ingest", scene.digests, "--home", home)
    scene.seconds = time.monotonic() - started
    assert code == 0, running.err
    scene.new = hash_of(home)
    require_order(home)
    assert scene.old != scene.new
    return scene
