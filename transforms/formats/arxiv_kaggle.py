r"""The snapshot of all of arXiv's metadata on Kaggle: one JSON object a line, of arXiv's own records.

```
{"id":"0704.0001","authors":"C. Bal\\'azs, ...","title":"...","comments":"37 pages","journal-ref":null,
 "doi":"10.1103/...","categories":"hep-ph","abstract":"  A fully ...\n",
 "versions":[{"version":"v1","created":"Mon, 2 Apr 2007 19:18:42 GMT"}],
 "update_date":"2008-11-26","authors_parsed":[["Balázs","C.",""],["Berger","E. L.",""]]}
```
What it says is arXiv's answer, as that of OAI-PMH is, and no listing. `update_date` is the day on which arXiv last
changed the record. Names are those of `authors_parsed`, with the family name last.
"""

import re
from datetime import date, datetime

from paperhouse.transforms.arxiv.author_line import join_name, split_author_line
from paperhouse.transforms.arxiv.category_lists import category_codes
from paperhouse.transforms.arxiv.identifiers import split_version
from paperhouse.transforms.arxiv.records import SplitName, read_time, settle_abstract
from paperhouse.transforms.arxiv.xml import one_line
from paperhouse.transforms.digest import DigestFormat, Entry, Parsed
from paperhouse.transforms.errors import InvalidArxivIdError
from paperhouse.transforms.parsing.json_records import Record, load_json, read_lines, text_of

_OWN_KEYS = ('"authors_parsed":', '"update_date":', '"versions":')
_VERSION = re.compile(r"v([1-9][0-9]{0,2})")
_NAME_PARTS = 3


def recognise(head: str) -> bool:
    """Whether the first line is an object with the keys that only this snapshot has."""
    first = head.lstrip().partition("\n")[0]
    return first.startswith("{") and all(key in first for key in _OWN_KEYS)


def parse(text: str) -> Parsed:
    """Read every line."""
    return read_lines(text, load_json, read_paper)


def read_paper(record: Record) -> Entry | str:
    """Read one record of arXiv's."""
    try:
        arxiv_id, _ = split_version(text_of(record.get("id")) or "")
    except InvalidArxivIdError:
        return "no_arxiv_id"
    title = one_line(text_of(record.get("title")) or "")
    if not title:
        return "no_title"
    abstract = settle_abstract(text_of(record.get("abstract")))
    stated = (text_of(record.get("categories")) or "").split()
    categories, _ = category_codes(stated)
    names, is_cut = _names_of(record)
    version, published_at, updated_at = _times_of(record.get("versions"))
    changed = _day_of(record.get("update_date"))
    return Entry(
        line_start=0,
        line_end=0,
        arxiv_id=arxiv_id,
        version=version,
        title=title,
        authors=names,
        authors_completeness="none" if not names else "truncated" if is_cut else "full",
        abstract=abstract,
        abstract_completeness="full" if abstract else "none",
        stated_date=changed,
        stated_date_kind="changed" if changed else None,
        primary_category=categories[0] if categories and stated[0] == categories[0] else None,
        categories=categories,
        comment=_line_of(record, "comments"),
        doi=_line_of(record, "doi"),
        journal_ref=_line_of(record, "journal-ref"),
        published_at=published_at,
        updated_at=updated_at,
    )


def _line_of(record: Record, key: str) -> str | None:
    text = text_of(record.get(key))
    return one_line(text) if text else None


def _names_of(record: Record) -> tuple[list[str], bool]:
    """Names in order, and whether the list says that it goes on; from the author line where it was not parsed."""
    parsed = record.get("authors_parsed")
    rows = parsed if isinstance(parsed, list) else []
    names = [join_name(_split_name(row)) for row in rows if isinstance(row, list) and row]
    if names := [name for name in names if name]:
        return names, False
    line = split_author_line(text_of(record.get("authors")) or "")
    return line.names, line.is_cut


def _split_name(row: list[object]) -> SplitName:
    """Name of a row of keyname, forenames and suffix; what follows them is an affiliation."""
    keyname, forenames, suffix = ([one_line(text_of(part) or "") for part in row] + ["", ""])[:_NAME_PARTS]
    return SplitName(keyname, forenames or None, suffix or None)


def _times_of(versions: object) -> tuple[int | None, datetime | None, datetime | None]:
    """Number of the latest version, and the times of the first and of that one, as far as they are stated."""
    times: dict[int, datetime] = {}
    for one in versions if isinstance(versions, list) else []:
        match = _VERSION.fullmatch(str(one.get("version"))) if isinstance(one, dict) else None
        if match is None:
            continue
        try:
            times[int(match[1])] = read_time(str(one.get("created")))
        except (ValueError, TypeError, OverflowError):
            continue
    if not times:
        return None, None, None
    latest = max(times)
    return latest, times.get(1), times[latest]


def _day_of(written: object) -> date | None:
    try:
        return date.fromisoformat(written) if isinstance(written, str) else None
    except ValueError:
        return None


FORMAT = DigestFormat(
    name="arxiv_kaggle",
    description="the snapshot of arXiv's metadata on Kaggle: answers of arXiv's, one JSON object a line",
    authors="full",
    abstract="full",
    recognise=recognise,
    parse=parse,
)
