"""Every mention of a text with its line, and how the line uses it."""

from dataclasses import dataclass

from paperhouse.transforms.formats.generic.context import rank_mention
from paperhouse.transforms.formats.generic.mentions import Mention


@dataclass(slots=True)
class LineMention:
    """A mention and how its line uses it."""

    mention: Mention
    line: int
    rank: str


def rank_all(lines: list[str], starts: list[int], found: list[tuple[Mention, int]]) -> list[LineMention]:
    """Rank every mention by how its line uses it; what stands in a code fence is an example."""
    fenced = _fenced_lines(lines)
    return [
        LineMention(
            m, line, "passing" if line in fenced else rank_mention(lines[line - 1], m, starts[line - 1])
        )
        for m, line in found
    ]


def _fenced_lines(lines: list[str]) -> set[int]:
    fenced: set[int] = set()
    is_open = False
    for number, line in enumerate(lines, start=1):
        text = line.lstrip(" \t>")
        if text.startswith("```") and not (len(text) > 6 and text.rstrip().endswith("```")):  # noqa: PLR2004
            is_open = not is_open
        elif is_open:
            fenced.add(number)
    # A fence that is never closed shelters nothing.
    return set() if is_open else fenced
