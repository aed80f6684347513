"""No pattern in transforms/ takes more than linear work, whatever text is built against it."""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest
from pattern_attacks import attacks, growth_of

import paperhouse.transforms
from paperhouse.flows.load.work_limit import work_limit
from paperhouse.transforms.read_digest import read_digest
from paperhouse.transforms.text.path_metadata import Place

METHODS = {"match", "fullmatch", "search", "sub", "findall", "finditer"}
SPLIT = {"split"}  # texts have it as well, so it counts only where the pattern's own name stands before it
LINE_ENDS = "\n\r"
ONE_LINE = "sees one line at a time, so no run of it holds a line's end"
EXEMPT: dict[str, str] = {
    "paperhouse.transforms.formats.generic.code_text._CODE_LINE": "sees lines of fewer than 400 characters",
    "paperhouse.transforms.formats.generic.titles._TAIL": "sees the first 4,000 characters of an entry",
    "paperhouse.transforms.formats.generic.names._COUNT": "sees the last 160 characters of a list of names",
    "paperhouse.transforms.formats.generic.names._ET_AL": "sees the last 80 characters of a list of names",
}
"""Patterns that may grow, by name, and why no text can use it."""


def modules() -> Iterator[tuple[str, Path]]:
    for found in pkgutil.walk_packages(paperhouse.transforms.__path__, "paperhouse.transforms."):
        if not found.ispkg:
            yield found.name, Path(importlib.import_module(found.name).__file__)


def compiled_patterns() -> dict[str, re.Pattern]:
    """Every pattern that a module of transforms/ holds, alone or in a table, by module and name."""
    found: dict[tuple[object, int], tuple[str, re.Pattern]] = {}
    for module, _ in modules():
        stack = list(vars(importlib.import_module(module)).items())
        while stack:
            name, value = stack.pop()
            if isinstance(value, re.Pattern):
                found.setdefault((value.pattern, value.flags), (f"{module}.{name}", value))
            elif isinstance(value, list | tuple):
                stack += [(f"{name}[{number}]", inner) for number, inner in enumerate(value)]
            elif isinstance(value, dict):
                stack += [(f"{name}[{key!r}]", inner) for key, inner in value.items()]
    return dict(sorted(found.values(), key=lambda each: each[0])) | inline_patterns()


def inline_patterns() -> dict[str, re.Pattern]:
    """Patterns that are written where they are used: `re.sub(r"...", ...)`."""
    found = {}
    for module, path in modules():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id == "re"
                and node.func.attr in METHODS | SPLIT
                and isinstance(node.args[0], ast.Constant)
            ):
                found[f"{module}:{node.lineno} {node.func.attr}"] = re.compile(node.args[0].value)
    return found


def methods_of() -> dict[str, set[str]]:
    """How patterns are used, by module and name; under the module alone, how those without a name are."""
    used: dict[str, set[str]] = {}
    for module, path in modules():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in METHODS | SPLIT:
                is_named = isinstance(node.value, ast.Name) and node.value.id.strip("_").isupper()
                if is_named:
                    used.setdefault(f"{module}.{node.value.id}", set()).add(node.attr)
                    used.setdefault(node.value.id, set()).add(node.attr)
                elif node.attr in METHODS:
                    used.setdefault(module, set()).add(node.attr)
    return used


USED = methods_of()
PATTERNS = compiled_patterns()


def methods_for(name: str) -> list[str]:
    """How one pattern is used: by its own name, by a name that others import, or as those of its module are."""
    if " " in name:
        return [name.rpartition(" ")[2]]
    whole = name.partition("[")[0]
    module, _, own = whole.rpartition(".")
    if whole == name:
        found = USED.get(whole) or (None if own.startswith("_") else USED.get(own))
        if found:
            return sorted(found)
    return sorted(USED.get(module) or METHODS)


def test_patterns_and_their_uses_are_found():
    assert len(PATTERNS) > 150
    assert methods_for("paperhouse.transforms.parsing.markdown_table._DATE_CELL") == ["fullmatch"]
    assert sum(" " in name for name in PATTERNS) >= 3


BAD = {
    "two runs that share": (r"\d{4}(?:[ T][\d:]+\S*)?\**", "fullmatch"),
    "three runs that share": (r"a[\d:]+\S*\**b", "match"),
    "a run in a run": (r"(?:a+)+b", "match"),
    "alternatives that overlap": (r"(?:a|a)*b", "match"),
    "a search that starts everywhere in a run": (r"\s+$", "search"),
    "a start that may repeat": (r"<a[^>]*href", "search"),
    "a lazy run": (r"x[^\n]*?[ \t]*(?:\n|\Z)", "match"),
}
GOOD = {
    "a run and what it cannot take": (r"\d+[a-z]+\s*", "fullmatch"),
    "a possessive run": (r"\s*+(?:and|or)?\s*+x", "match"),
    "a search that starts only where a run does": (r"(?<!\s)\s+\Z", "search"),
    "a run that stops at the next start": (r"<a[^<>]*href", "search"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", BAD)
def test_growth_is_found_where_it_is(name):
    written, method = BAD[name]
    pattern = re.compile(written)
    assert any(growth_of(pattern, method, attack) for attack in attacks(pattern))


@pytest.mark.slow
@pytest.mark.parametrize("name", GOOD)
def test_no_growth_is_found_where_there_is_none(name):
    written, method = GOOD[name]
    pattern = re.compile(written)
    assert [str(found) for attack in attacks(pattern) if (found := growth_of(pattern, method, attack))] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", PATTERNS)
def test_a_pattern_takes_linear_work(name):
    if name in EXEMPT:
        pytest.skip(EXEMPT[name])
    pattern = PATTERNS[name]
    growths = (
        str(growth)
        for attack in attacks(pattern)
        for method in methods_for(name)
        if (growth := growth_of(pattern, method, attack))
    )
    found = list(islice(growths, 3))  # each may take a second
    assert found == []


def test_exemptions_are_of_patterns_that_there_are():
    assert EXEMPT.keys() <= PATTERNS.keys()


TABLE = "## Updated on 2026.06.29\n## SLAM\n|Publish Date|Title|Authors|PDF|Code|\n|---|---|---|---|---|\n"
ROW = "|**2026-05-13**|**T**|A et.al.|[2605.13741](http://arxiv.org/abs/2605.13741)|null|\n"
CELLS = {
    "a date of 200,000 digits": ROW.replace("13**|", "13 " + "1" * 200_000 + "x y**|", 1),
    "a date and a pipe in the title": ROW.replace("13**|", "13 " + "1" * 200_000 + " y**|", 1).replace("**T**", "**T | U**"),
    "a bare link and 400,000 asterisks": ROW.replace(
        "[2605.13741](http://arxiv.org/abs/2605.13741)", "http://arxiv.org/abs/2605.13742" + "*" * 400_000 + " x"
    ).replace("**T**", "**T | U**"),
    "spaces in a cell": ROW.replace("A et.al.", "A" + " " * 400_000 + "et.al. x"),
}  # fmt: skip


@pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
def test_a_cell_with_a_long_run_is_read_with_little_work(cell):
    """The limit is a hundred times what it takes; at the square of it these would take hours."""
    with work_limit(60):
        digest = read_digest((TABLE + ROW + cell + ROW).encode(), Place("README.md", ("README.md",)))
    assert digest.format == "cv_arxiv_daily"
    assert len(digest.entries) + len(digest.rejects) == 3
