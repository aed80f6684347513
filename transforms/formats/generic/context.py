"""How a line names a paper: as its own, in a field, as an item's title, or in passing."""

# ruff: noqa: PLR0911, PLR2004  (patterns are read in one piece; one way of naming after the other; lengths of what is looked at)

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
_CITATION_END: Final = re.compile(
    r"[\s\[\]().,;:]*+(?:\[?[a-z-]{2,8}(?:\.[A-Z]{2})?\]?)?[\s\[\]().,;:]*+(?:(?:19|20)\d\d)?[\s\[\]().,;:]*+(?:https?://\S{1,200})?[\s.]*"
)
_SHORTEST_CITATION: Final = 40
_LONGEST_ALONE: Final = 260
_LONGEST_LABEL: Final = 3
"""Words of a label that nobody knows."""


def rank_mention(line: str, mention: Mention, line_start: int) -> Rank:
    """Tell how the line names the paper of `mention`; `line_start` is the offset of the line in the text."""
    start, end = mention.start - line_start, mention.end - line_start
    written = line[start:end]
    if line.lstrip(" \t>").startswith("|"):
        line = next((cell for cell in line.split("|") if written in cell), line)
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
        return "field" if not is_prose(unmarked(line)) else "passing"
    return _rank_bare(text, written, mention)


def _rank_link(text: str, start: int, words: str) -> Rank:
    before = text[:start]
    if is_prose(before):
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
            and not is_prose(before.rpartition(">")[2])
        ):
            return "field"  # a badge of its own: `<span class="paper-id">arXiv 2502.02061</span>`
        if len(before) > _SHORTEST_CITATION and (". " in before or '"' in before) and not is_prose(before):
            return "title" if _CITATION_END.fullmatch(after) else "passing"
        short = len(text) <= 60  # `arXiv 2502.02061`, a badge or chip, no sentence
        return (
            "field" if short and not is_prose(text) and not before.strip(" \t<>()[]*_`.,;:|-") else "passing"
        )
    label = before.rstrip(" \t*_")
    if (
        label[-1:] in {":", "："}
        and len(label.split()) <= _LONGEST_LABEL
        and not after.strip(" \t<>()[]*_`.,;:|-")
    ):
        return "field"  # a label that nobody knows, and a link
    if (
        len(before) <= _LONGEST_ALONE
        and not after.strip(" \t<>()[]*_`.,;:|-")
        and not is_prose(before)
        and ("(" not in before[-2:] or _is_titled(before))
    ):
        return "title"
    if not before.strip(" \t<>()[]*_`.,;:|-") and len(after) <= _LONGEST_ALONE and not is_prose(after):
        return "title"
    return "passing"


def _is_titled(before: str) -> bool:
    """Whether what stands before a link in brackets may be a title: from a capital on, and one sentence."""
    words = before.split()
    return (
        len(words) > _LONGEST_LABEL + 1
        and words[0][:1].isupper()
        and ". " not in before
        and _VERB.search(before) is None
    )


def _is_alone(text: str) -> bool:
    return len(text) <= 4 * _LONGEST_ALONE and not is_prose(text)


def is_prose(text: str) -> bool:
    """Whether a text is a sentence about something; a title in bold is none, however many small words it has."""
    if len(text) <= 40 or "](" in text:  # too short for one
        return False
    plain = _TITLE_PART.sub("", text)
    return _VERB.search(plain) is not None and len(_PROSE_WORD.findall(plain)) >= _MANY_PROSE_WORDS
