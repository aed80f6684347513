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
_HALF_COMPACT = r"(?P<y5>\d{4})[-_](?P<m5>\d{2})(?P<d5>\d{2})"
# Not \w: Chinese puts no space before a date.
_TEXT_DATE = re.compile(rf"(?<![A-Za-z0-9_.])(?:{_DAY_FIRST}|{_YEAR_FIRST}|{_YEAR_CHINESE})(?!\d)")
_NAME_DATE = re.compile(
    rf"(?<![A-Za-z0-9])(?:{_DAY_FIRST}|{_YEAR_FIRST}|{_YEAR_CHINESE}|{_COMPACT}|{_HALF_COMPACT})(?![0-9])"
)
# `20260420-20260519` is no day.
_NAME_RANGE = re.compile(
    r"(?<![A-Za-z0-9])\d{4}([-_.]?)\d{2}\1\d{2}(?:[-_~]|_to_|-to-)\d{4}\1\d{2}\1\d{2}(?![0-9])"
)
_YEAR_AND_MONTH = re.compile(r"(?P<year>\d{4})[-_.]?(?P<month>\d{2})")
_DAY = re.compile(r"\d{2}")
_FIRST_YEAR, _LAST_YEAR = 1991, 2099
_FILE_AND_TWO_FOLDERS = 3


def date_in(text: str) -> date | None:
    """First real date written in `text` (`30-Apr-2025`, `2025-04-30`, `2025.4.30`, `2025年4月30日`), or None."""
    return _first_real(_TEXT_DATE, text)


def date_of_name(name: str) -> date | None:
    """Date in the name of a folder or file, where also `20260317_Tue` and `2026_0317` count; None if there is none.

    A name with the first and last day of a range has none.
    """
    return None if _NAME_RANGE.search(name) else _first_real(_NAME_DATE, name)


def date_of_path(parts: Sequence[str]) -> date | None:
    """Date of a path: the file name's, else that of the nearest folder whose name is wholly a date.

    `parts` are the path's components, file name last. A folder such as `backup-2025-01-01-old` does not count. A
    file in `202603/22` has that date, whatever its name says: there a page is named after its paper, whose title or
    foreign identifier may hold another.
    """
    if not parts:
        return None
    in_folders = _date_of_folders(*parts[-3:-1]) if len(parts) >= _FILE_AND_TWO_FOLDERS else None
    if in_folders is not None:
        return in_folders
    in_file_name = date_of_name(parts[-1])
    if in_file_name is not None:
        return in_file_name
    return next((day for name in reversed(parts[:-1]) if (day := date_of_folder(name))), None)


def _date_of_folders(month: str, day: str) -> date | None:
    """Date that a folder for a month and one for a day in it spell (`202603`, `22`)."""
    match = _YEAR_AND_MONTH.fullmatch(month)
    if match is None or _DAY.fullmatch(day) is None:
        return None
    return _first_real(_TEXT_DATE, f"{match['year']}-{match['month']}-{day}")


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
    number = next(n for n in ("1", "2", "3", "4", "5") if parts.get(f"y{n}"))
    written = parts[f"m{number}"]
    month = int(written) if written.isdigit() else _MONTHS.get(written.lower(), 0)
    year = int(parts[f"y{number}"])
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        return None
    try:
        return date(year, month, int(parts[f"d{number}"]))
    except ValueError:
        return None
