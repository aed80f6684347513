"""`paperhouse serve` and its runs work in a folder whose modules have the names of ours and of our libraries."""

import shutil

import pytest


@pytest.mark.slow
def test_serve_and_the_runs_of_its_deployments_import_their_own_modules(
    serving, strange_folder, seeds, free_port
):
    shutil.copytree(seeds, strange_folder / "digests")
    settings = {
        "PAPERHOUSE_SERVE_PORT": str(free_port()),
        "PAPERHOUSE_FOLDERS": "digests",
        "PAPERHOUSE_FEED_SCHEDULE": "0 0 1 1 *",
        "PAPERHOUSE_FEED_CATEGORIES": "cs.IR",
        "PAPERHOUSE_ENRICH_SCHEDULE": "0 0 1 1 *",
    }
    with serving(settings) as served:
        served.lines()
        run = served.wait_for(served.trigger("ingest/daily"))
        assert run["state"]["message"].startswith("3 digests, 55 entries")
        served.wait_for(served.trigger("ingest/changed"))
        log = served.log.read_text() + (served.home / "prefect" / "server.log").read_text()
        assert "was imported" not in log
        assert served.stop() == 0
