"""Values of other shapes as the objects that records are: columns, heads with rows, texts inside of small objects."""

from collections.abc import Mapping
from typing import Final

from paperhouse.transforms.formats.generic.vocabulary import role_of

_TEXT_KEYS: Final = frozenset({"$t", "#text", "_text", "$text", "value", "@value", "_value", "plain_text"})
_TELLING: Final = frozenset({"arxiv_id", "title", "authors", "abstract", "link", "pdf"})
_FEWEST: Final = 2


def bare_fields(fields: Mapping[str, object]) -> dict[str, object]:
    """Fields without the small objects in which some exports keep each text: `{"$t": "A title"}`."""
    return {key: _bare(held) if isinstance(held, (dict, list)) else held for key, held in fields.items()}


def _bare(held: object) -> object:
    if isinstance(held, dict):
        texts = [value for key, value in held.items() if key in _TEXT_KEYS and isinstance(value, str)]
        return texts[0] if len(texts) == 1 and len(held) <= _FEWEST else held
    if (
        isinstance(held, list)
        and held
        and isinstance(held[0], dict)
        and all(isinstance(part, dict) for part in held)
    ):
        parts = [_bare(part) for part in held]
        return parts if all(isinstance(part, str) for part in parts) else held
    return held


def rows_of_columns(value: Mapping[str, object]) -> list[dict[str, object]]:
    """Objects of a table that is kept column by column, or as names and rows; none where the value is no such table."""
    columns, rows = value.get("columns"), value.get("data", value.get("rows"))
    if isinstance(columns, list) and isinstance(rows, list):
        return rows_with_head([columns, *rows])
    known = {key: held for key, held in value.items() if role_of(key) in _TELLING}
    if len(known) < _FEWEST:
        return []
    if all(isinstance(held, dict) for held in known.values()):
        return _rows_by_key({key: held for key, held in value.items() if isinstance(held, dict)})
    lists = {key: held for key, held in value.items() if isinstance(held, list)}
    if len(known.keys() & lists.keys()) < _FEWEST:
        return []  # the head of a feed: one title, and a link or two
    sizes = {len(held) for key, held in lists.items() if key in known}
    if lists.keys() < known.keys() or len(sizes) != 1 or sizes <= {0, 1}:
        return []
    size = sizes.pop()
    return [{key: held[i] for key, held in lists.items() if len(held) == size} for i in range(size)]


def _rows_by_key(columns: Mapping[str, Mapping[str, object]]) -> list[dict[str, object]]:
    keys = next(iter(columns.values())).keys()
    if len(keys) < _FEWEST or any(held.keys() != keys for held in columns.values()):
        return []
    return [{name: held[key] for name, held in columns.items()} for key in keys]


def rows_with_head(rows: list[object]) -> list[dict[str, object]]:
    """Objects of a list of lists whose first names the columns; none where it does not."""
    head = rows[0] if rows else None
    if not isinstance(head, list) or not all(isinstance(name, str) for name in head):
        return []
    if len({role_of(name) for name in head} & _TELLING) < _FEWEST:
        return []
    return [
        dict(zip(head, row, strict=True))
        for row in rows[1:]
        if isinstance(row, list) and len(row) == len(head)
    ]
