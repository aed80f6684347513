"""Records among nested values: which objects name one paper, and what their fields say."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from paperhouse.transforms.arxiv.identifiers import split_version
from paperhouse.transforms.errors import InvalidArxivIdError
from paperhouse.transforms.formats.generic.mentions import find_mentions
from paperhouse.transforms.formats.generic.shapes import bare_fields, rows_of_columns, rows_with_head
from paperhouse.transforms.formats.generic.vocabulary import is_side, role_of
from paperhouse.transforms.parsing.field_names import Role
from paperhouse.transforms.parsing.json_records import text_of

_ID_ROLES: Final[tuple[Role, ...]] = ("arxiv_id", "link", "pdf", "html", "doi")
_URL_LIST: Final = re.compile(r"url|link|href|source", re.IGNORECASE)
_MAX_DEPTH: Final = 40
_LONGEST_ID: Final = 200
_ID_DIGITS: Final = re.compile(r"[0-9]{4}\.[0-9]{4}|(?:/|%2[Ff])[0-9]{7}")
"""What every identifier holds."""
_VERSION: Final = re.compile(r"v?([1-9][0-9]{0,2})\Z")


@dataclass(slots=True)
class Record:
    """One object that names a paper, or stands among such: its fields by role, and where it lay."""

    holder: object
    path: str
    fields: Mapping[str, object]
    paper: tuple[str, int | None] | None = None
    reason: str = "no_arxiv_id"
    text: str = ""
    roles: dict[Role, str] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)

    def as_text(self) -> str:
        """The record as JSON, for a reject."""
        return json.dumps(self.fields, ensure_ascii=False, default=str)[:10_000]


def find_records(value: object) -> Iterator[Record]:
    """Every object that names one paper; objects beside such, and those that name several, without a paper."""
    yield from _find(value, "", 0, None)


def _find(value: object, path: str, depth: int, key_id: tuple[str, int | None] | None) -> Iterator[Record]:
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, list):
        yield from _in_list(value, path, depth)
    elif isinstance(value, dict):
        own = _record(value, path, key_id)
        if own is not None:
            yield own if "title" in own.roles else _better_inside(own, value, path, depth)
            return
        rows = rows_of_columns(value)
        if rows:
            yield from _shared(value, _in_list(list(rows), path, depth))
            return
        yield from _lifted(value, path, list(_inside(value, path, depth)))


def _shared(holder: object, records: Iterator[Record]) -> Iterator[Record]:
    """Records that lie in one object, column by column: its lines are those of each."""
    for record in records:
        record.holder = holder
        yield record


def _better_inside(own: Record, value: dict[str, object], path: str, depth: int) -> Record:
    """Of an object that names a paper and states no title, the one inside that states it of the same paper."""
    inside = [r for r in _inside(value, path, depth) if r.paper and own.paper and r.paper[0] == own.paper[0]]
    if len(inside) != 1 or "title" not in inside[0].roles:
        return own
    inside[0].holder = value
    return inside[0]


def _inside(value: dict[str, object], path: str, depth: int) -> Iterator[Record]:
    for key, inner in value.items():
        named = _key_paper(key) if isinstance(inner, dict) else None
        where = f"{path}.*" if named else f"{path}.{key}"
        yield from _find(inner, where.lstrip("."), depth + 1, named)


def _in_list(values: list[object], path: str, depth: int) -> Iterator[Record]:
    here = f"{path}[*]"
    rows = rows_with_head(values) if values and isinstance(values[0], list) else []
    if rows:
        yield from _shared(values, _in_list(list(rows), path, depth))
        return
    if values and all(isinstance(value, str) for value in values):
        for text in values:
            paper = _whole_paper(text)
            if paper is not None:
                yield Record(None, here, {}, paper, text=str(text), sources={"arxiv_id": "the text"})
        return
    found: list[tuple[object, list[Record]]] = []
    for value in values:
        nested = list(_find(value, here, depth + 1, None))
        found.append((value, nested))
    n_single = sum(len(records) == 1 and records[0].holder is value for value, records in found)
    for value, records in found:
        if not records and n_single and isinstance(value, dict) and _title(value):
            yield Record(value, here, value)
        else:
            yield from records


def _lifted(value: object, path: str, nested: list[Record]) -> list[Record]:
    """An object that holds one record in an object of its own is the record, with the fields of both."""
    if (
        len(nested) != 1
        or not isinstance(value, dict)
        or nested[0].holder is value
        or not (path.endswith("]") or _states_more(value, nested[0]))
        or "[*]" in nested[0].path[len(path) :]
    ):
        return nested
    inner = nested[0]
    if not inner.fields:
        return nested
    merged = {**{key: held for key, held in value.items() if held is not inner.holder}, **inner.fields}
    record = _record(merged, path, inner.paper)
    if record is None:
        return nested
    record.holder = value
    return [record]


def _states_more(value: Mapping[str, object], inner: Record) -> bool:
    """Whether an object around a record states a title or authors that the record has not."""
    roles = {role_of(str(key)) for key, held in value.items() if held}
    return (
        bool(({"title", "authors", "abstract"} & roles) - inner.roles.keys()) and "title" not in inner.roles
    )


def _record(value: dict[str, object], path: str, key_id: tuple[str, int | None] | None) -> Record | None:
    """The object as a record; None if it names no paper itself."""
    roles: dict[Role, str] = {}
    holder, value = value, bare_fields(value)
    for key, held in value.items():
        role = role_of(key) if isinstance(key, str) and held not in (None, "", [], {}) else None
        if role is not None and (role not in roles or _is_better(role, value[roles[role]], held)):
            roles[role] = key
    paper, source = _paper_of(value, roles)
    paper = paper or key_id
    if paper is None:
        return None
    record = Record(holder, path, value, paper, roles=roles)
    record.sources["arxiv_id"] = f"key {source!r}" if source else "the key of the object"
    return record


def _is_better(role: Role, known: object, held: object) -> bool:
    """Of two keys with one role, the one that holds what the role needs: a paper, a list of names."""
    if role in {"arxiv_id", "link"}:
        return _whole_paper(known) is None and _whole_paper(held) is not None
    return role == "authors" and not isinstance(known, list) and isinstance(held, list)


def _paper_of(
    value: Mapping[str, object], roles: Mapping[Role, str]
) -> tuple[tuple[str, int | None] | None, str]:
    found: tuple[str, int | None] | None = None
    source = ""
    candidates = [(roles[role], value[roles[role]]) for role in _ID_ROLES if role in roles]
    candidates += [
        (key, held)
        for key, held in value.items()
        if isinstance(held, str)
        and len(held) <= _LONGEST_ID
        and "xiv" in held[:60].lower()
        and not is_side(str(key))
    ]
    candidates += [
        (key, held[0])
        for key, held in value.items()
        if isinstance(held, list) and held and _URL_LIST.search(str(key)) and not is_side(str(key))
    ]
    for key, held in candidates:
        paper = _whole_paper(held)
        if paper is None or (found is not None and paper[0] != found[0]):
            continue
        if found is None:
            found, source = paper, str(key)
        if paper[1] is not None:
            return paper, source
    if found is not None:
        stated = next(
            (
                m
                for key, held in value.items()
                if "version" in str(key).lower()
                and isinstance(held, str | int)
                and (m := _VERSION.fullmatch(str(held).strip()))
            ),
            None,
        )
        if stated and "schema" not in str(stated.string):
            found = (
                (found[0], int(stated[1]))
                if any(str(key).lower() in {"version", "arxivversion", "arxiv_version"} for key in value)
                else found
            )
    return found, source


def _whole_paper(held: object) -> tuple[str, int | None] | None:
    """The paper that a value names, if it holds nothing else: an id, or a link to it."""
    if not isinstance(held, str) or not held or len(held) > _LONGEST_ID:
        return None
    if _ID_DIGITS.search(held) is None:
        return None
    text = held.strip()
    try:
        return split_version(text)
    except InvalidArxivIdError:
        pass
    mentions = find_mentions(text)
    if len(mentions) == 1 and len(text) - (mentions[0].end - mentions[0].start) <= 40 and " " not in text:  # noqa: PLR2004
        return mentions[0].arxiv_id, mentions[0].version
    return None


def _key_paper(key: object) -> tuple[str, int | None] | None:
    return _whole_paper(key)


def _title(value: Mapping[str, object]) -> str | None:
    return next(
        (text for key, held in value.items() if role_of(str(key)) == "title" and (text := text_of(held))),
        None,
    )
