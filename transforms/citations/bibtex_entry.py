"""Papers as BibTeX and BibLaTeX entries: `@misc` with the eprint, `@article` where a journal reference is known."""

from collections.abc import Iterator
from typing import Final

from paperhouse.transforms.arxiv.records import SplitName
from paperhouse.transforms.citations.cited_paper import CitedPaper, line_of
from paperhouse.transforms.citations.latex_text import latex_of
from paperhouse.transforms.citations.split_names import split_written_name

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_YEAR_ALONE = 1


def bibtex_entry(paper: CitedPaper, key: str) -> str:
    """One entry with its line break; the title in two pairs of braces, so that no style changes its letters."""
    fields = ",\n".join(f"  {name} = {value}" for name, value in _fields(paper) if value != "{}")
    return f"@{'article' if paper.is_published else 'misc'}{{{key},\n{fields}\n}}\n"


def _fields(paper: CitedPaper) -> Iterator[tuple[str, str]]:
    title = _value(paper.title)
    yield "title", f"{{{title}}}" if title != "{}" else title
    yield "author", f"{{{_authors(paper)}}}"
    yield "journal", _value(paper.journal_ref)
    yield "year", f"{{{paper.issued[0]}}}"
    if len(paper.issued) > _YEAR_ALONE:
        yield "month", _MONTHS[paper.issued[1] - 1]
    yield "eprint", _verbatim(paper.arxiv_id)
    yield "archivePrefix", "{arXiv}"
    yield "primaryClass", _verbatim(paper.primary_category)
    if paper.version is not None:
        yield "version", f"{{{paper.version}}}"
    yield "doi", _verbatim(paper.any_doi)
    yield "url", _verbatim(paper.url)
    yield "comment", _value(paper.comment)
    yield "abstract", _value(paper.abstract)


def _value(text: str | None) -> str:
    return f"{{{latex_of(line_of(text))}}}"


def _verbatim(text: str | None) -> str:
    """A DOI or address, which BibLaTeX and hyperref take as it stands; braces in it would end the field."""
    return f"{{{line_of(text).replace('{', '%7B').replace('}', '%7D')}}}"


def _authors(paper: CitedPaper) -> str:
    names = [bibtex_name(split_written_name(name)) for name in paper.authors]
    return " and ".join([*names, "others"] if names and paper.is_list_cut else names)


def bibtex_name(name: SplitName) -> str:
    """A name as BibTeX splits it again: `van der Maaten, Laurens`, `Davis, Jr., Sammy`, `{ATLAS Collaboration}`."""
    if name.forenames is None:
        return f"{{{latex_of(name.keyname)}}}"
    parts = [part for part in (name.keyname, name.suffix, name.forenames) if part]
    return ", ".join(_name_part(part) for part in parts)


def _name_part(part: str) -> str:
    """Braces keep a part whole in which BibTeX would see a border between names or parts."""
    latex = latex_of(part)
    is_border = "," in latex or " and " in f" {latex.lower()} "
    return f"{{{latex}}}" if is_border else latex
