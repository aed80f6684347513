from datetime import date

import pytest

import paperhouse.transforms.read_digest as reader
from paperhouse.transforms.digest import DigestFormat, Entry, Parsed, Reject
from paperhouse.transforms.formats import format_named
from paperhouse.transforms.parsing.repairs import Repair
from paperhouse.transforms.read_digest import (
    REJECT_TEXT_LIMIT,
    DigestDefaults,
    read_digest,
    recognise,
    sha256_of,
    understood_spans,
)
from paperhouse.transforms.text.path_metadata import Place

SECTION = """# A title

**Authors**: Ann Lee, Bob Ray

**Link**: [PDF](https://arxiv.org/pdf/2504.00001)

**Abstract**: Words.

---
"""
TABLE = """# arXiv Daily Report - 30-Apr-2025

| Title | Link | abstract | author |
| --- | --- | --- | --- |
| A title | [https://arxiv.org/abs/2504.00001](https://arxiv.org/abs/2504.00001) | Words. | Ann Lee |
"""


def read(text: str | bytes, path: str = "notes/README.md", **stated):
    content = text if isinstance(text, bytes) else text.encode()
    return read_digest(content, Place(path, tuple(path.split("/"))), DigestDefaults(**stated))


def with_format(monkeypatch, parsed: Parsed, name: str = "broken") -> None:
    known = DigestFormat(name, "", "none", "none", lambda _: True, lambda _: parsed)
    monkeypatch.setattr(reader, "formats_in_order", lambda _: (known,))


def test_a_section_digest_is_read_and_adds_up():
    digest = read(SECTION, "8-Apr-2025/AI/README.md")
    assert [entry.arxiv_id for entry in digest.entries] == ["2504.00001"]
    assert (digest.format, digest.list_name, digest.digest_date) == ("reporter", "AI", date(2025, 4, 8))
    assert (digest.n_lines, digest.n_entry_lines, digest.n_reject_lines, digest.n_furniture_lines) == (
        9,
        7,
        0,
        2,
    )
    assert (digest.n_bytes, digest.sha256) == (len(SECTION), sha256_of(SECTION.encode()))


@pytest.mark.parametrize(
    "mention",
    [
        "see https://arxiv.org/abs/2504.00001 for more",
        "arXiv:2504.00001v2",
        "arXiv: hep-th/9901001",
        "arxiv.org/html/2504.00001",
        "**ArXiv ID**: 2504.00001",
        '{"arxiv_id": "2504.00001"}',
        "https://arxiv.org/format/2504.00001",
    ],
)
def test_an_unknown_layout_with_identifiers_is_one_reject(mention):
    text = f"Reading list\n\n{mention}\n"
    digest = read(text)
    assert digest.format == "unknown"
    assert digest.rejects == [Reject(1, 3, "unknown_format", text)]
    assert (digest.entries, digest.n_lines, digest.n_reject_lines) == ([], 3, 3)


@pytest.mark.parametrize(
    "content",
    [
        b"Permission is hereby granted, free of charge, to any person obtaining a copy",
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 40,
        b"Papers come from arxiv.org, see arxiv.org/help. In 2504.12 units.",
        b"arxiv-daily, version 1.2504.00001",
    ],
    ids=["licence", "picture", "arxiv_without_identifier", "digits_of_a_longer_number"],
)
def test_what_names_no_paper_is_no_digest(content):
    assert read(content) is None


@pytest.mark.parametrize("name", ["README.md", "papers.jsonl", "papers.csv", "a.TXT", "a.json"])
def test_a_zero_byte_file_where_digests_lie_is_a_digest_with_no_entries(name):
    digest = read(b"", f"8-Apr-2025/AI/{name}")
    assert (digest.format, digest.entries, digest.rejects) == ("empty", [], [])
    assert (digest.n_lines, digest.n_bytes, digest.list_name) == (0, 0, "AI")


def test_a_file_of_blank_lines_is_empty_and_all_furniture():
    digest = read(" \n\n")
    assert (digest.format, digest.n_lines, digest.n_furniture_lines) == ("empty", 2, 2)


@pytest.mark.parametrize("name", [".gitkeep", "LICENSE", "empty.png"])
def test_a_zero_byte_file_of_another_kind_is_no_digest(name):
    assert read(b"", name) is None


@pytest.mark.parametrize(
    ("path", "stated", "expected"),
    [
        ("8-Apr-2025/AI/README.md", date(2024, 1, 1), (date(2025, 4, 8), "path")),
        ("notes/README.md", date(2024, 1, 1), (date(2025, 4, 30), "heading")),
    ],
)
def test_the_date_of_the_path_goes_before_the_heading_and_that_before_the_option(path, stated, expected):
    digest = read(TABLE, path, digest_date=stated)
    assert (digest.digest_date, digest.date_source) == expected


def test_the_option_dates_what_nothing_else_dates():
    digest = read(SECTION, digest_date=date(2024, 1, 1))
    assert (digest.digest_date, digest.date_source) == (date(2024, 1, 1), "option")


def test_a_date_that_nobody_states_is_null():
    digest = read(SECTION)
    assert (digest.digest_date, digest.date_source, digest.list_name, digest.source) == (
        None,
        None,
        None,
        None,
    )


def test_the_list_of_the_path_goes_before_the_heading_and_that_before_the_option(monkeypatch):
    with_format(monkeypatch, Parsed(heading_list="Heading"))
    assert read("x", "8-Apr-2025/AI/README.md", list_name="Option").list_name == "AI"
    assert read("x", list_name="Option").list_name == "Heading"
    with_format(monkeypatch, Parsed())
    assert read("x", list_name="Option").list_name == "Option"


def test_the_id_follows_from_content_date_and_list_and_not_from_the_place():
    first = read(SECTION, "8-Apr-2025/AI/README.md")
    assert first.digest_id == read(SECTION, "copy/8-Apr-2025/AI/other.md", source="lab").digest_id
    others = {
        read(SECTION + "\n", "8-Apr-2025/AI/README.md").digest_id,
        read(SECTION, "9-Apr-2025/AI/README.md").digest_id,
        read(SECTION, "8-Apr-2025/NLP/README.md").digest_id,
        read(SECTION).digest_id,
        first.digest_id,
    }
    assert len(others) == 5


def test_a_repair_is_recorded_with_its_place():
    broken = SECTION.replace("Words.", "so vis-Ã\xa0-vis it").replace("Bob Ray", "BjÃ¶rn Ray")
    digest = read(SECTION + "# Second\n" + broken.split("\n", 1)[1])
    second = digest.entries[1]
    assert (second.abstract, second.authors) == ("so vis-à-vis it", ["Ann Lee", "Björn Ray"])
    assert digest.repairs == [
        Repair(2, "abstract", 10, "so vis-Ã\xa0-vis it", "so vis-à-vis it"),
        Repair(2, "authors[2]", 10, "BjÃ¶rn Ray", "Björn Ray"),
    ]


def test_repairs_can_be_switched_off():
    content = SECTION.replace("Words.", "vis-Ã\xa0-vis").encode()
    digest = read_digest(content, Place("a.md", ("a.md",)), is_repairing=False)
    assert (digest.entries[0].abstract, digest.repairs) == ("vis-Ã\xa0-vis", [])


def test_text_that_is_written_in_ascii_escapes_is_repaired_too():
    record = (
        r'{"id": "2504.00001v1", "title": "A vis-\u00c3\u00a0-vis B", "authors": ["Ann Lee"], "categories": ["cs.AI"], '
        r'"abs": "https://arxiv.org/abs/2504.00001", "pdf": "https://arxiv.org/pdf/2504.00001", "comment": null, '
        r'"summary": "Words."}'
    )
    digest = read(record + "\n", "data/2025-04-08.jsonl")
    assert [entry.title for entry in digest.entries] == ["A vis-à-vis B"]
    assert [repair.field for repair in digest.repairs] == ["title"]


def test_linked_identifiers_are_counted_apart_from_the_parser(monkeypatch):
    links = "".join(f"[x](https://arxiv.org/abs/2504.0000{n}v1)\n" for n in (1, 2, 3, 3))
    unreal = "[x](https://arxiv.org/abs/2504.1234)\n"  # four digits, years after arXiv gave that up
    parsed = Parsed(
        entries=[Entry(1, 1, "2504.00001", "A title")], rejects=[Reject(2, 2, "no_title", "2504.00002")]
    )
    with_format(monkeypatch, parsed)
    monkeypatch.setattr(reader, "settle_lines", lambda *_: (1, 0))
    digest = read(links + unreal)
    assert (digest.n_ids_seen, digest.n_ids_unaccounted) == (3, 1)


def test_a_long_reject_keeps_its_beginning_and_all_its_lines():
    text = "arXiv:2504.00001\n" + "x" * REJECT_TEXT_LIMIT + "\n"
    (reject,) = read(text).rejects
    assert (len(reject.text), reject.line_start, reject.line_end) == (REJECT_TEXT_LIMIT, 1, 2)


@pytest.mark.parametrize(
    ("parsed", "fault"),
    [
        (
            Parsed(entries=[Entry(1, 1, "2504.00001", "A"), Entry(1, 1, "2504.00002", "B")]),
            "AccountingError: spans do not add up",
        ),
        (
            Parsed(unit="record", n_records=2, entries=[Entry(1, 1, "2504.00001", "A")]),
            "AccountingError: 2 records, but 1 are claimed",
        ),
    ],
)
def test_a_file_on_which_a_parser_does_not_add_up_is_one_reject_that_names_the_fault(
    monkeypatch, parsed, fault
):
    with_format(monkeypatch, parsed)
    digest = read("x\ny\n")
    assert fault in digest.fault
    assert [(r.reason, r.line_start, r.line_end, r.text) for r in digest.rejects] == [
        ("parser_fault", 1, 2, "x\ny\n")
    ]
    assert (digest.n_lines, digest.n_reject_lines, digest.unit, digest.entries) == (2, 2, "line", [])


def test_a_parser_that_crashes_loses_nothing(monkeypatch):
    def crash(text):
        raise RecursionError(text[:1])

    known = DigestFormat("broken", "", "full", "full", lambda _: True, crash)
    monkeypatch.setattr(reader, "formats_in_order", lambda _: (known,))
    digest = read("x\ny\n")
    assert "parser of broken failed (RecursionError" in digest.fault
    assert (digest.format, digest.n_reject_lines) == ("broken", 2)


def test_records_add_up_as_lines_do(monkeypatch):
    parsed = Parsed(
        unit="record",
        n_records=2,
        entries=[Entry(1, 9, "2504.00001", "A")],
        rejects=[Reject(10, 12, "no_title", "")],
    )
    with_format(monkeypatch, parsed)
    digest = read("x\n" * 12)
    assert (digest.n_lines, digest.n_entry_lines, digest.n_reject_lines, digest.n_furniture_lines) == (
        2,
        1,
        1,
        0,
    )


def test_the_likely_format_is_asked_first_and_never_changes_the_answer():
    assert recognise(SECTION, likely=["report_table", "no such format"]) is format_named("reporter")
    assert recognise(SECTION, likely=["reporter"]) is recognise(SECTION)
    assert recognise("nothing", likely=["reporter"]) is None


def test_spans_are_shown_in_the_order_of_the_lines():
    spans = understood_spans(read("lost 2504.00002\n" + "\n" + TABLE))
    assert [(start, end, what) for start, end, what, _ in spans] == [
        (1, 1, "reject"),
        (2, 2, "furniture"),
        (3, 3, "furniture"),
        (4, 4, "furniture"),
        (5, 6, "furniture"),
        (7, 7, "entry"),
    ]
    assert spans[0][3] == "not_understood: 'lost 2504.00002'"
    assert spans[-1][3] == "2504.00001 A title"


@pytest.mark.parametrize(
    "text",
    [
        '{"compilerOptions":{"target":"es5"}}',
        '{"name":"x","title":"A study","url":"https://example.org/x","authors":["A B"]}',
        '{"collection":[{"a":1}],"messages":[]}',
        '{"total": 1, "data": [{"paperId": "204e", "title": "A study", "abstract": "Text."}]}',
        '{"messages":[],"collection":[{"doi":"10.1101/2024.01.01.573811","title":"A preprint","authors":"Doe, J."}]}',
        '{"doi":"10.1101/2024.01.01.573811","title":"A preprint","authors":"Doe, J."}',
    ],
    ids=["settings", "web_page", "other_list", "semantic_scholar", "biorxiv", "preprint_elsewhere"],
)
def test_a_line_of_json_of_another_world_is_claimed_by_no_format(text):
    assert recognise(text) is None


def test_an_entry_whose_title_is_lost_is_a_reject_that_says_so():
    lost = SECTION.replace("A title", "\ufffd\ufffd\u0131\ufffd\ufffd").replace("00001", "00002")
    digest = read(SECTION + lost)
    assert [entry.arxiv_id for entry in digest.entries] == ["2504.00001"]
    assert [(reject.reason, reject.line_start, reject.line_end) for reject in digest.rejects] == [
        ("damaged_text", 10, 16)
    ]
    assert "2504.00002" in digest.rejects[0].text


def test_one_damaged_character_does_not_lose_a_title():
    assert read(SECTION.replace("A title", "A t\ufffdtle")).n_reject_lines == 0
