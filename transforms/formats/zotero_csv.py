"""Zotero's CSV: a head row with `Item Type` and `Abstract Note`, then one row a reference.

```
"Key","Item Type","Publication Year","Author","Title",...,"DOI","Url","Abstract Note","Date",...,"Extra"
"ABCD1234","preprint","2017","Vaswani, Ashish; Shazeer, Noam","Attention Is All You Need",...
```
"""

from paperhouse.transforms.digest import DigestFormat, Furniture, Note, Parsed
from paperhouse.transforms.exports.names import turned_names
from paperhouse.transforms.exports.references import Reference, place_reference
from paperhouse.transforms.parsing.csv_records import csv_rows
from paperhouse.transforms.parsing.json_records import Located

_OWN_COLUMNS = frozenset({"item type", "title", "author"})
_LONGEST_HEAD = 8_000


def recognise(head: str) -> bool:
    """Whether the first line names Zotero's own columns."""
    first = head.lstrip("\n").partition("\n")[0]
    if len(first) > _LONGEST_HEAD or "item type" not in first.casefold():
        return False
    row = next(csv_rows(first), None)
    return row is not None and row.cells is not None and _columns(row.cells) >= _OWN_COLUMNS


def _columns(cells: list[str]) -> set[str]:
    return {cell.strip().casefold() for cell in cells}


def parse(text: str) -> Parsed:
    """Read every row by the names of its columns."""
    parsed = Parsed(unit="record")
    lines = text.split("\n")
    names: list[str] | None = None
    for row in csv_rows(text):
        parsed.n_records += 1
        if names is None:
            names = [cell.strip().casefold() for cell in row.cells or []]
            parsed.furniture.append(Furniture(row.line_start, row.line_end, "table_head"))
            continue
        stretch = "\n".join(lines[row.line_start - 1 : row.line_end])
        reference = None
        if row.cells is not None and len(row.cells) <= len(names):
            reference = read_reference(dict(zip(names, row.cells, strict=False)))
        place_reference(parsed, Located(row.line_start, row.line_end, stretch, None), reference)
    return parsed


def read_reference(row: dict[str, str]) -> Reference:
    """Read one row; columns by name in lower case."""
    journal = row.get("publication title") or None
    return Reference(
        title=row.get("title"),
        authors=turned_names(row.get("author", "")),
        abstract=row.get("abstract note"),
        identifiers=[row.get("url"), row.get("archive location")],
        mentions=[
            row.get("extra"),
            row.get("number"),
            row.get("call number"),
            journal,
            row.get("link attachments"),
        ],
        doi=row.get("doi"),
        journal_ref=None if journal is None or "arxiv" in journal.casefold() else journal,
        date=row.get("date"),
        notes=[Note("tag", tag) for part in row.get("manual tags", "").split(";") if (tag := part.strip())],
    )


FORMAT = DigestFormat(
    name="zotero_csv",
    description="Zotero's CSV: references with Url, DOI or Extra, and Abstract Note",
    authors="full",
    abstract="full",
    recognise=recognise,
    parse=parse,
)
