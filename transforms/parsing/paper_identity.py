"""Which paper an entry means, where several of its fields may say so."""

from collections.abc import Iterable

from paperhouse.transforms.arxiv.identifiers import LINK, split_version
from paperhouse.transforms.errors import InvalidArxivIdError


def identify(candidates: Iterable[str | None]) -> tuple[str, int | None] | None:
    """Take identifier and version from the first candidate that names a paper; None if none does.

    A candidate is an identifier as written or a text with an arXiv link. A version that only a later
    candidate states counts if that one names the same paper:
    `[2510.13303v1](https://arxiv.org/abs/2510.13303)`.
    """
    found: str | None = None
    for candidate in candidates:
        named = _named_by(candidate) if candidate else None
        if named is None or (found is not None and named[0] != found):
            continue
        if named[1] is not None:
            return named
        found = named[0]
    return None if found is None else (found, None)


def paper_ids_in(text: str) -> set[str]:
    """Find the identifiers of all papers that `text` links to."""
    named = (_named_by(match["id"]) for match in LINK.finditer(text))
    return {paper[0] for paper in named if paper}


def publisher_doi(doi: str | None, arxiv_id: str) -> str | None:
    """Return the DOI unless it is the one that arXiv itself gives to this paper, which is its identifier again."""
    named = identify([doi])
    return None if named is not None and named[0] == arxiv_id else doi


def _named_by(candidate: str) -> tuple[str, int | None] | None:
    link = LINK.search(candidate)
    try:
        return split_version(link["id"] if link else candidate)
    except InvalidArxivIdError:
        return None
