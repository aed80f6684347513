"""Texts that are programs: a comment in one names a paper, but does not list it."""

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
_CODE_SHARE: Final = 0.34
_FEWEST: Final = 6


def is_program(text: str) -> bool:
    """Whether at least a third of the lines are written as code is."""
    lines = [line for line in text[:_LOOKED_AT].split("\n")[:-1] or [text[:_LOOKED_AT]] if line.strip()]
    if len(lines) < _FEWEST:
        return False
    n_code = sum(len(line) < 400 and _CODE_LINE.match(line) is not None for line in lines)  # noqa: PLR2004
    return n_code >= _CODE_SHARE * len(lines)
