"""Texts that are made of identifiers or links: a reading list, a back-fill file, the state of a bot."""

import re
from typing import Final

from paperhouse.transforms.digest import Entry, Furniture, Parsed, Reject
from paperhouse.transforms.formats.generic.mentions import Lines, find_mentions
from paperhouse.transforms.formats.generic.structure import Reading, Structure

_WORD: Final = re.compile(r"[^\W\d_]{2,}")
_HAN: Final = re.compile(r"[\u3041-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_HEAD: Final = 4000
_COMMENT: Final = re.compile(r"[ \t]*(?:#|//|;|--|%)")
_FEWEST: Final = 2
_FEWEST_BARE: Final = 3
_WORDS_EACH: Final = 1.2
_URL: Final = re.compile(r"https?://\S+|\barxiv\b|10\.48550|\bpdf\b|\babs\b|\bcs\b|\bv\d", re.IGNORECASE)


def read_identifiers(text: str) -> Reading | None:
    """Read a text in which there is hardly anything but identifiers; each is an entry with nothing else."""
    if not _may_be_list(text[:_HEAD]) or not _may_be_list(text):
        return None
    mentions = find_mentions(text, with_bare=True)
    is_bare = all(mention.kind == "bare" for mention in mentions)
    if len(mentions) < (_FEWEST_BARE if is_bare else _FEWEST):
        return None
    lines = Lines(text)
    parsed = Parsed(unit="record")
    seen: set[str] = set()
    for mention in mentions:
        line = lines.line_at(mention.start)
        if mention.arxiv_id in seen:
            parsed.furniture.append(Furniture(line, line, "repeated"))
        else:
            parsed.entries.append(Entry(line, line, mention.arxiv_id, None, mention.version))
            seen.add(mention.arxiv_id)
    for number, written in enumerate(text.split("\n"), start=1):
        if (
            written.strip()
            and _WORD.search(_URL.sub("", written))
            and not _COMMENT.match(written)
            and _is_lost(written)
        ):
            parsed.rejects.append(Reject(number, number, "no_arxiv_id", written[:500]))
    parsed.n_records = len(parsed.entries) + len(parsed.furniture) + len(parsed.rejects)
    why = f"{len(mentions):,} identifiers or links to papers, and hardly a word beside them"
    structure = Structure(
        "generic_identifiers",
        "one identifier",
        [why],
        [("arxiv_id", "the identifier", len(parsed.entries))],
        "identifier",
    )
    return Reading(parsed, structure)


def _is_lost(line: str) -> bool:
    """Whether a line without an identifier may have been meant as an entry: another address."""
    return "http" in line and not find_mentions(line, with_bare=True)


def _may_be_list(text: str) -> bool:
    """Whether the text has hardly a word for each identifier; heads and comments aside."""
    n_ids = len(find_mentions(text, with_bare=True))
    if n_ids < _FEWEST:
        return False
    body = "\n".join(line for line in text.split("\n") if not _COMMENT.match(line))
    plain = _URL.sub("", body)
    n_words = len(_WORD.findall(plain)) + len(_HAN.findall(plain))
    return n_words <= _WORDS_EACH * n_ids + 3
