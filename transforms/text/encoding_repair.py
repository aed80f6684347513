"""Mojibake repair: text whose UTF-8 bytes were once read as another encoding gets its characters back.

Nothing else changes. Quotes, ligatures, widths, line breaks and Unicode form are evidence and stay.
"""

import re
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ftfy import TextFixerConfig

CONTEXT: Final = 20

# UTF-8 read as a single-byte encoding leaves a letter, sign or box next to another character beyond ASCII; a
# no-break space may have become a space. C1 controls are Windows-1252 read as Latin-1. Chinese has neither.
_SUSPICIOUS: Final = re.compile(
    r"[\x80-\x9f]|[\xa0-\u04ff\u201a\u221a\u2248\u2500-\u25ff][\xa0-\u2fff\ufffd]|[ÂÃ] ",
)


def may_be_misread(text: str) -> bool:
    """Whether the text holds what double encoding leaves behind."""
    return not text.isascii() and _SUSPICIOUS.search(text) is not None


def repair_encoding(text: str) -> str:
    r"""Undo double encoding (`vis-Ã\xa0-vis` becomes `vis-à-vis`); any other text comes back as it is."""
    if not may_be_misread(text):
        return text
    # ftfy is imported only now: 60 ms that few runs need.
    from ftfy import fix_encoding  # noqa: PLC0415

    # Between the signs that stand for lost characters: it would turn those into controls.
    return "\ufffd".join(fix_encoding(part, _encoding_repair_only()) for part in text.split("\ufffd"))


@cache
def _encoding_repair_only() -> "TextFixerConfig":
    from ftfy import TextFixerConfig  # noqa: PLC0415

    return TextFixerConfig(
        explain=False,
        fix_encoding=True,
        restore_byte_a0=True,
        # Otherwise one Greek letter elsewhere in the text would prevent the repair.
        decode_inconsistent_utf8=True,
        # Otherwise C1 controls would be repaired only in texts that are Latin-1 throughout.
        fix_c1_controls=True,
        # It writes U+FFFD over what is left of a lost character; the remains are evidence.
        replace_lossy_sequences=False,
        unescape_html=False,
        remove_terminal_escapes=False,
        fix_latin_ligatures=False,
        fix_character_width=False,
        uncurl_quotes=False,
        fix_line_breaks=False,
        fix_surrogates=False,
        remove_control_chars=False,
        normalization=None,
    )


def changed_part(before: str, after: str) -> tuple[str, str]:
    """Show the smallest stretch in which the texts differ, as it was and as it is, 20 characters around it.

    Both are empty where the texts are equal.
    """
    if before == after:
        return "", ""
    shorter = min(len(before), len(after))
    head = _common(before, after, shorter)
    tail = _common(before[::-1], after[::-1], shorter - head)
    start = max(head - CONTEXT, 0)
    return (
        before[start : len(before) - tail + CONTEXT],
        after[start : len(after) - tail + CONTEXT],
    )


def _common(one: str, other: str, limit: int) -> int:
    """Length of the common beginning, at most `limit`."""
    return next((i for i in range(limit) if one[i] != other[i]), limit)
