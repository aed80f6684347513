"""Records of strangers' digests, each read beside its source by eye: title, authors and abstract as the source states them.

    python tests/corpus/test_checked_records.py ../shared/corpus/wild

prints recall and precision by repository. The file holds what the sources say of papers, not the sources.
"""

import json
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from paperhouse.transforms.digest import Entry
from paperhouse.transforms.read_digest import read_digest
from paperhouse.transforms.text.path_metadata import Place

HERE = Path(__file__).parent
WILD = HERE.parents[2] / "shared" / "corpus" / "wild"
CHECKED = [json.loads(line) for line in (HERE / "checked_records.jsonl").read_text("utf-8").splitlines()]
GOLDEN = HERE.parent / "golden" / "generic"
FIELDS = ("authors", "abstract")
STATED = ("version", "title", "authors", "authors_completeness", "abstract", "abstract_completeness")


@cache
def entries_of(root: Path, name: str) -> tuple[str | None, dict[tuple[int, str], Entry]]:
    """Format of a file, and its entries by first line and identifier."""
    digest = read_digest((root / name).read_bytes(), Place(name, tuple(name.split("/"))))
    if digest is None:
        return None, {}
    return digest.format, {(entry.line_start, entry.arxiv_id): entry for entry in digest.entries}


def read_entry(root: Path, record: dict) -> Entry | None:
    return entries_of(root, record["path"])[1].get((record["line_start"], record["arxiv_id"]))


@pytest.mark.skipif(not WILD.is_dir(), reason="needs ../shared/corpus/wild")
@pytest.mark.parametrize("path", sorted({record["path"] for record in CHECKED}))
def test_checked_records_are_read_as_their_source_states_them(path):
    for record in (record for record in CHECKED if record["path"] == path):
        assert entries_of(WILD, path)[0] == record["format"]
        entry = read_entry(WILD, record)
        assert entry is not None, (path, record["line_start"])
        assert {name: getattr(entry, name) for name in STATED} == {name: record[name] for name in STATED}


def test_at_least_300_records_of_12_repositories_were_checked_by_eye():
    beside = {
        json.loads(line).get("arxiv_id")
        for path in GOLDEN.glob("checked_*/*.expected.jsonl")
        for line in path.read_text("utf-8").splitlines()
    } - {None}
    keys = {(record["path"], record["line_start"], record["arxiv_id"]) for record in CHECKED}
    assert len(keys) == len(CHECKED)
    assert len(keys) + len(beside - {record["arxiv_id"] for record in CHECKED}) >= 300
    assert len({record["path"].partition("/")[0] for record in CHECKED}) >= 12


def figures(root: Path) -> dict[str, Counter[str]]:
    """By repository and over all: how often each field is stated, given, and given as it is stated."""
    counts: dict[str, Counter[str]] = {}
    for record in CHECKED:
        entry = read_entry(root, record)
        for key in (record["path"].partition("/")[0], "all"):
            here = counts.setdefault(key, Counter())
            here["records"] += 1
            for name in FIELDS:
                given = getattr(entry, name) if entry is not None else None
                here[f"{name} stated"] += bool(record[name])
                here[f"{name} given"] += bool(given)
                here[f"{name} right"] += bool(given) and given == record[name]
    return counts


if __name__ == "__main__":
    for repository, count in figures(Path(sys.argv[1])).items():
        shares = ", ".join(
            f"{name} {count[f'{name} right']} right of {count[f'{name} stated']} stated and {count[f'{name} given']} given"
            for name in FIELDS
        )
        sys.stdout.write(f"{repository:44} {count['records']:4} records; {shares}\n")
