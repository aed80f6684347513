"""Dates as digests write them, in headings and in the names of folders and files."""

import re
from collections.abc import Sequence
from datetime import date

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("jan", "january"), ("feb", "february"), ("mar", "march"), ("apr", "april"), ("may",), ("jun", "june"),
            ("jul", "july"), ("aug", "august"), ("sep", "sept", "september"), ("oct", "october"),
            ("nov", "november"), ("dec", "december"),
        ),
        start=1,
    )
    for name in names
}  # fmt: skip
_DAY_FIRST = r"(?P<d1>\d{1,2})[-_ ](?P<m1>[A-Za-z]{3,9})[-_, ]+(?P<y1>\d{4})"
_YEAR_FIRST = r"(?P<y2>\d{4})(?P<s>[-_./])(?P<m2>\d{1,2})(?P=s)(?P<d2>\d{1,2})"
_YEAR_CHINESE = r"(?P<y3>\d{4})年(?P<m3>\d{1,2})月(?P<d3>\d{1,2})日"
_COMPACT = r"(?P<y4>\d{4})(?P<m4>\d{2})(?P<d4>\d{2})"
# Not \w: Chinese puts no space before a date.
_TEXT_DATE = re.compile(rf"(?<![A-Za-z0-9_.])(?:{_DAY_FIRST}|{_YEAR_FIRST}|{_YEAR_CHINESE})(?!\d)")
_NAME_DATE = re.compile(
    rf"(?<![A-Za-z0-9])(?:{_DAY_FIRST}|{_YEAR_FIRST}|{_YEAR_CHINESE}|{_COMPACT})(?![0-9])"
)
_FIRST_YEAR, _LAST_YEAR = 1991, 2099


def date_in(text: str) -> date | None:
    """First real date written in `text` (`30-Apr-2025`, `2025-04-30`, `2025.4.30`, `2025年4月30日`), or None."""
    return _first_real(_TEXT_DATE, text)


def date_of_name(name: str) -> date | None:
    """Date in the name of a folder or file, where also `20260317_Tue` counts; None if there is none."""
    return _first_real(_NAME_DATE, name)


def date_of_path(parts: Sequence[str]) -> date | None:
    """Date of a path: the file name's, else that of the nearest folder whose name is wholly a date.

    `parts` are the path's components, file name last. A folder such as `backup-2025-01-01-old` does not count.
    """
    if not parts:
        return None
    in_file_name = date_of_name(parts[-1])
    if in_file_name is not None:
        return in_file_name
    return next((day for name in reversed(parts[:-1]) if (day := date_of_folder(name))), None)


def date_of_folder(name: str) -> date | None:
    """Date that a folder's whole name spells, a weekday behind it allowed (`8-Apr-2025`, `20260317_Tue`)."""
    match = re.fullmatch(
        rf"(?:{_DAY_FIRST}|{_YEAR_FIRST}|{_YEAR_CHINESE}|{_COMPACT})(?:[-_ ][A-Za-z]{{3,9}})?", name
    )
    return _real(match) if match else None


def _first_real(pattern: re.Pattern[str], text: str) -> date | None:
    return next((day for match in pattern.finditer(text) if (day := _real(match))), None)


def _real(match: re.Match[str]) -> date | None:
    parts = match.groupdict()
    number = next(n for n in ("1", "2", "3", "4") if parts.get(f"y{n}"))
    written = parts[f"m{number}"]
    month = int(written) if written.isdigit() else _MONTHS.get(written.lower(), 0)
    year = int(parts[f"y{number}"])
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        return None
    try:
        return date(year, month, int(parts[f"d{number}"]))
    except ValueError:
        return None
