"""Items of arXiv's feeds until January 2024, which were RSS 1.0 and say less: marks in the title, HTML in the rest."""

import re
from typing import Final

from paperhouse.transforms.arxiv.category_lists import category_codes
from paperhouse.transforms.arxiv.identifiers import split_version
from paperhouse.transforms.arxiv.xml import DC, Node
from paperhouse.transforms.digest import Entry
from paperhouse.transforms.errors import InvalidArxivIdError
from paperhouse.transforms.parsing.html_blocks import text_of_html

RSS_1: Final = "{http://purl.org/rss/1.0/}"
_MARK: Final = "(arXiv:"
_BEHIND_MARK: Final = re.compile(
    r"(?P<id>\S{4,40}?)\s{0,9}(?:\[(?P<codes>[^\[\]]{1,200})\])?\s{0,9}(?P<kind>UPDATED|CROSS LISTED)?\)"
)
_TYPES: Final = {"UPDATED": "replace", "CROSS LISTED": "cross", None: "new"}


def read_rss_1_item(node: Node, _known: frozenset[str]) -> Entry:
    """Read one item; its title bears the identifier, the primary category and what kind of announcement it is.

    Raises:
        InvalidArxivIdError: the title names no paper.
        ReplyError: the item has no title, or two.
    """
    title, _, behind = text_of_html(node.required(f"{RSS_1}title").text).rpartition(_MARK)
    match = _BEHIND_MARK.fullmatch(behind)
    if match is None or not title.strip():
        msg = f"line {node.line_start}: the title of the item names no paper of arXiv's"
        raise InvalidArxivIdError(msg, line=node.line_start)
    arxiv_id, version = split_version(match["id"])
    names = text_of_html(node.raw_text(f"{DC}creator") or "").split(", ")
    authors = [name for written in names if (name := written.strip(" ,"))]
    abstract = text_of_html(node.raw_text(f"{RSS_1}description") or "") or None
    codes, _ = category_codes([match["codes"]] if match["codes"] else [])
    return Entry(
        line_start=node.line_start,
        line_end=node.line_end,
        arxiv_id=arxiv_id,
        version=version,
        title=title.strip().removesuffix("."),
        authors=authors,
        authors_completeness="full" if authors else "none",
        abstract=abstract,
        abstract_completeness="full" if abstract else "none",
        announce_type=_TYPES[match["kind"]],
        primary_category=next(iter(codes), None),
        categories=codes,
    )
