"""Text of others as text in Markdown: what a digest or a file's name holds is shown, and nothing in it is obeyed.

Prefect renders its Markdown artifacts, each text in a table artifact and every description as Markdown with HTML.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final

from paperhouse.flows.output.terminal_text import escape_controls

_ENTITIES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
# What begins emphasis, code, links, images, headings, tables, mathematics and addresses anywhere in a line.
_ANYWHERE: Final = re.compile(r"[\\`*_\[\](){}|#!~$@]")
_ADDRESS: Final = re.compile(r":(?=//)|(?<=www)\.", re.IGNORECASE)
# A number and a full stop at the start of a text begin a list.
_NUMBERED: Final = re.compile(r"(\d+)(?=\.(?:\s|$))")
_BACKTICKS: Final = re.compile("`+")


def escape_markdown(text: str | None) -> str:
    """Write a text on one line so that Markdown and HTML show it as it is: no link, image, element or table cell."""
    flat = escape_controls(" ".join((text or "").split()))
    escaped = _ANYWHERE.sub(r"\\\g<0>", flat)
    escaped = _ADDRESS.sub(r"\\\g<0>", escaped)
    escaped = "".join(_ENTITIES.get(character, character) for character in escaped)
    if escaped.startswith(("-", "+", "=")):
        return f"\\{escaped}"
    return _NUMBERED.sub(r"\1\\", escaped, count=1) if _NUMBERED.match(escaped) else escaped


def pipe_table(
    head: Sequence[str], rows: Iterable[Sequence[str]], numbers: Collection[str] = frozenset()
) -> Iterator[str]:
    """Lines of a table; cells are Markdown already, and those of the columns named in `numbers` stand to the right."""
    rule = ["---:" if name in numbers else "---" for name in head]
    return (f"| {' | '.join(cells)} |" for cells in (head, rule, *rows))


def fence_lines(lines: Iterable[str]) -> list[str]:
    """Put lines between fences that none of them can close."""
    shown = [escape_controls(line) for line in lines]
    longest = max((len(run) for line in shown for run in _BACKTICKS.findall(line)), default=0)
    fence = "`" * max(3, longest + 1)
    return [fence, *shown, fence]
