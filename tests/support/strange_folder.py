"""A folder as a user of Prefect may stand in: with packages and modules of the same names as ours and our libraries'."""

from pathlib import Path

import pytest

PACKAGES = ("flows", "transforms", "warehouse", "seeds", "paperhouse", "tests")
MODULES = (
    "click",
    "duckdb",
    "polars",
    "pyarrow",
    "requests",
    "rich",
    "pydantic",
    "prefect",
    "settings",
    "tables",
)


@pytest.fixture
def strange_folder(tmp_path) -> Path:
    """A folder in which every module of those names ends whoever imports it."""
    for name in PACKAGES:
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(
            f"raise SystemExit('the user\\'s own {name} was imported')\n"
        )
    for name in MODULES:
        (tmp_path / f"{name}.py").write_text(f"raise SystemExit('the user\\'s own {name}.py was imported')\n")
    return tmp_path
