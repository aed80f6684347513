"""Papers as Zotero's own RDF, which keeps what the other formats have no field for."""

from collections.abc import Iterator
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from paperhouse.transforms.citations.cited_paper import CitedPaper, line_of
from paperhouse.transforms.citations.split_names import split_written_name

RDF_HEAD: Final = """<?xml version="1.0" encoding="UTF-8"?>
<rdf:RDF
 xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns:z="http://www.zotero.org/namespaces/export#"
 xmlns:bib="http://purl.org/net/biblio#"
 xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:dcterms="http://purl.org/dc/terms/"
 xmlns:foaf="http://xmlns.com/foaf/0.1/"
 xmlns:prism="http://prismstandard.org/namespaces/1.2/basic/">
"""
RDF_TAIL: Final = "</rdf:RDF>\n"


def zotero_item(paper: CitedPaper, key: str) -> str:
    """One item: `preprint`, or `journalArticle` in a `bib:Journal`, with the citation key that it keeps."""
    kind, item_type = (
        ("bib:Article", "journalArticle") if paper.is_published else ("bib:Document", "preprint")
    )
    fields = [
        _element("z:itemType", item_type),
        _element("dc:title", paper.title),
        _authors(paper),
        _journal(paper.journal_ref),
        _element("dc:date", _day(paper.issued)),
        _element("dcterms:abstract", paper.abstract),
        f"<dc:identifier><dcterms:URI><rdf:value>{escape(paper.url)}</rdf:value></dcterms:URI></dc:identifier>",
        _element("dc:identifier", f"DOI {paper.any_doi}"),
        _element("prism:number", f"arXiv:{paper.arxiv_id}"),
        _element("dc:publisher", None if paper.is_published else "arXiv"),
        _element("z:libraryCatalog", "arXiv.org"),
        _element("dc:subject", paper.primary_category),
        _element("dc:description", paper.comment),
        _element("z:citationKey", key),
    ]
    inside = "\n".join(f"  {field}" for field in fields if field)
    return f" <{kind} rdf:about={quoteattr(paper.url)}>\n{inside}\n </{kind}>\n"


def _element(name: str, text: str | None) -> str:
    return f"<{name}>{escape(line_of(text))}</{name}>" if line_of(text) else ""


def _authors(paper: CitedPaper) -> str:
    persons = "".join(f"<rdf:li>{''.join(_person(name))}</rdf:li>" for name in paper.authors)
    return f"<bib:authors><rdf:Seq>{persons}</rdf:Seq></bib:authors>" if persons else ""


def _person(written: str) -> Iterator[str]:
    name = split_written_name(written)
    given = " ".join(part for part in (name.forenames, name.suffix) if part)
    yield "<foaf:Person>"
    yield _element("foaf:surname", name.keyname)
    yield _element("foaf:givenName", given)
    yield "</foaf:Person>"


def _journal(journal_ref: str | None) -> str:
    title = _element("dc:title", journal_ref)
    return f"<dcterms:isPartOf><bib:Journal>{title}</bib:Journal></dcterms:isPartOf>" if title else ""


def _day(issued: tuple[int, ...]) -> str:
    return "-".join(f"{part:02}" for part in issued)
