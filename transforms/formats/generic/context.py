"""How a line names a paper: as its own, in a field, as an item's title, or in passing."""

import re
from typing import Final, Literal

from paperhouse.transforms.formats.generic.mentions import Mention
from paperhouse.transforms.formats.generic.segments import links_in, segments_of, unmarked
from paperhouse.transforms.formats.generic.vocabulary import is_link_word, is_side
from paperhouse.transforms.parsing.field_names import Role

Rank = Literal["field", "title", "passing"]
"""`field` is a link or id that stands for itself, `title` a link that carries a title, `passing` is prose."""

ID_ROLES: Final[frozenset[Role]] = frozenset({"arxiv_id", "link", "pdf", "html", "doi"})
_PROSE_WORD: Final = re.compile(
    r"\b(?:the|of|and|is|are|was|we|in|to|by|as|with|that|this|from|see|our|based|using|for)\b"
)
_VERB: Final = re.compile(
    r"\b(?:is|are|was|were|we|this|that|our|see|it|has|have|can|which|it's|you|they|these)\b"
)
_TITLE_PART: Final = re.compile(r"\*\*[^*]{0,400}\*\*|<(?:b|strong)\b[^<>]{0,100}>[^<]{0,400}</(?:b|strong)>")
_MANY_PROSE_WORDS: Final = 3
_LONGEST_ALONE: Final = 260


def rank_mention(line: str, mention: Mention, line_start: int) -> Rank:  # noqa: PLR0911 - one way of naming after the other
    """Tell how the line names the paper of `mention`; `line_start` is the offset of the line in the text."""
    start, end = mention.start - line_start, mention.end - line_start
    written = line[start:end]
    segment = next((s for s in segments_of(line) if written in s.text or written in s.label), None)
    if segment is None:
        # `arXiv: 2401.00001` was cut into the label and its text.
        labelled = any(s.role in ID_ROLES for s in segments_of(line))
        return "field" if labelled else "passing"
    if segment.role in ID_ROLES:
        return "field" if _is_alone(segment.text) else "passing"
    if segment.label and (
        is_side(segment.label) or (segment.role is not None and segment.role not in {"title", "number"})
    ):
        return "passing"
    text = segment.text
    link = next((link for link in links_in(text) if written in text[link.start : link.end]), None)
    if link is not None:
        if written in link.words and link.url.find(written) < 0 and not is_link_word(link.words):
            return "passing"
        return _rank_link(text, link.start, link.words)
    if mention.kind == "ticked":
        return "field" if not _is_prose(unmarked(line)) else "passing"
    return _rank_bare(text, written, mention)


def _rank_link(text: str, start: int, words: str) -> Rank:
    before = text[:start]
    if _is_prose(before):
        return "passing"
    return "field" if is_link_word(words) else "title"


def _rank_bare(text: str, written: str, mention: Mention) -> Rank:
    at = text.find(written)
    before, after = text[:at], text[at + len(written) :]
    around = (before + after).strip(" \t<>()[]*_`.,;:|-")
    if not around or is_link_word(around):
        return "field"
    if mention.kind in {"words", "bare"}:
        if (
            re.search(r">[^<>]{0,12}\Z", before)
            and re.match(r"[^<>]{0,24}<", after)
            and not _is_prose(before.rpartition(">")[2])
        ):
            return "field"  # a badge of its own: `<span class="paper-id">arXiv 2502.02061</span>`
        short = len(text) <= 60  # noqa: PLR2004 - `arXiv 2502.02061`, a badge or chip, no sentence
        return (
            "field" if short and not _is_prose(text) and not before.strip(" \t<>()[]*_`.,;:|-") else "passing"
        )
    if (
        len(before) <= _LONGEST_ALONE
        and not after.strip(" \t<>()[]*_`.,;:|-")
        and not _is_prose(before)
        and "(" not in before[-2:]
    ):
        return "title"
    if not before.strip(" \t<>()[]*_`.,;:|-") and len(after) <= _LONGEST_ALONE and not _is_prose(after):
        return "title"
    return "passing"


def _is_alone(text: str) -> bool:
    return len(text) <= 4 * _LONGEST_ALONE and not _is_prose(text)


def _is_prose(text: str) -> bool:
    """Whether a text is a sentence about something; a title in bold is none, however many small words it has."""
    if len(text) <= 40 or "](" in text:  # noqa: PLR2004 - too short for one
        return False
    plain = _TITLE_PART.sub("", text)
    return _VERB.search(plain) is not None and len(_PROSE_WORD.findall(plain)) >= _MANY_PROSE_WORDS
