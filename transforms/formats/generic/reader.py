"""Any text to a reading: what it is made of decides who looks for its records."""

import re
from collections.abc import Callable
from typing import Final

from paperhouse.transforms.formats.generic.code_text import is_program
from paperhouse.transforms.formats.generic.csv_table import read_csv
from paperhouse.transforms.formats.generic.html_page import read_html
from paperhouse.transforms.formats.generic.identifier_list import read_identifiers
from paperhouse.transforms.formats.generic.json_document import read_json
from paperhouse.transforms.formats.generic.markdown import read_markdown
from paperhouse.transforms.formats.generic.structure import Reading
from paperhouse.transforms.formats.generic.yaml_items import read_yaml

_HTML: Final = re.compile(
    r"\s*(?:<!--.{0,2000}?-->\s*)*<(?:!doctype html|html|head|body|div|section|article|main|table|ul|ol)\b",
    re.IGNORECASE | re.DOTALL,
)
_WHOLE_PAGE: Final = re.compile(r"<(?:!doctype html|html|head|body)", re.IGNORECASE)
_LOOKED_AT: Final = 50_000
_JSON: Final = re.compile(r"\s*[\[{]\s*[\[{\"\]}]")

_READERS: Final[tuple[Callable[[str], Reading | None], ...]] = (read_yaml, read_csv, read_markdown)


def read_generic(text: str) -> Reading | None:
    """Read a text that no family claims; None where nothing in it is a record of a paper.

    A text that only mentions papers (an essay, a program, the README of one) has none.
    """
    listed = read_identifiers(text)
    if listed is not None:
        return listed
    if _JSON.match(text):
        reading = read_json(text)
        if reading is not None or text.lstrip()[:1] == "{":
            return reading
    if _is_html(text):
        return read_html(text)
    if is_program(text):
        return None
    for read in _READERS:
        reading = read(text)
        if reading is not None:
            return reading
    return None


def _is_html(text: str) -> bool:
    """Whether the text is a page of HTML, and not Markdown that begins with a tag."""
    match = _HTML.match(text)
    if match is None:
        return False
    if _WHOLE_PAGE.search(match[0]):
        return True
    lines = [line.lstrip() for line in text[:_LOOKED_AT].split("\n") if line.strip()]
    n_tags = sum(line.startswith("<") for line in lines)
    n_marks = sum(line.startswith(("#", ">", "- ", "|", "**")) for line in lines)
    return n_tags > 2 * n_marks and 2 * n_tags >= len(lines)
