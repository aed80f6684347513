"""Any text to a reading: what it is made of decides who looks for its records."""

import re
from typing import Final

from paperhouse.transforms.formats.generic.code_text import is_program
from paperhouse.transforms.formats.generic.csv_table import read_csv
from paperhouse.transforms.formats.generic.html_page import read_html
from paperhouse.transforms.formats.generic.identifier_list import read_identifiers
from paperhouse.transforms.formats.generic.json_document import read_json
from paperhouse.transforms.formats.generic.markdown import read_markdown
from paperhouse.transforms.formats.generic.page_fields import FRONT_MATTER
from paperhouse.transforms.formats.generic.rules import FormatRule
from paperhouse.transforms.formats.generic.structure import Reading
from paperhouse.transforms.formats.generic.vocabulary import given_labels
from paperhouse.transforms.formats.generic.xml_document import XML_START, read_xml
from paperhouse.transforms.formats.generic.yaml_items import read_yaml

_HTML: Final = re.compile(
    r"\s*+(?:<!--(?:(?!-->).){0,2000}+-->\s*+)*+"
    r"<(?:!doctype (?:html|netscape)|html|head|body|div|section|article|main|table|ul|ol|dl)\b",
    re.IGNORECASE | re.DOTALL,
)
_WHOLE_PAGE: Final = re.compile(r"<(?:!doctype (?:html|netscape)|html|head|body)", re.IGNORECASE)
_LOOKED_AT: Final = 50_000
_JSON: Final = re.compile(r"\s*[\[{]\s*[\[{\"\]}]")


def read_generic(text: str, rule: FormatRule | None = None) -> Reading | None:
    """Read a text that no family claims; None where nothing in it is a record of a paper.

    A text that only mentions papers (an essay, a program, the README of one) has none. A `rule` of the user says
    what the record is, and what labels mean that nobody knows.
    """
    if rule is None:
        return _read(text)
    with given_labels({label: role for role, label in rule.fields}):
        return _read_as(text, rule)


def _read_as(text: str, rule: FormatRule) -> Reading | None:
    """Read a text whose record is given."""
    if rule.record is None:
        return _read(text)
    if rule.signature is not None and not (_JSON.match(text) and rule.record == "page"):
        return read_markdown(text, rule.signature)
    path = None if rule.record in {"page", "row", "item", "identifier"} else rule.record
    if path is None:
        return _read(text)
    return read_json(text, path) if _JSON.match(text) else read_html(text, path)


def _read(text: str) -> Reading | None:
    listed = read_identifiers(text)
    if listed is not None:
        return listed
    if _JSON.match(text):
        reading = read_json(text)
        if reading is not None or text.lstrip()[:1] == "{":
            return reading
    if XML_START.match(text[:_LOOKED_AT]) and "<html" not in text[:1000]:
        reading = read_xml(text)
        if reading is not None:
            return reading
    if _is_html(text):
        return read_html(text)
    if not text.startswith(FRONT_MATTER) and is_program(text):
        return None
    return read_yaml(text) or read_csv(text) or read_markdown(text)


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
