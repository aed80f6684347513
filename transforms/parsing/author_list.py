"""Author lists as digests write them: one string with many names."""

from paperhouse.transforms.digest import Completeness

LISTING_PAGE_LIMIT = 100
"""arXiv's listing page shows this many authors at most; a list that long was probably cut."""


def split_names(names: str, separator: str = ", ") -> list[str]:
    """Names in the order written, trimmed, repetitions kept; empty ones (a trailing comma) are dropped."""
    return [name for part in names.split(separator) if (name := part.strip(" \t\n"))]


def list_completeness(names: list[str]) -> Completeness:
    """Completeness of a list taken from arXiv's listing page: none, full, or truncated at its limit."""
    if not names:
        return "none"
    return "truncated" if len(names) >= LISTING_PAGE_LIMIT else "full"
