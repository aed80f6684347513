"""Each format is read back by its own reader, from nasty papers, and by Paperhouse itself."""

import json
from datetime import UTC, date, datetime

import bibtexparser
import pytest
import rispy
from hypothesis import given
from hypothesis import strategies as st

from paperhouse.transforms.arxiv.records import SplitName
from paperhouse.transforms.citations.citation import CITATION_FORMATS, citation, citations
from paperhouse.transforms.citations.citation_keys import citation_keys, require_key_pattern
from paperhouse.transforms.citations.cited_paper import CitedPaper, line_of, year_of_reference
from paperhouse.transforms.citations.latex_text import latex_of, text_of_latex
from paperhouse.transforms.citations.split_names import split_written_name
from paperhouse.transforms.errors import SettingsError
from paperhouse.transforms.formats import bibtex, csl_json, ris

ATTENTION = CitedPaper(
    "1706.03762",
    date(2017, 6, 1),
    title="Attention Is All You Need",
    authors=("Ashish Vaswani", "Noam Shazeer"),
    authors_completeness="full",
    abstract="The dominant sequence transduction models are based on 100% recurrence.\nWe propose R&D.",
    version=7,
    primary_category="cs.CL",
    published_at=datetime(2017, 6, 12, 17, 57, 34, tzinfo=UTC),
    comment="15 pages, 5 figures",
)
PUBLISHED = CitedPaper(
    "hep-th/9711200",
    date(1997, 11, 1),
    title=r"The Large $N$ Limit of Superconformal field theories and supergravity",
    authors=("Juan M. Maldacena",),
    authors_completeness="full",
    doi="10.1023/A:1026654312961",
    journal_ref="Adv.Theor.Math.Phys.2:231-252,1998",
)
NASTY = CitedPaper(
    "2501.00001",
    date(2025, 1, 1),
    title=r"50% of {R&D} costs $5_000: a_b #1 ~ \alpha} “quoted” @article{x, title={y}}",
    authors=('G\\"odel Smith and Sons', "The ATLAS Collaboration", "Ludo van den Broeck", "Sammy Davis Jr."),
    authors_completeness="truncated",
    abstract="TY  - JOUR\nER  - \n</rdf:RDF> & <script>\x00 $x^{2$ [link](javascript:x)",
)
ALL = [ATTENTION, PUBLISHED, NASTY]


def written(format_name):
    return "".join(citations(ALL, format_name))


def test_bibtexparser_reads_every_entry_whole():
    library = bibtexparser.parse_string(written("bibtex"))
    assert not library.failed_blocks
    assert [(entry.entry_type, entry.key) for entry in library.entries] == [
        ("misc", "vaswani2017_1706.03762"),
        ("article", "maldacena1997_hep-th-9711200"),
        ("misc", "sons2025_2501.00001"),
    ]
    attention, published, nasty = library.entries
    assert attention["title"] == "{Attention Is All You Need}"
    assert attention["author"] == "Vaswani, Ashish and Shazeer, Noam"
    assert (attention["year"], attention["month"], attention["eprint"]) == ("2017", "jun", "1706.03762")
    assert "journal" not in attention
    assert attention["doi"] == "10.48550/arXiv.1706.03762"
    assert published["journal"] == "Adv.Theor.Math.Phys.2:231-252,1998"
    assert published["year"] == "1998"
    assert published["doi"] == "10.1023/A:1026654312961"
    assert nasty["author"].endswith(
        "{The ATLAS Collaboration} and van den Broeck, Ludo and Davis, Jr., Sammy and others"
    )


def test_a_title_comes_back_from_its_escapes():
    library = bibtexparser.parse_string(written("bibtex"))
    for paper, entry in zip(ALL, library.entries, strict=True):
        assert text_of_latex(entry["title"][1:-1]) == paper.title


def test_bibtexparser_splits_the_names_as_they_were_split():
    library = bibtexparser.parse_string(
        written("bibtex"),
        append_middleware=[
            bibtexparser.middlewares.SeparateCoAuthors(),
            bibtexparser.middlewares.SplitNameParts(),
        ],
    )
    names = library.entries[2]["author"]
    assert [" ".join(name.von + name.last) for name in names] == [
        "Sons", "{The ATLAS Collaboration}", "van den Broeck", "Davis", "others",
    ]  # fmt: skip
    assert names[3].jr == ["Jr."]


def test_rispy_reads_every_record_whole():
    records = rispy.loads(written("ris"))
    assert [record["type_of_reference"] for record in records] == ["GEN", "JOUR", "GEN"]
    assert [record["title"] for record in records] == [paper.title for paper in ALL]
    assert records[0]["authors"] == ["Vaswani, Ashish", "Shazeer, Noam"]
    assert records[0]["date"] == "2017/06/12"
    assert records[1]["secondary_title"] == PUBLISHED.journal_ref
    assert records[2]["abstract"] == line_of(NASTY.abstract)
    assert records[2]["authors"][3] == "Davis, Sammy, Jr."


@pytest.mark.filterwarnings("ignore::UserWarning:citeproc")  # of fields that its version of CSL does not know
def test_citeproc_makes_a_bibliography_of_the_items():
    from citeproc import Citation, CitationItem, CitationStylesBibliography, CitationStylesStyle, formatter
    from citeproc.source.json import CiteProcJSON

    items = json.loads(written("csl-json"))
    source = CiteProcJSON(items)
    style = CitationStylesStyle("harvard-cite-them-right", validate=False)
    bibliography = CitationStylesBibliography(style, source, formatter.plain)
    for item in items:
        bibliography.register(Citation([CitationItem(item["id"])]))
    lines = sorted(str(line) for line in bibliography.bibliography())
    assert any(
        "Vaswani, A." in line and "Attention Is All You Need" in line and "2017" in line for line in lines
    )
    assert any("Maldacena, J.M." in line and "Adv.Theor.Math.Phys.2:231-252,1998" in line for line in lines)
    assert len(lines) == 3


def test_rdflib_reads_the_graph_that_zotero_reads():
    from rdflib import Graph, Namespace, URIRef

    graph = Graph().parse(data=written("zotero-rdf"), format="xml")
    dc, z = (
        Namespace("http://purl.org/dc/elements/1.1/"),
        Namespace("http://www.zotero.org/namespaces/export#"),
    )
    for paper, kind in zip(ALL, ("preprint", "journalArticle", "preprint"), strict=True):
        node = URIRef(paper.url)
        assert str(graph.value(node, dc.title)) == paper.title
        assert str(graph.value(node, z.itemType)) == kind
    surnames = sorted(
        str(name) for name in graph.objects(predicate=URIRef("http://xmlns.com/foaf/0.1/surname"))
    )
    assert surnames == [
        "Davis",
        "Maldacena",
        "Shazeer",
        "Sons",
        "The ATLAS Collaboration",
        "Vaswani",
        "van den Broeck",
    ]


@pytest.mark.parametrize(
    ("format_name", "reader"), [("bibtex", bibtex), ("ris", ris), ("csl-json", csl_json)]
)
def test_paperhouse_reads_its_own_exports_as_the_same_papers(format_name, reader):
    text = written(format_name)
    assert reader.FORMAT.recognise(text)
    parsed = reader.FORMAT.parse(text)
    assert not parsed.rejects
    assert [entry.arxiv_id for entry in parsed.entries] == [paper.arxiv_id for paper in ALL]
    assert [entry.authors for entry in parsed.entries[:2]] == [list(paper.authors) for paper in ALL[:2]]
    assert [entry.title for entry in parsed.entries[:2]] == [paper.title for paper in ALL[:2]]
    assert [entry.journal_ref for entry in parsed.entries] == [paper.journal_ref for paper in ALL]
    assert [entry.doi for entry in parsed.entries] == [paper.doi for paper in ALL]


def test_markdown_is_one_inert_line_a_paper():
    lines = written("markdown").splitlines()
    assert len(lines) == 3
    assert lines[0] == (
        "* Ashish Vaswani, Noam Shazeer. **Attention Is All You Need**. "
        r"[arXiv:1706.03762](https://arxiv.org/abs/1706.03762) \[cs.CL\], 2017."
    )
    assert "Adv.Theor.Math.Phys.2:231-252,1998. [arXiv:hep-th/9711200]" in lines[1]
    assert " et al. **50% of " in lines[2]
    many = CitedPaper("2501.00002", date(2025, 1, 1), authors=("A B",) * 3000, authors_completeness="full")
    assert "A B and 2,990 more. **(no title is known)**" in citation(many, "markdown")
    hostile = CitedPaper("2501.00003", date(2025, 1, 1), title="$<img src=x>$ [a](javascript:b) <b>")
    assert r"$\lt img src=x>$ \[a\](javascript:b) \<b\>" in citation(hostile, "markdown")


def test_a_paper_without_anything_is_cited_by_its_identifier():
    bare = CitedPaper("2501.00002", date(2025, 1, 1))
    for format_name in CITATION_FORMATS:
        assert "2501.00002" in citation(bare, format_name)
    (entry,) = bibtexparser.parse_string(citation(bare, "bibtex")).entries
    assert entry.key == "arxiv2025_2501.00002"
    assert "title" not in entry
    assert "author" not in entry


def test_an_unknown_format_is_refused_by_name():
    with pytest.raises(SettingsError, match="'endnote' is no citation format; choose one of bibtex"):
        citation(ATTENTION, "endnote")


def test_keys_are_unique_and_do_not_depend_on_what_else_is_exported():
    twin = CitedPaper("1706.03763", date(2017, 6, 1), title="Attention", authors=("A Vaswani",))
    alone, together = citation_keys([ATTENTION]), citation_keys([ATTENTION, twin])
    assert together[0] == alone[0]
    assert len(set(together)) == 2
    assert citation_keys([ATTENTION, PUBLISHED], "{author}{year}{word}") == [
        "vaswani2017attention",
        "maldacena1997large",
    ]
    assert citation_keys([ATTENTION, twin], "{author}{year}{word}") == [
        "vaswani2017attention_1706.03762",
        "vaswani2017attention_1706.03763",
    ]


def test_keys_are_ascii_in_every_script():
    papers = [
        CitedPaper("2501.00001", date(2025, 1, 1), title="Über Łódź", authors=("Søren Ångström",)),
        CitedPaper("2501.00002", date(2025, 1, 1), title="注意力", authors=("张伟",)),
        CitedPaper("2501.00003", date(2025, 1, 1), title="$x$ of the", authors=('Kurt G\\"odel',)),
    ]
    assert citation_keys(papers, "{author}:{word}:{id}") == [
        "angstrom:uber:2501.00001", "anon:untitled:2501.00002", "godel:untitled:2501.00003",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "pattern", ["", "key", "{title}", "{author", "{author} {id}", "{id},", "{author.__class__}", "{0}"]
)
def test_a_pattern_that_makes_no_keys_is_refused(pattern):
    with pytest.raises(SettingsError, match="key pattern"):
        require_key_pattern(pattern)


@pytest.mark.parametrize(
    ("written_name", "split"),
    [
        ("Laurens van der Maaten", SplitName("van der Maaten", "Laurens", None)),
        ("Marco De Luca", SplitName("De Luca", "Marco", None)),
        ("Ludo Van den Broeck", SplitName("Van den Broeck", "Ludo", None)),
        ("Nguyen Van Anh", SplitName("Anh", "Nguyen Van", None)),
        ("Di Wang", SplitName("Wang", "Di", None)),
        ("de Bruijn", SplitName("Bruijn", "de", None)),
        ("Sammy Davis Jr.", SplitName("Davis", "Sammy", "Jr.")),
        ("Davis, Sammy", SplitName("Davis", "Sammy", None)),
        ("Davis, Jr., Sammy", SplitName("Davis", "Sammy", "Jr.")),
        ("Davis, Sammy, Jr.", SplitName("Davis", "Sammy", "Jr.")),
        ("Sammy Davis, Jr.", SplitName("Davis", "Sammy", "Jr.")),
        ("A, B, C, D", SplitName("D", "A, B, C,", None)),
        ("ATLAS Collaboration", SplitName("ATLAS Collaboration", None, None)),
        ("张伟", SplitName("张伟", None, None)),
        ('G\\"odel', SplitName("Gödel", None, None)),
    ],
)  # fmt: skip
def test_family_names(written_name, split):
    assert split_written_name(written_name) == split


@pytest.mark.parametrize(
    ("reference", "year"),
    [
        ("Adv.Theor.Math.Phys.2:231-252,1998", 1998),
        ("Phys. Rev. D 76, 013009 (2007)", 2007),
        ("J. Foo 1999 (May 2001)", 2001),
        ("Proc. X, pages 2013-2020", None),
        ("IEEE 1394", None),
    ],
)
def test_the_year_of_a_journal_reference(reference, year):
    assert year_of_reference(reference, 1997 if year == 1998 else 2000 if year == 2001 else 2007) == year


def test_a_reference_without_a_year_leaves_the_date_of_the_preprint():
    paper = CitedPaper("0712.3217", date(2007, 12, 1), journal_ref="to appear in Foo")
    assert paper.issued == (2007, 12)


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("R&D at 100%", r"R\&D at 100\%"),
        ("$O(n_1^2)$ and a_b", r"$O(n_1^2)$ and a\_b"),
        ("costs $5 and $10", r"costs \$5 and \$10"),
        (r"G\"odel and \emph{x}", r"G\"odel and \emph{x}"),
        ("open { brace", r"open \textbraceleft{} brace"),
        (r"\{ x", r"\textbackslash{}\textbraceleft{} x"),
        ("$x^{2$ }", r"\$x\textasciicircum{}{2\$ }"),
        ("C:\\", "C:\\textbackslash{}"),
        (r"already \& escaped", r"already \& escaped"),
        (
            r"promoting \{beta}-arrestin",
            r"promoting \textbackslash{}\textbraceleft{}beta\textbraceright{}-arrestin",
        ),
    ],
)
def test_latex_of_text(text, latex):
    assert latex_of(text) == latex


@given(st.text(alphabet="ab {}\\$&%#_~^1\"'é", max_size=40))
def test_any_text_is_balanced_latex_that_comes_back(text):
    latex = latex_of(text)
    depth = 0
    for char in latex:
        depth += {"{": 1, "}": -1}.get(char, 0)
        assert depth >= 0
    assert depth == 0
    if "\\" not in text:  # what is escaped in the text itself is LaTeX already
        assert text_of_latex(latex) == text


TRAPS = st.text(max_size=30) | st.text(alphabet='ab {}\\$,&%\n@"=', max_size=30)


@given(TRAPS, st.lists(TRAPS, max_size=3), TRAPS)
def test_any_paper_is_one_entry_of_bibtex_and_ris(title, authors, abstract):
    paper = CitedPaper("2501.00001", date(2025, 1, 1), title, tuple(authors), "full", abstract)
    library = bibtexparser.parse_string(citation(paper, "bibtex"))
    assert len(library.entries) == 1
    assert not library.failed_blocks
    assert len(rispy.loads(citation(paper, "ris"))) == 1
