"""Files of citations beside the pages of papers, one a format."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from paperhouse.flows.pages.render import paper_page
from paperhouse.transforms.citations.citation import CITATION_FORMATS, citation
from paperhouse.warehouse.read.citations import read_cited_papers

_LABELS: Final = {"bibtex": "BibTeX", "ris": "RIS", "csl-json": "CSL-JSON"}
_FORMAT_OF: Final = {CITATION_FORMATS[name].extension: name for name in _LABELS}


def citation_names(arxiv_id: str) -> list[tuple[str, str]]:
    """Each format's label, and the file of a paper in it."""
    return [(_LABELS[name], f"{_stem(arxiv_id)}.{extension}") for extension, name in _FORMAT_OF.items()]


def citation_text(connection: Any, name: str) -> str | None:
    """The file of this name; None if its format is not offered.

    Raises:
        InputError: the paper is not in the warehouse.
        InvalidArxivIdError: the name is not that of a paper.
    """
    stem, _, extension = name.rpartition(".")
    if extension not in _FORMAT_OF:
        return None
    (paper,) = read_cited_papers(connection, [stem.removeprefix("cite/").replace("_", "/")])
    return citation(paper, _FORMAT_OF[extension])


def citation_files(connection: Any, arxiv_ids: Sequence[str]) -> Iterator[tuple[str, str]]:
    """All files of these papers, with their text; abstracts, two thirds of it, are left to the papers' pages."""
    for cited in read_cited_papers(connection, arxiv_ids):
        paper = replace(cited, abstract=None)
        for extension, name in _FORMAT_OF.items():
            yield f"{_stem(paper.arxiv_id)}.{extension}", citation(paper, name)


def _stem(arxiv_id: str) -> str:
    return f"cite/{paper_page(arxiv_id).removeprefix('paper/')}"
