"""What the project's own files promise about dependencies and contents."""

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def requirements():
    return [*project()["dependencies"], *project()["optional-dependencies"]["test"]]


def test_every_dependency_has_bounds_and_a_reason():
    lines = (ROOT / "pyproject.toml").read_text("utf-8").splitlines()
    for requirement in requirements():
        (line,) = (line for line in lines if f'"{requirement}"' in line)
        assert re.search(r"#\s*\w+", line), f"no reason: {line}"
        assert "<" in requirement, f"no upper bound: {requirement}"


IN_EXTRAS = {"distributed": "dask", "mcp": "mcp", "obstore": "lake", "vl-convert-python": "charts"}
"""Distributions that only an optional command imports, and the extra that installs each."""
OF_OTHERS = {"pydantic-core": "pydantic"}
"""Distributions of which a declared one installs the only version that suits it."""


def imported_modules():
    found = set()
    for folder in ("flows", "transforms", "warehouse"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Import):
                    found |= {alias.name.partition(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    found.add(node.module.partition(".")[0])
    return found - set(sys.stdlib_module_names) - {"paperhouse"}


def test_every_imported_distribution_is_declared():
    def names(requirements):
        return {re.split(r"[<>=!~;\[ ]", requirement)[0].lower() for requirement in requirements}

    declared, of_modules = names(project()["dependencies"]), packages_distributions()
    for module in sorted(imported_modules()):
        distribution = of_modules[module][0].lower().replace("_", "-")
        extra = project()["optional-dependencies"].get(IN_EXTRAS.get(distribution, ""), [])
        assert OF_OTHERS.get(distribution, distribution) in declared | names(extra), module


def test_the_lock_pins_every_dependency_with_hashes_inside_its_bounds():
    from packaging.requirements import Requirement

    lock = (ROOT / "requirements.lock").read_text("utf-8")
    pinned = dict(re.findall(r"^([A-Za-z0-9_.-]+)==([^ ;\\]+)", lock, re.MULTILINE))
    for requirement in map(Requirement, requirements()):
        assert requirement.name.lower() in pinned
        assert requirement.specifier.contains(pinned[requirement.name.lower()])
    assert lock.count("--hash=sha256:") >= len(pinned)
    assert "://" not in lock


def test_no_committed_file_is_large_or_names_a_place_of_one_machine():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    places = re.compile(rb"/(?:wo" rb"rk|ro" rb"ot|fa" rb"rm)/|\.py" rb"env")
    for name in filter(None, listed.stdout.decode().split("\0")):
        path = ROOT / name
        if path.is_file():
            content = path.read_bytes()
            assert len(content) <= 2_000_000, name
            assert not places.search(content), name
            assert path.name != "uv.lock"
