"""What the cells of a table row say about a paper, by the roles of their columns."""

import re
from collections.abc import Sequence

from paperhouse.transforms.arxiv.identifiers import LINK, OLD_ARCHIVES, split_version
from paperhouse.transforms.calendar.dates import date_in
from paperhouse.transforms.digest import Completeness, Entry, LinkKind, Note, Reject, Translation
from paperhouse.transforms.errors import InvalidArxivIdError
from paperhouse.transforms.parsing.author_list import list_completeness, settle_names, split_names
from paperhouse.transforms.parsing.details_cells import details_text, details_texts, sort_texts
from paperhouse.transforms.parsing.field_names import Role
from paperhouse.transforms.parsing.markdown_table import (
    DATE_ROLES,
    LINK_ROLES,
    TableHead,
    fit_row,
    has_paper_link,
    is_nothing,
)
from paperhouse.transforms.parsing.paper_identity import publisher_doi
from paperhouse.transforms.parsing.row_cache import RowMemo

Cells = dict[Role, str]

# These families print arXiv's "updated" as the row's date, whatever the column is called.
ROW_DATE_KIND = "updated"
_ET_AL = re.compile(r"(?:^|[ \t,])(?:et\.?[ \t]?al\.?|等)\Z", re.IGNORECASE)
_NAME_DIVIDER = re.compile(r"[,;，；、](?![ \t]*(?:Jr|Sr|I{2,3}|IV)\b)")
_URL = re.compile(r"https?://[^\s()\[\]<>|*\"']{1,1000}")
_CATEGORY = re.compile(rf"(?:{OLD_ARCHIVES}|eess|econ|q-fin|stat)(?:\.[A-Za-z-]{{2,}})?")
_CATEGORY_DIVIDER = re.compile(r"[\s,;，；、|/`]+")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_HAN_SHARE = 5
_LINK_KINDS: dict[Role, LinkKind | None] = {"code": "code", "project": "project"}
_NOTE_ROLES: tuple[Role, ...] = (
    "summary",
    "tldr",
    "score",
    "keywords",
    "affiliations",
    "venue",
    "upvotes",
    "topic",
)
_USED: frozenset[Role] = frozenset(
    {
        *LINK_ROLES,
        *DATE_ROLES,
        *_LINK_KINDS,
        *_NOTE_ROLES,
        "title",
        "title_zh",
        "authors",
        "abstract",
        "abstract_zh",
    }
    | {
        "translation",
        "comment",
        "categories",
        "primary_category",
        "doi",
        "journal_ref",
        "announce_type",
        "number",
    }
)


def read_row(head: TableHead, row: str, line_start: int, line_end: int, topic: str | None) -> Entry | Reject:
    """Read the paper of one row; a row without identifier or title, or at odds with its head, is a reject."""
    return _ROWS.read(head, row, line_start, line_end, topic)


def _read_cells(head: TableHead, row: str) -> Entry | str:
    """The paper of one row, its lines left open, or the reason why the row is a reject."""
    texts = fit_row(head, row)
    if texts is None:
        return "malformed_row" if has_paper_link(row) else "no_arxiv_id"
    cells: Cells = {role: text for role, text in zip(head.roles, texts, strict=True) if role is not None}
    identifier = _identifier(cells)
    if identifier is None:
        return "no_arxiv_id"
    title = link_text(cells.get("title", ""))
    if not title:
        return "no_title"
    authors, authors_completeness = first_authors(cells.get("authors", ""))
    entry = Entry(1, 1, identifier[0], title, identifier[1], authors, authors_completeness)
    _state_date(entry, cells)
    _state_abstract(entry, cells)
    _state_categories(entry, cells)
    entry.comment = _text(cells, "comment")
    entry.doi = publisher_doi(_text(cells, "doi"), entry.arxiv_id)
    entry.journal_ref = _text(cells, "journal_ref")
    entry.announce_type = _text(cells, "announce_type")
    entry.links = [
        (url, kind) for role, kind in _LINK_KINDS.items() for url in cell_urls(cells.get(role, ""))
    ]
    entry.notes += [Note(role, text) for role in _NOTE_ROLES if (text := _text(cells, role))]
    entry.notes += _unknown_columns(head, texts)
    return entry


_ROWS = RowMemo(_read_cells)


def paper_identifier(text: str) -> tuple[str, int | None] | None:
    """Find identifier and version of the first link to arXiv; None if there is none or it is none."""
    link = LINK.search(text)
    if link is None:
        return None
    try:
        return split_version(link["id"])
    except InvalidArxivIdError:
        return None


def first_authors(cell: str) -> tuple[list[str], Completeness]:
    """Names of an author cell and how complete they are: `X et.al.` is the first name of an unknown number.

    One name is never taken for the whole list: these families print the first author only, and a fork that
    leaves out `et.al.` does not print more.
    """
    written = unbold(cell).rstrip(" \t\n")
    names = _ET_AL.sub("", written, count=1)
    authors = [] if is_nothing(names) else split_names(_NAME_DIVIDER.sub("\n", names), "\n")
    if len(settle_names(authors).names) == 1:
        return authors, "first_only"
    return authors, list_completeness(authors) if names == written or not authors else "truncated"


def unbold(cell: str) -> str:
    """Take off the pair of stars around a whole cell; stars inside stay."""
    is_bold = len(cell) >= len("****") and cell.startswith("**") and cell.endswith("**")
    return cell[2:-2].strip(" \t\n") if is_bold else cell


def link_text(cell: str) -> str:
    """Text of a cell that is one link; any other cell as it is, without the stars around it."""
    text = unbold(cell)
    if text.startswith("[") and text.endswith(")") and text.count("](") == 1:
        end = text.index("](")
        return unbold(text[1:end].strip(" \t\n"))
    return text


def cell_urls(cell: str) -> list[str]:
    """Distinct URLs of a cell in their order."""
    return [] if is_nothing(cell) else list(dict.fromkeys(_URL.findall(cell)))


def _identifier(cells: Cells) -> tuple[str, int | None] | None:
    for role in (*LINK_ROLES, "title", "doi"):
        cell = cells.get(role, "")
        found = paper_identifier(cell) or (_bare_identifier(cell) if role in {"arxiv_id", "doi"} else None)
        if found is not None:
            return found
    return None


def _bare_identifier(cell: str) -> tuple[str, int | None] | None:
    try:
        return split_version(link_text(cell))
    except InvalidArxivIdError:
        return None


def _text(cells: Cells, role: Role) -> str | None:
    cell = cells.get(role, "")
    texts = details_texts(cell)
    if texts:
        return "\n".join(text for _, text in texts if text) or None
    return None if is_nothing(cell) else details_text(cell) or None


def _state_date(entry: Entry, cells: Cells) -> None:
    entry.stated_date = next((day for role in DATE_ROLES if (day := date_in(cells.get(role, "")))), None)
    entry.stated_date_kind = ROW_DATE_KIND if entry.stated_date else None


def _state_abstract(entry: Entry, cells: Cells) -> None:
    """Abstract and translations; a Chinese text is a translation, also under the head Abstract."""
    abstract = _text(cells, "abstract")
    if texts := details_texts(cells.get("abstract", "")):
        abstract, entry.translations, entry.notes = sort_texts(texts)
    translated = _text(cells, "abstract_zh") or _text(cells, "translation")
    if abstract and is_chinese(abstract):
        abstract, translated = None, translated or abstract
    if abstract:
        entry.abstract = abstract
        is_cut = abstract.endswith(("...", "…")) and "<details" not in cells["abstract"]
        entry.abstract_completeness = "truncated" if is_cut else "full"
    title = _text(cells, "title_zh")
    if title or translated:
        entry.translations.append(Translation("zh", link_text(title) if title else None, translated))


def is_chinese(text: str) -> bool:
    """Whether at least every fifth character is Chinese: more than names and quotations come to."""
    return len(_HAN.findall(text)) * _HAN_SHARE >= len(text)


def _state_categories(entry: Entry, cells: Cells) -> None:
    written = [cells.get(role, "") for role in ("primary_category", "categories")]
    named = [_known_categories(cell) for cell in written]
    entry.categories = list(dict.fromkeys([*named[0], *named[1]]))
    entry.primary_category = entry.categories[0] if entry.categories else None
    for cell, categories in zip(written, named, strict=True):
        if not categories and not is_nothing(cell):
            entry.notes.append(Note("category", cell))


def _known_categories(cell: str) -> list[str]:
    return [token for token in _CATEGORY_DIVIDER.split(cell.strip("*[]() ")) if _CATEGORY.fullmatch(token)]


def _unknown_columns(head: TableHead, texts: Sequence[str]) -> list[Note]:
    """Text of columns that no role is known for, under their names: nobody knows what it is worth."""
    return [
        Note(name or "column", details_text(text))
        for name, role, text in zip(head.names, head.roles, texts, strict=True)
        if role not in _USED and not is_nothing(text)
    ]
