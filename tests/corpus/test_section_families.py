"""The section, JSON and CSV families on real files, each against a source that says the same in another way."""

import ast
import csv
import json
import re
from collections import Counter
from pathlib import Path

import pytest

from paperhouse.transforms.formats import (
    advanced_cs,
    ai_enhanced,
    ai_enhanced_jsonl,
    known_formats,
    report_table,
    report_table_csv,
    reporter,
    reporter_jsonl,
    rss_bot,
    scroll,
    scroll_json,
)
from paperhouse.transforms.text.decode import decode
from paperhouse.transforms.text.lines import count_lines, settle_lines

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
FAMILIES = CORPUS / "families"
AI_ENHANCED = FAMILIES / "ai-enhanced" / "data"

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason=f"the corpus of real digests is not at {CORPUS}")


def text_of(path):
    return decode(path.read_bytes())[0]


def accounted(module, path):
    """Parse a file, check that every line or record is accounted for and nothing refused, and return it."""
    text = text_of(path)
    parsed = module.FORMAT.parse(text)
    if parsed.unit == "line":
        settle_lines(parsed, text, count_lines(text))
    else:
        n_claimed = len(parsed.entries) + len(parsed.rejects) + len(parsed.furniture)
        assert n_claimed == parsed.n_records
    assert parsed.rejects == []
    return parsed


def wording(entry):
    return entry.arxiv_id, entry.title, tuple(entry.authors), entry.abstract


def squeezed(text):
    return " ".join((text or "").split())


def families_files():
    names = ("ai-enhanced", "rss-bot", "scroll", "advanced-cs")
    return [path for name in names for path in sorted((FAMILIES / name).rglob("*.*")) if path.is_file()]


@pytest.mark.parametrize("path", families_files(), ids=lambda path: path.name[:40])
def test_one_format_claims_each_file(path):
    head = text_of(path)[:65_536]
    claims = [known.name for known in known_formats() if known.recognise(head)]
    assert len(claims) == 1, claims
    assert claims[0].startswith(path.relative_to(FAMILIES).parts[0].replace("-", "_"))


@pytest.mark.parametrize("path", sorted(AI_ENHANCED.glob("*.jsonl")), ids=lambda path: path.stem)
def test_ai_enhanced_lines_are_what_json_says(path):
    parsed = accounted(ai_enhanced_jsonl, path)
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]
    assert len(parsed.entries) == len(records)
    for entry, record in zip(parsed.entries, records, strict=True):
        assert (entry.arxiv_id, entry.title, entry.authors) == (
            record["id"],
            record["title"],
            record["authors"],
        )
        assert squeezed(entry.abstract) == squeezed(record["summary"])
        assert entry.comment == record["comment"]
        assert entry.primary_category == record["categories"][0]
        assert [url for url, _ in entry.links] == ([record["code_url"]] if "code_url" in record else [])
        generated = {note.kind: note.text for note in entry.notes}
        assert all(generated[kind] == text.strip() for kind, text in record.get("AI", {}).items())


def test_ai_enhanced_page_says_what_the_lines_of_its_day_say():
    page = accounted(ai_enhanced, AI_ENHANCED / "2026-06-30.md")
    lines = accounted(ai_enhanced_jsonl, AI_ENHANCED / "2026-06-30_AI_enhanced_Chinese.jsonl")
    by_id = {entry.arxiv_id: entry for entry in lines.entries}
    assert len(page.entries) == len(by_id) == 532
    different = Counter()
    for entry in page.entries:
        other = by_id[entry.arxiv_id]
        assert (entry.title, entry.authors, entry.abstract) == (other.title, other.authors, other.abstract)
        assert entry.primary_category == other.primary_category == entry.topic
        notes = {
            note.kind: note.text for note in other.notes if note.kind in {"tldr", "motivation", "method"}
        }
        different.update(note.kind for note in entry.notes if notes.get(note.kind, note.text) != note.text)
    assert different == Counter()


def test_ai_enhanced_contents_promise_as_many_papers():
    path = AI_ENHANCED / "2026-06-30.md"
    promised = dict(re.findall(r"^- \[(\S+)\]\(#\S+\) \[Total: (\d+)\]", text_of(path), re.MULTILINE))
    found = Counter(entry.topic for entry in accounted(ai_enhanced, path).entries)
    assert found == {topic: int(count) for topic, count in promised.items()}


def test_rss_bot_readme_states_its_total():
    path = FAMILIES / "rss-bot" / "README.md"
    parsed = accounted(rss_bot, path)
    assert f"**Total Papers Found**: {len(parsed.entries)}" in text_of(path)
    assert parsed.heading_date is not None
    for entry in parsed.entries:
        assert entry.version
        assert entry.stated_date_kind == "announced"
        assert entry.announce_type in {"new", "cross", "replace", "replace-cross"}
        is_cut = entry.abstract.endswith("...")
        assert entry.abstract_completeness == ("truncated" if is_cut else "full")
        assert len(entry.abstract) <= 303


def test_scroll_document_is_what_json_says():
    path = FAMILIES / "scroll" / "data" / "2025-10-15" / "arxiv.json"
    parsed = accounted(scroll_json, path)
    document = json.loads(path.read_text(encoding="utf-8"))
    lines = text_of(path).split("\n")
    assert len(parsed.entries) == document["count"] == 119
    for entry, paper in zip(parsed.entries, document["papers"], strict=True):
        assert f"{entry.arxiv_id}v{entry.version}" == paper["arxiv_id"]
        assert (entry.title, entry.authors) == (paper["title"], paper["authors"])
        assert entry.abstract == squeezed(paper["summary"]) or "\n  " in paper["summary"]
        assert json.dumps(paper["title"], ensure_ascii=False)[1:-1] in lines[entry.line_start]


@pytest.mark.parametrize(
    "path", sorted((FAMILIES / "scroll" / "pages").glob("*.md")), ids=lambda path: path.name[:14]
)
def test_scroll_page_is_one_paper(path):
    (entry,) = accounted(scroll, path).entries
    text = text_of(path)
    front = re.search(r"^title: (.*)$", text, re.MULTILINE)
    assert entry.title == front[1].strip()
    assert path.name.startswith(f"{entry.arxiv_id.replace('.', '')}v{entry.version}-")
    assert entry.abstract == squeezed(text.split("## 摘要（原文）")[1].replace("\n>", "\n"))
    assert ", ".join(entry.authors) == re.search(r"\*\*作者\*\*：(.*)", text)[1].strip()
    assert {note.kind for note in entry.notes} == {"tldr", "keywords", "key_points"}


def test_advanced_cs_list_up_to_where_it_was_cut():
    path = FAMILIES / "advanced-cs" / "20260317_Tue-video.md"
    parsed = accounted(advanced_cs, path)
    assert len(parsed.entries) == text_of(path).count("\n#### [new ") == 23
    *whole, last = parsed.entries
    assert all(entry.authors and entry.abstract and entry.categories for entry in whole)
    assert (last.arxiv_id, last.authors_completeness, last.abstract) == ("2603.13615", "none", None)
    assert {entry.announce_type for entry in parsed.entries} == {"new"}


def test_every_csv_row_says_what_its_table_says():
    n_rows, cut = 0, []
    for path in sorted((CORPUS / "report-table").glob("*/papers.csv")):
        rows = accounted(report_table_csv, path).entries
        table = accounted(report_table, path.with_name("README.md")).entries
        n_rows += len(rows)
        assert [entry.arxiv_id for entry in rows] == [entry.arxiv_id for entry in table]
        for row, entry in zip(rows, table, strict=True):
            if row.abstract_completeness == "truncated":
                assert entry.abstract.startswith(row.abstract)
                cut.append(row.arxiv_id)
                continue
            assert [squeezed(str(part)) for part in wording(row)] == [
                squeezed(str(part)) for part in wording(entry)
            ]
    assert (n_rows, cut) == (1297, ["2510.13738"])


def test_csv_rows_are_what_the_csv_module_says():
    for path in sorted((CORPUS / "report-table").glob("*/papers.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        entries = accounted(report_table_csv, path).entries
        assert [entry.title for entry in entries] == [row["Title"].strip() for row in rows]
        for entry, row in zip(entries, rows, strict=True):
            assert ", ".join(entry.authors) == squeezed(row["author"])


def reporter_lists():
    return sorted((CORPUS / "reporter").rglob("*.jsonl")) + sorted(
        (CORPUS / "reporter-bilingual").rglob("*.jsonl")
    )


@pytest.mark.parametrize(
    "path", reporter_lists()[::12], ids=lambda path: f"{path.parent.parent.name}-{path.stem}"
)
def test_reporter_lines_say_what_their_page_says(path):
    same_wording(path)


@pytest.mark.slow
def test_all_reporter_lines_say_what_their_pages_say():
    assert sum(same_wording(path) for path in reporter_lists()) == 12_269


def same_wording(path):
    """Compare a list of Python dicts with the page beside it and with its own literals; return its size."""
    lines = accounted(reporter_jsonl, path).entries
    records = [ast.literal_eval(line) for line in text_of(path).split("\n") if line.strip()]
    assert [(f"arXiv:{entry.arxiv_id}", entry.title) for entry in lines] == [
        (record["arxiv_id"], record["title"].strip()) for record in records
    ]
    page = path.with_name("README.md") if path.stem == "papers" else path.with_suffix(".md")
    if page.exists():
        sections = accounted(reporter, page).entries
        if path.relative_to(CORPUS).parts[1:3] == ("18-Dec-2024", "IR"):
            sections = list({wording(entry): entry for entry in sections}.values())  # the page repeats one
        assert [wording(entry) for entry in lines] == [wording(entry) for entry in sections]
        assert [entry.translations for entry in lines] == [entry.translations for entry in sections]
    return len(lines)
