"""Words of a paper's texts as they are searched, and the terms that they stand for.

A word is folded: no case, no accents. A compound gives its parts, and where one of them is too short to be found
by, two neighbours as one: `GPT-4` is `gpt` and `gpt4`, `k-means` is `means` and `kmeans`. Scripts without spaces give
pairs of letters. A term is what the forms of an English word have in common: its stem, known by a key of 64 bits.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from itertools import pairwise
from typing import Final

import polars as pl
import Stemmer

from paperhouse.transforms.search.stop_words import STOP_WORDS

UNSPACED: Final = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}ー]"
LETTER: Final = (
    r"[\p{Latin}\p{Greek}\p{Cyrillic}\p{Armenian}\p{Hebrew}\p{Arabic}\p{Devanagari}\p{Thai}\p{N}\p{M}]"
)
HYPHEN: Final = r"[-_^\x{2010}-\x{2013}]"
_PART: Final = rf"{LETTER}+(?:\.[0-9]{LETTER}*)*"
PIECE: Final = rf"{UNSPACED}+|[A-Za-z](?:\+\+|#)|{_PART}(?:{HYPHEN}{_PART})*"
"""A word, a compound or a run of a script without spaces; both Polars and DuckDB read this pattern, in linear time."""

LATEX: Final = (
    (r"\\[\"'`^~=.]\{?([A-Za-z])\}?", "${1}"),  # G\"odel
    (r"\\[Hcvukbdr]\{([A-Za-z])\}", "${1}"),  # Erd\H{o}s
    (r"\\[A-Za-z]+ ?\{", ""),  # \mathcal{O}: what it is set in is no word
    (r"[${}]", ""),  # $k$-means
)
"""What is taken out of LaTeX, so that words are found as they are read; names of letters, \\alpha, stay."""

TITLE_WEIGHT: Final = 3
"""A term of the title counts as often as if the abstract said it three times."""
MAX_LETTERS: Final = 40
"""Longer words are none that anybody types: URLs, sequences, noise."""
DECIMAL: Final = r"\A[0-9]+\.[0-9]{1,3}\z"
"""Figures, as results give them, are no words: nobody looks for 29.62."""
_DECIMAL: Final = re.compile(DECIMAL.replace(r"\z", r"\Z"))
_SHORT: Final = 2
_WORDS_KEPT: Final = 1 << 17
"""Words of which it is kept what they stand for: most come again in the next texts."""
_HYPHENS: Final = re.compile(r"[-_^\u2010-\u2013]")
_ACCENTS: Final = re.compile(r"[\u0300-\u036f]")
_FIRST_UNSPACED: Final = "\u2e80"
_ACRONYMS: Final = re.compile(r"[^aeiouy]+[^aeiouys]s|[^aeiouy]{2}us")
_PLAIN_WORD: Final = re.compile(r"[a-z]+")


def words_of(text: str) -> list[str]:
    """Words of one text in their order, repeated as it repeats them."""
    pieces = pl.select(word_pieces(pl.lit(text))).to_series()[0]
    return [word for piece in pieces for word in words_of_piece(piece)]


def terms_of(words: Iterable[str]) -> pl.DataFrame:
    """One row per distinct word: word, stem and term, the key of the stem."""
    terms = pl.DataFrame({"word": words}, schema={"word": pl.String}).unique().sort("word")
    known = [_stem_and_term(word) for word in terms["word"]]
    return terms.with_columns(
        pl.Series("stem", [stem for stem, _ in known], dtype=pl.String),
        pl.Series("term", [term for _, term in known], dtype=pl.UInt64),
    )


@lru_cache(maxsize=_WORDS_KEPT)
def _stem_and_term(word: str) -> tuple[str, int]:
    stem = word_stem(word)
    return stem, term_key(stem)


def word_stem(word: str) -> str:
    """What the English forms of a word have in common, by Snowball; words of other letters are their own stem.

    Snowball leaves the plurals of acronyms alone, as it leaves all words without a vowel: `LLMs`, `GPUs`.
    """
    if _PLAIN_WORD.fullmatch(word) is None:
        return word
    return word[:-1] if _ACRONYMS.fullmatch(word) else str(_stemmer().stemWord(word))


def term_key(stem: str) -> int:
    """Key of a stem, of 64 bits; DuckDB computes the same by `md5_number_upper`."""
    digest = hashlib.md5(stem.encode("utf-8", "surrogatepass"), usedforsecurity=False).digest()
    return int.from_bytes(digest[:8], "little")


@lru_cache(maxsize=_WORDS_KEPT)
def words_of_piece(piece: str) -> tuple[str, ...]:
    """Words that a match of `PIECE` gives: none where it says nothing by itself."""
    return tuple(_words_in(piece))


def _words_in(piece: str) -> Iterator[str]:
    folded = fold(piece)
    if folded >= _FIRST_UNSPACED:
        if len(folded) == 1:
            yield folded
        else:
            yield from (one + other for one, other in pairwise(folded))
        return
    if folded.endswith(("+", "#")):
        yield folded
        return
    parts = _HYPHENS.split(folded)
    for part in parts:
        if 1 < len(part) <= MAX_LETTERS and part not in STOP_WORDS and not _DECIMAL.search(part):
            yield part
    for one, other in pairwise(parts):
        joined = one + other
        if (
            (_is_too_short(one) or _is_too_short(other))
            and len(joined) <= MAX_LETTERS
            and not STOP_WORDS & {one, other}
        ):
            yield joined


def fold(text: str) -> str:
    """Take off case and accents, and make wide and joined letters plain."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.lower())
    return unicodedata.normalize("NFKC", _ACCENTS.sub("", decomposed)).lower()


def _is_too_short(part: str) -> bool:
    return len(part) <= _SHORT or part[0].isdigit()


def word_pieces(text: pl.Expr) -> pl.Expr:
    """The matches of `PIECE` in a text without its LaTeX, as a list."""
    for pattern, plain in LATEX:
        text = text.str.replace_all(pattern, plain)
    return text.str.extract_all(PIECE)


@cache
def _stemmer() -> Stemmer.Stemmer:
    # Its own cache of 10,000 words costs four times what the stems do.
    return Stemmer.Stemmer("english", 0)
