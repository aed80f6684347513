"""What changed from one wording of a paper to the next, word by word."""

import re
from difflib import SequenceMatcher
from typing import Final, Literal

Part = tuple[Literal["same", "gone", "new", "left_out"], str]
_WORDS: Final = re.compile(r"\S+\s*")
_N_AROUND: Final = 6
_N_MOST: Final = 1500


def word_differences(before: str, after: str) -> list[Part]:
    """The later text with what came in and what went; long stretches that stayed are cut to their ends."""
    old, new = _WORDS.findall(before)[:_N_MOST], _WORDS.findall(after)[:_N_MOST]
    plain_old, plain_new = [word.strip() for word in old], [word.strip() for word in new]
    parts: list[Part] = []
    for kind, a, b, c, d in SequenceMatcher(None, plain_old, plain_new, autojunk=False).get_opcodes():
        if kind == "equal":
            parts += _shortened(new[c:d], is_first=c == 0, is_last=d == len(new))
            continue
        if b > a:
            parts.append(("gone", "".join(old[a:b])))
        if d > c:
            parts.append(("new", "".join(new[c:d])))
    return parts


def _shortened(words: list[str], *, is_first: bool, is_last: bool) -> list[Part]:
    head = [] if is_first else words[:_N_AROUND]
    tail = [] if is_last else words[-_N_AROUND:]
    if len(words) <= len(head) + len(tail) + _N_AROUND:
        return [("same", "".join(words))]
    parts: list[Part] = [("left_out", f"{len(words) - len(head) - len(tail)} words unchanged")]
    if head:
        parts.insert(0, ("same", "".join(head)))
    if tail:
        parts.append(("same", "".join(tail)))
    return parts
