"""What arXiv's feed puts in front of an abstract, where a digest copied it along."""

import re
from typing import Final, NamedTuple

from paperhouse.transforms.arxiv.identifiers import ID_PATTERN, split_version
from paperhouse.transforms.errors import InvalidArxivIdError

_MARK: Final = re.compile(
    rf"\s*arXiv:(?P<id>{ID_PATTERN})\s{{1,9}}Announce Type:[ \t]*(?P<type>[a-z-]{{1,20}})\s{{1,9}}(?:Abstract:[ \t]*)?",
    re.IGNORECASE,
)


class FeedMark(NamedTuple):
    """Identifier, version and announcement type of the mark, and the abstract behind it."""

    arxiv_id: str
    version: int | None
    announce_type: str
    abstract: str | None


def split_feed_mark(text: str) -> FeedMark | None:
    """Split `arXiv:2608.19880v1 Announce Type: new Abstract: ...`; None if the text does not begin so."""
    match = _MARK.match(text)
    if match is None:
        return None
    try:
        arxiv_id, version = split_version(match["id"])
    except InvalidArxivIdError:
        return None
    return FeedMark(arxiv_id, version, match["type"], text[match.end() :].strip() or None)
