"""How much the head of a block looks like the title of a paper."""

import re
from typing import Final

from paperhouse.transforms.formats.generic.blocks import TextBlock
from paperhouse.transforms.formats.generic.segments import bare_text, links_in, segments_of
from paperhouse.transforms.formats.generic.vocabulary import is_generic_heading, is_link_word, role_of

_NUMBERED: Final = re.compile(
    r"#{1,6}[ \t]*(?:\*\*)?(?:\[\d{1,4}\]|\d{1,4}[.)、:：]|No\.? ?\d)[ \t]*", re.IGNORECASE
)
_HAN: Final = re.compile(r"[\u3400-\u9fff\u3041-\u30ff\uac00-\ud7a3]")
_WORD: Final = re.compile(r"[A-Za-z\u00c0-\u024f][\w'’-]*")


def title_score(block: TextBlock, line: str, *, has_head: bool) -> float:
    """How much the head of a block looks like the title of a paper."""
    if block.kind == "page":
        return 0.1
    if has_head:
        return 4
    if block.kind in {"p", "quote", "tr", "rules"}:
        return 0.06 if block.kind == "rules" else 0.05
    if block.kind == "li" and segments_of(line)[0].role not in {None, "title"}:
        return 0.05
    text = bare_text(line.lstrip("#> \t-*+"))
    if not text or is_link_word(text) or role_of(text) is not None:
        return 0
    score = min(len(_WORD.findall(text)) + len(_HAN.findall(text)) / 4, 8) / 4
    if _NUMBERED.match(line):
        score += 1
    if is_generic_heading(text):
        score -= 1
    if block.kind == "li":
        score = score - 0.5 if not any(not is_link_word(link.words) for link in links_in(line)) else score
    return max(score, 0)
