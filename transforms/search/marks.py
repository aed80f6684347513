"""Why a search found a paper: where its words stand in a text, and the stretch of the text that shows most of them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from paperhouse.transforms.search.query import Atom, SearchQuery
from paperhouse.transforms.search.terms import fold, word_stem, words_of_piece

SNIPPET_LETTERS: Final = 240
_PIECE: Final = re.compile(
    r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]+|[A-Za-z](?:\+\+|#)|[^\W_]+(?:\.[0-9][^\W_]*)*(?:[-_^\u2010-\u2013][^\W_]+(?:\.[0-9][^\W_]*)*)*"
)
_FIRST_UNSPACED: Final = "\u2e80"
_LEAD: Final = 60
"""Letters before the first word that a snippet shows."""
_BREAK: Final = re.compile(r"\s")
_SPACES: Final = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class MarkedText:
    """A text, or a stretch of it, and the places (start, end) of words that were searched."""

    text: str
    marks: tuple[tuple[int, int], ...] = ()

    def parts(self) -> Iterator[tuple[str, bool]]:
        """The text in parts, each with whether it was searched."""
        at = 0
        for start, end in self.marks:
            if start > at:
                yield self.text[at:start], False
            yield self.text[start:end], True
            at = end
        if at < len(self.text):
            yield self.text[at:], False

    def plain(self) -> str:
        """The text with each word that was searched between asterisks."""
        return "".join(f"*{part}*" if is_mark else part for part, is_mark in self.parts())


@dataclass(frozen=True, slots=True)
class Marker:
    """Finds the words of one search in texts."""

    stems: frozenset[str]
    prefixes: tuple[str, ...]

    @classmethod
    def of(cls, query: SearchQuery) -> "Marker":
        """For what a search asks for."""
        return cls(
            frozenset(_stem_of(atom) for atom in query.words if not atom.is_prefix),
            tuple(atom.word for atom in query.words if atom.is_prefix),
        )

    def mark(self, text: str) -> MarkedText:
        """The whole text, on one line, with its marks."""
        text = _SPACES.sub(" ", text).strip()
        return MarkedText(text, tuple(span for span, _ in self._spans(text)))

    def snippet(self, text: str, letters: int = SNIPPET_LETTERS) -> MarkedText:
        """The stretch that shows most of the words, the earliest of equals; the beginning where there is none."""
        text = _SPACES.sub(" ", text).strip()
        if len(text) <= letters:
            return self.mark(text)
        spans = list(self._spans(text))
        start = _best_start(spans, letters)
        start, end = _at_borders(text, start, letters)
        before, after = "… " if start else "", " …" if end < len(text) else ""
        moved = len(before) - start
        marks = [(at + moved, to + moved) for (at, to), _ in spans if start <= at and to <= end]
        return MarkedText(f"{before}{text[start:end].strip()}{after}", tuple(marks))

    def _spans(self, text: str) -> Iterator[tuple[tuple[int, int], str]]:
        for match in _PIECE.finditer(text):
            piece = match.group()
            if piece >= _FIRST_UNSPACED:
                yield from self._unspaced(piece, match.start())
                continue
            for word in words_of_piece(piece):
                stem = word_stem(word)
                if stem in self.stems or (self.prefixes and word.startswith(self.prefixes)):
                    yield match.span(), stem
                    break

    def _unspaced(self, run: str, start: int) -> Iterator[tuple[tuple[int, int], str]]:
        """Stretches of a script without spaces whose pairs of letters were searched."""
        begin = end = -1
        for place in range(len(run)):
            if fold(run[place : place + 2]) in self.stems:
                if place > end:
                    if end > begin:
                        yield (start + begin, start + end), run[begin:end]
                    begin = place
                end = min(place + 2, len(run))
        if end > begin:
            yield (start + begin, start + end), run[begin:end]


def _stem_of(atom: Atom) -> str:
    return word_stem(atom.word)


def _best_start(spans: list[tuple[tuple[int, int], str]], letters: int) -> int:
    """Where the stretch begins in which most different words lie."""
    best, most = 0, 0
    for number, ((start, _), _) in enumerate(spans):
        within = {
            stem for (_, end), stem in spans[number : number + letters] if end - start <= letters - _LEAD
        }
        if len(within) > most:
            best, most = max(0, start - _LEAD), len(within)
    return best


def _at_borders(text: str, start: int, letters: int) -> tuple[int, int]:
    """The stretch from about `start`, without words that are cut."""
    if start:
        space = _BREAK.search(text, start, start + _LEAD)
        start = space.end() if space else start
    end = min(len(text), start + letters)
    if end < len(text):
        space_at = text.rfind(" ", start, end)
        end = space_at if space_at > end - _LEAD else end
    return start, end
