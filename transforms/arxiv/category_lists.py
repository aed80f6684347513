"""Category codes in the lists that digests write, whatever divides them."""

import re
from collections.abc import Iterable
from functools import lru_cache

from paperhouse.transforms.arxiv.identifiers import OLD_ARCHIVES

_CATEGORY = re.compile(rf"(?:{OLD_ARCHIVES}|eess|econ|q-fin|stat)(?:\.[A-Za-z][A-Za-z-]+)?")
_SHORT = 100
_DIVIDER = re.compile(r"[;,|/、，；()（）\s]+")


def category_codes(written: Iterable[str]) -> tuple[list[str], list[str]]:
    """Codes that look like arXiv's in the order written, each once, and the texts that hold none.

    arXiv's API mixes classes of ACM and MSC (`I.2.7; J.3`, `68T05`) into its list: those are the second list.
    """
    categories: dict[str, None] = {}
    others: list[str] = []
    for part in written:
        found = _known_codes_in(part) if len(part) <= _SHORT else _codes_in(part)
        categories.update(dict.fromkeys(found))
        if not found and part.strip():
            others.append(part.strip())
    return list(categories), others


def _codes_in(part: str) -> tuple[str, ...]:
    return tuple(name for name in _DIVIDER.split(part) if _CATEGORY.fullmatch(name))


_known_codes_in = lru_cache(maxsize=4096)(_codes_in)  # digests write the same few hundred
