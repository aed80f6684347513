"""Layouts of strangers, read by the generic reader: the expectations are arXiv's own records, not what was read."""

import json
from dataclasses import asdict
from datetime import date
from pathlib import Path

import pytest

from paperhouse.transforms.read_digest import read_digest
from paperhouse.transforms.text.path_metadata import Place

GOLDEN = Path(__file__).parent / "generic"
EXPECTED = ".expected.jsonl"
CASES = sorted(p for p in GOLDEN.glob("[a-z]*/*") if not p.name.endswith(EXPECTED))


def expectation(case: Path) -> list[dict]:
    lines = case.with_name(case.stem + EXPECTED).read_text("utf-8").split("\n")
    return [json.loads(line) for line in lines if line]


@pytest.mark.parametrize("case", CASES, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_every_record_of_a_layout_is_read_as_arxiv_states_it(case):
    head, *expected = expectation(case)
    digest = read_digest(case.read_bytes(), Place(case.name, (case.name,)))
    assert digest.format == head["format"]
    assert not digest.rejects
    assert digest.n_entry_lines + digest.n_furniture_lines == digest.n_lines
    read = [json.loads(json.dumps(asdict(entry), default=date.isoformat)) for entry in digest.entries]
    told = [{key: entry[key] for key in wanted} for entry, wanted in zip(read, expected, strict=True)]
    assert told == expected


def test_generated_text_is_no_abstract_and_no_title():
    """The bots' own words in these layouts are ours, in Chinese, Japanese and Korean."""
    for case in CASES:
        digest = read_digest(case.read_bytes(), Place(case.name, (case.name,)))
        for entry in digest.entries:
            assert "机器" not in (entry.abstract or "") + (entry.title or "")


def test_the_goldens_hold_300_records_of_more_than_12_layouts():
    assert len({case.parent for case in CASES}) >= 12
    assert sum(len(expectation(case)) - 1 for case in CASES) >= 300
