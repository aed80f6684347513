"""Words of a paper's texts as they are searched, and the terms that they stand for.

A word is folded: no case, no accents. A compound gives its parts, and where one of them is too short to be found
by, two neighbours as one: `GPT-4` is `gpt` and `gpt4`, `k-means` is `means` and `kmeans`. Scripts without spaces give
pairs of letters. A term is what the forms of an English word have in common: its stem, known by a key of 64 bits.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
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
_WORDS_KEPT: Final = 1 << 16
"""Words of which it is kept what they stand for: most come again in the next texts."""
_PAPERS: Final = 1 << 32
_HYPHENS: Final = re.compile(r"[-_^\u2010-\u2013]")
_ACCENTS: Final = re.compile(r"[\u0300-\u036f]")
_FIRST_UNSPACED: Final = "\u2e80"
_ACRONYMS: Final = re.compile(r"[^aeiouy]+[^aeiouys]s|[^aeiouy]{2}us")
_PLAIN_WORD: Final = re.compile(r"[a-z]+")


@dataclass(frozen=True, slots=True)
class TermCounts:
    """What texts say: `papers` (arxiv_id), `counts` and `words`.

    counts: paper (row number in `papers`), term, weight: the sum of the weights of the texts in which it stands, as
    often as it stands there.
    words: word, stem, term, n_times: one row per distinct word, and how often all texts together have it.
    """

    papers: pl.Series
    counts: pl.DataFrame
    words: pl.DataFrame


def words_of(text: str) -> list[str]:
    """Words of one text in their order, repeated as it repeats them."""
    pieces = pl.select(_pieces(pl.lit(text))).to_series()[0]
    return [word for piece in pieces for word in words_of_piece(piece)]


def count_terms(texts: pl.DataFrame) -> TermCounts:
    """Count the terms of each paper's texts.

    `texts` has arxiv_id, text and weight (a whole number), in any order and any number of rows for a paper. The counts
    of a paper depend on its own texts alone.
    """
    pieces = (
        texts.select(
            paper=pl.col("arxiv_id").rank("dense").cast(pl.UInt64) - 1,
            weight=pl.col("weight").cast(pl.UInt64),
            piece=_pieces(pl.col("text")),
        )
        .explode("piece")
        .drop_nulls("piece")
        .with_columns(pl.col("piece").cast(pl.Categorical))
        .with_columns(code=pl.col("piece").to_physical())
    )
    distinct = pieces.group_by("code").agg(pl.col("piece").first(), n_times=pl.len())
    words = _words_by_piece(distinct.select("code", pl.col("piece").cast(pl.String)))
    terms = terms_of(words["word"])
    numbers = terms.select("term").unique().sort("term").with_row_index("number")
    by_piece = (
        words.join(terms, on="word").join(numbers, on="term").select("code", pl.col("number").cast(pl.UInt64))
    )
    counts = (
        pieces.select("paper", "weight", "code")
        .join(by_piece, on="code")
        .select("weight", place=pl.col("number") * _PAPERS + pl.col("paper"))
        .group_by("place")
        .agg(pl.col("weight").sum())
        .sort("place")
    )
    places = counts["place"]
    return TermCounts(
        papers=texts["arxiv_id"].unique().sort(),
        counts=counts.select(
            paper=(places % _PAPERS).cast(pl.UInt32),
            term=numbers["term"].gather(places // _PAPERS),
            weight=pl.col("weight"),
        ),
        words=terms.join(_times(words, distinct), on="word", maintain_order="left"),
    )


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


def _times(words: pl.DataFrame, pieces: pl.DataFrame) -> pl.DataFrame:
    """How often texts have each word, from how often they have the pieces."""
    return (
        words.join(pieces.select("code", "n_times"), on="code")
        .group_by("word")
        .agg(pl.col("n_times").sum().cast(pl.Int64))
    )


def _is_too_short(part: str) -> bool:
    return len(part) <= _SHORT or part[0].isdigit()


def _pieces(text: pl.Expr) -> pl.Expr:
    for pattern, plain in LATEX:
        text = text.str.replace_all(pattern, plain)
    return text.str.extract_all(PIECE)


def _words_by_piece(pieces: pl.DataFrame) -> pl.DataFrame:
    """One row per word of each piece, with the piece's code; as `words_of_piece` gives them."""
    is_plain = pl.col("piece").str.contains(r"\A[A-Za-z0-9.]+\z")
    plain = pieces.filter(is_plain).select("code", word=pl.col("piece").str.to_lowercase())
    others = pieces.filter(~is_plain)
    # One flat run of words: a column of lists would be made list by list, in ten times the time.
    codes, words = [], []
    for code, piece in zip(others["code"].to_list(), others["piece"].to_list(), strict=True):
        for word in words_of_piece(piece):
            codes.append(code)
            words.append(word)
    return pl.concat(
        [
            plain.filter(
                pl.col("word").str.len_chars().is_between(2, MAX_LETTERS)
                & ~pl.col("word").is_in(STOP_WORDS)
                & ~pl.col("word").str.contains(DECIMAL)
            ),
            pl.DataFrame({"code": codes, "word": words}, schema={"code": pl.UInt32, "word": pl.String}),
        ]
    )


@cache
def _stemmer() -> Stemmer.Stemmer:
    return Stemmer.Stemmer("english")
