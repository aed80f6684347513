"""The environment of a process under test, without what the user's own settings would change in it."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest


def without_settings(prefect_home: Path, **more: str) -> dict[str, str]:
    """The environment without settings of Prefect's or ours, its Prefect folder, and what else is given."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "PAPERHOUSE_"))
    }
    quiet = {"PREFECT_SERVER_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1", "NO_PROXY": "127.0.0.1"}
    return {**kept, **quiet, "PREFECT_HOME": str(prefect_home), **more}


@pytest.fixture(scope="session")
def clean_environment() -> Callable[..., dict[str, str]]:
    """`without_settings`, for tests that start processes."""
    return without_settings
