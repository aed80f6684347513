"""arXiv identifiers: one canonical form out of every way that digests write them."""

import re
from datetime import date
from functools import lru_cache

from paperhouse.transforms.errors import InvalidArxivIdError

# Old archives are closed: this list does not grow. Subject classes (`math.GT`) were always optional.
OLD_ARCHIVES = (
    "acc-phys|adap-org|alg-geom|ao-sci|astro-ph|atom-ph|bayes-an|chao-dyn|chem-ph|cmp-lg|comp-gas|cond-mat|cs|"
    "dg-ga|funct-an|gr-qc|hep-ex|hep-lat|hep-ph|hep-th|math-ph|math|mtrl-th|nlin|nucl-ex|nucl-th|patt-sol|"
    "physics|plasm-ph|q-alg|q-bio|quant-ph|solv-int|supr-con"
)
# [0-9], not \d: that would take digits of every script.
NEW_ID = r"[0-9]{2}(?:0[1-9]|1[0-2])\.[0-9]{4,5}"
OLD_ID = rf"(?:{OLD_ARCHIVES})(?:\.[A-Za-z-]{{2,}})?(?:/|%2[Ff])[0-9]{{2}}(?:0[1-9]|1[0-2])[0-9]{{3}}"
ID_PATTERN = rf"(?:{NEW_ID}|{OLD_ID})(?:v[0-9]{{1,3}})?(?!v?[0-9])"
"""A bare identifier with its optional version; not anchored, but never the beginning of a longer number."""

LINK_PATTERN = (
    r"(?:https?:)?//(?:(?:www\.|export\.|browse\.)?(?:arxiv\.org|alphaxiv\.org)/"
    r"(?:abs|pdf|html|format|src|ps|e-print)/(?:arXiv:)?|(?:dx\.|www\.)?doi\.org/10\.48550/arXiv\.)"
    rf"(?P<id>{ID_PATTERN})(?:\.pdf)?"
)
"""A URL that leads to a paper on arXiv, its DOI among them; group `id` is the identifier as written."""

_PREFIX = re.compile(
    r"\A(?:oai:arxiv\.org:|arxiv:|https?://(?:www\.|export\.)?arxiv\.org/(?:abs|pdf|html)/"
    r"|(?:doi:\s*|https?://(?:dx\.|www\.)?doi\.org/)?10\.48550/arxiv\.)",
    re.IGNORECASE | re.ASCII,
)
_WHOLE = re.compile(
    rf"(?P<new>{NEW_ID})(?:v(?P<v1>[0-9]{{1,3}}))?|"
    r"(?P<archive>[a-z]+(?:-[a-z]+)*)(?:\.[a-z-]{2,})?(?:/|%2f)"
    r"(?P<number>[0-9]{2}(?:0[1-9]|1[0-2])[0-9]{3})(?:v(?P<v2>[0-9]{1,3}))?",
    re.IGNORECASE | re.ASCII,
)
_ARCHIVES = frozenset(OLD_ARCHIVES.split("|"))
_FIVE_DIGITS_SINCE = 1501
_OLD_STYLE_UNTIL = 703
_FIRST_OLD_YEAR = 91
LINK = re.compile(LINK_PATTERN, re.IGNORECASE | re.ASCII)


@lru_cache(maxsize=100_000)  # digests name the same papers again and again
def split_version(identifier: str) -> tuple[str, int | None]:
    """Split `2401.01234v2` into the canonical identifier and its version.

    Accepts both eras, the prefixes `arXiv:` and `oai:arXiv.org:`, abs, pdf and html URLs, arXiv's own DOI
    (`10.48550/arXiv.2401.01234`), a `.pdf` ending and `%2F` for the slash. A subject class is taken off
    (`math.GT/0309136` is `math/0309136`), as arXiv does.
    The version is None when absent, which is not version 1: the digest did not say.

    Raises:
        InvalidArxivIdError: neither era matches.
    """
    bare = (
        _PREFIX.sub("", identifier.strip(), count=1)
        .split("?")[0]
        .split("#")[0]
        .removesuffix(".pdf")
        .rstrip("/")
    )
    match = _WHOLE.fullmatch(bare)
    if match is None:
        raise _invalid(identifier)
    if match["new"]:
        yymm, _, number = match["new"].partition(".")
        if len(number) != (5 if int(yymm) >= _FIVE_DIGITS_SINCE else 4) or int(yymm) < _OLD_STYLE_UNTIL + 1:
            raise _invalid(identifier)
        return match["new"], _version(match["v1"], identifier)
    archive = match["archive"].lower()
    if archive not in _ARCHIVES:
        raise _invalid(identifier)
    year = int(match["number"][:2])
    if year < _FIRST_OLD_YEAR and int(match["number"][:4]) > _OLD_STYLE_UNTIL:
        raise _invalid(identifier)
    return f"{archive}/{match['number']}", _version(match["v2"], identifier)


def _version(digits: str | None, identifier: str) -> int | None:
    if digits is None:
        return None
    if int(digits) == 0:
        raise _invalid(identifier)
    return int(digits)


def _invalid(identifier: str) -> InvalidArxivIdError:
    msg = f"{identifier[:80]!r} is no arXiv identifier; expected a form like 2504.04178v2 or hep-th/9901001"
    return InvalidArxivIdError(msg, identifier=identifier)


def submitted_month(arxiv_id: str) -> date:
    """First day of the month in which the identifier was given out; `arxiv_id` must be canonical."""
    digits = arxiv_id.rpartition("/")[2][:4]
    year = int(digits[:2])
    century = 1900 if "/" in arxiv_id and year >= _FIRST_OLD_YEAR else 2000
    return date(century + year, int(digits[2:4]), 1)
