"""The block between two `---` lines that opens a page: fields of one paper, or of a page that lists many."""

import re
import tomllib
from dataclasses import dataclass, field
from typing import Final

from paperhouse.transforms.arxiv.identifiers import split_version
from paperhouse.transforms.errors import InvalidArxivIdError
from paperhouse.transforms.formats.generic.mentions import find_mentions
from paperhouse.transforms.formats.generic.pieces import Piece
from paperhouse.transforms.formats.generic.vocabulary import role_of
from paperhouse.transforms.formats.generic.yaml_text import read_mapping

FRONT_MATTER: Final = ("---", "+++")
"""Lines that open it: YAML, and TOML as Hugo writes it."""
_LINK_KEY: Final = re.compile(r"url|link|pdf|arxiv|eprint|source", re.IGNORECASE)
_LONGEST: Final = 200
_PREFIX: Final = re.compile(r"\A\[[^\]\n]{1,20}\][ \t]*")
_LATIN_AFTER: Final = re.compile(r"\A\[[^\]\n]{1,20}\][ \t]*[A-Za-z]")


@dataclass(slots=True)
class PageFields:
    """How many lines it takes, the fields, and the paper that they name (None if they name none)."""

    n_lines: int
    pieces: list[Piece] = field(default_factory=list)
    paper: tuple[str, int | None] | None = None

    @property
    def is_full(self) -> bool:
        """Whether it states a title too, and so speaks of one paper."""
        return any(piece.role == "title" for piece in self.pieces)


def read_page_fields(text: str) -> PageFields | None:
    """Read the front matter at the start of a text; None if there is none or it is none that is known."""
    if not text.startswith(FRONT_MATTER):
        return None
    lines = text[: 64 * 1024].split("\n")
    mark = lines[0].rstrip()
    if mark not in FRONT_MATTER:
        return None
    closing = {"---", "..."} if mark == "---" else {"+++"}
    end = next((i for i in range(1, min(len(lines), _LONGEST)) if lines[i].rstrip() in closing), None)
    if end is None:
        return None
    found = PageFields(end + 1)
    fields = read_mapping(lines[1:end]) if mark == "---" else _toml(lines[1:end])
    for key, value in _flat(fields):
        _add(found, key, value)
    return found


def _toml(lines: list[str]) -> dict[str, object]:
    try:
        return tomllib.loads("\n".join(lines))
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}


def _flat(fields: dict[str, object], depth: int = 0) -> list[tuple[str, object]]:
    flat: list[tuple[str, object]] = []
    for key, value in fields.items():
        if isinstance(value, dict) and depth < 2:  # noqa: PLR2004
            flat += _flat(value, depth + 1)
        else:
            flat.append((key, value))
    return flat


def _add(found: PageFields, key: str, value: object) -> None:
    parts = (
        [str(part) for part in value]
        if isinstance(value, list)
        else [str(value)]
        if value not in (None, "")
        else []
    )
    if not parts:
        return
    role = role_of(key)
    is_link = role in {"arxiv_id", "link", "pdf", "html"} or (
        role is None and _LINK_KEY.search(key) is not None
    )
    if is_link and found.paper is None:
        found.paper = _paper(parts[0])
    if role == "title" and _LATIN_AFTER.match(parts[0]):
        parts[0] = _PREFIX.sub("", parts[0])
    text = "; ".join(parts) if role == "authors" and len(parts) > 1 else ", ".join(parts)
    found.pieces.append(Piece(key, role, "key", [text]))


def _paper(written: str) -> tuple[str, int | None] | None:
    mentions = find_mentions(written)
    if mentions:
        return mentions[0].arxiv_id, mentions[0].version
    try:
        return split_version(written.strip(" \"'"))
    except InvalidArxivIdError:
        return None
