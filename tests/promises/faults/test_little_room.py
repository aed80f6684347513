"""A full disk, a limit on the size of files, a limit on memory: the load fails with a message, the next one works."""

import shutil
import signal
from collections import Counter
from pathlib import Path
from threading import Timer

import pytest

from paperhouse.flows.load.memory_limit import LEAST_BYTES

MB = 1024**2
ROOMY_KB = 200_000
REFUSED = ("no space left on device", "file too large")
SECONDS = 120
"""A load that has not ended by then hangs."""


@pytest.fixture(scope="session")
def small_disk(tmp_path_factory, warm_in):
    """A folder that is a file system of its own in the namespace of a warm process; None where that is not allowed."""
    try:
        warm = warm_in("unshare", "-Urm")
        inside = tmp_path_factory.mktemp("disk")
        warm.ask({"mount": ["-o", f"size={ROOMY_KB}k", "none", str(inside)]})
    except (OSError, ValueError):
        pytest.skip("no file system may be mounted in a namespace here: no disk is made full")
    return warm, inside


def fill(scene, small_disk, tmp_path, free_kb: int) -> str:
    """Load into a disk with so much room beside the base home; what came of it in a word or two."""
    warm, inside = small_disk
    # The disk is seen from outside through the process that has mounted it; DuckDB takes no such path.
    seen = Path(f"/proc/{warm.process.pid}/root{inside}/home")
    shutil.copytree(scene.base, seen)
    used_kb = sum(-(-path.stat().st_size // 4096) * 4 for path in seen.rglob("*") if path.is_file())
    try:
        warm.ask({"mount": ["-o", f"remount,size={used_kb + free_kb}k", "none", str(inside)]})
        code, running = warm.run("ingest", scene.digests, "--home", inside / "home")
        state = scene.state(copy_of(seen, tmp_path))
        require_refusal(code, running.err, state)
        warm.ask({"mount": ["-o", f"remount,size={ROOMY_KB}k", "none", str(inside)]})
        code_then, running = warm.run("ingest", scene.digests, "--home", inside / "home")
        left = copy_of(seen, tmp_path)
        assert (code_then, scene.hash_of(left)) == (0, scene.new), running.err
        scene.require_order(left)
    finally:
        shutil.rmtree(seen)
    return f"{state}, exit {code}"


def copy_of(home: Path, folder: Path) -> Path:
    shutil.rmtree(folder / "copy", ignore_errors=True)
    return Path(shutil.copytree(home, folder / "copy"))


def require_refusal(code: int, err: str, state: str) -> None:
    """Either the load had room enough, or it says in one line what it lacked and that nothing changed."""
    if code == 0:
        assert state == "new"
        return
    (line,) = err.splitlines()
    assert (code, state) == (1, "old"), line
    assert line.startswith("paperhouse: ")
    assert any(reason in line.lower() for reason in REFUSED), line
    assert "as it was" in line or "untouched" in line or "paperhouse.lock" in line


def test_a_full_disk_is_told_and_the_next_load_works(scene, small_disk, tmp_path):
    assert fill(scene, small_disk, tmp_path, free_kb=3600) == "old, exit 1"


@pytest.mark.slow
def test_a_disk_that_is_full_at_any_stage_is_told_and_the_next_load_works(scene, small_disk, tmp_path, tell):
    sizes = [*range(0, 160, 8), *range(160, 8000, 240)]
    tally = Counter(fill(scene, small_disk, tmp_path, free_kb) for free_kb in sizes)
    tell(dict(tally))
    assert tally["old, exit 1"] > 20
    assert tally["new, exit 0"] > 0


def limit_files(scene, limit_kb: int) -> str:
    home = scene.home()
    code, running = scene.warm.run(
        "ingest", scene.digests, "--home", home, limits={"RLIMIT_FSIZE": limit_kb * 1024}
    )
    state = scene.state(home)
    require_refusal(code, running.err, state)
    scene.require_completion(home)
    return f"{state}, exit {code}"


def test_a_limit_on_the_size_of_files_is_told_and_the_next_load_works(scene):
    assert limit_files(scene, limit_kb=3000) == "old, exit 1"  # it is met by the checkpoint


@pytest.mark.slow
def test_every_limit_on_the_size_of_files_is_told_and_the_next_load_works(scene, tell):
    tally = Counter(limit_files(scene, kb) for kb in [*range(1, 20, 2), *range(20, 6000, 250)])
    tell(dict(tally))
    assert tally["old, exit 1"] > 20
    assert tally["new, exit 0"] > 0


def limit_memory(scene, limit_mb: int) -> str:
    """Load under a limit of the address space.

    Rust code that gets no memory ends the process by itself, after a line that says so: that no message of ours
    follows is the one thing that such an end may lack.
    """
    home = scene.home()
    running = scene.warm.start("ingest", scene.digests, "--home", home, limits={"RLIMIT_AS": limit_mb * MB})
    timer = Timer(SECONDS, running.kill)
    timer.start()
    code = running.wait()
    timer.cancel()
    state = scene.state(home)
    assert code != -signal.SIGKILL, "the load hangs"
    assert (code == 0) == (state == "new")
    if limit_mb * MB < LEAST_BYTES:
        assert code == 1
        assert running.err.startswith(
            f"paperhouse: the address space of this process is limited to {limit_mb} MB"
        )
    elif code != 0:
        assert "memory" in running.err.lower(), running.err
        assert "Traceback" not in running.err
    scene.require_completion(home)
    return f"{state}, exit {code}"


def test_a_limit_on_memory_is_told_and_the_next_load_works(scene):
    assert limit_memory(scene, 1000) == "old, exit 1"


@pytest.mark.slow
def test_every_limit_on_memory_is_told_and_the_next_load_works(heavy_scene, tell):
    tally = Counter(
        limit_memory(heavy_scene, mb) for mb in [*range(800, 1500, 100), *range(1536, 2600, 60), 4000]
    )
    tell(dict(tally))
    assert tally["old, exit 1"] > 0
    assert tally["new, exit 0"] > 0
