"""Answers of bioRxiv's and medRxiv's API: preprints that are not on arXiv.

```
{"messages": [{"status": "ok"}], "collection": [{"doi": "10.1101/2024.01.01.573811", "title": "...",
 "authors": "Doe, J.; Roe, R.", "date": "2024-01-02", "version": "1", "abstract": "...", "server": "bioRxiv"}]}
```
Each is a reject that names its DOI, so that nobody wonders where they went.
"""

from paperhouse.transforms.digest import DigestFormat, Parsed
from paperhouse.transforms.exports.json_exports import read_export, sample_records, text_in
from paperhouse.transforms.exports.names import turned_names
from paperhouse.transforms.exports.references import Reference
from paperhouse.transforms.parsing.json_records import Record

_LISTS = frozenset({"collection"})
_SERVERS = frozenset({"biorxiv", "medrxiv"})


def recognise(head: str) -> bool:
    """Whether the first record says that it is of one of these servers."""
    return any(map(_is_own, sample_records(head, _LISTS)))


def _is_own(record: Record) -> bool:
    return "doi" in record and (text_in(record, "server") or "").casefold() in _SERVERS


def parse(text: str) -> Parsed:
    """Read every record."""
    return read_export(text, _LISTS, _is_own, read_reference)


def read_reference(record: Record) -> Reference:
    """Read one record."""
    return Reference(
        title=text_in(record, "title"),
        authors=turned_names(text_in(record, "authors") or ""),
        abstract=text_in(record, "abstract"),
        doi=text_in(record, "doi"),
        date=text_in(record, "date"),
    )


FORMAT = DigestFormat(
    name="biorxiv_json",
    description="answers of bioRxiv and medRxiv: not on arXiv, so each is a reject that names its DOI",
    authors="none",
    abstract="none",
    recognise=recognise,
    parse=parse,
)
