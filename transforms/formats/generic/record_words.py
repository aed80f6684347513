"""What kinds of blocks are called: as a format, in words, and in the settings."""

from typing import Final

from paperhouse.transforms.formats.generic.blocks import BOLD_LEVEL
from paperhouse.transforms.formats.generic.selection import Signature

FORMAT_OF_KIND: Final = {
    "h": "generic_sections",
    "li": "generic_list",
    "tr": "generic_table",
    "quote": "generic_quotes",
    "details": "generic_sections",
    "p": "generic_list",
    "page": "generic_page",
    "rules": "generic_sections",
}
_WORDS: Final = {
    "li": "list item",
    "tr": "table row",
    "quote": "quote block",
    "details": "<details> block",
    "p": "paragraph",
    "page": "the whole page",
    "rules": "block between rules",
}


def signature_words(signature: Signature) -> str:
    """The kind of block in words that `inspect` shows."""
    kind, level = signature
    if kind == "h":
        return (
            "bold line and what follows"
            if level == BOLD_LEVEL
            else f"section under a heading of level {level}"
        )
    if kind == "li":
        ordered = "numbered " if level % 2 else ""
        depth = level // 2
        return f"{ordered}list item" + (f" nested {depth} deep" if depth else "")
    return _WORDS[kind]


def rule_record(signatures: list[Signature]) -> str:
    """The record as the settings name it."""
    kind, level = signatures[0]
    names = {
        "li": "list item",
        "tr": "table row",
        "quote": "quote",
        "details": "details",
        "p": "paragraph",
        "page": "page",
    }
    if kind == "h":
        return "bold line" if level == BOLD_LEVEL else f"section {level}"
    return names.get(kind, "paragraph")
