"""Names in the house: each public thing has one meaning, and no module is named by a grammatical form."""

import ast
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[2]
PARTS = ("flows", "transforms", "warehouse")

# One meaning in several places: a command of the command line, a flow or the API calls the step of that name.
SAME_MEANING = {
    "coverage", "enrich", "export", "feed", "fill", "forget", "harvest", "ingest", "main", "maintain", "open",
    "rebuild", "replies_of", "restore", "search", "verify", "watches", "who",
}  # fmt: skip
FAMILIES = {"formats", "exports"}
PARTICIPLES = ("ing", "ed")
NOUNS = {"feed", "parsing", "staging"}
"""Words that end like a participle and are the field's nouns; `feed` is arXiv's."""


def modules() -> list[Path]:
    return [path for part in PARTS for path in sorted((ROOT / part).rglob("*.py"))]


def public_names(path: Path) -> list[str]:
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    tree = ast.parse(path.read_text("utf-8"))
    return [node.name for node in tree.body if isinstance(node, kinds) and not node.name.startswith("_")]


def test_no_public_name_has_two_meanings():
    """Files of a format family are not met by name elsewhere: they play the same parts under the same names."""
    places = defaultdict(list)
    for path in modules():
        if not FAMILIES & set(path.parts):
            for name in public_names(path):
                places[name].append(str(path.relative_to(ROOT)))
    twice = {name: found for name, found in places.items() if len(found) > 1 and name not in SAME_MEANING}
    assert not twice


def test_no_module_or_room_is_named_by_a_participle():
    words = {
        word: path.relative_to(ROOT)
        for path in modules()
        for word in (path.stem.split("_")[-1], path.parent.name)
        if word.endswith(PARTICIPLES) and word not in NOUNS and not FAMILIES & set(path.parts)
    }
    assert not words


def test_every_module_says_its_one_job():
    for path in modules():
        docstring = ast.get_docstring(ast.parse(path.read_text("utf-8")))
        assert docstring, path
        assert len(docstring.split("\n")[0]) <= 120, path


def test_every_installed_package_is_listed():
    import tomllib

    config = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    listed = config["tool"]["setuptools"]["packages"]
    rooms = {
        "paperhouse." + ".".join(path.parent.relative_to(ROOT).parts)
        for part in (*PARTS, "seeds")
        for path in (ROOT / part).rglob("__init__.py")
    }
    assert sorted(listed) == sorted((rooms - {"paperhouse.flows.api"}) | {"paperhouse"})
