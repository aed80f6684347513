"""The newest state is opened as soon as it is there, and read ahead of the first page."""

import time

from paperhouse.flows.pages.generation import Generation
from paperhouse.flows.pages.newest import NewestGeneration
from paperhouse.warehouse.storage.home import Home


def wait_until_read(newest, n_loads):
    """Wait until a state with so many loads has all its facts; fail after a minute."""
    for _ in range(600):
        generation = newest._generation  # looked at without asking for it: that alone would open it
        if generation is not None and set(Generation.facts()) <= vars(generation).keys():
            with newest.use() as used:
                if used.connection.sql("select count(*) from loads").fetchone() == (n_loads,):
                    return
        time.sleep(0.1)
    raise AssertionError(generation and vars(generation).keys())


def test_facts_of_the_whole_are_read_before_a_page_needs_them_and_again_after_a_load(
    seed_copy, bench, page_digests
):
    newest = NewestGeneration(Home(seed_copy).live)
    newest.keep_read()
    try:
        wait_until_read(newest, 1)
        bench.ingest(seed_copy, page_digests)
        wait_until_read(newest, 2)
    finally:
        newest.close()


def test_looking_for_a_warehouse_outlasts_that_there_is_none(tmp_path, bench):
    newest = NewestGeneration(Home(tmp_path / "home").live)
    newest.keep_read()
    try:
        time.sleep(1.5)
        bench.publish(tmp_path / "home", [bench.digest([bench.entry(authors=("Ada",))], None, None)])
        wait_until_read(newest, 1)
    finally:
        newest.close()
