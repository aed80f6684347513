"""Citation keys: the same for a paper in every export, by a pattern that the user chooses."""

import re
from collections import Counter
from collections.abc import Sequence
from string import Formatter
from typing import Final

from paperhouse.transforms.citations.cited_paper import CitedPaper
from paperhouse.transforms.citations.split_names import split_written_name
from paperhouse.transforms.errors import SettingsError
from paperhouse.transforms.papers.author_names import name_key

DEFAULT_KEY: Final = "{author}{year}_{id}"
"""The identifier alone makes a key unique whatever else is exported."""
KEY_FIELDS: Final = ("author", "year", "word", "id")
_NAMED: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+/-]*")
_NOT_IN_NAMES: Final = re.compile(r"[^a-z0-9]+")
_WORD: Final = re.compile(r"[a-z0-9]+")
_MARKUP: Final = re.compile(r"\$[^$]*\$|\\[A-Za-z]+")
_SMALL_WORDS: Final = frozenset(
    {"a", "an", "and", "are", "as", "at", "by", "can", "do", "does", "for", "from", "how", "in", "is", "it", "of", "on",
     "or", "the", "to", "towards", "toward", "via", "what", "when", "where", "which", "who", "why", "with"}
)  # fmt: skip


def require_key_pattern(pattern: str) -> None:
    """Refuse a pattern with an unknown field, none at all, or characters that BibTeX takes for its own.

    Raises:
        SettingsError: says which.
    """
    try:
        parts = [part for part in Formatter().parse(pattern) if part[1] is not None]
        names = [name for _, name, _, _ in parts]
        filled = pattern.format_map(dict.fromkeys(KEY_FIELDS, "x"))
        fault = (
            ""
            if names and _NAMED.fullmatch(filled)
            else "holds no field, or a character that a key cannot have"
        )
    except (KeyError, ValueError, IndexError, AttributeError) as error:
        fault = f"is not understood ({error})"
    if fault:
        msg = (
            f"key pattern {pattern!r}: {fault}; write letters, digits and . _ : + / - around the fields "
            f"{', '.join(f'{{{name}}}' for name in KEY_FIELDS)}, such as {DEFAULT_KEY}"
        )
        raise SettingsError(msg, pattern=pattern)


def citation_key(paper: CitedPaper, pattern: str = DEFAULT_KEY) -> str:
    """Key of a paper by the pattern: family name of the first author, year, first word of the title, identifier."""
    return pattern.format_map(
        {
            "author": _author_part(paper),
            "year": str(paper.submitted_month.year),  # of the identifier: it never changes
            "word": _word_part(paper.title),
            "id": _id_part(paper),
        }
    )


def citation_keys(papers: Sequence[CitedPaper], pattern: str = DEFAULT_KEY) -> list[str]:
    """Keys of the papers, each one's own; papers that the pattern gives the same key get their identifier behind it."""
    require_key_pattern(pattern)
    keys = [citation_key(paper, pattern) for paper in papers]
    times = Counter(map(str.lower, keys))
    return [
        key if times[key.lower()] == 1 else f"{key}_{_id_part(paper)}"
        for key, paper in zip(keys, papers, strict=True)
    ]


def _id_part(paper: CitedPaper) -> str:
    return paper.arxiv_id.replace("/", "-")


def _author_part(paper: CitedPaper) -> str:
    if not paper.authors:
        return "arxiv"
    family = split_written_name(paper.authors[0]).keyname
    return _NOT_IN_NAMES.sub("", name_key(family)) or "anon"


def _word_part(title: str | None) -> str:
    words = _WORD.findall(name_key(_MARKUP.sub(" ", title or "")[:300]))
    return next((word for word in words if word not in _SMALL_WORDS), "untitled")
