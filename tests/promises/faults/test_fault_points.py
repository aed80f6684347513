"""At every named point of a load everything that can end it does: error, signal, lack of memory."""

import signal
from pathlib import Path

import pytest

BEFORE_SWAP = [
    # module, function, when, nth call: what has just been done there
    ("paperhouse.warehouse.storage.lock", "_write_holder", "before", 1),  # the lock is taken
    ("paperhouse.warehouse.target.file_target", "recover", "before", 1),  # the holder is named
    ("paperhouse.warehouse.target.file_target", "recover", "after", 1),  # the home is in order
    ("paperhouse.flows.load.session", "PackageWriter", "after", 1),  # the work folder is made
    ("paperhouse.flows.load.pipeline", "find_inputs", "after", 1),  # the files are found
    ("paperhouse.flows.load.part", "parse_files", "after", 1),  # the digests are read and parsed
    ("paperhouse.warehouse.storage.packages", "fsync_path", "after", 1),  # the first package table is on disk
    ("paperhouse.warehouse.storage.packages", "fsync_path", "before", 3),  # the third is written, not forced
    ("paperhouse.flows.load.pipeline", "read_batch", "after", 1),  # all package tables are on disk
    ("paperhouse.warehouse.write.staging", "copy_file", "before", 1),  # the folder of the next file is made
    ("paperhouse.warehouse.write.staging", "copy_file", "after", 1),  # the base is copied
    (
        "paperhouse.warehouse.write.staging",
        "_receipt_of_base",
        "after",
        1,
    ),  # the copy is that of a published file
    ("paperhouse.warehouse.write.staging", "_open_for_writing", "after", 1),  # DuckDB has it open
    ("paperhouse.warehouse.write.publish", "replace_reference", "before", 1),  # the transaction is begun
    ("paperhouse.warehouse.write.apply", "add_digests", "after", 1),  # the digests are added
    ("paperhouse.warehouse.write.apply", "recompute_papers", "after", 1),  # the papers are replaced
    ("paperhouse.warehouse.write.apply", "recompute_authors", "after", 1),  # the authors are counted
    ("paperhouse.warehouse.write.staging", "create_models", "before", 1),  # the load is in the ledger
    ("paperhouse.warehouse.write.staging", "create_models", "after", 1),  # the models are made
    ("paperhouse.warehouse.write.staging", "require_checks", "before", 1),  # committed
    ("paperhouse.warehouse.write.staging", "require_checks", "after", 1),  # the checks have passed
    ("paperhouse.warehouse.write.publish", "finish", "after", 1),  # checkpointed and closed
    (
        "paperhouse.warehouse.storage.packages",
        "_manifest_bytes",
        "after",
        1,
    ),  # the manifest is about to be written
    ("paperhouse.warehouse.write.publish", "PackageWriter.seal", "after", 1),  # the package is complete
    ("paperhouse.warehouse.write.staging", "hashes_of_changed", "after", 2),  # the file is read back
    ("paperhouse.warehouse.write.publish", "write_receipt", "before", 1),  # the file is on disk
    ("paperhouse.warehouse.storage.receipts", "fsync_path", "after", 1),  # the receipt is drafted
    ("paperhouse.warehouse.write.publish", "write_receipt", "after", 1),  # the receipt has its name
    ("paperhouse.warehouse.write.publish", "replace_durably", "before", 1),  # the package is about to move
    ("paperhouse.warehouse.write.publish", "replace_durably", "after", 1),  # the package is in its place
    ("paperhouse.warehouse.write.publish", "os.link", "after", 1),  # the live file has its second name
    ("paperhouse.warehouse.write.publish", "_keep_previous", "after", 1),  # the oldest previous file is gone
    ("paperhouse.warehouse.write.publish", "replace_durably", "before", 2),  # everything but the swap
]
AFTER_SWAP = [
    (
        "paperhouse.warehouse.storage.atomic_files",
        "fsync_path",
        "before",
        2,
    ),  # renamed; the folder is not forced to disk
    ("paperhouse.warehouse.write.publish", "swap_in", "after", 1),  # swapped in, for good
    (
        "paperhouse.warehouse.write.staging",
        "delete_folder",
        "before",
        1,
    ),  # scrap of the next file is about to go
    ("paperhouse.flows.load.pipeline", "publish_load", "after", 1),  # published
    ("paperhouse.warehouse.target.file_target", "delete_folder", "after", 1),  # no scrap is left
    ("paperhouse.flows.output.load_report", "load_lines", "before", 1),  # the lock is let go
]
POINTS = [(point, "old") for point in BEFORE_SWAP] + [(point, "new") for point in AFTER_SWAP]
ENDS = {
    "RuntimeError": 1,
    "OSError": 1,
    "MemoryError": 1,
    "OwnError": 1,
    "SIGTERM": 128 + signal.SIGTERM,
    "SIGKILL": -signal.SIGKILL,
}
WRITTEN_AGAIN = [
    ("paperhouse.warehouse.storage.packages", "fsync_path", "after", 1),
    ("paperhouse.warehouse.storage.packages", "fsync_path", "before", 3),
]
"""Where a part of the package is written: an error that the system does not foresee may stem from a file, so each file is
tried alone, and what can be written is."""
FORESEEN = {"OSError": "input/output error", "MemoryError": "out of memory", "SIGTERM": "ended by SIGTERM"}
SAMPLE = [
    (BEFORE_SWAP[6], "old", "SIGTERM"),
    (BEFORE_SWAP[15], "old", "MemoryError"),
    (BEFORE_SWAP[27], "old", "SIGKILL"),
    (BEFORE_SWAP[31], "old", "SIGKILL"),
    (AFTER_SWAP[0], "new", "OSError"),
    (AFTER_SWAP[1], "new", "SIGKILL"),
]
"""Cells of the fast tier."""


def name_of(point) -> str:
    module, function, when, nth = point
    return f"{when}_{module.rpartition('.')[2]}.{function}_{nth}"


def strike(scene, point, state, fault) -> None:
    home = scene.home()
    code, running = scene.warm.run("ingest", scene.digests, "--home", home, point=(*point, fault))
    assert running.has_struck, "the load went by another way: correct the table of points"
    if fault == "RuntimeError" and point in WRITTEN_AGAIN:
        assert (code, scene.state(home)) == (0, "new"), running.err
        scene.require_completion(home)
        return
    assert code == ENDS[fault], running.err
    assert running.out == ""
    assert scene.state(home) == state
    require_message(running.err, fault, state)
    scene.require_completion(home)


def require_message(err: str, fault: str, state: str) -> None:
    """An end is told in one line, which does not say that nothing changed when it did."""
    if fault == "SIGKILL":
        assert err == ""
    else:
        (line,) = err.splitlines()
        assert line.startswith("paperhouse: ")
        assert FORESEEN.get(fault, f"{fault}: a fault") in line
        assert state == "old" or "as it was" not in line


@pytest.mark.parametrize(
    ("point", "state", "fault"), SAMPLE, ids=[f"{name_of(point)}-{fault}" for point, _, fault in SAMPLE]
)
def test_a_fault_at_a_point_leaves_the_old_state_or_the_new_one(scene, point, state, fault):
    strike(scene, point, state, fault)


@pytest.mark.slow
@pytest.mark.parametrize("fault", ENDS)
@pytest.mark.parametrize(("point", "state"), POINTS, ids=[name_of(point) for point, _ in POINTS])
def test_every_fault_at_every_point_leaves_the_old_state_or_the_new_one(scene, point, state, fault):
    strike(scene, point, state, fault)


def test_the_points_are_distinct_and_at_least_twenty():
    assert len({point for point, _ in POINTS}) == len(POINTS) >= 20


def test_a_point_that_no_longer_exists_fails_the_round(scene):
    point = ("paperhouse.warehouse.write.publish", "no_such_step", "before", 1, "SIGKILL")
    code, running = scene.warm.run("ingest", scene.digests, "--home", scene.base, point=point)
    assert (code, running.has_struck) == (1, False)
    assert "no_such_step" in Path(running.folder / "err").read_text()
