"""The proof of the proof: each promise is taken out of the code in turn, and a test must fail.

The tree is copied, one text of one file is replaced, and the named test runs there in a process of its own. The
text must stand in the file exactly once, so that no mutation can quietly stop to be one.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[3]
TREE = ("flows", "transforms", "warehouse", "seeds", "tests", "pyproject.toml")


@dataclass(frozen=True)
class Mutation:
    """What is taken away, where, how, and the test that notices."""

    what: str
    file: str
    old: str
    new: str
    test: str

    @property
    def test_file(self) -> str:
        return self.test.partition("::")[0]


PUBLISH, RECOVERY, DRAFT = (
    "warehouse/write/publish.py",
    "warehouse/maintain/recovery.py",
    "warehouse/write/staging.py",
)
WRITE_ORDER, PUBLISHING = "tests/warehouse/write/test_write_order.py", "tests/warehouse/write/test_publish.py"
RECOVERING, UNIT_PAPERS = (
    "tests/warehouse/maintain/test_recovery.py",
    "tests/transforms/papers/test_canonical.py",
)
BACK_AND_FORTH = "tests/warehouse/maintain/test_going_back_and_forth.py"

MUTATIONS = (
    # Durability: what is forced to disk, and before what.
    Mutation(
        "every fsync",
        "warehouse/storage/atomic_files.py",
        "        os.fsync(handle)\n",
        "        pass\n",
        f"{WRITE_ORDER}::test_every_file_of_a_package_is_on_disk_before_the_package_has_its_name",
    ),
    Mutation(
        "the fsync of package files",
        "warehouse/storage/packages.py",
        '    fsync_path(path)\n    return {"rows": ',
        '    return {"rows": ',
        f"{WRITE_ORDER}::test_every_file_of_a_package_is_on_disk_before_the_package_has_its_name",
    ),
    Mutation(
        "the fsync of the manifest",
        "warehouse/storage/packages.py",
        "        fsync_path(manifest)\n",
        "",
        f"{WRITE_ORDER}::test_the_manifest_is_on_disk_after_the_files_that_it_lists_and_before_its_folder",
    ),
    Mutation(
        "the fsync of a folder after a rename",
        "warehouse/storage/atomic_files.py",
        "    fsync_path(target.parent)\n",
        "",
        f"{WRITE_ORDER}::test_a_package_has_its_name_for_good_before_the_warehouse_tells_of_it",
    ),
    Mutation(
        "the fsync of the finished file before its receipt",
        PUBLISH,
        "    fsync_path(path)\n    with path.open",
        "    with path.open",
        f"{WRITE_ORDER}::test_the_receipt_follows_the_file_that_it_speaks_of_and_goes_before_the_swap",
    ),
    Mutation(
        "the fsync of the file that is swapped in",
        PUBLISH,
        "    fsync_path(path)\n    log = log_of(home.live)\n",
        "    log = log_of(home.live)\n",
        f"{WRITE_ORDER}::test_a_restored_file_is_on_disk_before_the_swap_and_packages_are_set_aside_before",
    ),
    Mutation(
        "the fsync of the previous file's name",
        PUBLISH,
        "    fsync_path(home.previous)\n",
        "",
        f"{WRITE_ORDER}::test_the_previous_file_has_its_second_name_for_good_before_it_loses_its_first",
    ),
    Mutation(
        "the fsync of a receipt",
        "warehouse/storage/receipts.py",
        "    fsync_path(draft)\n",
        "",
        f"{WRITE_ORDER}::test_the_receipt_follows_the_file_that_it_speaks_of_and_goes_before_the_swap",
    ),
    # One writer.
    Mutation(
        "the lock",
        "warehouse/storage/flock.py",
        "            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)\n",
        "            pass\n",
        "tests/warehouse/storage/test_lock.py::test_the_second_writer_is_told_who_holds_it_since_when",
    ),
    # Order must not matter.
    Mutation(
        "the last sort key of rule 1",
        "transforms/papers/canonical.py",
        '    ("variant_id", False),\n',
        "",
        f"{UNIT_PAPERS}::test_rule_1[smallest_variant_id]",
    ),
    Mutation(
        "the sort key by version",
        "transforms/papers/canonical.py",
        '    ("version", True),\n',
        "",
        f"{UNIT_PAPERS}::test_rule_1[highest_version]",
    ),
    Mutation(
        "the sort key by date",
        "transforms/papers/canonical.py",
        '    ("last_said_date", True),\n',
        "",
        f"{UNIT_PAPERS}::test_rule_1[latest_date]",
    ),
    Mutation(
        "the last sort key of display names",
        "transforms/papers/authors.py",
        '.sort("author_id", "len", "information", "name", descending=[False, True, True, False])',
        '.sort("author_id", "len", "information", descending=[False, True, True])',
        "tests/transforms/papers/test_authors.py::test_display_name",
    ),
    Mutation(
        "the preference among places of a digest",
        "transforms/digests/statements.py",
        '    return path.startswith("/"), path, source is None, source or "", how\n',
        '    return path.startswith("/"), "", source is None, source or "", how\n',
        "tests/warehouse/write/test_forget.py::test_a_digest_that_lay_in_two_places_is_gone_from_both",
    ),
    Mutation(
        "the sort key of siblings",
        "transforms/digests/siblings.py",
        '            "digest_date",\n            "digest_id",\n            descending=[False] * (len(key) + 1) + [True, False],\n',
        '            "digest_date",\n            descending=[False] * (len(key) + 1) + [True],\n',
        "tests/transforms/digests/test_siblings.py::test_of_several_preferred_files_of_one_rank_the_smallest_id_is_named",
    ),
    # Repetition must not matter.
    Mutation(
        "one row per entry of a digest that several files state",
        "warehouse/write/new_facts.py",
        '            .unique(["digest_id", "position"])\n',
        "",
        f"{PUBLISHING}::test_a_digest_that_lies_in_two_places_is_loaded_once[two_batches]",
    ),
    Mutation(
        "passing over what was forgotten",
        "flows/load/read.py",
        "digest.digest_id in load.ledger.forgotten_ids",
        "digest.digest_id in ()",
        "tests/warehouse/write/test_forget.py::test_later_ingests_pass_the_file_over_wherever_it_lies",
    ),
    # All or nothing.
    Mutation(
        "the swap: a copy in its place",
        PUBLISH,
        "    replace_durably(path, home.live)\n",
        "    home.live.write_bytes(path.read_bytes())\n",
        f"{PUBLISHING}::test_the_two_files_before_the_live_one_are_kept",
    ),
    Mutation(
        "the package's name before the swap",
        PUBLISH,
        "        replace_durably(writer.package.folder, home.loads / writer.package.load_id)\n        swap_in(home, draft.path)\n",
        "        swap_in(home, draft.path)\n        replace_durably(writer.package.folder, home.loads / writer.package.load_id)\n",
        "tests/promises/faults/test_fault_points.py"
        "::test_a_fault_at_a_point_leaves_the_old_state_or_the_new_one[after_publish.swap_in_1-SIGKILL]",
    ),
    Mutation(
        "the checks before a swap",
        DRAFT,
        "    require_checks(connection, is_of_changes=not is_first)\n",
        "",
        f"{PUBLISHING}::test_a_failing_check_names_itself_and_the_rows_and_publishes_nothing",
    ),
    Mutation(
        "one check",
        "warehouse/checks/papers_count_their_authors.sql",
        "where papers.n_authors is distinct from counted.n_authors",
        "where false",
        "tests/warehouse/schema/test_checks.py::test_a_broken_invariant_is_found_by_its_check_alone",
    ),
    Mutation(
        "reading the finished file back",
        DRAFT,
        "        after = hashes_of_changed(finished, key_files, n_rows)\n",
        "        after = before\n",
        f"{PUBLISHING}::test_a_finished_file_that_cannot_be_read_back_stops_the_load",
    ),
    Mutation(
        "the refusal of a log beside the finished file",
        DRAFT,
        "    if log.exists():\n        msg = ",
        "    if not log:\n        msg = ",
        f"{PUBLISHING}::test_a_log_that_stays_behind_stops_the_load",
    ),
    Mutation(
        "taking a stale log away at the swap",
        PUBLISH,
        "    log.unlink(missing_ok=True)\n    replace_durably",
        "    replace_durably",
        f"{PUBLISHING}::test_a_log_without_its_file_does_not_stay_beside_the_new_one",
    ),
    Mutation(
        "setting a stale log aside at the start",
        RECOVERY,
        "    if log_of(home.live).exists():\n",
        "    if log_of(home.live) is None:\n",
        f"{RECOVERING}::test_a_log_of_another_program_is_set_aside",
    ),
    Mutation(
        "the receipt check",
        DRAFT,
        "    if receipt is None and has_receipts(home.receipts):\n",
        "    if not home:\n",
        f"{PUBLISHING}::test_a_live_file_that_was_changed_since_is_refused_with_the_remedy",
    ),
    # Recovery.
    Mutation(
        "publishing packages that wait",
        RECOVERY,
        "if package.load_id not in ledger.load_ids]\n    if not waiting:",
        "if package.load_id in ()]\n    if not waiting:",
        f"{RECOVERING}::test_a_package_that_was_not_published_is_brought_in_by_any_next_run",
    ),
    Mutation(
        "deleting scrap at the start",
        RECOVERY,
        "    notices: list[str] = []\n    delete_folder(home.work)\n",
        "    notices: list[str] = []\n",
        f"{BACK_AND_FORTH}::test_scrap_of_a_killed_repair_does_not_stop_the_next_one",
    ),
    Mutation(
        "deleting scrap at the end",
        "warehouse/target/file_target.py",
        "            finally:\n                delete_folder(self.home.work)\n",
        "            finally:\n                pass\n",
        f"{PUBLISHING}::test_a_published_file_is_whole_without_a_log_beside_it",
    ),
    Mutation(
        "bringing packages back that the live file names",
        RECOVERY,
        "    returned = bring_back(home, ledger.load_ids)\n",
        "    returned = []\n",
        f"{BACK_AND_FORTH}::test_a_restoring_that_is_cut_off_before_its_swap_leaves_the_warehouse_whole[next run]",
    ),
    Mutation(
        "keeping damaged files out of the previous ones",
        PUBLISH,
        "_keep_previous if is_published else _keep_aside)",
        "_keep_previous)",
        f"{BACK_AND_FORTH}::test_a_live_file_that_no_load_published_never_joins_the_previous_ones",
    ),
    # Bit rot.
    Mutation(
        "the hashes of package files",
        "warehouse/storage/packages.py",
        ' or file_sha256(path) != expected.get("sha256")',
        "",
        "tests/warehouse/storage/test_packages.py::test_a_flipped_byte_is_found",
    ),
    Mutation(
        "the seal of manifests",
        "warehouse/storage/packages.py",
        "        is_as_written = _manifest_bytes(load_id, listed) == written\n",
        "        is_as_written = True\n",
        "tests/warehouse/storage/test_packages.py::test_a_changed_manifest_is_found",
    ),
)


def ids(mutations: Iterable[Mutation]) -> list[str]:
    return [mutation.what.replace(" ", "_") for mutation in mutations]


@pytest.mark.parametrize("mutation", MUTATIONS, ids=ids(MUTATIONS))
def test_what_is_to_be_taken_out_stands_in_the_code_exactly_once(mutation):
    assert (REPOSITORY / mutation.file).read_text().count(mutation.old) == 1
    assert mutation.new != mutation.old
    name = mutation.test.partition("::")[2].partition("[")[0]
    assert f"def {name}(" in (REPOSITORY / mutation.test_file).read_text()


@pytest.fixture(scope="module")
def tree(tmp_path_factory) -> Path:
    """A copy of the source with all that its tests need."""
    root = tmp_path_factory.mktemp("mutant") / "paperhouse"
    root.mkdir()
    for name in TREE:
        source = REPOSITORY / name
        if source.is_dir():
            shutil.copytree(source, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, root / name)
    make_package(root)
    return root


def make_package(root: Path) -> None:
    """Link the parts of the copy into one package, laid out as it is when installed."""
    package = root / "linked" / "paperhouse"
    package.mkdir(parents=True)
    for part in (*(root / "flows" / "api").iterdir(), *(root / name for name in TREE[:4])):
        (package / part.name).symlink_to(part)


def run_in(tree: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Python in the copy, which goes before any installed one; it writes no bytecode that could go stale."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment |= {"PYTHONPATH": str(tree / "linked"), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, *command], cwd=tree, env=environment, capture_output=True, text=True, check=False
    )


def run_tests(tree: Path, *tests: str) -> subprocess.CompletedProcess[str]:
    options = ("-x", "-q", "-n", "0", "-p", "no:cacheprovider", "-rf", "-m", "")
    return run_in(tree, "-m", "pytest", *options, *tests)


def test_the_copy_is_what_is_imported(tree):
    script = (
        "from paperhouse import api, flows, transforms, warehouse; "
        "print(*(m.__file__ for m in (api, flows, transforms, warehouse)))"
    )
    paths = run_in(tree, "-c", script).stdout.split()
    assert len(paths) == 4
    assert all(Path(path).is_relative_to(tree) for path in paths)


@pytest.mark.slow
def test_nothing_taken_out_the_same_tests_pass(tree):
    found = run_tests(tree, *dict.fromkeys(mutation.test for mutation in MUTATIONS))
    assert found.returncode == 0, found.stdout[-3000:]


@pytest.mark.slow
@pytest.mark.parametrize("mutation", MUTATIONS, ids=ids(MUTATIONS))
def test_a_test_fails_without(tree, mutation):
    path = tree / mutation.file
    whole = path.read_text()
    assert whole.count(mutation.old) == 1
    path.write_text(whole.replace(mutation.old, mutation.new))
    try:
        found = run_tests(tree, mutation.test)
    finally:
        path.write_text(whole)
    assert found.returncode == 1, found.stdout[-3000:]
    failed = re.findall(r"^FAILED (.+?)(?: - .*)?$", found.stdout, re.MULTILINE)
    assert failed, found.stdout[-3000:]
    assert failed[0].startswith(mutation.test), failed
