"""Texts behind `<details>` in one cell of a table: an abstract, its translation, what a model made of it."""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from paperhouse.transforms.digest import Note, Translation
from paperhouse.transforms.parsing.field_names import field_role
from paperhouse.transforms.text.language import written_language

_OPENING: Final = "<details"
_CLOSING: Final = "</details>"
_SUMMARY: Final = re.compile(r"\s*<summary[^<>\n]{0,100}>(?P<summary>[^<]{0,200})</summary>")
_LONGEST_KIND: Final = 40


class DetailsText(NamedTuple):
    """What the summary shows, and the text behind it; both as written."""

    summary: str
    text: str


def details_text(cell: str) -> str:
    """Text inside `<details><summary>..</summary><p>text</p></details>`; any other cell as it is."""
    if not (cell.startswith(_OPENING) and cell.endswith(_CLOSING)):
        return cell
    start = cell.find("</summary>")
    inner = cell[start + len("</summary>") if start >= 0 else cell.find(">") + 1 : -len(_CLOSING)].strip(
        " \t\n"
    )
    return inner[3:-4].strip(" \t\n") if inner.startswith("<p>") and inner.endswith("</p>") else inner


def details_texts(cell: str) -> list[DetailsText]:
    """Every `<details>` of a cell that holds several of them or text beside one; empty for any other cell."""
    if _OPENING not in cell or (
        cell.count(_OPENING) == 1 and cell.startswith(_OPENING) and cell.endswith(_CLOSING)
    ):
        return []
    found: list[DetailsText] = []
    beside: list[str] = []
    done = 0
    while (start := cell.find(_OPENING, done)) >= 0 and (end := cell.find(_CLOSING, start)) >= 0:
        end += len(_CLOSING)
        summary = _SUMMARY.match(cell, cell.find(">", start) + 1)
        found.append(
            DetailsText(summary["summary"].strip() if summary else "", details_text(cell[start:end]))
        )
        beside.append(cell[done:start])
        done = end
    text = "".join([*beside, cell[done:]]).strip(" \t\n")
    return [*([DetailsText("", text)] if text else []), *found]


class SortedTexts(NamedTuple):
    """The abstract among several texts, its translations, and the rest."""

    abstract: str | None
    translations: list[Translation]
    notes: list[Note]


def sort_texts(texts: Sequence[DetailsText]) -> SortedTexts:
    """Tell several texts of an abstract's cell apart: by what their summaries call them, then by their script.

    The first that nothing else claims is the abstract.
    """
    abstract: str | None = None
    translations: list[Translation] = []
    notes: list[Note] = []
    for summary, text in texts:
        role = field_role(summary)
        language = written_language(text)
        if role not in (None, "abstract", "abstract_zh", "translation", "title"):
            notes.append(Note(role or "details", text, language))
        elif language and all(language != said.language for said in translations):
            translations.append(Translation(language, None, text))
        elif abstract is None and not language:
            abstract = text or None
        else:
            notes.append(Note(summary[:_LONGEST_KIND] or "details", text, language))
    return SortedTexts(abstract, translations, notes)
