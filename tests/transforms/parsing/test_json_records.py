import ast
import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paperhouse.transforms.digest import Entry
from paperhouse.transforms.formats import ai_enhanced_jsonl, reporter_jsonl, scroll_json
from paperhouse.transforms.parsing.json_records import load_json, load_literal, names_of, read_record

RECORD = {"id": "2510.11822v2", "title": "A title", "authors": ["A. Author"], "summary": "An abstract."}


def read(**fields):
    entry = read_record({**RECORD, **fields})
    assert isinstance(entry, Entry)
    return entry


@pytest.mark.parametrize(
    "line",
    [
        "__import__('os').getcwd()",
        "{'a': open('x')}",
        "[" * 100_000,
        "{'a': " + "-" * 100_000 + "1}",
        "1+" * 50_000 + "1",
        "{'a': 1e999j, }}",
        "'\x00'",
        "{[]: 1}",
        "'" + "x" * (1 << 20) + "'",
        "9" * 10_000,
    ],
    ids=lambda line: line[:20],
)
def test_what_is_no_plain_literal_is_none(line):
    assert not isinstance(load_literal(line), dict)


@given(
    st.dictionaries(st.text(), st.text(), max_size=4).map(repr)
    | st.lists(
        st.sampled_from(
            [
                "{",
                "}",
                "'a'",
                "': '",
                "'",
                '"',
                ": ",
                ", ",
                "a",
                "true",
                "null",
                "NaN",
                "0",
                "-",
                "u",
                "[",
                "]",
            ]
        )
        | st.sampled_from(["'a': 'b'", "\\'", "\t", "\0", "\r", "\n", "\ud800", "\u00e9", "\u2028", "#", " "])
    ).map(lambda parts: "{'k': 'v', " + "".join(parts) + "}")
)
def test_a_literal_is_read_as_python_reads_it(line):
    try:
        expected = ast.literal_eval(line.strip())
    except (ValueError, SyntaxError, TypeError):
        expected = None
    assert load_literal(line) == expected


@pytest.mark.parametrize("line", ["[" * 100_000, '{"a": ' * 100_000, "9" * 10_000, "{'a': 1}", "\x00", ""])
def test_what_is_no_json_is_none(line):
    assert load_json(line) is None


def test_summary_is_the_abstract_unless_an_abstract_is_there():
    assert read().abstract == "An abstract."
    other = read(abstract="The real one.")
    assert (other.abstract, other.notes) == ("The real one.", [])


def test_version_comes_from_whichever_field_states_it():
    entry = read(id="2510.11822", pdf="https://arxiv.org/pdf/2510.11822v3")
    assert (entry.arxiv_id, entry.version) == ("2510.11822", 3)


def test_version_of_another_paper_is_not_taken():
    assert read(id="2510.11822", pdf="https://arxiv.org/pdf/2401.00001v3").version is None


def test_identifier_that_json_made_a_number_is_not_read():
    assert read_record({"id": 2504.0417, "title": "T"}) == "no_arxiv_id"


def test_field_that_nobody_knows_is_kept_as_a_note():
    assert [(n.kind, n.text) for n in read(hearts=7, mood="calm").notes] == [
        ("hearts", "7"),
        ("mood", "calm"),
    ]


def test_generated_group_becomes_notes_in_its_language():
    notes = read(AI={"tldr": "提出一种 new method", "method": "Plain words"}).notes
    assert [(n.kind, n.language) for n in notes] == [("tldr", "zh"), ("method", None)]


def test_translations_are_one_per_language():
    entry = read(title_zh="标题在此", abstract_zh="摘要在此")
    assert [(t.language, t.title, t.abstract) for t in entry.translations] == [("zh", "标题在此", "摘要在此")]


def test_timestamp_gives_the_day_and_what_it_means():
    entry = read(published="2025-10-15T17:59:59Z")
    assert (entry.stated_date, entry.stated_date_kind) == (date(2025, 10, 15), "published")


@pytest.mark.parametrize(
    ("written", "names"),
    [
        (["A", " ", None, "B "], ["A", "B"]),
        ([{"name": "A", "affiliation": "X"}], ["A"]),
        ("A, B,C", ["A", "B,C"]),
        ("A,B,C", ["A", "B", "C"]),
        ("A; B, Jr.;C", ["A", "B, Jr.", "C"]),
        ("张三、李四", ["张三", "李四"]),
        (7, []),
        (None, []),
    ],
)
def test_names_of_every_way_to_write_a_list(written, names):
    assert names_of(written) == names


@pytest.mark.parametrize("module", [reporter_jsonl, ai_enhanced_jsonl])
def test_every_line_that_is_not_blank_is_one_record(module):
    parsed = module.parse("\n\n{}\n[]\nx\n\u2028\n{'a': 1}\n\x0b")
    assert parsed.n_records == len(parsed.entries) + len(parsed.rejects) == 4
    assert [reject.line_start for reject in parsed.rejects] == [3, 4, 5, 7]


def test_document_that_breaks_off_keeps_the_papers_before():
    text = json.dumps({"count": 3, "papers": [RECORD, RECORD, RECORD]})
    for cut in range(text.index("[") + 1, len(text)):
        parsed = scroll_json.parse(text[:cut])
        assert parsed.n_records == len(parsed.entries) + len(parsed.rejects)
    assert len(scroll_json.parse(text[: text.rindex('"title"')]).entries) == 2


def test_many_small_elements_are_read_in_linear_time():
    parsed = scroll_json.parse('{"papers": [' + "1,\n" * 100_000)
    assert parsed.n_records == len(parsed.rejects) == 100_000
