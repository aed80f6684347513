"""TeX between dollar signs as MathML, which browsers show without a script.

The converter lets raw markup and addresses through, so of what it makes only listed elements and attributes pass;
a formula of which anything else is left is shown as it was written.
"""

import re
from functools import lru_cache
from typing import Final
from xml.etree import ElementTree as ET

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring
from latex2mathml.converter import convert
from markupsafe import Markup, escape

_NAMESPACE: Final = "{http://www.w3.org/1998/Math/MathML}"
_ELEMENTS: Final = frozenset(
    {
        "math",
        "mrow",
        "mi",
        "mo",
        "mn",
        "mtext",
        "mspace",
        "msup",
        "msub",
        "msubsup",
        "mfrac",
        "msqrt",
        "mroot",
    }
    | {"mover", "munder", "munderover", "mtable", "mtr", "mtd", "mstyle", "mpadded"}
)
_ATTRIBUTES: Final = frozenset(
    {"mathvariant", "stretchy", "accent", "fence", "form", "separator", "linethickness"}
)
_FORMULA: Final = re.compile(r"(?<![\\$])\$(?![\s$])(?P<tex>[^$\n]{1,200}?)(?<![\\\s])\$(?![\d$])")
_HAS_LETTERS: Final = re.compile(r"[A-Za-z0-9\\]")
_STYLES: Final = re.compile(r"\\(?P<style>textbf|textit|emph|texttt|textsc)\{(?P<text>[^{}$\\]{1,200})\}")
_TAGS: Final = {"textbf": "b", "textit": "i", "emph": "em", "texttt": "code", "textsc": "span"}


def show_tex(text: str | None) -> Markup:
    """Escape a text; its formulas are MathML, and TeX for bold, italic and typewriter letters is HTML."""
    shown = Markup()
    at = 0
    for match in _FORMULA.finditer(text or ""):
        if not _HAS_LETTERS.search(match["tex"]):
            continue
        shown += _show_styles((text or "")[at : match.start()]) + formula(match["tex"])
        at = match.end()
    return shown + _show_styles((text or "")[at:])


@lru_cache(maxsize=20_000)
def formula(tex: str) -> Markup:
    """A formula as MathML; as it was written where it cannot be read or would bring more than formulas need."""
    as_written = escape(f"${tex}$")
    try:
        root = fromstring(convert(tex))
    except (ET.ParseError, DefusedXmlException, ValueError, LookupError, RecursionError, TypeError):
        return as_written
    except Exception:  # noqa: BLE001 - the converter has many errors of its own, without a common root
        return as_written
    for element in root.iter():
        if element.tag.removeprefix(_NAMESPACE) not in _ELEMENTS:
            return as_written
        element.tag = element.tag.removeprefix(_NAMESPACE)
        for name in set(element.attrib) - _ATTRIBUTES:
            del element.attrib[name]
    return Markup(ET.tostring(root, encoding="unicode"))  # noqa: S704 - serialised from the elements listed


def _show_styles(text: str) -> Markup:
    """Escape a text, with TeX's letter styles as elements."""
    shown = Markup()
    at = 0
    for match in _STYLES.finditer(text):
        tag = Markup(_TAGS[match["style"]])  # noqa: S704 - one of our own
        shown += escape(text[at : match.start()]) + Markup("<{0}>{1}</{0}>").format(tag, match["text"])
        at = match.end()
    return shown + escape(text[at:])
