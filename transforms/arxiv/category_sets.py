"""The sets by which OAI-PMH knows arXiv's categories: `cs:cs:IR`, `physics:hep-ph`, `math:math:NT`."""

from typing import Final

_PHYSICS: Final = "Physics"


def category_set(category: str, archive: str, group: str) -> str:
    """Set of one category; archive and group are those of the taxonomy."""
    return f"{'physics' if group == _PHYSICS else archive}:{category.replace('.', ':')}"
