"""An entry in the making."""

from dataclasses import dataclass, field
from typing import Final

from paperhouse.transforms.digest import Entry, Translation

LONGEST_NOTE: Final = 20_000
"""Characters of a note that are kept."""
NOTHING: Final = frozenset(
    {
        "",
        "none",
        "null",
        "n/a",
        "na",
        "-",
        "--",
        "—",
        "nan",
        "无",
        "暂无",
        "未提供",
        "not available",
        "unavailable",
        "없음",
        "なし",
        "未公开",
        "未开源",
    }
)
"""What stands in a field that is empty."""


@dataclass(slots=True)
class EntryDraft:
    """An entry in the making, and where each field of it came from."""

    entry: Entry
    sources: dict[str, str] = field(default_factory=dict)
    lone_name: str = ""
    """One name that nothing calls the author."""
    lone_title: str | None = None


def translate(entry: Entry, language: str, title: str | None = None, abstract: str | None = None) -> None:
    """Add a translated title or abstract to what is known in that language."""
    for index, known in enumerate(entry.translations):
        if known.language == language:
            entry.translations[index] = Translation(
                language, known.title or title, known.abstract or abstract
            )
            return
    entry.translations.append(Translation(language, title, abstract))
