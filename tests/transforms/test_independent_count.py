"""The plain scan for linked identifiers catches what a parser swallows, in every family."""

from dataclasses import replace
from pathlib import Path

import pytest

import paperhouse.transforms.read_digest as reader
from paperhouse.transforms.formats import format_named, known_formats
from paperhouse.transforms.read_digest import read_digest
from paperhouse.transforms.text.path_metadata import Place

GOLDEN = Path(__file__).parents[1] / "golden"
PLACE = Place("notes/x.md", ("notes", "x.md"))

HOLD_NONE = {"reporter_index", "biorxiv_json"}
"""Formats whose digests hold no paper of arXiv."""
PAGES = {
    "scroll": "wrapped_quote_lines.md",
    "daily_paper_reader": "generated_summary_with_headings.md",
}
"""Formats whose digests are of one paper, with a golden of each."""


def golden_files():
    return sorted(path for path in GOLDEN.glob("*/*") if path.is_file() and ".expected" not in path.name)


def doubled(path: Path) -> bytes:
    """A golden of JSON lines followed by itself with another paper: most hold one paper only."""
    content = path.read_bytes()
    digest = read_digest(content, PLACE)
    if path.suffix != ".jsonl" or digest is None or len({entry.arxiv_id for entry in digest.entries}) != 1:
        return content
    return content + b"\n" + content.replace(digest.entries[0].arxiv_id.encode(), b"2504.77777")


def swallowing(name: str):
    """The format with a parser that takes its second paper for a part of the first."""
    known = format_named(name)

    def parse(text):
        parsed = known.parse(text)
        lost = next((e for e in parsed.entries if e.arxiv_id != parsed.entries[0].arxiv_id), None)
        if lost is None:
            return parsed
        gone = [entry for entry in parsed.entries if entry.arxiv_id == lost.arxiv_id]
        parsed.entries = [entry for entry in parsed.entries if entry.arxiv_id != lost.arxiv_id]
        if parsed.unit == "record":
            parsed.n_records -= len(gone)
            return parsed
        # Its lines go to the entry before, as those of a section whose end was not seen.
        for entry in gone:
            before = [one for one in parsed.entries if one.line_end < entry.line_start]
            first = max(before, key=lambda one: one.line_end)
            parsed.furniture = [
                one for one in parsed.furniture if not first.line_end < one.line_start < entry.line_start
            ]
            parsed.rejects = [
                one for one in parsed.rejects if not first.line_end < one.line_start < entry.line_start
            ]
            first.line_end = entry.line_end
        return parsed

    return replace(known, parse=parse)


def test_every_golden_accounts_for_the_identifiers_it_links_to():
    for path in golden_files():
        digest = read_digest(path.read_bytes(), PLACE)
        if digest is not None and path.stem not in LINKS_IN_TEXT:
            assert digest.n_ids_unaccounted == 0, path


LINKS_IN_TEXT = frozenset({"generated_summary_with_headings"})
"""Goldens whose texts link to papers that they do not list."""


@pytest.mark.parametrize(
    "name", [known.name for known in known_formats() if known.name not in {*HOLD_NONE, *PAGES}]
)
def test_a_swallowed_paper_is_noticed_in_every_family(monkeypatch, name):
    """Not in pages that hold one paper, and in those that hold none."""
    n_tried = 0
    for path in (path for path in golden_files() if path.parent.name == name):
        content = doubled(path)
        whole = read_digest(content, PLACE)
        ids = {entry.arxiv_id for entry in whole.entries} if whole else set()
        if len(ids) < 2 or any(one in reject.text for one in ids for reject in whole.rejects):
            continue
        with monkeypatch.context() as patched:
            patched.setattr(reader, "formats_in_order", lambda _: (swallowing(name),))
            digest = read_digest(content, PLACE)
        assert (digest.n_ids_seen, digest.fault) == (whole.n_ids_seen, None), path
        assert digest.n_ids_unaccounted == whole.n_ids_unaccounted + 1, path
        n_tried += 1
    assert n_tried


@pytest.mark.parametrize(("name", "case"), PAGES.items())
def test_a_page_whose_paper_is_swallowed_is_noticed(monkeypatch, name, case):
    path = GOLDEN / name / case
    known = format_named(name)

    def parse(text):
        parsed = known.parse(text)
        parsed.entries = [replace(entry, arxiv_id="2504.99999") for entry in parsed.entries]
        return parsed

    monkeypatch.setattr(reader, "formats_in_order", lambda _: (replace(known, parse=parse),))
    assert read_digest(path.read_bytes(), PLACE).n_ids_unaccounted == 1


@pytest.mark.parametrize(
    ("text", "n_seen"),
    [
        ("[x](https://arxiv.org/abs/2504.00001v2)", 1),
        ("[x](http://export.arxiv.org/pdf/2504.00001.pdf)", 1),
        ('{"abs": "https://arxiv.org/abs/math.GT/0309136"}', 1),
        ("<https://arxiv.org/html/2504.00001>", 1),
        ("A title,https://arxiv.org/abs/2504.00001,words", 1),
        ("A title,words,https://arxiv.org/abs/2504.00001", 1),
        ("https://www.arxiv.org/abs/2504.00001\ttitle", 1),
        ("We follow https://arxiv.org/abs/2504.00001, and more", 0),
        ("see arXiv:2504.00001", 0),
        ("(https://arxiv.org/abs/2513.00001)", 0),
        ("(https://arxiv.org/list/cs.AI)", 0),
    ],
)
def test_what_counts_as_a_link_to_a_listed_paper(text, n_seen):
    parsed = reader.Parsed()
    assert reader._independent_count(parsed, text) == (n_seen, n_seen)


def test_an_identifier_field_counts_in_records_only():
    text = '{"arxiv_id": "2504.00001v1"}\n{"id": "2504.00002"}\n{\'arxiv_id\': \'arXiv:2504.00003\'}'
    assert reader._independent_count(reader.Parsed(unit="record"), text) == (3, 3)
    assert reader._independent_count(reader.Parsed(), text) == (0, 0)


def test_a_rejected_link_is_accounted_for_in_any_spelling():
    text = "(https://arxiv.org/abs/math.GT/0309136v1)"
    parsed = reader.Parsed(rejects=[reader.Reject(1, 1, "no_title", text)])
    assert reader._independent_count(parsed, text) == (1, 0)


def test_a_swallowed_paper_is_a_warning_of_the_load_and_stored(bench, tmp_path, monkeypatch):
    folder = tmp_path / "given"
    folder.mkdir()
    path = next(
        p
        for p in golden_files()
        if p.parent.name == "reporter" and len(read_digest(p.read_bytes(), PLACE).entries) > 1
    )
    (folder / "README.md").write_bytes(path.read_bytes())
    monkeypatch.setattr(reader, "formats_in_order", lambda _: (swallowing("reporter"),))
    summary = bench.ingest(tmp_path / "home", folder)
    (warning,) = summary.warnings
    remedy = f"look with `paperhouse inspect {folder / 'README.md'}`"
    assert f"linked arXiv identifiers are in no entry and no reject; {remedy}" in warning
    assert bench.rows(tmp_path / "home", "select n_ids_unaccounted from digests") == [(1,)]
