r"""Characters that are still written as a page or a program writes them: `&amp;`, `&#177;`, `\u00e9`.

No LaTeX is meant by them, and no paper's title, so they are turned into the characters once. What they may leave is
not read again: `&amp;lt;` becomes `&lt;`.
"""

import html
import json
import re
from typing import Final

_ENTITY: Final = re.compile(r"&(?:[A-Za-z][A-Za-z0-9]{1,31}|#[0-9]{2,7}|#[xX][0-9a-fA-F]{2,6});")
_ESCAPES: Final = re.compile(r"(?:\\u[0-9a-fA-F]{4})+")
_ESCAPED: Final = re.compile(r"\\[ux]")
_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")


def may_hold_entities(text: str) -> bool:
    """Whether an entity or an escape may stand in the text or, escaped once more, in JSON or Python."""
    return _ESCAPED.search(text) is not None or ("&" in text and _ENTITY.search(text) is not None)


def decode_entities(text: str) -> str:
    r"""Turn HTML entities and `\u` escapes into their characters; what stands for no printable one stays."""
    if "&" in text:
        text = _ENTITY.sub(_entity_character, text)
    return _ESCAPES.sub(_escaped_characters, text) if "\\u" in text else text


def _entity_character(match: re.Match[str]) -> str:
    character = html.unescape(match[0])
    return character if _is_visible(character) or character == "\xa0" else match[0]


def _escaped_characters(match: re.Match[str]) -> str:
    characters: str = json.loads(f'"{match[0]}"')
    return characters if _is_visible(characters) and not _SURROGATE.search(characters) else match[0]


def _is_visible(characters: str) -> bool:
    return characters.isprintable() and not characters.isspace()
