from datetime import date

import pytest

from paperhouse.flows.load.summary import Summary
from paperhouse.flows.output.load_report import (
    N_SHOWN,
    inspect_lines,
    load_lines,
    load_markdown,
    notice_lines,
    reason_text,
)
from paperhouse.flows.sources.files import Problem
from paperhouse.transforms.digest import REASONS, Reject
from paperhouse.transforms.read_digest import understood_spans

LOADED = {
    "load_id": "20250408T060000000000Z-abcdef",
    "n_files": 4,
    "n_digests": 1,
    "n_entries": 1234,
    "n_lines": 9999,
    "n_lines_accounted": 9999,
    "n_papers_new": 1000,
    "seconds": 1.234,
}


def test_a_load_is_told_with_its_counts_and_a_query_worth_trying():
    lines = load_lines(Summary(home="data", **LOADED))
    assert lines[0] == "loaded 1 digest in 1.23 s"
    assert "entries    1,234" in lines
    assert "lines      9,999, 9,999 of them accounted for" in lines
    assert lines[-1].startswith('try        paperhouse sql "select')
    assert not any(line.startswith(("repairs", "recovered")) for line in lines)


def test_a_home_of_another_name_stands_in_the_query_quoted():
    assert "paperhouse sql --home 'my home' " in load_lines(Summary(home="my home", **LOADED))[-1]


def test_repairs_are_told_where_there_are_any():
    assert "repairs    2 fields mended" in load_lines(Summary(home="data", n_repairs=2, **LOADED))


def test_nothing_new_is_said():
    lines = load_lines(Summary(home="data", n_files=3, n_known=3, seconds=0.5))
    assert lines[0] == "nothing new in 3 files (0.50 s); the warehouse is unchanged"
    assert not any(line.startswith(("entries", "try")) for line in lines)


def test_the_first_notices_are_told_whole_and_the_rest_counted():
    problems = [
        Problem(f"{number}.md", "is no regular file", "nothing is read from it")
        for number in range(N_SHOWN + 2)
    ]
    lines = notice_lines(Summary(home="data", problems=problems, warnings=["look here"], notices=["done"]))
    assert len(lines) == N_SHOWN + 1
    assert lines[-1] == "and 4 more"
    assert "left out: 0.md: is no regular file; nothing is read from it" in lines
    assert notice_lines(Summary(home="data", warnings=["look here"])) == ["warning: look here"]
    assert notice_lines(Summary(home="data", notices=["done"])) == ["note: done"]
    assert notice_lines(Summary(home="data")) == []


def test_a_load_as_markdown():
    text = load_markdown(Summary(home="data", warnings=["look here"], **LOADED))
    assert text.startswith(f"# Load {LOADED['load_id']}\n\n| what | how many |\n| --- | ---: |\n")
    assert "| entries | 1,234 |" in text
    assert "## Notices\n\n* warning: look here\n" in text
    assert load_markdown(Summary(home="data")).startswith("# Nothing new")
    assert "Notices" not in load_markdown(Summary(home="data"))


def test_a_file_is_shown_line_by_line(bench):
    reject = Reject(2, 3, "no_title", "x")
    facts = {"rejects": [reject], "n_lines": 3, "n_reject_lines": 2, "n_ids_seen": 4, "n_ids_unaccounted": 1}
    digest = bench.digest([bench.entry()], date(2025, 4, 8), path="a.md", **facts)
    lines = inspect_lines(digest, understood_spans(digest))
    assert lines == [
        "a.md: format reporter, utf-8, list AI, date 2025-04-08 from path",
        "1 entries, 1 rejects; of 3 lines 1 in entries, 2 in rejects, 0 furniture",
        "1 of 4 linked identifiers are in no entry and no reject",
        "      1-1       entry     2504.00001 A title",
        "      2-3       reject    no_title: 'x'",
    ]
    bare = bench.digest([], None, None, path="a.md")
    assert inspect_lines(bare, [])[0] == "a.md: format reporter, utf-8, list (none), date (none)"


@pytest.mark.parametrize("reason", [*REASONS, "something new"])
def test_every_reason_has_words(reason):
    assert reason_text(reason) == REASONS.get(reason, reason)


def test_layouts_are_told_in_two_kinds_the_largest_first_and_the_rest_counted():
    families = {f"family_{number}": (1, 10 * number) for number in range(1, 10)}
    formats = {**families, "generic_list": (2, 30), "unknown": (1, 0)}
    summary = Summary(home="data", formats=formats, found=["lists/a b.md"], unread=["x/essay.md"], **LOADED)
    lines = load_lines(summary)
    at = lines.index("read as    450 entries of 9 files: known layouts (`paperhouse formats` lists them)")
    assert lines[at + 1].endswith(
        "family_9 90, family_8 80, family_7 70, family_6 60, family_5 50, family_4 40, and 3 more"
    )
    assert lines[at + 2].startswith("found      30 entries of 2 files: records by what repeats")
    assert lines[at + 4] == "           see what was found: `paperhouse inspect 'lists/a b.md'`"
    assert any(line.startswith("not read   1 file that may only mention papers") for line in lines)


def test_a_load_of_one_known_layout_needs_no_word_about_it():
    lines = load_lines(Summary(home="data", formats={"reporter": (3, 55)}, **LOADED))
    assert not any(line.startswith(("read as", "found", "not read")) for line in lines)
