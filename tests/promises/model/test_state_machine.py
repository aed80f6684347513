"""Any sequence of loads, corrections, forgettings, kills, losses and restores, held against a plain model.

After every step each table of the real DuckDB file, asked through SQL, must be what the model works out from
the digests alone. A kill is an error that no code catches, after which nothing is cleaned up: the work folder
stays as it was at that moment, and the lock names a dead holder.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from pages import Page, corrections, mirrored, pages, siblings
from plain_warehouse import EMPTY, World, forgot, ingested

from paperhouse.flows.load.pipeline import forget_digests, rebuild, run_load
from paperhouse.flows.load.plan import Plan
from paperhouse.transforms.errors import WarehouseError
from paperhouse.transforms.read_digest import DigestDefaults
from paperhouse.warehouse.maintain.recovery import restore
from paperhouse.warehouse.maintain.verify import verify
from paperhouse.warehouse.storage.connections import open_read_only
from paperhouse.warehouse.storage.home import Home
from paperhouse.warehouse.storage.packages import PackageWriter
from paperhouse.warehouse.write import apply, publish
from paperhouse.warehouse.write import staging as draft
from paperhouse.warehouse.write.content_hash import content_hash

BATCH_BYTES = {"each file a batch": 1, "one batch": 1 << 20}
NUMBERED = "(select load_id, row_number() over (order by load_id) as number from loads)"
QUERIES = {
    "papers": "from papers",
    "authors": "select author_id, name, name_key, n_papers, first_listed_date, last_listed_date from authors",
    "paper_authors": "select arxiv_id, position, author_id, name_as_written from paper_authors",
    "paper_categories": "from paper_categories",
    "paper_links": "from paper_links",
    "variants": "from variant_texts",
    "listings": "select digest_id, position, arxiv_id, variant_id, particulars_id from listings",
    "repeats": "select digest_id, position, arxiv_id, variant_id, particulars_id, repeats_digest_id from repeats",
    "digests": f"""
        select digest_id, path, source, format, list_name, digest_date, n_entries, n_rejects, number
        from digests join {NUMBERED} using (load_id)
    """,
    "forgotten_digests": f"""
        select digest_id, gone.number, brought.number, path, n_entries
        from forgotten_digests
        join {NUMBERED} as gone using (load_id)
        join {NUMBERED} as brought on brought.load_id = brought_by_load_id
    """,
    "loads": f"""
        select
            number, trigger, n_digests, n_entries, n_digests_forgotten, n_papers_new, n_papers_removed,
            n_papers_changed, n_authors_new
        from loads join {NUMBERED} using (load_id)
    """,
}


class Killed(BaseException):
    """What no code is prepared for."""


class Failed(Exception):  # noqa: N818 - it stands for any error
    """What code may clean up after."""


@dataclass(frozen=True)
class Point:
    """Where a run stops, behind the step or before it, and what becomes of the load that was being published.

    It is `lost` with its files left to be read again, `waits` for the next run, or is `published`; None means that
    publishing such a load does not come by here. The load is the run's `own`, or a `late` one of an earlier run.
    """

    owner: object
    step: str
    is_after: bool
    own: str
    late: str | None


POINTS = {
    "before anything": Point(publish, "apply_packages", is_after=False, own="lost", late="waits"),
    "papers written": Point(apply, "recompute_authors", is_after=False, own="lost", late="waits"),
    "checked": Point(draft, "require_checks", is_after=True, own="lost", late="waits"),
    "package sealed": Point(PackageWriter, "seal", is_after=True, own="lost", late=None),
    "receipt written": Point(publish, "_record", is_after=True, own="lost", late="waits"),
    "package in place": Point(publish, "swap_in", is_after=False, own="waits", late="waits"),
    "swapped": Point(publish, "swap_in", is_after=True, own="published", late="published"),
}
Deed = Callable[[], object]
Effect = Callable[[World], World]
Stop = tuple[str, type[BaseException]]


@contextmanager
def stopped_at(point: str, error: type[BaseException]) -> Iterator[None]:
    """Stop the run when it first comes by the point; if it is killed, nothing is cleaned up any more."""
    place = POINTS[point]
    step = getattr(place.owner, place.step)
    with pytest.MonkeyPatch.context() as patch:

        def stop(*args: object, **kwargs: object) -> None:
            if place.is_after:
                step(*args, **kwargs)
            if error is Killed:
                patch.setattr(shutil, "rmtree", lambda *_, **__: None)
            raise error

        patch.setattr(place.owner, place.step, stop)
        yield


class Warehouse(RuleBasedStateMachine):
    """The real warehouse and its model, side by side."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="paperhouse-model-"))
        self.home = Home(self.root / "home")
        self.live: World | None = None
        self.waiting: World | None = None
        self.previous: list[World] = []
        self.inboxes: list[tuple[list[Page], str | None]] = []
        self.n_loads = 0

    def teardown(self) -> None:
        try:
            if self.live is not None:
                self.rebuild()
                assert list(verify(self.home)) == []
        finally:
            shutil.rmtree(self.root)

    # ---- what is done to both

    def load(self, inbox: tuple[list[Page], str | None], batches: str) -> tuple[Deed, Effect]:
        """A run that reads these files: as the product does it, and as the model does."""
        self.inboxes.append(inbox)
        self.n_loads += 1
        number, (files, source) = self.n_loads, inbox
        folder = self.root / f"inbox-{len(self.inboxes)}"
        folder.mkdir()
        for page in files:
            (folder / page.path).parent.mkdir(parents=True, exist_ok=True)
            (folder / page.path).write_text(page.text, encoding="utf-8", newline="")
        plan = Plan(
            self.home.root, ((folder, DigestDefaults(source=source)),), batch_bytes=BATCH_BYTES[batches]
        )
        last = list({page.path: page for page in files}.values())
        return lambda: run_load(plan), lambda world: ingested(world, last, source, number)

    def forgetting(self, digest_ids: list[str]) -> tuple[Deed, Effect]:
        self.n_loads += 1
        number = self.n_loads
        plan = Plan(self.home.root, (), trigger="forget")
        return lambda: forget_digests(plan, digest_ids), lambda world: forgot(world, digest_ids, number)

    def run(self, act: Deed, then: Effect, stop: Stop | None = None) -> None:
        """One run: it publishes what waits, then its own load, unless it is stopped on the way."""
        is_stopped = self.act(act, stop)
        after = then(self.known)
        due = [("late", self.waiting)] if self.waiting else []
        due += [("own", after)] if after is not self.known else []
        outcomes = [getattr(POINTS[stop[0]], whose) if stop else None for whose, _ in due]
        for (whose, world), outcome in zip(due, outcomes, strict=True):
            if outcome in {None, "published"}:
                self.publish(world)
            elif outcome == "waits":
                self.waiting = world
            if outcome is not None:
                event(f"stopped: {stop[0]}, {whose} load {outcome}")
                break
        assert is_stopped == any(outcomes)
        self.compare()

    def act(self, act: Deed, stop: Stop | None) -> bool:
        """Let the product run; whether it was stopped. What a killed run leaves behind, stays."""
        with stopped_at(*stop) if stop else nullcontext():
            try:
                act()
            except Killed:
                self.home.lock.write_text('{"pid": 1, "since": "2025-04-08T00:00:00+00:00"}')
                return True
            except Failed:
                assert not self.home.work.exists()
                return True
        assert not self.home.work.exists()
        return False

    @property
    def known(self) -> World:
        """What a run finds when it has repaired what the one before left behind."""
        return self.waiting or self.live or EMPTY

    def publish(self, world: World) -> None:
        """The two files before the live one are kept."""
        if self.live is not None:
            self.previous = [*self.previous, self.live][-2:]
        self.live, self.waiting = world, None

    def compare(self) -> None:
        if self.live is None:
            assert not self.home.live.exists()
            return
        with open_read_only(self.home.live) as connection:
            for name, query in QUERIES.items():
                found = sorted(connection.execute(query).fetchall(), key=repr)
                expected = self.live.tables[name]
                assert found == expected, name

    def content(self) -> str:
        with open_read_only(self.home.live) as connection:
            return content_hash(connection)

    # ---- rules

    @rule(
        files=st.lists(pages(), min_size=1, max_size=3),
        source=st.sampled_from([None, None, "lab"]),
        batches=st.sampled_from(sorted(BATCH_BYTES)),
    )
    def ingest(self, files: list[Page], source: str | None, batches: str) -> None:
        self.run(*self.load((files, source), batches))

    @precondition(lambda self: self.inboxes)
    @rule(data=st.data())
    def ingest_again(self, data: st.DataObject) -> None:
        """The same files a second time."""
        self.run(*self.load(data.draw(st.sampled_from(self.inboxes)), "one batch"))

    @precondition(lambda self: self.inboxes)
    @rule(data=st.data(), source=st.sampled_from([None, "lab"]))
    def ingest_a_corrected_file(self, data: st.DataObject, source: str | None) -> None:
        """The same place, another content: another digest."""
        page, _ = self.some_page(data)
        self.run(*self.load(([data.draw(corrections(page))], source), "one batch"))

    @precondition(lambda self: self.inboxes)
    @rule(data=st.data())
    def ingest_a_sibling(self, data: st.DataObject) -> None:
        """A file beside another that states some of the same papers."""
        page, source = self.some_page(data)
        if page.layout in {"reporter", "reporter_jsonl"}:
            self.run(*self.load(([data.draw(siblings(page))], source), "one batch"))

    @precondition(lambda self: self.inboxes)
    @rule(data=st.data(), source=st.sampled_from([None, "lab"]))
    def ingest_a_copy_that_lies_elsewhere(self, data: st.DataObject, source: str | None) -> None:
        """The same digest at a smaller or larger place."""
        page, _ = self.some_page(data)
        self.run(*self.load(([mirrored(page)], source), "one batch"))

    def some_page(self, data: st.DataObject) -> tuple[Page, str | None]:
        files, source = data.draw(st.sampled_from(self.inboxes))
        return data.draw(st.sampled_from(files)), source

    @precondition(lambda self: self.known.held)
    @rule(data=st.data())
    def forget(self, data: st.DataObject) -> None:
        self.run(*self.forgetting(self.some_digests(data)))

    def some_digests(self, data: st.DataObject) -> list[str]:
        return data.draw(
            st.lists(st.sampled_from(sorted(self.known.held)), min_size=1, max_size=2, unique=True)
        )

    @rule(
        data=st.data(),
        files=st.lists(pages(), min_size=1, max_size=2),
        point=st.sampled_from(sorted(POINTS)),
        error=st.sampled_from([Killed, Failed]),
    )
    def stop_a_load(
        self, data: st.DataObject, files: list[Page], point: str, error: type[BaseException]
    ) -> None:
        if self.known.held and data.draw(st.booleans()):
            deed = self.forgetting(self.some_digests(data))
        else:
            deed = self.load((files, None), "one batch")
        self.run(*deed, stop=(point, error))

    @rule()
    def start_again(self) -> None:
        """A run that finds no files repairs what is left over, and publishes what waits."""
        folder = self.root / "empty"
        folder.mkdir(exist_ok=True)
        plan = Plan(self.home.root, ((folder, DigestDefaults()),))
        self.run(lambda: run_load(plan), lambda world: world)

    @precondition(lambda self: self.live or self.waiting)
    @rule()
    def rebuild(self) -> None:
        before = self.content() if self.live and not self.waiting else None
        rebuild(self.home.root)
        self.publish(self.waiting or self.live)
        assert before in {None, self.content()}
        self.compare()

    @precondition(lambda self: self.previous)
    @rule()
    def restore(self) -> None:
        restore(self.home, None)
        self.publish(self.previous[-1])
        self.compare()

    @precondition(lambda self: self.live)
    @rule(size=st.sampled_from([None, 0, 5000]), remedy=st.sampled_from(["next run", "rebuild", "restore"]))
    def lose_the_live_file(self, size: int | None, remedy: str) -> None:
        """It is deleted, or cut off."""
        assert self.live is not None
        if size is None:
            self.home.live.unlink()
        else:
            os.truncate(self.home.live, size)
        event(f"live file cut to: {size}")
        lost, self.live = self.live, None
        if remedy == "restore" and self.previous:
            self.restore()
            return
        self.waiting = self.waiting or lost
        if remedy == "rebuild":
            self.rebuild()
            return
        try:
            self.start_again()
        except WarehouseError as error:
            # The files that are kept know of loads that were taken back by `restore`.
            assert "packages are missing" in str(error)  # noqa: PT017
            self.rebuild()


QUIET = {
    "deadline": None,
    "database": None,
    "phases": [Phase.generate],
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
}


def test_any_sequence_of_runs_gives_what_the_plain_model_says():
    run_state_machine_as_test(
        Warehouse, settings=settings(max_examples=3, stateful_step_count=5, derandomize=True, **QUIET)
    )


@pytest.mark.slow
@pytest.mark.parametrize("part", range(10), ids=lambda part: f"part_{part}")
def test_five_hundred_sequences_of_runs_give_what_the_plain_model_says(part):
    assert 0 <= part < 10  # ten times fifty, so that several processes can share the work
    run_state_machine_as_test(Warehouse, settings=settings(max_examples=50, stateful_step_count=8, **QUIET))
