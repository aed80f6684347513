"""Entries of a BibTeX file with their lines, and the references that they state.

bibtexparser reads one entry at a time, so that one that is damaged costs the others nothing, and only entries of
at most `LONGEST_ENTRY` characters: no paper of arXiv comes near.
"""

import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from paperhouse.transforms.exports.names import turned_name
from paperhouse.transforms.exports.references import Reference, collapse_spaces
from paperhouse.transforms.parsing.sections import last_text_line
from paperhouse.transforms.text.latex_accents import decode_accents

if TYPE_CHECKING:
    from bibtexparser.splitter import Splitter

LONGEST_STRING: Final = 500
"""Characters of a definition: each entry that names it gets them all."""
LONGEST_ENTRY: Final = 400_000
"""Characters of one entry: three thousand authors and a long abstract take half of it."""
BLOCK_START: Final = re.compile(r"[ \t]*@(?P<type>[A-Za-z]{3,30})[ \t]*[{(]")
_NO_PAPER: Final = frozenset({"comment", "preamble", "string", "control"})
_AND: Final = re.compile(r"(?<!\s)\s+and\s+", re.IGNORECASE)
_OTHERS: Final = frozenset({"others", "et al.", "et al"})
_LONGEST_NAME: Final = 500
_BRACES: Final = re.compile(r"(?<!\\)[{}]")


@dataclass(frozen=True, slots=True)
class BibtexBlock:
    """Lines from one `@` to before the next; `type` in lower case."""

    type: str
    line_start: int
    line_end: int
    text: str

    @property
    def is_entry(self) -> bool:
        """Whether it should state a reference: comments, preambles and strings do not."""
        return self.type not in _NO_PAPER


def bibtex_blocks(lines: list[str]) -> Iterator[BibtexBlock]:
    """Every block, in order: it goes on to the last line of text before the next line that begins one."""
    start: tuple[int, str] | None = None
    for number, line in enumerate([*lines, "@end{"], start=1):
        opened = BLOCK_START.match(line) if "@" in line else None
        if opened is None:
            continue
        if start is not None:
            end = last_text_line(lines, start[0], number - 1)
            yield BibtexBlock(start[1], start[0], end, "\n".join(lines[start[0] - 1 : end]))
        start = (number, opened["type"].lower())


@cache
def _splitter() -> "type[Splitter]":
    from bibtexparser.splitter import Splitter  # noqa: PLC0415 - 100 ms that only such files need

    # It tells every damaged entry on standard error; here they are rejects.
    log = logging.getLogger("bibtexparser.splitter")
    log.addHandler(logging.NullHandler())
    log.propagate = False
    return Splitter


def read_strings(blocks: Iterable[BibtexBlock]) -> dict[str, str]:
    """Texts that `@string` defines, by name in lower case."""
    strings: dict[str, str] = {}
    for block in blocks:
        if block.type == "string" and len(block.text) <= LONGEST_STRING:
            for one in _splitter()(block.text).split().strings:
                strings[one.key.lower()] = _unenclosed(str(one.value), {})
    return strings


def read_entry(block: BibtexBlock, strings: Mapping[str, str]) -> tuple[Reference | None, int]:
    """Reference of the block, and the number of its lines that belong to it: what follows is a comment.

    None where the entry is damaged, cut off or too long; then all lines belong to it.
    """
    n_lines = block.line_end - block.line_start + 1
    if len(block.text) > LONGEST_ENTRY:
        return None, n_lines
    library = _splitter()(block.text).split()
    if len(library.entries) != 1 or library.failed_blocks:
        return None, n_lines
    (entry,) = library.entries
    values: dict[str, str] = {}
    for one in entry.fields:
        values.setdefault(one.key.lower(), _unenclosed(str(one.value), strings))
    return reference_of(values), (entry.raw or block.text).count("\n") + 1


def _unenclosed(value: str, strings: Mapping[str, str]) -> str:
    """A value without the braces or quotes around it; a name that is defined is what it stands for."""
    if len(value) > 1 and (value[0], value[-1]) in {("{", "}"), ('"', '"')}:
        return value[1:-1]
    return strings.get(value.lower(), value)


def reference_of(values: dict[str, str]) -> Reference:
    """Reference that fields of BibTeX or BibLaTeX state."""
    names = [name for name in _AND.split(values.get("author", "").strip()) if name]
    authors = [_name(name) for name in names if name.casefold() not in _OTHERS]
    is_arxiv = values.get("archiveprefix", values.get("eprinttype", "arxiv")).casefold() == "arxiv"
    journal = _plain(values.get("journal") or values.get("journaltitle"))
    return Reference(
        title=_plain(values.get("title")),
        authors=[name for name in authors if name],
        is_list_cut=any(name.casefold() in _OTHERS for name in names),
        abstract=collapse_spaces(values.get("abstract")),
        identifiers=[values.get("eprint") if is_arxiv else None, values.get("arxivid"), values.get("url")],
        mentions=[
            journal,
            values.get("volume"),
            values.get("note"),
            values.get("howpublished"),
            values.get("number"),
        ],
        doi=values.get("doi"),
        journal_ref=None
        if journal is None or "arxiv" in journal.casefold() or journal == "CoRR"
        else journal,
        comment=_plain(values.get("note")),
        categories=[values["primaryclass"]] if "primaryclass" in values else [],
        primary_category=values.get("primaryclass") or values.get("eprintclass"),
        date=values.get("date"),
    )


def _name(written: str) -> str:
    """A name in the order of reading; one in braces is a whole."""
    name = written.strip()
    if name.startswith("{") and name.endswith("}"):
        return _decoded(name[1:-1])
    return turned_name(_decoded(name))


def _decoded(text: str) -> str:
    r"""Text with LaTeX's accents as characters: in BibTeX `{\"o}` is how a letter is spelt."""
    return (
        collapse_spaces(_BRACES.sub("", decode_accents(text) if len(text) <= _LONGEST_NAME else text)) or ""
    )


def _plain(text: str | None) -> str | None:
    """Text without the braces that keep BibTeX from changing letters; what stands in formulas keeps its own."""
    if text is None or not _BRACES.search(text):
        return collapse_spaces(text)
    parts = text.split("$")
    return collapse_spaces(
        "$".join(part if number % 2 else _without_braces(part) for number, part in enumerate(parts))
    )


def _without_braces(text: str) -> str:
    r"""Text without braces, but those of a command (`\emph{x}`): LaTeX in a title is evidence."""
    kept: list[str] = []
    is_argument: list[bool] = []
    for at, char in enumerate(text):
        if char == "{":
            is_argument.append(_ends_command(text, at))
        is_kept = char not in "{}" or (is_argument[-1] if is_argument else False)
        if char == "}" and is_argument:
            is_argument.pop()
        if is_kept:
            kept.append(char)
    return "".join(kept)


def _ends_command(text: str, at: int) -> bool:
    r"""Whether a command such as `\emph` ends right before the offset."""
    start = at
    while start > 0 and at - start < 30 and text[start - 1].isalpha():  # noqa: PLR2004 - no command is longer
        start -= 1
    return 0 < start < at and text[start - 1] == "\\"
