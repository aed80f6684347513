"""What a search asks for: words, "a phrase", -word, prefix* and identifiers, in any order."""

import re
from dataclasses import dataclass
from typing import Final

from paperhouse.transforms.arxiv.identifiers import split_version
from paperhouse.transforms.errors import InvalidArxivIdError, QueryError
from paperhouse.transforms.search.terms import fold, words_of

MAX_LENGTH: Final = 2000
"""Characters of a search; whoever pastes more may look for its title alone."""
SEARCH_ITEM: Final = r'-?"[^"]*"|[^\s"]+'
"""A phrase or a word of a search; Python, Polars and DuckDB read it alike."""
_ITEM: Final = re.compile(SEARCH_ITEM)
_NO_WORD: Final = re.compile(r"[\W_]+")
_UNSPACED: Final = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")


@dataclass(frozen=True, slots=True)
class Atom:
    """A word that papers must have, should have, or must not have; of a prefix any word that begins so."""

    word: str
    is_prefix: bool = False
    is_needed: bool = False
    is_unwanted: bool = False


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that must, or must not, follow each other as they are written; text as `phrase_text` gives it."""

    text: str
    is_unwanted: bool


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """A search taken apart."""

    text: str
    atoms: tuple[Atom, ...]
    phrases: tuple[Phrase, ...]
    arxiv_ids: tuple[str, ...]

    @property
    def words(self) -> tuple[Atom, ...]:
        """The words that a paper is found by."""
        return tuple(atom for atom in self.atoms if not atom.is_unwanted)


def parse_search(text: str) -> SearchQuery:
    """Take a search apart.

    Raises:
        QueryError: it is too long, or names nothing that a paper could be found by.
    """
    text = text.encode("utf-8", "replace").decode().replace("\0", " ")
    if len(text) > MAX_LENGTH:
        msg = f"the search has {len(text):,} characters; at most {MAX_LENGTH:,} are read, so look for less"
        raise QueryError(msg, search=text)
    atoms: dict[Atom, None] = {}
    phrases: dict[Phrase, None] = {}
    arxiv_ids: dict[str, None] = {}
    for token in _ITEM.findall(text):
        if arxiv_id := _identifier(token):
            arxiv_ids[arxiv_id] = None
            continue
        found, phrase = _token_parts(token)
        atoms |= dict.fromkeys(found)
        phrases |= dict.fromkeys(phrase)
    query = SearchQuery(text, tuple(atoms), tuple(phrases), tuple(arxiv_ids))
    if not query.words and not arxiv_ids:
        msg = (
            f"the search {text!r} names nothing to find papers by; write words that not every paper has, "
            '"a phrase", a prefix* or an identifier, beside each -word'
        )
        raise QueryError(msg, search=text)
    return query


def phrase_text(text: str) -> str:
    """A phrase as it is compared: folded, its words apart by single spaces, and borders where words end there."""
    spaced = f" {_NO_WORD.sub(' ', fold(text)).strip()} "
    return spaced.strip() if _UNSPACED.search(spaced) else spaced


def _token_parts(token: str) -> tuple[list[Atom], list[Phrase]]:
    is_unwanted = token.startswith("-") and len(token) > 1
    is_phrase = '"' in token
    text = token.removeprefix("-").strip('"') if is_unwanted else token.strip('"')
    words = words_of(text.rstrip("*"))
    if not is_phrase and text.endswith("*"):
        return _prefix(fold(text.rstrip("*")), is_unwanted=is_unwanted), []
    if is_unwanted and (is_phrase or len(words) > 1):
        return [], [Phrase(phrase_text(text), is_unwanted=True)]
    atoms = [Atom(word, is_needed=is_phrase, is_unwanted=is_unwanted) for word in words]
    return atoms, [Phrase(phrase_text(text), is_unwanted=False)] if is_phrase and words else []


def _prefix(word: str, *, is_unwanted: bool) -> list[Atom]:
    letters = _NO_WORD.sub("", word)
    return [Atom(letters, is_prefix=True, is_unwanted=is_unwanted)] if len(letters) > 1 else []


def _identifier(token: str) -> str | None:
    try:
        return split_version(token.strip('"'))[0]
    except InvalidArxivIdError:
        return None
