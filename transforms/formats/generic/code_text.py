"""Texts that are programs: a comment in one names a paper, but does not list it."""

# ruff: noqa: E501  (patterns are read in one piece)

import re
from typing import Final

_LOOKED_AT: Final = 20_000
_CODE_LINE: Final = re.compile(
    r"[ \t]*(?:(?:def|class|async|elif|except|raise|return|yield|assert|with|while|import|from)\b.*[:\w)\]'\"]$"
    r"|(?:from[ ][\w.]+[ ]import|import[ ][\w.]+)\b"
    r"|(?:const|let|var|function|export|public|private|protected|static|void|#include|#define|package|use|fn|impl|struct|func|module|end|begin|local)\b.*"
    r"|@\w[\w.]*(?:\(.*)?$|\w[\w.]*(?:\[[^\]\n]*\])?[ ]?[-+*/|]?=[ ]?[^=\n]{1,200}$"
    r"|\w[\w.]*\(.*\)?[,;:]?$|[)\]}]+[,;]?$|.*[;{]$|(?:if|for|switch|else)\b.*[:{]$"
    r"|(?:\\documentclass|\\usepackage|\\begin\{|\\section\{).*)"
)
_STATEMENT: Final = re.compile(
    r"^(?:(?:async )?def \w+\(|class \w+[(:]|import [\w.]+$|from [\w.]+ import |#include [<\"]|package [\w.;]+$|func \w+\(|const \w+ = )",
    re.MULTILINE,
)
"""Lines that only programs have."""
_FEWEST_STATEMENTS: Final = 4
_CODE_SHARE: Final = 0.34
_FEWEST: Final = 6


def is_program(text: str) -> bool:
    """Whether at least a third of the lines are written as code is."""
    lines = [line for line in text[:_LOOKED_AT].split("\n")[:-1] or [text[:_LOOKED_AT]] if line.strip()]
    if len(lines) < _FEWEST:
        return False
    if len(_STATEMENT.findall(text, 0, _LOOKED_AT)) >= _FEWEST_STATEMENTS and "```" not in text[:_LOOKED_AT]:
        return True
    n_code = sum(len(line) < 400 and _CODE_LINE.match(line) is not None for line in lines)  # noqa: PLR2004
    return n_code >= _CODE_SHARE * len(lines)
