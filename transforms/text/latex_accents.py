"""LaTeX's accents and letters as characters; other markup is left alone."""

import re
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pylatexenc.latex2text import LatexNodes2Text

_MARKUP: Final = re.compile(r"[\\{}]")
# Macros of letters and accents. On others pylatexenc warns, raises half a dozen kinds of errors, or looks for files.
_ACCENTS_ONLY: Final = re.compile(
    r"(?:[^\\$]|\\[\"'`^~=.%&_#{} -]"
    r"|\\(?:[bcdHijkLlOortuv]|SS|ss|AE|ae|OE|oe|AA|aa|DH|dh|TH|th|DJ|dj|NG|ng|textquoteright)(?![A-Za-z]))+"
)
_UNESCAPED_PERCENT: Final = re.compile(r"(?<!\\)%")


def decode_accents(name: str) -> str:
    r"""Turn LaTeX accents into letters (`G\"odel` into `Gödel`); a name without markup comes back as is."""
    if _MARKUP.search(name) is None or _ACCENTS_ONLY.fullmatch(name) is None:
        return name
    try:
        return str(_latex().latex_to_text(_UNESCAPED_PERCENT.sub(r"\\%", name)))
    except (RecursionError, TypeError):  # hundreds of nested braces or accents: no name
        return name


@cache
def _latex() -> "LatexNodes2Text":
    # Imported only now: one name in a thousand needs it.
    from pylatexenc.latex2text import LatexNodes2Text  # noqa: PLC0415

    return LatexNodes2Text(keep_comments=True)
