"""Records of an HTML page that a bot wrote: stretches of lines between known tags, and the texts inside.

Pages are read by the classes that their own bot gives to elements. Nothing is rendered, and no entity but those
of characters is resolved.
"""

import html
import re
from typing import Final

# Only tags that a bot sets inside a text: `<think>` in a title is text, and many bots escape nothing.
_TAG: Final = re.compile(
    r"</?(?:a|b|br|code|em|i|mark|p|small|span|strong|sub|sup|u)\b[^<>]{0,2000}>", re.IGNORECASE
)
_SPACE: Final = re.compile(r"[ \t\r\n]+")


def text_of_class(block: str, name: str) -> str | None:
    """Text of the first element with this class, tags taken out and spaces joined; None if there is none."""
    return next(iter(texts_of_class(block, name)), None)


def texts_of_class(block: str, name: str) -> list[str]:
    """Texts of all elements with this class, each up to the next end of an element of its kind, none inside another."""
    texts: list[str] = []
    done = 0
    unclosed: set[str] = set()
    for opened in _opening(name).finditer(block):
        tag = opened["tag"]
        if opened.start() < done or tag in unclosed:
            continue
        closing = block.find(f"</{tag}", opened.end())
        if closing < 0:
            unclosed.add(tag)
            continue
        done = closing
        if text := text_of_html(block[opened.end() : closing]):
            texts.append(text)
    return texts


def text_of_tag(block: str, name: str) -> str | None:
    """Text of the first element with this plain tag; None if it never ends, or is empty."""
    start = block.find(f"<{name}>")
    end = block.find(f"</{name}>", start) if start >= 0 else -1
    return text_of_html(block[start + len(name) + 2 : end]) or None if end >= 0 else None


def text_of_html(fragment: str) -> str:
    """Text of a fragment of HTML on one line."""
    return _SPACE.sub(" ", html.unescape(_TAG.sub("", fragment))).strip(" ")


_PATTERNS: dict[str, re.Pattern[str]] = {}


def _opening(name: str) -> re.Pattern[str]:
    """Pattern of a tag with this class among its classes."""
    if name not in _PATTERNS:
        _PATTERNS[name] = re.compile(
            rf"<(?P<tag>[a-z][a-z0-9.]{{0,20}})\b[^<>]{{0,500}}?\bclass=\"(?:[^\"<>]{{0,200}} )?{re.escape(name)}"
            r"(?: [^\"<>]{0,200})?\"[^<>]{0,500}>",
            re.IGNORECASE,
        )
    return _PATTERNS[name]


def blocks_between(lines: list[str], start: re.Pattern[str], end: re.Pattern[str]) -> list[tuple[int, int]]:
    """First and last line (from 1) of each stretch that begins at a line with `start` and ends at one with `end`.

    A stretch without its end goes on to the line before the next start, or to the end of the page.
    """
    blocks: list[tuple[int, int]] = []
    opened: int | None = None
    for number, line in enumerate(lines, start=1):
        if start.search(line):
            if opened is not None:
                blocks.append((opened, number - 1))
            opened = number
        if opened is not None and end.search(line):
            blocks.append((opened, number))
            opened = None
    if opened is not None:
        blocks.append((opened, len(lines)))
    return blocks
