"""Citations of papers in a format of the user's choice: one for a page, or many for a file."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple

from paperhouse.transforms.citations.bibtex_entry import bibtex_entry
from paperhouse.transforms.citations.citation_keys import DEFAULT_KEY, citation_keys
from paperhouse.transforms.citations.cited_paper import CitedPaper
from paperhouse.transforms.citations.csl_item import csl_item
from paperhouse.transforms.citations.markdown_line import markdown_line
from paperhouse.transforms.citations.ris_record import ris_record
from paperhouse.transforms.citations.zotero_rdf import RDF_HEAD, RDF_TAIL, zotero_item
from paperhouse.transforms.errors import SettingsError


class CitationFormat(NamedTuple):
    """How papers are written in a format: head, one paper with its key, what stands between two, and tail."""

    extension: str
    write: Callable[[CitedPaper, str], str]
    head: str = ""
    between: str = ""
    tail: str = ""


def _csl_text(paper: CitedPaper, key: str) -> str:
    return json.dumps(csl_item(paper, key), ensure_ascii=False, indent=1)


CITATION_FORMATS: Final[Mapping[str, CitationFormat]] = MappingProxyType(
    {
        "bibtex": CitationFormat("bib", bibtex_entry, between="\n"),
        "ris": CitationFormat("ris", ris_record),
        "csl-json": CitationFormat("json", _csl_text, "[", ",\n", "]\n"),
        "markdown": CitationFormat("md", lambda paper, _: markdown_line(paper)),
        "zotero-rdf": CitationFormat("rdf", zotero_item, RDF_HEAD, "", RDF_TAIL),
    }
)
"""Formats by the name that `paperhouse export --format` takes."""


def citation(paper: CitedPaper, format_name: str, key_pattern: str = DEFAULT_KEY) -> str:
    """One paper as a whole file of the format.

    Raises:
        SettingsError: there is no such format, or the pattern is none.
    """
    return "".join(citations([paper], format_name, key_pattern))


def citations(
    papers: Sequence[CitedPaper], format_name: str, key_pattern: str = DEFAULT_KEY
) -> Iterator[str]:
    """The papers as a file of the format, piece by piece, in the order given.

    Raises:
        SettingsError: there is no such format, or the pattern is none.
    """
    if format_name not in CITATION_FORMATS:
        msg = f"{format_name!r} is no citation format; choose one of {', '.join(CITATION_FORMATS)}"
        raise SettingsError(msg, format=format_name)
    chosen = CITATION_FORMATS[format_name]
    yield chosen.head
    for number, (paper, key) in enumerate(zip(papers, citation_keys(papers, key_pattern), strict=True)):
        yield (chosen.between if number else "") + chosen.write(paper, key)
    yield chosen.tail
