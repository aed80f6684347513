import sys
from pathlib import Path
from subprocess import run

import pytest

from paperhouse.transforms.digest import Parsed
from paperhouse.transforms.exports.names import turned_name, turned_names
from paperhouse.transforms.exports.references import Reference, bare_doi, place_reference, reference_entry
from paperhouse.transforms.parsing.json_records import Located
from paperhouse.transforms.read_digest import read_digest
from paperhouse.transforms.text.path_metadata import Place

GOLDEN = Path(__file__).parents[2] / "golden"
EXPORTS = (
    "bibtex",
    "ris",
    "csl_json",
    "zotero_json",
    "zotero_csv",
    "openalex",
    "semantic_scholar",
    "biorxiv_json",
)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Vaswani, Ashish", "Ashish Vaswani"),
        ("von Neumann, John", "John von Neumann"),
        ("King, Jr., Martin Luther", "Martin Luther King Jr."),
        ("King, Martin Luther, Jr.", "Martin Luther King Jr."),
        ("Gates, William, III", "William Gates III"),
        ("Ashish Vaswani", "Ashish Vaswani"),
        ("ATLAS Collaboration", "ATLAS Collaboration"),
        ("Doe,  Jane\n A.", "Jane A. Doe"),
        ("Doe,", "Doe"),
        (", ", ""),
        ("", ""),
    ],
)
def test_a_name_is_turned_to_the_order_of_reading(written, name):
    assert turned_name(written) == name


def test_a_list_of_names_drops_empty_ones():
    assert turned_names("Doe, Jane; ; Roe, Richard;") == ["Jane Doe", "Richard Roe"]


@pytest.mark.parametrize(
    ("fields", "arxiv_id"),
    [
        ({"identifiers": ["1706.03762"]}, "1706.03762"),
        ({"identifiers": ["arXiv:1706.03762v3"]}, "1706.03762"),
        ({"identifiers": ["https://example.org", "https://arxiv.org/abs/1706.03762"]}, "1706.03762"),
        ({"doi": "10.48550/ARXIV.1706.03762"}, "1706.03762"),
        ({"doi": "https://doi.org/10.48550/arXiv.1706.03762"}, "1706.03762"),
        ({"mentions": ["arXiv:1706.03762 [cs]"]}, "1706.03762"),
        ({"mentions": ["arXiv preprint arXiv:hep-th/9901001"]}, "hep-th/9901001"),
        ({"mentions": ["abs/2005.14165"]}, "2005.14165"),
        ({"identifiers": ["1706.03762"], "mentions": ["arXiv:2403.13101"]}, "1706.03762"),
    ],
)
def test_the_paper_is_named_by_the_first_field_that_names_one(fields, arxiv_id):
    assert reference_entry(Reference(title="T", **fields)).arxiv_id == arxiv_id


def test_an_abstract_and_a_title_never_name_the_paper():
    reference = Reference(title="On arXiv:1706.03762", abstract="arXiv:1706.03762", doi="10.1103/X")
    assert reference_entry(reference) == "no_arxiv_id"


def test_a_reference_without_anything_is_malformed_and_one_without_a_title_has_none():
    assert reference_entry(Reference()) == "malformed_record"
    assert reference_entry(Reference(identifiers=["1706.03762"])) == "no_title"


def test_the_doi_of_a_publisher_is_kept_and_that_of_arxiv_is_not():
    assert (
        reference_entry(Reference(title="T", identifiers=["1706.03762"], doi="10.1103/X.1")).doi
        == "10.1103/X.1"
    )
    assert reference_entry(Reference(title="T", doi="10.48550/arXiv.1706.03762")).doi is None


@pytest.mark.parametrize(
    ("written", "doi"),
    [
        ("https://doi.org/10.1103/X.1", "10.1103/X.1"),
        ("doi: 10.1103/X.1.", "10.1103/X.1"),
        ("11.1/x", None),
        (None, None),
    ],
)
def test_a_doi_is_bared(written, doi):
    assert bare_doi(written) == doi


@pytest.mark.parametrize("name", EXPORTS)
def test_every_record_without_an_arxiv_identifier_is_a_reject_that_names_its_doi(name):
    n_rejects = 0
    for path in GOLDEN.glob(f"{name}/*"):
        digest = (
            read_digest(path.read_bytes(), Place(path.name, path.parts))
            if ".expected." not in path.name
            else None
        )
        for reject in digest.rejects if digest else ():
            if reject.reason == "no_arxiv_id":
                assert "10.1" in reject.text, path
                n_rejects += 1
    assert n_rejects


def test_a_doi_far_behind_in_a_long_record_is_named_first():
    parsed = Parsed()
    place_reference(
        parsed, Located(1, 1, "x" * 20_000 + "10.1103/X.1", None), Reference(title="T", doi="10.1103/X.1")
    )
    assert parsed.rejects[0].text.startswith("DOI 10.1103/X.1\n")


@pytest.mark.parametrize("module", ["bibtexparser", "rispy"])
def test_a_parser_of_exports_is_imported_only_where_a_file_needs_it(module):
    code = (
        "import sys; from paperhouse.transforms.formats import known_formats; "
        "[known.recognise('# T') for known in known_formats()]; "
        f"sys.exit({module!r} in sys.modules)"
    )
    assert run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_damaged_entry_is_not_told_on_standard_error():
    code = (
        "from paperhouse.transforms.formats import format_named; "
        "print(len(format_named('bibtex').parse('@misc{a, title={x\\n@misc{b, title={y}, eprint={2401.00001}}').rejects))"
    )
    done = run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("1\n", "")
