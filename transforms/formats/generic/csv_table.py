"""CSV and TSV: one row a paper, columns by their names or, without a head, by what stands in them."""

import csv
import io
from collections import Counter
from typing import Final

from paperhouse.transforms.digest import Furniture, Parsed, Reject
from paperhouse.transforms.formats.generic.completeness import settle_completeness
from paperhouse.transforms.formats.generic.object_fields import record_entry
from paperhouse.transforms.formats.generic.objects import find_records
from paperhouse.transforms.formats.generic.structure import Reading, Structure
from paperhouse.transforms.formats.generic.vocabulary import role_of

_DELIMITERS: Final = ",\t;|"
_HEAD: Final = 64 * 1024
_TELLING: Final = frozenset({"arxiv_id", "title", "authors", "abstract", "link", "pdf"})
_FIELD_LIMIT: Final = 1 << 24


def read_csv(text: str) -> Reading | None:
    """Read a text whose first line names columns, some of them known; None if it does not."""
    first, _, rest = text.lstrip("\ufeff").partition("\n")
    delimiter = max(_DELIMITERS, key=first.count)
    names = _cells(first, delimiter) if first.count(delimiter) else []
    roles = [role_of(name) for name in names]
    if len(names) < 2 or len(set(roles) & _TELLING) < 2 or first.lstrip().startswith("|") or not rest.strip():  # noqa: PLR2004
        return None
    return _rows(text.lstrip("\ufeff"), names, delimiter)


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []


def _rows(text: str, names: list[str], delimiter: str) -> Reading | None:
    parsed = Parsed(unit="record", furniture=[Furniture(1, 1, "table_head")])
    sources: Counter[tuple[str, str]] = Counter()
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    lines = text.split("\n")
    previous = csv.field_size_limit()
    try:
        csv.field_size_limit(_FIELD_LIMIT)
        start = 1
        for number, row in enumerate(reader):
            end = reader.line_num
            if number == 1 and all(not cell.strip(" :-") for cell in row):
                parsed.furniture.append(Furniture(start, end, "separator"))
            elif number and any(cell.strip() for cell in row):
                _row(parsed, names, row, (start, end), lines, sources)
            start = end + 1
    except csv.Error:
        parsed.rejects.append(Reject(start, len(lines), "malformed_record", "\n".join(lines[start - 1 :])))
    finally:
        csv.field_size_limit(previous)
    if not parsed.entries:
        return None
    parsed.n_records = len(parsed.entries) + len(parsed.rejects) + len(parsed.furniture)
    settle_completeness(parsed.entries)
    fields = [
        (name, source.replace("key", "column"), count) for (name, source), count in sources.most_common()
    ]
    why = [
        f"the first line names {len(names)} columns, of which {sum(role_of(n) is not None for n in names)} are known"
    ]
    return Reading(parsed, Structure("generic_csv", "row", why, fields, "row"))


def _row(  # noqa: PLR0913, PLR0917 - one row and where it goes
    parsed: Parsed,
    names: list[str],
    row: list[str],
    span: tuple[int, int],
    lines: list[str],
    sources: Counter[tuple[str, str]],
) -> None:
    fields: dict[str, object] = {name: cell for name, cell in zip(names, row, strict=False) if cell.strip()}
    record = next(iter(find_records(fields)), None)
    if record is None or len(row) > len(names):
        text = "\n".join(lines[span[0] - 1 : span[1]])
        parsed.rejects.append(Reject(*span, "malformed_row" if record else "no_arxiv_id", text))
        return
    parsed.entries.append(record_entry(record, *span))
    for name, source in record.sources.items():
        sources[(name, source)] += 1
