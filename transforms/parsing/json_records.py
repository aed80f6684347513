"""Records out of JSON lines, JSON documents and CSV rows: found in their container, then read by field role.

What a container holds is counted apart from what could be read of it; every record is one entry, one reject
or furniture. Nothing here evaluates code, and no input is deep or large enough to do harm: what Python's
parsers refuse is a reject.
"""

import ast
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from paperhouse.transforms.arxiv.category_lists import category_codes
from paperhouse.transforms.calendar.dates import date_in
from paperhouse.transforms.digest import Entry, LinkKind, Note, Parsed, Reject, Translation
from paperhouse.transforms.parsing.field_names import Role, field_role, normal_name, roles_of
from paperhouse.transforms.parsing.paper_identity import identify, publisher_doi
from paperhouse.transforms.text.language import written_language
from paperhouse.transforms.text.links import lone_link, urls_in
from paperhouse.transforms.text.unwrap import unwrap

Record = Mapping[str, object]
LoadJson = Callable[[str], object]

LONGEST_LITERAL = 1 << 20
"""Characters of a Python literal that are parsed; its syntax tree takes many times the memory of its text."""

ABSTRACT_KEYS = frozenset({"summary", "abs_text"})
"""Keys that mean the abstract, as in arXiv's own API, though elsewhere a summary is generated text."""

NAMING_ROLES: tuple[Role, ...] = ("arxiv_id", "link", "pdf", "html", "doi")
"""Fields that may name the paper of a record, the most telling one first."""

_DATE_ROLES: tuple[tuple[Role, str], ...] = (("date", "published"), ("updated", "updated"))
_LINK_KINDS: dict[Role, LinkKind] = {"code": "code", "project": "project"}
_PLAIN: frozenset[Role] = frozenset(
    {
        "arxiv_id", "link", "pdf", "html", "title", "authors", "abstract", "comment", "doi", "journal_ref", "topic",
        "categories", "primary_category", "date", "updated", "announce_type", "number", "code", "project",
    }
)  # fmt: skip
_TRANSLATIONS: frozenset[Role] = frozenset({"title_zh", "abstract_zh", "translation"})
_NOTE_GROUPS = frozenset({"ai"})
_NAME_DIVIDERS = re.compile(r"[;；、\n]")
_COMMA_SPACE = re.compile(r", |，")
_COMMA = re.compile(r",")
_CONFLICT_MARK = re.compile(r"(?:<{7}|\|{7}|>{7}) |={7}[ \t\r]*\Z")

_NO_JSON = re.compile('["\\\\\ud800-\udfff]')
"""What keeps a Python dict of texts from being JSON with other quotes, which is read in a fraction of the time."""


@dataclass(frozen=True, slots=True)
class Located:
    """One record of a container: its lines, its text, and what it holds (None if that is no record)."""

    line_start: int
    line_end: int
    text: str
    record: Record | None


def is_conflict_mark(line: str) -> bool:
    """Whether the line is one that git writes around the two sides of a merge that was never resolved."""
    return _CONFLICT_MARK.match(line) is not None


def load_json(text: str) -> object:
    """Read one JSON text; None if it is not valid or nested too deeply."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def load_literal(text: str) -> object:
    """Read one Python literal (`repr` of a dict); None if it is none, too deep or too long."""
    if len(text) > LONGEST_LITERAL:
        return None
    if not _NO_JSON.search(text):
        loaded = load_json(text.replace("'", '"'))
        if isinstance(loaded, dict) and all(isinstance(value, str) for value in loaded.values()):
            return loaded
    try:
        return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        return None


def record_lines(text: str, load: LoadJson) -> Iterator[Located]:
    """Every line that is not blank, as one record each."""
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            loaded = load(line)
            yield Located(number, number, line, loaded if isinstance(loaded, dict) else None)


def read_lines(text: str, load: LoadJson, read: Callable[[Record], Entry | str]) -> Parsed:
    """Read a text of one record a line; what `read` refuses is a reject with the reason that it returned."""
    parsed = Parsed(unit="record")
    parsed.n_records = sum(1 for line in text.split("\n") if line.strip())
    for located in record_lines(text, load):
        place_record(parsed, located, read)
    return parsed


def place_record(parsed: Parsed, located: Located, read: Callable[[Record], Entry | str]) -> None:
    """Turn one record into an entry or a reject of `parsed`."""
    entry = "malformed_record" if located.record is None else read(located.record)
    if isinstance(entry, str):
        parsed.rejects.append(Reject(located.line_start, located.line_end, entry, located.text))
        return
    entry.line_start, entry.line_end = located.line_start, located.line_end
    parsed.entries.append(entry)


def read_record(record: Record) -> Entry | str:
    """Entry that a record states, its lines still to be set; a reason code where it states no paper.

    Fields are found by what their names mean, so forks may rename them. A field without a role is kept as a note
    under its own name. Authors and abstract count as full; a format that knows better corrects that.
    """
    fields = _fields_by_role(record)
    texts = _texts_by_role(fields)
    title = texts.get("title")
    paper = _paper_of(texts)
    if paper is None:
        return "no_arxiv_id" if title else "malformed_record"
    if not title:
        return "no_title"
    authors = names_of(fields.get("authors"))
    abstract = texts.get("abstract")
    entry = Entry(
        line_start=0,
        line_end=0,
        arxiv_id=paper[0],
        version=paper[1],
        title=title,
        authors=authors,
        authors_completeness="full" if authors else "none",
        abstract=abstract,
        abstract_completeness="full" if abstract else "none",
        topic=texts.get("topic"),
        announce_type=announce_type(texts.get("announce_type")),
        comment=texts.get("comment"),
        doi=publisher_doi(texts.get("doi"), paper[0]),
        journal_ref=texts.get("journal_ref"),
        links=[
            (url, kind)
            for role, kind in _LINK_KINDS.items()
            if role in texts
            # `[Project page](https://...)` in a labelled field, and words such as `none` that are no link.
            for url in urls_in(texts[role])
        ],
    )
    if "categories" in fields or "primary_category" in fields:
        _set_categories(entry, fields)
    _set_date(entry, texts)
    _add_extras(entry, record)
    return entry


def _set_categories(entry: Entry, fields: Mapping[Role, object]) -> None:
    categories, other_classes = category_codes(_texts_of(fields.get("categories")))
    primary, _ = category_codes(_texts_of(fields.get("primary_category")))
    entry.primary_category = next(iter(primary or categories), None)
    entry.categories = list(dict.fromkeys(primary + categories))
    entry.notes = [Note("subject_class", other) for other in other_classes]


def read_api_record(record: Record) -> Entry | str:
    """Entry of a record that holds an answer of arXiv's API: its abstract may be wrapped at 80 columns."""
    entry = read_record(record)
    if isinstance(entry, Entry) and entry.abstract:
        entry.abstract = unwrap(entry.abstract)
    return entry


def names_paper(record: Record) -> bool:
    """Whether a field that may name a paper on arXiv (identifier, link, DOI) does."""
    return _paper_of(_texts_by_role(_fields_by_role(record))) is not None


def _paper_of(texts: Mapping[Role, str]) -> tuple[str, int | None] | None:
    title = texts.get("title")
    candidates = [texts[role] for role in NAMING_ROLES if role in texts]
    if title and title.startswith(("[", "<")) and lone_link(title):
        candidates.append(title)
    return identify(candidates)


def _texts_by_role(fields: Mapping[Role, object]) -> dict[Role, str]:
    """Trimmed texts of those fields that are text and not empty."""
    return {role: text for role, value in fields.items() if (text := text_of(value)) is not None}


def _fields_by_role(record: Record) -> dict[Role, object]:
    filled = {str(key): value for key, value in record.items() if value not in (None, "", [])}
    fields: dict[Role, object] = {role: filled[name] for role, name in roles_of(filled).items()}
    if "abstract" not in fields:
        fields["abstract"] = next((value for key, value in filled.items() if key in ABSTRACT_KEYS), None)
    return fields


def text_of(value: object) -> str | None:
    """Text of a field, trimmed; None if it is empty or no text."""
    if not isinstance(value, str):
        return None
    return value.strip(" \t\r\n") or None


def names_of(value: object) -> list[str]:
    """Read author names off a list, a list of `{"name": ...}`, or one string with dividers."""
    if isinstance(value, list):
        named = (name.get("name") if isinstance(name, dict) else name for name in value)
        return [text for name in named if (text := text_of(name))]
    text = text_of(value)
    if text is None:
        return []
    # A comma without a space belongs to a name, unless the whole list is written without spaces.
    dividers = (_NAME_DIVIDERS, _COMMA_SPACE, _COMMA)
    divider = next((pattern for pattern in dividers if pattern.search(text)), _COMMA)
    return [name for part in divider.split(text) if (name := part.strip())]


def announce_type(written: str | None) -> str | None:
    """Spell the type as `new`, `cross`, `replace` or `replace-cross`; None for anything else."""
    name = (written or "").strip().casefold().replace("_", "-").replace("replaced", "replace")
    return name if name in {"new", "cross", "replace", "replace-cross"} else None


def _texts_of(value: object) -> list[str]:
    return [text for part in (value if isinstance(value, list) else [value]) if (text := text_of(part))]


def _set_date(entry: Entry, texts: Mapping[Role, str]) -> None:
    """Take the date of publication, else that of the update; its meaning is stated with it."""
    for role, kind in _DATE_ROLES:
        written = texts.get(role)
        stated = date_in(written[:40].replace("T", " ")) if written else None
        if stated is not None:
            entry.stated_date, entry.stated_date_kind = stated, kind
            return


def _add_extras(entry: Entry, record: Record) -> None:
    """Keep what has no column: generated texts of an `AI` group, translations, and fields nobody knows."""
    translated: dict[str, dict[str, str]] = {}
    for key, value in _flat_fields(record):
        role = field_role(key)
        if role in _PLAIN or key in ABSTRACT_KEYS:
            continue
        if isinstance(value, str):
            text = text_of(value) or ""
        else:
            text = ", ".join(_texts_of(value)) or (str(value) if isinstance(value, int | float) else "")
        if not text:
            continue
        language = written_language(text)
        if role in _TRANSLATIONS:
            part = "title" if role == "title_zh" else "abstract"
            translated.setdefault(language or "zh", {}).setdefault(part, text)
        else:
            entry.notes.append(Note(_note_kind(key, role), text, language))
    entry.translations = [
        Translation(language, parts.get("title"), parts.get("abstract"))
        for language, parts in sorted(translated.items())
    ]


def _flat_fields(record: Record) -> Iterator[tuple[str, object]]:
    for key, value in record.items():
        if isinstance(value, dict) and str(key).casefold() in _NOTE_GROUPS:
            yield from ((str(inner), text) for inner, text in value.items() if not isinstance(text, dict))
        else:
            yield str(key), value


def _note_kind(key: str, role: Role | None) -> str:
    return role or normal_name(key).replace(" ", "_")[:40] or "note"
