"""Which test process runs what: folders whose tests share a started process stay together, and so do tests of a file."""

from collections.abc import Sequence

import pytest

TOGETHER = ("tests/flows/server/", "tests/promises/faults/")
"""Folders whose tests share a Prefect server, and a process that runs loads: started once, and early, as they take long."""
LONG = ("tests/promises/", "tests/flows/", "tests/warehouse/")
"""Of the others these come first, so that what is left for the end is short."""


def unit_of(test: str, *, is_by_file: bool) -> str:
    """What a test is handed out with: its folder, its file, or itself alone."""
    path = test.split("::", maxsplit=1)[0]
    return next((folder for folder in TOGETHER if path.startswith(folder)), path if is_by_file else test)


def in_order(units: dict[str, dict[str, bool]]) -> list[str]:
    """The folders, the files that take long, and the others; of each the largest first."""
    ranks: Sequence[tuple[str, ...]] = (TOGETHER, LONG, ("",))

    def place(unit: str) -> tuple[int, int]:
        return next(rank for rank, starts in enumerate(ranks) if unit.startswith(starts)), -len(units[unit])

    return sorted(units, key=place)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Hand out tests of the default tier by file: what a module sets up is then set up once."""
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return unit_of(nodeid, is_by_file=config.option.markexpr == "not slow")

        def _assign_work_unit(self, node) -> None:
            if not self.assigned_work[node] and len(self.workqueue) > 1:
                for unit in in_order(self.workqueue):
                    self.workqueue.move_to_end(unit)
            super()._assign_work_unit(node)

    return Scheduling(config, log)
