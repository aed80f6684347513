"""The same papers as gpt_paper_assistant's page, by identifier: `output.json`.

```
{"2608.19880": {"authors": [...], "title": "...", "abstract": "arXiv:2608.19880v1 Announce Type: new  Abstract: ...",
 "arxiv_id": "2608.19880", "ARXIVID": "2608.19880", "COMMENT": "...", "RELEVANCE": 8, "NOVELTY": 7}}
```
The abstract begins as arXiv's feed does: what it announces is read, and taken off. Names in capitals are a model's.
"""

from paperhouse.transforms.arxiv.feed_marks import split_feed_mark
from paperhouse.transforms.arxiv.identifiers import split_version
from paperhouse.transforms.digest import DigestFormat, Entry, Parsed
from paperhouse.transforms.errors import InvalidArxivIdError
from paperhouse.transforms.parsing.json_document import ANY_NAME, outline_of, records_of
from paperhouse.transforms.parsing.json_records import Record, announce_type, place_record, read_record

_KEYS = frozenset({"title", "authors", "abstract"})


def recognise(head: str) -> bool:
    """Whether the document is an object whose first member is a paper under its own identifier."""
    outline = outline_of(head)
    if outline is None or outline.is_list or outline.name is None or outline.facts:
        return False
    return outline.first.keys() >= _KEYS and _is_identifier(outline.name)


def _is_identifier(name: str) -> bool:
    try:
        split_version(name)
    except InvalidArxivIdError:
        return False
    return True


def parse(text: str) -> Parsed:
    """Read every member of the object."""
    parsed, found, _ = records_of(text, ANY_NAME)
    for named in found:
        name = named.name

        def read(record: Record, name: str | None = name) -> Entry | str:
            return read_paper(record, name)

        place_record(parsed, named.located, read)
    return parsed


def read_paper(record: Record, name: str | None) -> Entry | str:
    """Read one paper; `name` is the identifier that it stands under, which binds where it is one."""
    fields = {(f"ai_{key.lower()}" if key.isupper() else key): value for key, value in record.items()}
    fields.pop("ai_arxivid", None)
    if name is not None and _is_identifier(name):
        fields["arxiv_id"] = name
    entry = read_record(fields)
    if isinstance(entry, Entry) and entry.abstract:
        announced = split_feed_mark(entry.abstract)
        if announced is not None and announced.arxiv_id == entry.arxiv_id:
            entry.abstract, entry.version = announced.abstract, announced.version or entry.version
            entry.announce_type = announce_type(announced.announce_type)
            entry.abstract_completeness = "full" if entry.abstract else "none"
    return entry


FORMAT = DigestFormat(
    name="gpt_paper_assistant_json",
    description="gpt_paper_assistant: JSON object of papers by identifier, with a model's comment and scores",
    authors="full",
    abstract="full",
    recognise=recognise,
    parse=parse,
)
