"""What a search found as a result, which can be written in any form."""

from collections.abc import Sequence
from typing import Any, Final

import pyarrow as pa

from paperhouse.warehouse.read.query import Result

_COLUMNS: Final = {
    "arxiv_id": ("VARCHAR", pa.string()),
    "score": ("DOUBLE", pa.float64()),
    "has_all": ("BOOLEAN", pa.bool_()),
    "title": ("VARCHAR", pa.string()),
    "authors": ("VARCHAR[]", pa.list_(pa.string())),
    "first_listed_date": ("DATE", pa.date32()),
    "snippet": ("VARCHAR", pa.string()),
    "path": ("VARCHAR", pa.string()),
    "line_start": ("UINTEGER", pa.uint32()),
    "line_end": ("UINTEGER", pa.uint32()),
}


def search_result(rows: Sequence[dict[str, Any]]) -> Result:
    """The rows as a query would give them."""
    schema = pa.schema([(name, arrow_type) for name, (_, arrow_type) in _COLUMNS.items()])
    table = pa.Table.from_pylist(list(rows), schema=schema)
    types = tuple(engine_type for engine_type, _ in _COLUMNS.values())
    return Result(tuple(_COLUMNS), types, schema, iter(table.to_batches()))
