"""Pages of programs: they mention papers, and are seldom digests."""

# ruff: noqa: E501, PLR2004 - a pattern that is read in one piece; numbers of headings and fences

import re
from collections.abc import Sequence
from typing import Final

_PROGRAM_HEADING: Final = re.compile(
    r"[ \t]*#{1,6}[ \t]+\W{0,6}(?:install\w*|usage|getting started|quick ?start|requirements|licen[cs]e|contribut\w+|citation|citing|"
    r"development|api\b|configuration|dependencies|testing|features|training|evaluation|environment|setup|deployment|"
    r"安装|使用方法|快速开始|环境|部署|配置|许可证|引用|项目结构|贡献)",
    re.IGNORECASE,
)


def is_program_page(lines: Sequence[str]) -> bool:
    """Whether a page says how to install or use something: several headings of that kind, or code blocks."""
    n_headings = sum(_PROGRAM_HEADING.match(line) is not None for line in lines)
    n_fences = sum(line.lstrip().startswith("```") for line in lines)
    return n_headings > 1 or (n_headings == 1 and n_fences > 1) or n_fences > 7
