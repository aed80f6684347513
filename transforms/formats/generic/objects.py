"""Records among nested values: which objects name one paper, and what their fields say."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from paperhouse.transforms.arxiv.category_lists import category_codes
from paperhouse.transforms.arxiv.identifiers import split_version
from paperhouse.transforms.calendar.dates import date_in
from paperhouse.transforms.digest import Entry, LinkKind, Note, Translation
from paperhouse.transforms.errors import InvalidArxivIdError
from paperhouse.transforms.formats.generic.mentions import find_mentions
from paperhouse.transforms.formats.generic.names import looks_like_full_names, looks_like_names, read_names
from paperhouse.transforms.formats.generic.shapes import bare_fields, rows_of_columns, rows_with_head
from paperhouse.transforms.formats.generic.vocabulary import is_side, role_of
from paperhouse.transforms.parsing.field_names import Role, normal_name
from paperhouse.transforms.parsing.json_records import announce_type, names_of, text_of
from paperhouse.transforms.text.language import written_language
from paperhouse.transforms.text.links import link_kind
from paperhouse.transforms.text.unwrap import unwrap

_ID_ROLES: Final[tuple[Role, ...]] = ("arxiv_id", "link", "pdf", "html", "doi")
_URL_LIST: Final = re.compile(r"url|link|href|source", re.IGNORECASE)
_SUMMARY_KEYS: Final = ("summary", "Summary", "abs_text", "description", "abs", "content_text")
_CUT: Final = re.compile(r"(?:\.\.\.|…)[\"'”’)\]]?\s*\Z")
ANNOUNCED: Final = re.compile(
    r"arXiv:\S{9,20}[ ]Announce Type:[ ](?P<type>[\w-]{3,20})\s+(?:Abstract:\s*)?", re.IGNORECASE
)
"""What arXiv's feed puts before an abstract."""
_GIVEN: Final = (
    "given",
    "first",
    "firstName",
    "first_name",
    "firstname",
    "forename",
    "forenames",
    "given_name",
    "givenName",
)
_FAMILY: Final = (
    "family",
    "last",
    "lastName",
    "last_name",
    "lastname",
    "keyname",
    "surname",
    "family_name",
    "familyName",
)
_MAX_DEPTH: Final = 40
_LONGEST_ID: Final = 200
_ID_DIGITS: Final = re.compile(r"[0-9]{4}\.[0-9]{4}|(?:/|%2[Ff])[0-9]{7}")
"""What every identifier holds."""
_LONGEST_NOTE: Final = 20_000
_MOST_NOTES: Final = 60
_VERSION: Final = re.compile(r"v?([1-9][0-9]{0,2})\Z")
_LINKS: Final[dict[Role, LinkKind]] = {"code": "code", "project": "project"}
_READ: Final = frozenset(
    {"arxiv_id", "link", "pdf", "html", "title", "authors", "abstract", "categories", "primary_category", "date",
     "updated", "code", "project", "number", "doi", "comment", "journal_ref", "announce_type"}
)  # fmt: skip


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


def record_entry(record: Record, line_start: int, line_end: int) -> Entry:
    """Entry of a record that names a paper."""
    arxiv_id, version = record.paper  # type: ignore[misc]  # only records with a paper come here
    entry = Entry(line_start, line_end, arxiv_id, None, version)
    held = {role: record.fields[key] for role, key in record.roles.items()}
    _set_title(entry, record, held)
    _set_authors(entry, record, held)
    _set_abstract(entry, record, held)
    _set_rest(entry, record, held)
    _set_notes(entry, record)
    return entry


def _set_title(entry: Entry, record: Record, held: Mapping[Role, object]) -> None:
    text = text_of(held.get("title"))
    text = " ".join(text.split()) if text and "\n" in text else text
    if text and normal_name(record.roles["title"]) == "name" and _names_a_thing(text, record):
        return
    if text and (language := written_language(text)) is not None:
        entry.translations.append(Translation(language, text, None))
    elif text:
        entry.title = text
        record.sources["title"] = f"key {record.roles['title']!r}"


def _names_a_thing(text: str, record: Record) -> bool:
    """Whether a `name` is that of a benchmark or data set: few words, or that of an object which has a `paper`."""
    return len(text.split()) < 6 or record.sources.get("arxiv_id") == "key 'paper'"  # noqa: PLR2004


def _set_authors(entry: Entry, record: Record, held: Mapping[Role, object]) -> None:
    value = held.get("authors")
    if isinstance(value, list):
        names = [name.strip(" \t,") for name in names_of([_name_of(part) for part in value])]
        joined = [name for name in names if name]
        if len(joined) == 1 and (joined[0].count(", ") > 1 or looks_like_full_names(joined[0])):
            entry.authors, entry.authors_completeness = read_names(joined[0])
        elif joined and joined[-1].lower().strip(".") in {"et al", "et. al", "others", "..", "…"}:
            entry.authors = joined[:-1]
            entry.authors_completeness = "truncated" if entry.authors else "none"
        else:
            entry.authors = joined
            entry.authors_completeness = "full" if joined else "none"
    elif isinstance(value, dict):
        written = _name_of(value)
        if isinstance(written, str) and looks_like_names(written):  # one name may be a bot's
            entry.authors, entry.authors_completeness = read_names(written)
    elif isinstance(value, str):
        entry.authors, entry.authors_completeness = read_names(value)
    if entry.authors:
        record.sources["authors"] = f"key {record.roles['authors']!r}"


def _name_of(part: object) -> object:
    if isinstance(part, dict):
        name = next(
            (
                part[key]
                for key in ("name", "fullname", "full_name", "display_name", "author", "Name")
                if isinstance(part.get(key), str | dict)
            ),
            None,
        )
        if isinstance(name, dict):
            return next(
                (text for text in bare_fields({"name": name}).values() if isinstance(text, str)), None
            )
        if name is None:
            given, family = (_first_text(part, keys) for keys in (_GIVEN, _FAMILY))
            return f"{given} {family}".strip() if family else None
        return name
    return part


def _first_text(part: Mapping[str, object], keys: tuple[str, ...]) -> str:
    return next((held for key in keys if isinstance(held := part.get(key), str)), "")


def _set_abstract(entry: Entry, record: Record, held: Mapping[Role, object]) -> None:
    key = record.roles.get("abstract")
    text = text_of(held.get("abstract"))
    if not text:
        key = next((key for key in _SUMMARY_KEYS if isinstance(record.fields.get(key), str)), None)
        text = text_of(record.fields[key]) if key else None
        if text and (text.startswith("http") or len(text) < 150):  # noqa: PLR2004 - a note or a link, no abstract
            return
    if not text:
        return
    announced = ANNOUNCED.match(text)
    if announced:
        entry.announce_type, text = announce_type(announced["type"]), text[announced.end() :]
    language = written_language(text)
    if language is not None:
        _translate(entry, language, abstract=text)
    else:
        entry.abstract = unwrap(text)
        entry.abstract_completeness = "truncated" if _CUT.search(text) else "full"
        record.sources["abstract"] = f"key {key!r}"


def _translate(entry: Entry, language: str, *, title: str | None = None, abstract: str | None = None) -> None:
    known = next((t for t in entry.translations if t.language == language), None)
    if known is not None:
        entry.translations.remove(known)
        title, abstract = known.title or title, known.abstract or abstract
    entry.translations.append(Translation(language, title, abstract))


def _set_rest(entry: Entry, record: Record, held: Mapping[Role, object]) -> None:
    codes, _ = category_codes(_texts(held.get("categories")))
    primary, _ = category_codes(_texts(held.get("primary_category")))
    entry.categories = list(dict.fromkeys([*primary, *codes]))
    entry.primary_category = next(iter(primary or codes), None)
    if entry.categories:
        record.sources["categories"] = (
            f"key {record.roles.get('categories') or record.roles.get('primary_category')!r}"
        )
    for role, kind in (("date", "published"), ("updated", "updated")):
        text = text_of(held.get(role))  # type: ignore[call-overload]
        stated = date_in(text[:40].replace("T", " ")) if text else None
        if stated is not None and entry.stated_date is None:
            entry.stated_date, entry.stated_date_kind = stated, kind
            record.sources["date"] = f"key {record.roles[role]!r}"  # type: ignore[index]
    entry.comment = text_of(held.get("comment"))
    doi = text_of(held.get("doi"))
    entry.doi = doi if doi and "arxiv" not in doi.lower() else None
    entry.journal_ref = text_of(held.get("journal_ref"))
    entry.announce_type = entry.announce_type or announce_type(text_of(held.get("announce_type")))
    for role, link in _LINKS.items():
        urls = [url for url in _texts(held.get(role)) if url.startswith("http") and "arxiv.org" not in url]
        entry.links += [(url, link if link_kind(url) == "other" else link_kind(url)) for url in urls]


def _texts(value: object) -> list[str]:
    values = value if isinstance(value, list) else [value]
    terms = [part.get("term") if isinstance(part, dict) else part for part in values]
    return [text for part in terms if (text := text_of(part))]


def _set_notes(entry: Entry, record: Record) -> None:
    used = {record.sources.get(name, "")[5:-1] for name in ("abstract", "title", "authors")}
    for key, value in _flat(record.fields):
        role = role_of(key)
        if role in _READ or key in used or len(entry.notes) >= _MOST_NOTES:
            continue
        text = ", ".join(_texts(value)) or (
            str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""
        )
        if not text or text.startswith(("http://", "https://")):
            continue
        language = written_language(text)
        if role in {"title_zh", "abstract_zh", "translation"} and language is not None:
            _translate(entry, language, **{"title" if role == "title_zh" else "abstract": text})
        else:
            entry.notes.append(
                Note(
                    role or normal_name(key).replace(" ", "_")[:40] or "note", text[:_LONGEST_NOTE], language
                )
            )
    entry.translations.sort(key=lambda translation: translation.language)


def _flat(fields: Mapping[str, object], depth: int = 0) -> Iterator[tuple[str, object]]:
    for key, value in fields.items():
        if isinstance(value, dict) and depth < 2:  # noqa: PLR2004
            yield from _flat({str(inner): held for inner, held in value.items()}, depth + 1)
        else:
            yield str(key), value
