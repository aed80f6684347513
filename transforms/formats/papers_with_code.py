"""The dumps of Papers with Code: papers with abstracts, and links between papers and code.

```
[{"paper_url": "https://paperswithcode.com/paper/attention-is-all-you-need", "arxiv_id": "1706.03762", "title": "...",
  "abstract": "...", "url_abs": "http://arxiv.org/abs/1706.03762v5", "authors": [...], "date": "2017-06-12"}]
[{"paper_url": "...", "paper_title": "...", "paper_arxiv_id": "...", "repo_url": "https://github.com/...", ...}]
```
A paper stands once for every repository in the second.
"""

from paperhouse.transforms.digest import DigestFormat, LinkKind, Note, Parsed
from paperhouse.transforms.exports.json_exports import read_export, sample_records, text_in
from paperhouse.transforms.exports.references import Reference
from paperhouse.transforms.parsing.json_records import Record, names_of

_NO_LISTS: frozenset[str] = frozenset({"results"})
_HOST = "paperswithcode.com"


def recognise(head: str) -> bool:
    """Whether the first record links to a paper of Papers with Code."""
    return any(map(_is_own, sample_records(head, _NO_LISTS)))


def _is_own(record: Record) -> bool:
    return _HOST in (text_in(record, "paper_url") or text_in(record, "url_abs") or "") and (
        "arxiv_id" in record or "paper_arxiv_id" in record
    )


def parse(text: str) -> Parsed:
    """Read every record."""
    return read_export(text, _NO_LISTS, _is_own, read_reference)


def read_reference(record: Record) -> Reference:
    """Read one record of either dump."""
    repository = text_in(record, "repo_url")
    links: list[tuple[str, LinkKind | None]] = [(repository, "code")] if repository else []
    tasks = record.get("tasks")
    return Reference(
        title=text_in(record, "title") or text_in(record, "paper_title"),
        authors=names_of(record.get("authors")),
        abstract=text_in(record, "abstract"),
        identifiers=[
            text_in(record, key)
            for key in ("arxiv_id", "paper_arxiv_id", "url_abs", "paper_url_abs", "url_pdf", "paper_url_pdf")
        ],
        journal_ref=text_in(record, "proceeding"),
        date=text_in(record, "date"),
        links=links,
        notes=[Note("task", task) for task in tasks if isinstance(task, str)]
        if isinstance(tasks, list)
        else [],
    )


FORMAT = DigestFormat(
    name="papers_with_code",
    description="dumps of Papers with Code: papers with abstracts, and their repositories",
    authors="full",
    abstract="full",
    recognise=recognise,
    parse=parse,
)
