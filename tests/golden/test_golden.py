"""Every golden digest reads exactly as its expectation says, in every format.

`tests/golden/<format>/<case>.<md|json|jsonl|csv|txt>` stands beside `<case>.expected.jsonl`: one object an
entry with the key `entry` (line_start, line_end, arxiv_id, title and what differs from Entry's defaults), and
the key `summary` in the last one. `python tests/golden/test_golden.py FILE ...` writes expectations: read them.
"""

import json
import sys
from dataclasses import MISSING, asdict, fields
from datetime import date
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))

import pytest

from paperhouse.transforms.digest import Entry, Parsed
from paperhouse.transforms.formats import format_named, known_formats
from paperhouse.transforms.parsing.repairs import repair_parsed
from paperhouse.transforms.text.lines import count_lines, settle_lines

GOLDEN = Path(__file__).parent
HEAD_SIZE = 65536
ALWAYS = ("line_start", "line_end", "arxiv_id", "title")
EXPECTED = ".expected.jsonl"


def case_files() -> list[Path]:
    return sorted(p for p in GOLDEN.glob("[a-z]*/*") if p.is_file() and not p.name.endswith(EXPECTED))


def expectation_of(case: Path) -> Path:
    return case.with_name(case.name.rsplit(".", 1)[0] + EXPECTED)


def read_text(path: Path) -> str:
    with path.open(encoding="utf-8", newline="") as file:
        return file.read()


def told(entry: Entry) -> dict[str, Any]:
    stated = json.loads(json.dumps(asdict(entry), default=date.isoformat))
    kept = {}
    for spec in fields(Entry):
        default = spec.default_factory() if spec.default_factory is not MISSING else spec.default
        if spec.name in ALWAYS or getattr(entry, spec.name) != default:
            kept[spec.name] = stated[spec.name]
    return kept


def settle(parsed: Parsed, text: str) -> tuple[int, int]:
    """Number of units and of furniture units, after every one of them was accounted for."""
    if parsed.unit == "line":
        n_lines = count_lines(text)
        n_entry_lines, *_, n_furniture_lines = settle_lines(parsed, text, n_lines)
        n_reject_lines = sum(r.line_end - r.line_start + 1 for r in parsed.rejects)
        assert n_entry_lines + n_reject_lines + n_furniture_lines == n_lines
        return n_lines, n_furniture_lines
    spans = [*parsed.entries, *parsed.rejects, *parsed.furniture]
    assert len(spans) == parsed.n_records, "each record is exactly one entry, reject or furniture"
    return parsed.n_records, len(parsed.furniture)


def outcome(name: str, text: str) -> list[dict[str, Any]]:
    parsed = format_named(name).parse(text)
    repair_parsed(parsed, text, is_repairing=False)  # halves of characters, which no expectation could hold
    n_lines, n_furniture_lines = settle(parsed, text)
    summary = {
        "format": name,
        "n_entries": len(parsed.entries),
        "n_rejects": len(parsed.rejects),
        "n_lines": n_lines,
        "n_furniture_lines": n_furniture_lines,
        "heading_date": parsed.heading_date.isoformat() if parsed.heading_date else None,
        "reject_reasons": [reject.reason for reject in parsed.rejects],
    }
    return [*({"entry": told(entry)} for entry in parsed.entries), {"summary": summary}]


@pytest.mark.parametrize("case", case_files(), ids=lambda p: f"{p.parent.name}/{p.name}")
def test_golden_reads_as_expected(case):
    expectation = expectation_of(case)
    assert expectation.exists(), f"{case.name} has no {expectation.name}"
    expected = [json.loads(line) for line in read_text(expectation).split("\n") if line]
    assert outcome(case.parent.name, read_text(case)) == expected


@pytest.mark.parametrize("case", case_files(), ids=lambda p: f"{p.parent.name}/{p.name}")
def test_golden_is_recognised_by_its_own_format_only(case):
    text = read_text(case)
    claims = [known.name for known in known_formats() if known.recognise(text[:HEAD_SIZE])]
    assert claims == ([case.parent.name] if text.strip() else [])


def test_every_expectation_has_exactly_one_golden():
    expectations = sorted(GOLDEN.glob(f"*/*{EXPECTED}"))
    assert expectations == sorted(expectation_of(case) for case in case_files())


def test_every_format_has_a_golden():
    named = {case.parent.name for case in case_files()}
    assert {known.name for known in known_formats()} <= named


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        golden = Path(argument)
        lines = [
            json.dumps(line, ensure_ascii=False) for line in outcome(golden.parent.name, read_text(golden))
        ]
        expectation_of(golden).write_text("\n".join(lines) + "\n", encoding="utf-8", newline="")
