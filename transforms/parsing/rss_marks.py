"""What arXiv's RSS feed writes around a title and before an abstract, and digests made of it keep.

```
Nice title. (arXiv:2601.00004v1 [cs.LG])
arXiv:2601.00004v1 Announce Type: cross  Abstract: Real text.
```
The marks state the version, the primary category and how the paper was announced; the feed adds the full stop too.
"""

import re
from typing import Final

from paperhouse.transforms.arxiv.category_lists import category_codes
from paperhouse.transforms.arxiv.feed_marks import split_feed_mark
from paperhouse.transforms.arxiv.identifiers import ID_PATTERN, split_version
from paperhouse.transforms.digest import Entry
from paperhouse.transforms.errors import InvalidArxivIdError
from paperhouse.transforms.parsing.json_records import announce_type

_TITLE_MARK: Final = re.compile(
    rf"\.?(?<![ \t\n])[ \t\n]+\(arXiv:(?P<id>{ID_PATTERN})(?:[ \t]+\[(?P<category>[A-Za-z.-]{{2,30}})\])?"
    r"(?:[ \t]+(?P<type>UPDATED|CROSS LISTED))?\)\Z",
    re.IGNORECASE,
)
_TYPES: Final = {"updated": "replace", "cross listed": "cross"}


def may_hold_rss_marks(text: str) -> bool:
    """Whether such a mark may stand anywhere in the text."""
    return "Announce Type" in text or "(arXiv:" in text


def take_off_rss_marks(entry: Entry) -> None:
    """Take the marks off, in place, and let them state what nothing else does; a mark of another paper is text."""
    _take_off_title(entry)
    mark = split_feed_mark(entry.abstract) if entry.abstract else None
    if mark is not None and mark.arxiv_id == entry.arxiv_id:
        entry.abstract = mark.abstract
        entry.abstract_completeness = entry.abstract_completeness if entry.abstract else "none"
        _fill(entry, mark.version, mark.announce_type)


def _take_off_title(entry: Entry) -> None:
    mark = _TITLE_MARK.search(entry.title) if entry.title and entry.title.endswith(")") else None
    if mark is None or mark.start() == 0:
        return
    try:
        arxiv_id, version = split_version(mark["id"])
    except InvalidArxivIdError:
        return
    if arxiv_id != entry.arxiv_id:
        return
    entry.title = mark.string[: mark.start()]
    _fill(entry, version, _TYPES.get((mark["type"] or "").lower()))
    codes, _ = category_codes([mark["category"] or ""])
    if codes and not entry.categories:
        entry.categories = codes
        entry.primary_category = entry.primary_category or codes[0]


def _fill(entry: Entry, version: int | None, written_type: str | None) -> None:
    entry.version = entry.version or version
    entry.announce_type = entry.announce_type or announce_type(written_type)
