"""Papers of Semantic Scholar: answers of its API, or one paper a line as in its datasets.

```
{"total": 1, "data": [{"paperId": "204e...", "externalIds": {"ArXiv": "1706.03762"}, "title": "...", "abstract": "...",
 "year": 2017, "publicationDate": "2017-06-12", "authors": [{"authorId": "40348417", "name": "Ashish Vaswani"}]}]}
```
A citation or reference wraps its paper (`citingPaper`, `citedPaper`).
"""

from paperhouse.transforms.digest import DigestFormat, Note, Parsed
from paperhouse.transforms.exports.json_exports import dicts_in, read_export, sample_records, text_in
from paperhouse.transforms.exports.references import Reference
from paperhouse.transforms.parsing.json_records import Record

_LISTS = frozenset({"data", "recommendedPapers", "papers", "references", "citations"})
_WRAPPERS = ("citingPaper", "citedPaper")
_OWN_KEYS = frozenset({"externalIds", "externalids", "corpusid", "corpusId"})


def recognise(head: str) -> bool:
    """Whether the first record has Semantic Scholar's identifiers."""
    return any(map(_is_own, sample_records(head, _LISTS)))


def _is_own(record: Record) -> bool:
    paper = _paper_of(record)
    return ("paperId" in paper or "corpusid" in paper) and (
        not _OWN_KEYS.isdisjoint(paper) or "semanticscholar.org" in (text_in(paper, "url") or "")
    )


def _paper_of(record: Record) -> Record:
    return next((paper for key in _WRAPPERS if isinstance(paper := record.get(key), dict)), record)


def parse(text: str) -> Parsed:
    """Read every paper."""
    return read_export(text, _LISTS, _is_own, read_reference)


def read_reference(record: Record) -> Reference:
    """Read one paper."""
    paper = _paper_of(record)
    ids: dict[str, str] = {}
    for key in ("externalIds", "externalids"):
        if isinstance(known := paper.get(key), dict):
            ids |= {str(name).casefold(): value for name, value in known.items() if isinstance(value, str)}
    journal = text_in(paper, "journal", "name") or text_in(paper, "venue")
    tldr = text_in(paper, "tldr", "text")
    return Reference(
        title=text_in(paper, "title"),
        authors=[name.strip() for one in dicts_in(paper.get("authors")) if (name := text_in(one, "name"))],
        abstract=text_in(paper, "abstract"),
        identifiers=[ids.get("arxiv"), text_in(paper, "openAccessPdf", "url")],
        doi=ids.get("doi"),
        journal_ref=None if journal is None or "arxiv" in journal.casefold() else journal,
        date=text_in(paper, "publicationDate") or text_in(paper, "publicationdate"),
        notes=[Note("tldr", tldr, None, text_in(paper, "tldr", "model"))] if tldr else [],
    )


FORMAT = DigestFormat(
    name="semantic_scholar",
    description="papers of Semantic Scholar as JSON: named by their external identifier",
    authors="full",
    abstract="full",
    recognise=recognise,
    parse=parse,
)
