"""Conditions that choose papers by identifier, so that a query reads only the blocks in which they lie."""

from collections.abc import Sequence
from typing import Any, Final

WITHIN: Final = "arxiv_id between $first_id and $last_id"
"""From the first identifier to the last: tables are stored by identifier, and blocks beyond are not read."""
CHOSEN: Final = f"{WITHIN} and arxiv_id in (select unnest(string_split($arxiv_ids, ' ')))"
"""One of the identifiers. A query that names several tables puts the one of its choice before it."""


def choice_of(arxiv_ids: Sequence[str]) -> dict[str, Any]:
    """Parameters of the conditions, at least one identifier.

    They come as one text: the engine's client looks for pandas anew at each value of a list, 10 ms a hundred.
    """
    return {"arxiv_ids": " ".join(arxiv_ids), "first_id": min(arxiv_ids), "last_id": max(arxiv_ids)}
