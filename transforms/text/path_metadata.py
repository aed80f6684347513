"""What the place of a file says: the list's name and the date of the digest."""

import re
from dataclasses import dataclass
from datetime import date

from paperhouse.transforms.calendar.dates import date_of_folder, date_of_path

_TOPIC_FOLDER = "topic"
_PAGE_FOLDERS = frozenset({"papers", "pages", "items"})
"""Folders of a page a paper below that of the day: no lists."""
_CATEGORY_FOLDER = re.compile(
    r"(?:cs|math|stat|eess|econ|q-bio|q-fin|physics|astro-ph|cond-mat|nlin)(?:[-_.][A-Za-z-]{2,9})?"
    r"|gr-qc|hep-(?:ex|lat|ph|th)|math-ph|nucl-(?:ex|th)|quant-ph"
)
_TOPIC_ENDING = "_related_papers"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a digest lay: `path` as recorded, `parts` all components of its full path, file name last."""

    path: str
    parts: tuple[str, ...]

    @property
    def stem(self) -> str:
        """File name without its last ending."""
        return self.parts[-1].rpartition(".")[0] or self.parts[-1]

    @property
    def ending(self) -> str:
        """Last ending of the file name in lower case, without the dot; empty if it has none."""
        head, _, tail = self.parts[-1].rpartition(".")
        return tail.lower() if head else ""

    @property
    def digest_date(self) -> date | None:
        """Date spelt by the file name or the nearest folder; None if neither does."""
        return date_of_path(self.parts)


def list_of_place(place: Place, *, from_stem: bool = False) -> str | None:
    """Name of the list that a digest covers, read from its place; None where the place does not say.

    `8-Apr-2025/AI/README.md` is the list AI, `8-Apr-2025/topic/RAG_related_papers.md` the list RAG.
    Pages in `docs/cs-CL/2025-05-20/papers` are of the list cs-CL; other folders above the day's name none. With
    `from_stem`, for formats that name their files by list, `20260317_Tue/video.md` is the list video.
    """
    folders = place.parts[:-1]
    parent = folders[-1] if folders else ""
    grandparent = folders[-2] if len(folders) > 1 else ""
    if date_of_folder(grandparent) is not None and parent in _PAGE_FOLDERS:
        above = folders[-3] if len(folders) > 2 else ""  # noqa: PLR2004 - list, day, pages
        return above if _CATEGORY_FOLDER.fullmatch(above) else None
    if date_of_folder(grandparent) is not None:
        return place.stem.removesuffix(_TOPIC_ENDING) if parent == _TOPIC_FOLDER else parent
    if from_stem and (date_of_folder(parent) is not None or place.digest_date is not None):
        return place.stem.rpartition("-")[2]
    return None
