"""Papers as CSL-JSON, which Zotero, Pandoc and citeproc read."""

from typing import Any

from paperhouse.transforms.citations.cited_paper import CitedPaper, line_of
from paperhouse.transforms.citations.split_names import split_written_name


def csl_item(paper: CitedPaper, key: str) -> dict[str, Any]:
    """One item: an `article` of the publisher arXiv, as CSL has a preprint, or an `article-journal`."""
    item: dict[str, Any] = {
        "id": key,
        "type": "article-journal" if paper.is_published else "article",
        "title": line_of(paper.title),
        "author": [_author(name) for name in paper.authors],
        "container-title": line_of(paper.journal_ref),
        "issued": {"date-parts": [list(paper.issued)]},
        "number": f"arXiv:{paper.arxiv_id}",
        "version": "" if paper.version is None else str(paper.version),
        "DOI": line_of(paper.any_doi),
        "URL": paper.url,
        "note": _note(paper),
        "abstract": line_of(paper.abstract),
    }
    if not paper.is_published:
        item |= {"publisher": "arXiv", "genre": "Preprint"}
    return {name: value for name, value in item.items() if value}


def _author(written: str) -> dict[str, str]:
    name = split_written_name(written)
    if name.forenames is None:
        return {"literal": name.keyname}
    parts = {"family": name.keyname, "given": name.forenames, "suffix": name.suffix}
    return {part: text for part, text in parts.items() if text}


def _note(paper: CitedPaper) -> str:
    notes = [line_of(paper.comment), "The list of authors is not complete." if paper.is_list_cut else ""]
    return " ".join(note for note in notes if note)
