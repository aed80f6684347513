"""The reporter and report_table families against what their own makers wrote beside each file."""

import ast
import csv
import hashlib
import json
from collections import Counter
from pathlib import Path

import pytest

from paperhouse.transforms.read_digest import read_digest
from paperhouse.transforms.text.path_metadata import Place

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason=f"the corpus of real digests is not at {CORPUS}")

CUT_IN_ITS_CSV = "2510.13738"
"""The last row of one papers.csv ends in the middle of its abstract."""


PARTED_NAMES = {
    ("Chenchen Feng", "and Ran Cheng"): ("Chenchen Feng", "Ran Cheng"),
    ("Joner Assolin", "and Eduardo Feitosa"): ("Joner Assolin", "Eduardo Feitosa"),
    ("Peter Stockinger (PLIDAM", "ESCOM)"): ("Peter Stockinger (PLIDAM, ESCOM)",),
}
"""Ends of lists that dividing at commas spoils, and what they mean: all there are in these corpora."""


def read(path: Path):
    # The oracles hold what was written, broken encodings included.
    digest = read_digest(path.read_bytes(), Place(path.name, path.parts[1:]), is_repairing=False)
    assert digest.rejects == [], path
    assert digest.n_entry_lines + digest.n_furniture_lines == digest.n_lines
    assert digest.n_ids_unaccounted == 0, path
    return digest


def trimmed(text: str | None) -> str | None:
    return (text or "").strip(" \t\n") or None


def names_in(text: str | None) -> list[str]:
    names = [name for part in (text or "").split(", ") if (name := part.strip(" \t\n"))]
    return [*names[:-2], *PARTED_NAMES.get(tuple(names[-2:]), names[-2:])]


def oracle_of(page: Path) -> Path:
    return page.with_name("papers.jsonl") if page.name == "README.md" else page.with_suffix(".jsonl")


def oracle_records(path: Path):
    """Records as (identifier, title, authors, abstract); lines are Python's repr of a dict, not JSON."""
    for line in path.read_text("utf-8").split("\n"):
        if line.strip():
            record = ast.literal_eval(line)
            yield (
                record["arxiv_id"].removeprefix("arXiv:"),
                trimmed(record["title"]),
                tuple(names_in(record["authors"])),
                trimmed(record["abstract"]),
            )


def goldens():
    path = CORPUS / "reporter-goldens.jsonl"
    if not path.is_file():
        return []
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def pages(family: str):
    return [page for page in sorted((CORPUS / family).rglob("*.md")) if oracle_of(page).is_file()]


def test_there_are_51_goldens():
    assert len(goldens()) == 51


@pytest.mark.parametrize("golden", goldens(), ids=lambda one: f"{one['case']}-{one['arxiv_id']}")
def test_golden(golden):
    digest = read(CORPUS / "reporter" / golden["file"])
    (entry,) = [one for one in digest.entries if one.line_start == golden["line"]]
    assert (entry.arxiv_id, entry.title, entry.authors) == (
        golden["arxiv_id"],
        golden["title"],
        golden["authors"],
    )
    abstract = entry.abstract or ""
    assert len(abstract) == golden["abstract_len"]
    assert hashlib.sha1(abstract.encode()).hexdigest() == golden["abstract_sha1"]
    assert (str(digest.digest_date), digest.list_name) == (golden["day"], golden["list"])


@pytest.mark.parametrize("family", ["reporter", "reporter-bilingual"])
def test_every_record_of_every_page_is_the_record_beside_it(family):
    n_compared = 0
    for page in pages(family):
        told = Counter(oracle_records(oracle_of(page)))
        said = Counter(
            (entry.arxiv_id, entry.title, tuple(entry.authors), entry.abstract)
            for entry in read(page).entries
        )
        missing, more = told - said, said - told
        assert not missing, (page, list(missing)[:1])
        if page.parts[-3] == "18-Dec-2024":  # this page has one section more than its records
            assert (more.total(), said.total()) == (1, 26)
        else:
            assert not more, (page, list(more)[:1])
        n_compared += told.total()
    assert n_compared > 800, "the corpus has shrunk"


def test_pages_without_records_beside_them_are_indexes_without_entries():
    for family in ("reporter", "reporter-bilingual"):
        for page in sorted((CORPUS / family).rglob("*.md")):
            if not oracle_of(page).is_file():
                digest = read(page)
                assert (digest.format, digest.entries) == ("reporter_index", []), page


def test_every_row_of_every_report_table_is_the_row_of_its_csv():
    n_compared = 0
    for page in sorted((CORPUS / "report-table").rglob("README.md")):
        with page.with_name("papers.csv").open(newline="", encoding="utf-8") as file:
            rows = [
                (
                    row["Link"].rpartition("/")[2],
                    trimmed(row["Title"]),
                    names_in(row["author"]),
                    trimmed(row["Desc"]),
                )
                for row in csv.DictReader(file)
            ]
        digest = read(page)
        said = [(entry.arxiv_id, entry.title, entry.authors, entry.abstract) for entry in digest.entries]
        assert digest.digest_date is not None
        assert [row[:2] for row in said] == [row[:2] for row in rows], page
        for (arxiv_id, _, *whole), (_, _, *beside) in zip(said, rows, strict=True):
            if arxiv_id == CUT_IN_ITS_CSV:
                assert whole[1].startswith(beside[1])
            else:
                assert whole == beside, page
        n_compared += len(rows)
    assert n_compared > 800, "the corpus has shrunk"
