"""Papers as RIS records: `GEN` with the identifier, as Zotero has a preprint; `JOUR` where a journal is known."""

from collections.abc import Iterator
from typing import Final

from paperhouse.transforms.citations.cited_paper import CitedPaper, line_of
from paperhouse.transforms.citations.split_names import split_written_name, turned_round

_DATE_PARTS: Final = 3
_ASTERISK: Final = "*"


def ris_record(paper: CitedPaper, key: str) -> str:
    """One record with an empty line behind it; a line a field."""
    lines = [f"{tag}  - {line_of(text)}" for tag, text in _fields(paper, key) if line_of(text)]
    return "\n".join([*lines, "ER  - "]) + "\n\n"


def _fields(paper: CitedPaper, key: str) -> Iterator[tuple[str, str | None]]:
    yield "TY", "JOUR" if paper.is_published else "GEN"
    yield "ID", key
    yield "TI", paper.title
    for name in paper.authors:
        # RIS keeps the asterisk for itself.
        yield "AU", turned_round(split_written_name(name)).replace(_ASTERISK, "")
    yield "T2", paper.journal_ref
    yield "PY", str(paper.issued[0])
    if len(paper.issued) == _DATE_PARTS:
        yield "DA", "{}/{:02}/{:02}".format(*paper.issued)
    yield "AN", f"arXiv:{paper.arxiv_id}" + (f" [{paper.primary_category}]" if paper.primary_category else "")
    yield "PB", None if paper.is_published else "arXiv"
    yield "DO", paper.any_doi
    yield "UR", paper.url
    yield "N1", f"Comment: {paper.comment}" if paper.comment else None
    yield "N1", "The list of authors is not complete." if paper.is_list_cut else None
    yield "AB", paper.abstract
