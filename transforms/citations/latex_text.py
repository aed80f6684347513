r"""Text as LaTeX and back: what TeX would take for a command is escaped, what is LaTeX already is left.

Titles and abstracts of arXiv are LaTeX by custom, digests' are not always: `100% of R&D` stands beside
`$O(n^2)$` and `G\"odel`. So formulas and commands pass as they are, and single characters are escaped where they
stand for themselves. Braces come out balanced whatever goes in: BibTeX counts them, escaped or not.
"""

import re
from typing import Final

_FORMULA: Final = re.compile(r"(?<!\\)\$(?![\s$])(?:[^$\\]|\\.){0,2000}?(?<![\s\\])\$(?![0-9$])")
_COMMAND: Final = re.compile(r"\\(?:[A-Za-z]+|[\\\"'`^~=.&%$#_{} ,;:!-])")
_PLAIN: Final = re.compile(r"[^\\{}$&%#_~^]+")
_ESCAPED: Final = {
    "&": r"\&",
    "%": r"\%",
    "#": r"\#",
    "_": r"\_",
    "$": r"\$",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
}
_UNESCAPED: Final = {escaped: char for char, escaped in _ESCAPED.items()}
# Commands too, so that the second character of one is not taken for the first of another.
_ANY_COMMAND: Final = re.compile(
    "|".join([*map(re.escape, sorted(_UNESCAPED, key=len, reverse=True)), _COMMAND.pattern])
)
_BRACES: Final = re.compile(r"[{}]")
_UNESCAPED_BRACES: Final = re.compile(r"(?<!\\)[{}]")


def latex_of(text: str) -> str:
    r"""Text as LaTeX with balanced braces: `R&D at 5%` as `R\&D at 5\%`, `$x_1$` and `\'e` as they are."""
    pieces: list[str] = []
    has_balance = _is_balanced(text)
    at = 0
    while at < len(text):
        piece, at = _next_piece(text, at, has_balance=has_balance)
        pieces.append(piece)
    latex = "".join(pieces)
    # Readers would take a brace right behind the backslash for an escaped one.
    return f"{latex} " if latex.endswith("\\") else latex


def _next_piece(text: str, at: int, *, has_balance: bool) -> tuple[str, int]:
    if plain := _PLAIN.match(text, at):
        return plain[0], plain.end()
    formula = _FORMULA.match(text, at) if text[at] == "$" else None
    if formula is not None and _is_balanced(formula[0]):
        return formula[0], formula.end()
    command = _COMMAND.match(text, at) if text[at] == "\\" else None
    if command is not None and (has_balance or command[0][1:] not in ("{", "}")):
        return command[0], command.end()
    if text[at] in "{}" and has_balance:
        return text[at], at + 1
    return _ESCAPED[text[at]], at + 1


def text_of_latex(latex: str) -> str:
    r"""Text with the escapes of `latex_of` taken back: `R\&D` as `R&D`; formulas and other commands stay."""
    return _ANY_COMMAND.sub(lambda match: _UNESCAPED.get(match[0], match[0]), latex)


def _is_balanced(text: str) -> bool:
    """Whether every brace has its partner, counting escaped ones, as BibTeX does, and not, as most readers do."""
    return _pairs_up(_BRACES.findall(text)) and _pairs_up(_UNESCAPED_BRACES.findall(text))


def _pairs_up(braces: list[str]) -> bool:
    depth = 0
    for brace in braces:
        depth += 1 if brace == "{" else -1
        if depth < 0:
            return False
    return depth == 0
