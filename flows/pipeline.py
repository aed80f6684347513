"""The steps of a load as plain functions, in their order; the command line and Prefect call the same ones.

with open_load(plan) as load:          lock, repair what an earlier run left over
    files = find_inputs(load)          which files there are
    for batch in batches(files, ...):
        read_batch(load, batch)        bytes -> entries -> package files
    publish_load(load)                 next warehouse file, checks, swap
"""

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from time import monotonic
from typing import Any

from flows.settings import Settings
from flows.sources.archives import ArchiveLimits, is_archive, unpack
from flows.sources.files import FoundFile, Problem, find_files, read_file
from flows.sources.git_history import FoundVersion, GitHistory
from flows.sources.reference import read_categories, seed_digests
from transforms.digest_reader import ReadDigest, Stated, read_digest, sha256_of
from transforms.errors import AccountingError, InputError, WarehouseError
from transforms.statements import forget_frame, statement_frames
from warehouse.apply import Changes
from warehouse.home import Home
from warehouse.ledger import KnownDigest, Ledger, read_ledger
from warehouse.lock import exclusive_lock
from warehouse.packages import (
    Package,
    PackageWriter,
    delete_folder,
    require_complete,
    require_sound,
    sealed_packages,
)
from warehouse.publish import publish_new, publish_sealed
from warehouse.recovery import recover

_STAMP = "%Y%m%dT%H%M%S%fZ"


Found = FoundFile | FoundVersion
"""What can be read as one digest."""


@dataclass(frozen=True, slots=True)
class History:
    """Paths of a git repository whose committed versions a load should read; without paths, all its digests."""

    repository: Path
    paths: tuple[Path, ...]
    stated: Stated


@dataclass(frozen=True, slots=True)
class Plan:
    """What a load should read, where it should go, and what the user says about files that do not say it."""

    home: Path
    inputs: tuple[tuple[Path, Stated], ...]
    trigger: str = "ingest"
    is_repairing: bool = True
    max_file_bytes: int = 512 * 1024**2
    max_archive_bytes: int = 8 * 1024**3
    batch_bytes: int = 32 * 1024**2
    wait_seconds: float = 0
    histories: tuple[History, ...] = ()


@dataclass(slots=True)
class Summary:
    """What a load did. Counts of digests to lines are of new digests only; `problems` names what was left out."""

    home: str
    load_id: str | None = None
    n_files: int = 0
    n_archives: int = 0
    n_bytes: int = 0
    n_known: int = 0
    n_no_digest: int = 0
    n_digests: int = 0
    n_entries: int = 0
    n_rejects: int = 0
    n_lines: int = 0
    n_lines_accounted: int = 0
    n_repairs: int = 0
    n_digests_forgotten: int = 0
    n_papers_new: int = 0
    n_papers_changed: int = 0
    n_papers_removed: int = 0
    n_authors_new: int = 0
    n_forgotten_files: int = 0
    seconds: float = 0.0
    problems: list[Problem] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    no_digests: list[str] = field(default_factory=list)

    @property
    def is_changed(self) -> bool:
        """Whether the warehouse is another one than before."""
        return self.load_id is not None

    def to_json(self) -> dict[str, Any]:
        """The summary for programs."""
        return {**asdict(self), "problems": [str(problem) for problem in self.problems]}


@dataclass(slots=True)
class Load:
    """A load in progress: what is known already, the package that grows, and the counts so far."""

    plan: Plan
    home: Home
    ledger: Ledger
    row: dict[str, Any]
    writer: PackageWriter
    summary: Summary
    started: float
    digest_ids: set[str] = field(default_factory=set)
    held_open: ExitStack = field(default_factory=ExitStack)
    known_places: dict[str, list[KnownDigest]] = field(default_factory=dict)
    forgotten_places: frozenset[str] = frozenset()


def plan_load(paths: Sequence[Path], settings: Settings, stated: Stated, trigger: str = "ingest") -> Plan:
    """Plan of a load of these paths; without any, of the folders in the settings; without those, of the seeds."""
    if paths:
        inputs = tuple((path, stated) for path in paths)
    elif settings.folders:
        inputs = tuple(
            (
                folder.path,
                Stated(
                    stated.digest_date,
                    stated.list_name or folder.list_name,
                    stated.source or folder.source,
                ),
            )
            for folder in settings.folders
        )
    else:
        inputs = ((seed_digests(), stated),)
    return Plan(
        home=settings.home,
        inputs=inputs,
        trigger=trigger,
        is_repairing=settings.repair_mojibake,
        max_file_bytes=settings.max_file_bytes,
        max_archive_bytes=settings.max_archive_bytes,
        batch_bytes=settings.batch_bytes,
        wait_seconds=settings.wait_seconds,
    )


def plan_history(repository: Path, paths: Sequence[Path], settings: Settings, stated: Stated) -> Plan:
    """Plan of a load of the committed versions of these paths of a git repository."""
    history = History(repository, tuple(paths), stated)
    return replace(plan_load((), settings, stated), inputs=(), histories=(history,))


@contextmanager
def open_load(plan: Plan) -> Iterator[Load]:
    """Hold the warehouse for one load, repaired if an earlier run was cut off; scrap is gone afterwards.

    Raises:
        BusyError: another process is loading.
        InputError: the home is no folder that can be written.
    """
    home = Home(plan.home)
    started, started_at = monotonic(), datetime.now(UTC)
    if "?" in str(home.root):
        msg = f"{home.root}: DuckDB takes what follows a question mark for no part of a path; give another --home"
        raise InputError(msg, path=str(home.root))
    try:
        home.root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = f"{home.root}: cannot be made a folder ({error.strerror}); give another --home"
        raise InputError(msg, path=str(home.root)) from error
    with exclusive_lock(home.lock, wait_seconds=plan.wait_seconds):
        summary = Summary(home=str(home.root))
        ledger, summary.notices = recover(home, read_categories())
        load_id = _new_load_id(started_at, ledger)
        row = {
            "load_id": load_id,
            "started_at": started_at,
            "trigger": plan.trigger,
            "code_version": version("paperhouse"),
        }
        try:
            writer = PackageWriter(home.work / f"package-{load_id}", load_id)
            load = Load(plan, home, ledger, row, writer, summary, started)
            with load.held_open:
                yield load
        finally:
            delete_folder(home.work)


def _new_load_id(started_at: datetime, ledger: Ledger) -> str:
    """Identifier that sorts after every published one, also when the clock went back."""
    stamp = started_at.strftime(_STAMP)
    newest = max(ledger.load_ids, default="").partition("-")[0]
    if stamp <= newest:
        stamp = (datetime.strptime(newest, _STAMP) + timedelta(microseconds=1)).strftime(_STAMP)  # noqa: DTZ007 - UTC
    return f"{stamp}-{secrets.token_hex(3)}"


def find_inputs(load: Load) -> list[tuple[Found, Stated]]:
    """Files under the planned inputs, archives unpacked, and versions, each with what is said about it."""
    inputs: list[tuple[Found, Stated]] = []
    for path, stated in load.plan.inputs:
        found, problems = find_files([path])
        load.summary.problems.extend(problems)
        inputs.extend((member, stated) for file in found for member in _opened(load, file))
    if load.plan.histories:
        _note_known_places(load)
    for history in load.plan.histories:
        inputs.extend(_versions_of(load, history))
    load.summary.n_files = len(inputs)
    return inputs


def _note_known_places(load: Load) -> None:
    """Index the ledger by path, so that a known version need not be read to be known."""
    for (_, path), known in load.ledger.files.items():
        load.known_places.setdefault(path, []).extend(known)
    load.forgotten_places = frozenset(path for _, path in load.ledger.forgotten_files)


def _versions_of(load: Load, history: History) -> Iterator[tuple[FoundVersion, Stated]]:
    """Committed versions, oldest first; each states the date of its commit."""
    repository = load.held_open.enter_context(GitHistory(history.repository))
    versions, problems = repository.versions(history.paths)
    load.summary.problems.extend(problems)
    for found in versions:
        yield found, replace(history.stated, commit_date=found.commit_date)


def _opened(load: Load, file: FoundFile) -> list[FoundFile]:
    """The file itself, or the members of an archive."""
    if not is_archive(file.place.parts[-1]):
        return [file]
    load.summary.n_archives += 1
    limits = ArchiveLimits(load.plan.max_file_bytes, load.plan.max_archive_bytes)
    members, problems = unpack(file, load.home.work / f"unpacked-{load.summary.n_archives}", limits)
    load.summary.problems.extend(problems)
    return members


def batches(
    inputs: Sequence[tuple[Found, Stated]], batch_bytes: int
) -> Iterator[list[tuple[Found, Stated]]]:
    """Split the inputs, in order, into runs of about `batch_bytes`; a larger file is a batch of its own."""
    batch: list[tuple[Found, Stated]] = []
    size = 0
    for found, stated in inputs:
        file_size = _size_of(found)
        if batch and size + file_size > batch_bytes:
            yield batch
            batch, size = [], 0
        batch.append((found, stated))
        size += file_size
    if batch:
        yield batch


def _size_of(found: Found) -> int:
    if isinstance(found, FoundVersion):
        return found.n_bytes
    try:
        return found.path.stat().st_size
    except OSError:
        return 0


def read_batch(
    load: Load,
    batch: Sequence[tuple[Found, Stated]],
    progress: Callable[[int, int, int], None] | None = None,
) -> int:
    """Read one batch into the load's package; return the number of new digests.

    `progress` is told bytes, entries and rejects after each file.
    """
    digests: list[ReadDigest] = []
    likely: tuple[str, ...] = ()
    for found, stated in batch:
        digest, n_bytes = _read_one(load, found, stated, likely)
        load.summary.n_bytes += n_bytes
        if digest is not None:
            likely = (digest.format, *(name for name in likely if name != digest.format))
            digests.append(digest)
            _note_digest(load, digest)
        if progress is not None:
            n_read = (len(digest.entries), len(digest.rejects)) if digest else (0, 0)
            progress(n_bytes, *n_read)
    if digests:
        load.writer.add(statement_frames(digests, load.row["load_id"]))
    return len(digests)


def _read_one(  # noqa: PLR0911 - one way out for each reason to leave a file out
    load: Load, found: Found, stated: Stated, likely: Sequence[str]
) -> tuple[ReadDigest | None, int]:
    if isinstance(found, FoundVersion):
        if _is_known_version(load, found, stated):
            return None, 0
        content = found.history.read(found, load.plan.max_file_bytes)
    else:
        content = read_file(found, load.plan.max_file_bytes)
    if isinstance(content, Problem):
        load.summary.problems.append(content)
        return None, 0
    sha256 = sha256_of(content)
    if _is_known(load.ledger, sha256, found.place.path, stated):
        load.summary.n_known += 1
        return None, len(content)
    try:
        digest = read_digest(
            content,
            found.place,
            stated,
            sha256=sha256,
            likely=likely,
            is_repairing=load.plan.is_repairing,
        )
    except AccountingError as error:
        load.summary.problems.append(Problem(found.place.path, str(error), "please report it with the file"))
        return None, len(content)
    if digest is None:
        load.summary.n_no_digest += 1
        load.summary.no_digests.append(found.place.path)
    elif digest.digest_id in load.ledger.forgotten_ids:
        load.summary.n_forgotten_files += 1
        return None, len(content)
    elif load.ledger.tells_nothing_new(digest):
        load.summary.n_known += 1
        return None, len(content)
    return digest, len(content)


def _is_known_version(load: Load, found: FoundVersion, stated: Stated) -> bool:
    """Whether a version was read or forgotten before, told and counted by its place: a commit never changes."""
    path = found.place.path
    if not found.is_named_exactly:
        return False
    if any(not _may_add(stated, known) for known in load.known_places.get(path, ())):
        load.summary.n_known += 1
        return True
    if path in load.forgotten_places:
        load.summary.n_forgotten_files += 1
        return True
    return False


def _is_known(ledger: Ledger, sha256: str, path: str, stated: Stated) -> bool:
    """Whether this very file was read before and the user says nothing about it that may be new."""
    return any(not _may_add(stated, known) for known in ledger.files.get((sha256, path), ()))


def _may_add(stated: Stated, known: KnownDigest) -> bool:
    has_own_date = known.date_source in ("path", "heading")
    return (
        (stated.commit_date is not None and known.digest_date is None)
        or (stated.digest_date not in (None, known.digest_date) and not has_own_date)
        or stated.list_name not in (None, known.list_name)
        or stated.source not in (None, known.source)
    )


def _note_digest(load: Load, digest: ReadDigest) -> None:
    """Count repairs and doubts of a digest, once however many places it lies in."""
    if digest.digest_id in load.digest_ids or digest.digest_id in load.ledger.digests:
        return
    load.digest_ids.add(digest.digest_id)
    summary = load.summary
    summary.n_repairs += len(digest.repairs)
    if digest.n_ids_unaccounted:
        summary.warnings.append(
            f"{digest.path}: {digest.n_ids_unaccounted} of {digest.n_ids_seen} linked arXiv identifiers are in no "
            "entry and no reject; look with `paperhouse inspect`"
        )


def publish_load(load: Load) -> Summary:
    """Publish what the load read; without anything new the warehouse stays as it is.

    Raises:
        CheckFailedError: a check refused; the live warehouse is untouched.
    """
    summary = load.summary
    if load.writer.is_empty:
        summary.seconds = monotonic() - load.started
        return summary
    changes = publish_new(load.home, load.writer, load.row, read_categories())
    return _finished(summary, load, changes)


def _finished(summary: Summary, load: Load, changes: Changes) -> Summary:
    for name, count in asdict(changes).items():
        setattr(summary, name, count)
    summary.load_id = load.row["load_id"]
    summary.seconds = monotonic() - load.started
    return summary


def run_load(plan: Plan, progress: Callable[[int, int, int], None] | None = None) -> Summary:
    """All steps of a load, without Prefect."""
    with open_load(plan) as load:
        for batch in batches(find_inputs(load), plan.batch_bytes):
            read_batch(load, batch, progress)
        return publish_load(load)


def forget_digests(plan: Plan, prefixes: Sequence[str]) -> Summary:
    """Remove digests, named by the start of their id, and everything that only they said; a load of its own.

    Raises:
        InputError: no digest, or more than one, starts with a prefix.
        PackageError: a package is damaged or missing, so that what remains cannot be told again.
    """
    with open_load(plan) as load:
        digest_ids = {load.ledger.digest_named(prefix) for prefix in prefixes}
        packages = sealed_packages(load.home.loads)
        require_complete(packages, load.ledger.load_ids)
        require_sound(packages)
        load.writer.add({"forgotten": forget_frame(digest_ids, load.row["load_id"])})
        return publish_load(load)


def rebuild(home_root: Path, wait_seconds: float = 0) -> Changes:
    """Make the warehouse again from its load packages alone.

    Raises:
        InputError: there are no packages.
        PackageError: a package is damaged, or one that the live warehouse names is missing.
    """
    home = Home(home_root)
    _sealed_or_refuse(home)
    with exclusive_lock(home.lock, wait_seconds=wait_seconds):
        delete_folder(home.work)
        packages = _sealed_or_refuse(home)
        require_complete(packages, _published_loads(home))
        require_sound(packages)
        try:
            return publish_sealed(home, packages, read_categories(), base=None)
        finally:
            delete_folder(home.work)


def _sealed_or_refuse(home: Home) -> list[Package]:
    packages = sealed_packages(home.loads)
    if not packages:
        msg = f"{home.loads}: holds no load packages, so there is nothing to rebuild from; run `paperhouse ingest`"
        raise InputError(msg, path=str(home.loads))
    return packages


def _published_loads(home: Home) -> frozenset[str]:
    """Loads that the live warehouse names; none if it cannot say."""
    try:
        return read_ledger(home.live).load_ids
    except WarehouseError:
        return frozenset()
