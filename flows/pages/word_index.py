"""The words of a site's papers, in chunks that a browser loads by need, so that search works without a server.

A chunk is a script that hands its object over: pages opened from files may load scripts, but read no other file.
Words are folded as `static/search.js` folds those that are searched; a test holds the two to the same result.
"""

import json
import math
import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from paperhouse.flows.pages.render import paper_page
from paperhouse.warehouse.read.pages.cards import Card

N_WORD_CHUNKS: Final = 128
N_CARDS_PER_CHUNK: Final = 200
_WORDS: Final = re.compile(r"[a-z0-9]+|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
_CJK: Final = "\u3040"
_TITLE, _AUTHOR, _ABSTRACT = 5, 4, 1
_MAX_WEIGHT: Final = 35
_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_LEAD: Final = 200


def folded_words(text: str) -> Iterator[str]:
    """Words as they are found: no case, no accents, and by pairs of letters where a script writes no spaces."""
    for word in _WORDS.findall(_folded(text.lower())):
        if word < _CJK:
            yield stem(word)
        elif len(word) == 1:
            yield word
        else:
            yield from (word[at : at + 2] for at in range(len(word) - 1))


def _folded(text: str) -> str:
    if text.isascii():
        return text
    return "".join(
        letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter)
    )


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """A word without a plural's ending: `studies`, `boxes` and `models` are found by their singulars."""
    if len(word) > 4 and word.endswith("ies"):  # noqa: PLR2004 - `lies` is no plural
        return f"{word[:-3]}y"
    if len(word) > 4 and word.endswith(("sses", "xes", "ches", "shes")):  # noqa: PLR2004
        return word[:-2]
    return word[:-1] if len(word) > 3 and word.endswith("s") and word[-2] not in "sui" else word  # noqa: PLR2004


def chunk_of(word: str) -> int:
    """The chunk that holds a word: a sum of its letters that a script computes alike."""
    value = 7
    for letter in word:
        value = (value * 31 + ord(letter)) % 65536
    return value % N_WORD_CHUNKS


def index_files(cards: Sequence[Card]) -> Iterator[tuple[str, str]]:
    """Each file of the index and its text: papers in chunks, words in chunks, and how many there are of each."""
    shown = sorted(cards, key=lambda card: card.arxiv_id)
    postings: dict[str, list[str]] = {}
    before: dict[str, int] = {}
    for number, card in enumerate(shown):
        for word, weight in _weights(card).items():
            step = number - before.get(word, -1)
            postings.setdefault(word, []).append(
                f"{_base36(step)}{'' if weight == 1 else '.' + _DIGITS[weight]}"
            )
            before[word] = number
    chunks: list[dict[str, str]] = [{} for _ in range(N_WORD_CHUNKS)]
    for word in sorted(postings):
        chunks[chunk_of(word)][word] = " ".join(postings[word])
    for number, chunk in enumerate(chunks):
        yield f"search/words-{number}.js", _script("words", number, chunk)
    n_chunks = -(-len(shown) // N_CARDS_PER_CHUNK)
    for number in range(n_chunks):
        part = shown[number * N_CARDS_PER_CHUNK : (number + 1) * N_CARDS_PER_CHUNK]
        yield f"search/papers-{number}.js", _script("papers", number, [_shown(card) for card in part])
    yield (
        "search/size.js",
        _script("size", 0, {"papers": len(shown), "words": N_WORD_CHUNKS, "chunk": N_CARDS_PER_CHUNK}),
    )


def index_names(n_papers: int) -> list[str]:
    """Names of the files of the index of so many papers."""
    n_chunks = -(-n_papers // N_CARDS_PER_CHUNK)
    words = [f"search/words-{number}.js" for number in range(N_WORD_CHUNKS)]
    return [*words, *(f"search/papers-{number}.js" for number in range(n_chunks)), "search/size.js"]


def _weights(card: Card) -> dict[str, int]:
    """How much each word says of a paper: by where it stands and how often, less the more often it was said."""
    sums: dict[str, float] = {}
    names = " ".join(author.name for author in card.authors)
    for text, weight in ((card.title, _TITLE), (names, _AUTHOR), (card.abstract, _ABSTRACT)):
        for word in folded_words(text or ""):
            sums[word] = sums.get(word, 0) + weight
    sums[card.arxiv_id.lower()] = _MAX_WEIGHT
    return {
        word: min(_MAX_WEIGHT, max(1, round(6 * math.log2(1 + value / 2)))) for word, value in sums.items()
    }


def _shown(card: Card) -> list[object]:
    names = [author.name for author in card.authors]
    shown = ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")  # noqa: PLR2004 - as many as fit
    lead = (card.abstract or "")[:_LEAD]
    day = card.first_listed_date.isoformat() if card.first_listed_date else ""
    page = paper_page(card.arxiv_id).removeprefix("paper/")
    return [page, card.title or card.arxiv_id, shown, f"{lead}…" if lead else "", day, list(card.lists)]


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = _DIGITS[rest] + digits
    return digits or "0"


def _script(kind: str, number: int, value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    text = text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return f"paperhouse('{kind}',{number},{text});\n"
