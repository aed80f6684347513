"""Families that many repositories publish, on files as found there, against siblings and a plain scan."""

import json
import re
from pathlib import Path

import pytest

from paperhouse.transforms.formats import format_named, known_formats
from paperhouse.transforms.read_digest import read_digest
from paperhouse.transforms.text.decode import decode
from paperhouse.transforms.text.path_metadata import Place

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
WILD = CORPUS / "wild"
CASES = CORPUS / "cases"

pytestmark = pytest.mark.skipif(not WILD.is_dir(), reason=f"the digests of strangers are not at {WILD}")

FILES = {
    "daily_paper_reader_json": "HeXuPKU*/docs/*/*/papers.meta.json",
    "daily_paper_reader": "HeXuPKU*/docs/*/*/*.md",
    "gpt_paper_assistant": "JackYFL*/branch-main/out/*.md",
    "gpt_paper_assistant_json": "JackYFL*/branch-main/out/output.json",
    "gpt_paper_assistant_html": "JackYFL*/branch-main/out/**/*.html",
    "arxiv_daily_aigc_json": "*/daily_json/*.json",
    "arxiv_daily_aigc_html": "*/daily_html/*.html",
    "scroll": "hdShang*/docs/*/*/papers/*.md",
}
_ID = re.compile(r"arxiv\.org/(?:abs|pdf)/(\d{4}\.\d{5})|\"arxiv_id\": \"(\d{4}\.\d{5})")


def digest_of(path):
    digest = read_digest(path.read_bytes(), Place(path.name, path.parts))
    assert digest is not None, path
    assert digest.fault is None, path
    return digest


@pytest.mark.parametrize("name", FILES)
def test_every_file_of_the_family_is_read_whole_by_its_format_alone(name):
    paths = sorted(WILD.glob(FILES[name]))
    assert paths
    for path in paths:
        head = decode(path.read_bytes())[0][:65_536]
        assert [known.name for known in known_formats() if known.recognise(head)] == [name], path
        digest = digest_of(path)
        assert (digest.rejects, digest.n_ids_unaccounted) == ([], 0), path
        assert digest.entries, path
        assert all(entry.title and entry.authors and entry.abstract for entry in digest.entries), path


def test_the_page_beside_a_days_json_says_the_same():
    n_compared = 0
    for page in sorted(WILD.glob("*/daily_html/*.html")):
        beside = page.parents[1] / "daily_json" / f"{page.stem.replace('_', '-')}.json"
        if not beside.is_file():
            continue
        told, stated = digest_of(page), digest_of(beside)
        said = {entry.arxiv_id: entry for entry in stated.entries}
        assert {entry.arxiv_id for entry in told.entries} == set(said)
        assert told.digest_date == stated.digest_date
        for entry in told.entries:
            other = said[entry.arxiv_id]
            assert (entry.title, entry.version, entry.authors) == (other.title, other.version, other.authors)
            n_compared += 1
    assert n_compared > 20


def test_json_fields_are_those_of_a_plain_reader():
    for path in sorted(WILD.glob("*/daily_json/*.json")):
        for entry, record in zip(digest_of(path).entries, json.loads(path.read_text("utf-8")), strict=True):
            assert (entry.title, entry.authors) == (record["title"], record["authors"])
            assert entry.abstract.split() == record["summary"].split()
            assert entry.published_at.isoformat() == record["published_date"]
            lines = path.read_text("utf-8").split("\n")[entry.line_start - 1 : entry.line_end]
            assert json.loads("\n".join(lines).rstrip(", \n")) == record


def test_every_identifier_in_the_markdown_and_html_of_gpt_paper_assistant_is_an_entry():
    for path in [
        *WILD.glob("JackYFL*/branch-main/out/*.md"),
        *WILD.glob("JackYFL*/branch-main/out/**/*.html"),
    ]:
        linked = {one or other for one, other in _ID.findall(path.read_text("utf-8"))}
        assert linked == {entry.arxiv_id for entry in digest_of(path).entries}, path


@pytest.mark.parametrize(
    ("case", "name", "n_entries", "reasons"),
    [
        ("f04_papers.meta.json", "daily_paper_reader_json", 1, ["no_arxiv_id"]),
        ("f04_page.md", "daily_paper_reader", 1, []),
        ("f06_hf_papers_links.md", "hf_daily_papers_md", 1, []),
        ("f08/page_toolbar.md", "scroll", 1, []),
        ("f08/page_pdf_url.md", "scroll", 1, []),
        ("f12_array.json", "arxiv_daily_aigc_json", 1, []),
        ("f12_by_id.json", "gpt_paper_assistant_json", 1, []),
        ("f12_gpt_paper_assistant.md", "gpt_paper_assistant", 1, []),
        ("std/hf_daily_papers.json", "hf_daily_papers", 3, []),
        ("std/bibtex.bib", "bibtex", 1, []),
        ("std/bibtex_nourl.bib", "bibtex", 1, []),
        ("std/zotero.csv", "zotero_csv", 1, []),
        ("std/openalex.json", "openalex", 1, []),
        ("std/s2.json", "semantic_scholar", 1, []),
        ("std/pwc.json", "papers_with_code", 1, []),
        ("std/kaggle_snapshot.json", "arxiv_kaggle", 3, []),
        ("std/atom.xml", "arxiv_api", 1, []),
        ("std/oai.xml", "arxiv_oai", 1, []),
        ("std/rss_tidedra.xml", "arxiv_feed", 7, []),
    ],
)
def test_a_small_input_that_was_not_read_is_read(case, name, n_entries, reasons):
    digest = digest_of(CASES / case)
    assert (digest.format, len(digest.entries)) == (name, n_entries)
    assert [reject.reason for reject in digest.rejects] == reasons
    assert format_named(name).authors == "full"


def test_a_preprint_of_another_server_is_a_reject_that_names_its_doi():
    digest = digest_of(CASES / "std" / "biorxiv.json")
    (reject,) = digest.rejects
    assert (digest.entries, reject.reason) == ([], "no_arxiv_id")
    assert "10.1101/2024.01.01.573811" in reject.text


def test_saved_replies_say_what_a_harvest_of_them_says():
    from paperhouse.transforms.arxiv.oai_pmh import read_oai_reply

    for path in sorted((CORPUS.parent / "arxiv-oai").glob("*Record*.arXiv*.xml")):
        content = path.read_bytes()
        prefix = "arXivRaw" if "arXivRaw" in path.name else "arXiv"
        saved = {entry.arxiv_id: entry for entry in digest_of(path).entries}
        for record in read_oai_reply(content, prefix, frozenset()).records:
            entry = saved.pop(record.entry.arxiv_id)
            for name in (
                "title",
                "authors",
                "abstract",
                "version",
                "comment",
                "doi",
                "published_at",
                "line_start",
            ):
                assert getattr(entry, name) == getattr(record.entry, name), (path, name)
        assert saved == {}
