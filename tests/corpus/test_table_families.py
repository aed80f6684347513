"""The table families on their real files, against sources that our parsers had no hand in."""

import csv
import json
import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from paperhouse.transforms.formats import format_named, known_formats
from paperhouse.transforms.text.lines import count_lines, settle_lines

CORPUS = Path(__file__).parents[2].parent / "shared" / "corpus"
FAMILIES = CORPUS / "families"
pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason=f"the corpus of real digests is not at {CORPUS}")

FILES = {
    "cv-arxiv-daily/README.md": ("cv_arxiv_daily", 381, date(2026, 6, 29)),
    "cv-arxiv-daily/index.md": ("cv_arxiv_daily", 139, date(2026, 6, 29)),
    "cv-arxiv-daily/wechat.md": ("cv_arxiv_daily", 129, date(2022, 12, 2)),
    "storage/storage_2021-12-31.md": ("storage", 180, date(2021, 12, 31)),
    "storage/storage_2025-02-16.md": ("storage", 120, date(2025, 2, 16)),
    "storage/storage_2025-04-07.md": ("storage", 120, date(2025, 4, 7)),
    "storage/storage_2025-05-27.md": ("storage", 120, date(2025, 5, 27)),
    "storage/storage_2025-12-22.md": ("storage", 0, date(2025, 12, 22)),
    "storage/storage_2025-12-29.md": ("storage", 0, date(2025, 12, 29)),
    "storage/storage_2026-04-20.md": ("storage", 0, date(2026, 4, 20)),
    "storage/storage_2026-04-27.md": ("storage", 0, date(2026, 4, 27)),
    "dailyarxiv/README.md": ("dailyarxiv", 251, date(2026, 8, 21)),
}
ID_IN_LINK = re.compile(r"\]\(https?://arxiv\.org/abs/(\d{4}\.\d{4,5})(?:v(\d+))?\)")


def read_text(path):
    with path.open(encoding="utf-8", newline="") as file:
        return file.read()


def parsed_file(name):
    text = read_text(FAMILIES / name)
    known = format_named(FILES[name][0])
    parsed = known.parse(text)
    n_lines = count_lines(text)
    n_entry_lines, *_, n_furniture_lines = settle_lines(parsed, text, n_lines)
    assert n_entry_lines + n_furniture_lines == n_lines
    return parsed, text


@pytest.mark.parametrize("name", FILES)
def test_every_line_is_an_entry_or_furniture(name):
    _, n_entries, heading_date = FILES[name]
    parsed, _ = parsed_file(name)
    assert (len(parsed.entries), parsed.rejects, parsed.heading_date) == (n_entries, [], heading_date)


@pytest.mark.parametrize("name", FILES)
def test_entries_are_the_identifiers_in_link_position(name):
    """One link a line: the plain scan knows nothing of tables, cells or heads."""
    parsed, text = parsed_file(name)
    scanned = [
        (number, link[1], int(link[2]) if link[2] else None)
        for number, line in enumerate(text.split("\n"), start=1)
        if (link := ID_IN_LINK.search(line))
    ]
    assert [(entry.line_start, entry.arxiv_id, entry.version) for entry in parsed.entries] == scanned


@pytest.mark.parametrize(
    "name", [name for name in FILES if FILES[name][0] != "dailyarxiv" and FILES[name][1]]
)
def test_cells_are_those_of_a_plain_split(name):
    """No row of these files has a pipe inside of a cell; the scan relies on that and proves it by counting."""
    parsed, text = parsed_file(name)
    lines = text.split("\n")
    for entry in parsed.entries:
        line = lines[entry.line_start - 1]
        if line.startswith("|"):
            _, day, title, author, _, code, _ = line.split("|")
        else:
            day, rest = line[2:].split(", ", 1)
            title, rest = rest.split("**, ", 1)
            title += "**"
            author, rest = rest.split(", Paper: ")
            code = rest.partition(", Code: ")[2] or "null"
        assert f"{entry.stated_date}" == day.strip("*")
        assert f"**{entry.title}**" == title
        assert [f"{name} et.al." for name in entry.authors] == [author]
        assert entry.authors_completeness == "first_only"
        assert bool(entry.links) == (code != "null")
        assert all(f"({url})" in code for url, _ in entry.links)
        assert not entry.notes


def test_readme_and_index_say_the_same_of_the_same_papers():
    """The sample's JSON holds its oldest papers and README.md its newest: they share none to compare."""
    readme, _ = parsed_file("cv-arxiv-daily/README.md")
    index, _ = parsed_file("cv-arxiv-daily/index.md")
    stated = {(e.topic, e.arxiv_id): e for e in readme.entries}
    shared = [
        (entry, stated[key]) for entry in index.entries if (key := (entry.topic, entry.arxiv_id)) in stated
    ]
    assert len(shared) == 139
    for one, other in shared:
        assert (one.title, one.authors, one.stated_date) == (other.title, other.authors, other.stated_date)


@pytest.mark.parametrize("name", ["cv-arxiv-daily.json", "cv-arxiv-daily-wechat.json"])
def test_json_records_are_the_keys_of_the_file(name):
    text = read_text(FAMILIES / "cv-arxiv-daily" / name)
    parsed = format_named("cv_arxiv_daily_json").parse(text)
    keys = [(topic, key) for topic, papers in json.loads(text).items() for key in papers]
    assert [(entry.topic, entry.arxiv_id) for entry in parsed.entries] == keys
    assert (parsed.n_records, parsed.rejects) == (len(keys), [])
    values = [value for papers in json.loads(text).values() for value in papers.values()]
    for entry, value in zip(parsed.entries, values, strict=True):
        assert f"**{entry.title}**" in value
        assert f"{entry.authors[0]} et.al." in value
        assert bool(entry.links) == ("https://" in value)


def test_dailyarxiv_abstracts_and_comments_are_what_stands_between_the_tags():
    parsed, text = parsed_file("dailyarxiv/README.md")
    lines = text.split("\n")
    kinds = Counter()
    for entry in parsed.entries:
        line = lines[entry.line_start - 1]
        abstract = line.split("<summary>Show</summary><p>")[1].split("</p></details>")[0]
        comment = line[line.index("</p></details>") + len("</p></details>") :].strip(" |")
        shown = comment.split("<p>")[1].split("</p>")[0] if "<p>" in comment else comment
        assert entry.abstract == abstract.strip()
        assert (entry.comment or "") == shown.strip()
        assert line.startswith(
            f"| **[{entry.title}](https://arxiv.org/abs/{entry.arxiv_id}v{entry.version})** | "
        )
        kinds["behind details" if "<p>" in comment else "plain" if comment else "empty"] += 1
    assert kinds == {"behind details": 74, "plain": 38, "empty": 139}


def test_no_file_is_claimed_by_two_formats_and_table_families_claim_theirs():
    claims = {}
    for path in sorted(
        path for path in CORPUS.rglob("*") if path.suffix in {".md", ".json", ".jsonl", ".csv", ".txt"}
    ):
        with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
            head = file.read(65_536)
        claims[path.relative_to(CORPUS).as_posix()] = [
            known.name for known in known_formats() if known.recognise(head)
        ]
    assert {name: names for name, names in claims.items() if len(names) > 1} == {}
    assert all(claims[f"families/{name}"] == [known] for name, (known, _, _) in FILES.items())


def test_report_table_rows_are_those_of_the_csv_beside_it():
    """One of the CSV files was cut off by its writer: there the row is compared as far as it goes."""
    known = format_named("report_table")
    n_files = n_rows = n_cut = 0
    for path in sorted(CORPUS.glob("report-table/*/README.md")):
        parsed = known.parse(read_text(path))
        with path.with_name("papers.csv").open(encoding="utf-8", newline="") as file:
            papers = list(csv.DictReader(file))
        assert (parsed.rejects, len(parsed.entries)) == ([], len(papers))
        for entry, paper in zip(parsed.entries, papers, strict=True):
            assert (entry.title, entry.arxiv_id) == (paper["Title"].strip(), paper["Link"].rpartition("/")[2])
            if paper["author"] is None:
                assert entry.abstract.startswith(paper["Desc"].strip())
                n_cut += 1
                continue
            assert entry.abstract == paper["Desc"].strip()
            assert entry.authors == [name.strip() for name in paper["author"].split(", ")]
        n_files += 1
        n_rows += len(papers)
    assert (n_files, n_rows, n_cut) == (262, 1297, 1)
