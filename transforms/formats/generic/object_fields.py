"""The fields of an object that is a record, to an entry."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from paperhouse.transforms.arxiv.category_lists import category_codes
from paperhouse.transforms.calendar.dates import date_in
from paperhouse.transforms.digest import Entry, LinkKind, Note, Translation
from paperhouse.transforms.formats.generic.names import looks_like_full_names, looks_like_names, read_names
from paperhouse.transforms.formats.generic.objects import Record
from paperhouse.transforms.formats.generic.shapes import bare_fields
from paperhouse.transforms.formats.generic.vocabulary import role_of
from paperhouse.transforms.parsing.field_names import Role, normal_name
from paperhouse.transforms.parsing.json_records import announce_type, names_of, text_of
from paperhouse.transforms.text.language import written_language
from paperhouse.transforms.text.links import link_kind
from paperhouse.transforms.text.unwrap import unwrap

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
_LONGEST_NOTE: Final = 20_000
_MOST_NOTES: Final = 60
_LINKS: Final[dict[Role, LinkKind]] = {"code": "code", "project": "project"}
_READ: Final = frozenset(
    {"arxiv_id", "link", "pdf", "html", "title", "authors", "abstract", "categories", "primary_category", "date",
     "updated", "code", "project", "number", "doi", "comment", "journal_ref", "announce_type"}
)  # fmt: skip


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
