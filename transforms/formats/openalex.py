"""Works of OpenAlex: a page of its API, a list of works, one work, or one work a line.

```
{"meta": {"count": 1}, "results": [{"id": "https://openalex.org/W2963403868", "doi": "https://doi.org/10.48550/arxiv.1706.03762",
 "title": "...", "publication_date": "2017-06-12", "authorships": [{"author": {"display_name": "Ashish Vaswani"}}],
 "primary_location": {"landing_page_url": "http://arxiv.org/abs/1706.03762"}, "abstract_inverted_index": {"We": [0]}}]}
```
The paper of a work is the one of arXiv's DOI, else that of its location on arXiv. An abstract is put together from
the positions of its words, so its line breaks are lost.
"""

from paperhouse.transforms.digest import DigestFormat, Parsed
from paperhouse.transforms.exports.json_exports import dicts_in, read_export, sample_records, text_in
from paperhouse.transforms.exports.references import Reference
from paperhouse.transforms.parsing.json_records import Record

_LISTS = frozenset({"results"})
_OWN_ID = "https://openalex.org/W"
_MOST_WORDS = 20_000
_LOCATIONS = ("primary_location", "best_oa_location", "open_access")
_LINKS = ("landing_page_url", "pdf_url", "oa_url")


def recognise(head: str) -> bool:
    """Whether the first record has an identifier of OpenAlex's works."""
    return any(map(_is_own, sample_records(head, _LISTS)))


def _is_own(record: Record) -> bool:
    return (text_in(record, "id") or "").startswith(_OWN_ID)


def parse(text: str) -> Parsed:
    """Read every work."""
    return read_export(text, _LISTS, _is_own, read_reference)


def read_reference(record: Record) -> Reference:
    """Read one work."""
    places: list[Record] = [one for key in _LOCATIONS if isinstance(one := record.get(key), dict)]
    places += dicts_in(record.get("locations"))
    links = [text_in(place, key) for place in places for key in _LINKS]
    doi = text_in(record, "doi") or text_in(record, "ids", "doi")
    authorships = dicts_in(record.get("authorships"))
    names = (text_in(one, "author", "display_name") or text_in(one, "raw_author_name") for one in authorships)
    return Reference(
        title=text_in(record, "title") or text_in(record, "display_name"),
        authors=[name.strip() for name in names if name],
        is_list_cut=record.get("is_authors_truncated") is True,
        abstract=_abstract_of(record.get("abstract_inverted_index")),
        identifiers=[doi, *links],
        doi=doi,
        journal_ref=_journal_of(record),
        date=text_in(record, "publication_date"),
    )


def _abstract_of(index: object) -> str | None:
    """Text of an index of words and their positions; None if it has none, or leaves a position open."""
    if not isinstance(index, dict) or not index:
        return None
    words: dict[int, str] = {}
    for word, positions in index.items():
        for position in positions if isinstance(positions, list) else []:
            if isinstance(position, int) and 0 <= position < _MOST_WORDS:
                words[position] = str(word)
    is_whole = words and max(words) == len(words) - 1
    return " ".join(words[position] for position in range(len(words))) if is_whole else None


def _journal_of(record: Record) -> str | None:
    source = text_in(record, "primary_location", "source", "display_name")
    return None if source is None or "arxiv" in source.casefold() else source


FORMAT = DigestFormat(
    name="openalex",
    description="works of OpenAlex as JSON: named by arXiv's DOI or a location on arXiv",
    authors="full",
    abstract="full",
    recognise=recognise,
    parse=parse,
)
