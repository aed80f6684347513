"""Texts inside of JSON: messages of a chat, or pages, each of which is a digest of its own."""

import re
from collections.abc import Iterator
from typing import Final

from paperhouse.transforms.digest import Entry
from paperhouse.transforms.formats.generic.markdown import read_markdown
from paperhouse.transforms.formats.generic.mentions import names_papers

_KEYS: Final = ("text", "content", "message", "body", "markdown", "md", "description", "raw", "report")
_SLACK_LINK: Final = re.compile(r"<(https?://[^|<>\s]{1,1500})(?:\|([^<>\n]{1,600}))?>")
_FEWEST_CHARS: Final = 60
_MAX_DEPTH: Final = 40


def find_messages(value: object, depth: int = 0) -> Iterator[tuple[dict[str, object], str]]:
    """Objects that hold a text that names papers, and the text as Markdown."""
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, list):
        for part in value:
            yield from find_messages(part, depth + 1)
    elif isinstance(value, dict):
        text = next((text for key in _KEYS if (text := _text(value.get(key))) and names_papers(text)), None)
        if text is not None and len(text) > _FEWEST_CHARS:
            yield value, text
            return
        for held in value.values():
            yield from find_messages(held, depth + 1)


def _text(held: object) -> str:
    """A text; of a list of parts (as Telegram exports them) all together."""
    if isinstance(held, list) and any(isinstance(part, str) for part in held):
        return "".join(_part(part) for part in held)
    if not isinstance(held, str):
        return ""
    if "<http" not in held:
        return held
    text = _SLACK_LINK.sub(lambda m: f"[{m[2]}]({m[1]})" if m[2] else m[1], held)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _part(part: object) -> str:
    if not isinstance(part, dict):
        return part if isinstance(part, str) else ""
    text, link = str(part.get("text") or ""), part.get("href")
    if isinstance(link, str):
        return f"[{text}]({link})"
    return f"**{text}**" if part.get("type") == "bold" else text


def message_entries(text: str) -> list[Entry]:
    """Entries of one such text."""
    reading = read_markdown(text)
    return reading.parsed.entries if reading is not None else []
