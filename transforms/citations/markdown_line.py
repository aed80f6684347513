"""Papers as one line of a Markdown list each, for notes and messages."""

import re
from typing import Final

from paperhouse.transforms.citations.cited_paper import CitedPaper, line_of

_N_NAMES: Final = 10
"""Authors that a line names; of longer lists it says how many more there are."""
_SIGNS: Final = re.compile(r"[\\`*_\[\]<>|#~]")
_FORMULA: Final = re.compile(r"(\$[^$]*\$)")


def markdown_line(paper: CitedPaper) -> str:
    """One list item with its line break: authors, title, journal or preprint, identifier with its address, year."""
    title = markdown_text(paper.title) or "(no title is known)"
    authors = _authors(paper)
    where = f"{markdown_text(paper.journal_ref)}. " if paper.is_published else ""
    kind = f" {markdown_text(f'[{paper.primary_category}]')}" if paper.primary_category else ""
    doi = f", doi:{markdown_text(paper.doi)}" if paper.doi else ""
    link = f"[arXiv:{paper.arxiv_id}]({paper.url}){kind}"
    return f"* {f'{authors}. ' if authors else ''}**{title}**. {where}{link}{doi}, {paper.issued[0]}.\n"


def markdown_text(text: str | None) -> str:
    """Text on one line in which nothing is Markdown or HTML; formulas stay as they are, but for `<`."""
    parts = _FORMULA.split(line_of(text))
    return "".join(
        part.replace("<", r"\lt ").replace("|", r"\vert ") if number % 2 else _SIGNS.sub(r"\\\g<0>", part)
        for number, part in enumerate(parts)
    )


def _authors(paper: CitedPaper) -> str:
    named = [markdown_text(name) for name in paper.authors[:_N_NAMES]]
    n_more = len(paper.authors) - len(named)
    if paper.is_list_cut:
        return f"{', '.join(named)} et al" if named else ""
    return ", ".join(named) + (f" and {n_more:,} more" if n_more else "")
