"""The CSV beside a report table: a head row, then one row a paper.

```
Title,Link,Desc,author
"Title, with a comma",https://arxiv.org/abs/2507.23209,"abstract, also over
several lines","A, B"
```
Columns are found by their names, so forks may rename and reorder them. A file that breaks off inside an
abstract gives an entry with a truncated one.
"""

from paperhouse.transforms.digest import DigestFormat, Entry, Furniture, Parsed
from paperhouse.transforms.parsing.author_list import list_completeness
from paperhouse.transforms.parsing.csv_records import CsvRow, csv_rows
from paperhouse.transforms.parsing.field_names import roles_of
from paperhouse.transforms.parsing.json_records import (
    Located,
    Record,
    load_literal,
    place_record,
    read_record,
)

_DELIMITERS = (",", ";", "\t")
_LONGEST_HEAD = 500
_ZOTERO = "Item Type"


def recognise(head: str) -> bool:
    """Whether the first line names a title, a link or identifier, and authors or an abstract as columns."""
    return _delimiter_of(head) is not None


def parse(text: str) -> Parsed:
    """Read every row by the names of its columns."""
    parsed = Parsed(unit="record")
    delimiter = _delimiter_of(text)
    if delimiter is None:
        return parsed
    lines = text.split("\n")
    names: list[str] | None = None
    for row in csv_rows(text, delimiter):
        parsed.n_records += 1
        if names is None:
            names = row.cells or []
            parsed.furniture.append(Furniture(row.line_start, row.line_end, "table_head"))
            continue
        raw = "\n".join(lines[row.line_start - 1 : row.line_end])
        record = _record_of(row, names)
        place_record(parsed, Located(row.line_start, row.line_end, raw, record), read_record)
        if record is not None and parsed.entries and parsed.entries[-1].line_start == row.line_start:
            _state_completeness(parsed.entries[-1], row, names)
    return parsed


def _delimiter_of(head: str) -> str | None:
    first = head.lstrip("\n").partition("\n")[0]
    if len(first) > _LONGEST_HEAD or _ZOTERO in first:
        return None
    for delimiter in _DELIMITERS:
        row = next(csv_rows(first, delimiter), None)
        roles = roles_of(row.cells or []).keys() if row else set()
        if "title" in roles and roles & {"link", "arxiv_id", "pdf"} and roles & {"authors", "abstract"}:
            return delimiter
    return None


def _record_of(row: CsvRow, names: list[str]) -> Record | None:
    """Cells by column name; None where the row is broken or has more cells than there are columns."""
    if row.cells is None or len(row.cells) > len(names):
        return None
    return {name: _listed(cell) for name, cell in zip(names, row.cells, strict=False) if cell}


def _listed(cell: str) -> object:
    """A cell; as list where it is one that Python or pandas wrote as text."""
    if cell[:2] not in {"['", '["'} or cell[-1:] != "]":
        return cell
    value = load_literal(cell)
    return value if isinstance(value, list) else cell


def _state_completeness(entry: Entry, row: CsvRow, names: list[str]) -> None:
    entry.authors_completeness = list_completeness(entry.authors)
    if not row.is_cut or row.cells is None:
        return
    last = roles_of([names[len(row.cells) - 1]])
    if "abstract" in last and entry.abstract:
        entry.abstract_completeness = "truncated"
    if "authors" in last and entry.authors:
        entry.authors_completeness = "truncated"


FORMAT = DigestFormat(
    name="report_table_csv",
    description="CSV with a head row: title, link, abstract and authors",
    authors="full",
    abstract="full",
    recognise=recognise,
    parse=parse,
)
