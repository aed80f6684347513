"""Labelled sections inside one record: `**Authors**: A, B` and what follows until the next label."""

import re
from collections.abc import Iterable


def label_pattern(labels: Iterable[str]) -> re.Pattern[str]:
    """Pattern of `**Label**:` at the start of a line, with an optional language (`**Abstract (ZH)**:`).

    The colon may be full-width and stand inside or after the stars. Groups: label, language.
    """
    names = "|".join(re.escape(label) for label in labels)
    return re.compile(rf"\n\*\*({names})(?: \(([A-Za-z-]{{2,7}})\))?(?:\*\*[ \t]*[:：]|[:：]\*\*)")


def labelled_sections(record: str, pattern: re.Pattern[str]) -> dict[tuple[str, str | None], str]:
    """Text of each labelled section of `record`, keyed by label and language (lower case or None).

    Only the first occurrence of a label counts; a later one is text of the section that it stands in.
    Spaces and newlines around a section are trimmed, a no-break space is not.
    """
    sections: dict[tuple[str, str | None], str] = {}
    key: tuple[str, str | None] | None = None
    start = 0
    for match in pattern.finditer(record):
        language = match[2].lower() if match[2] else None
        if (match[1], language) in sections or (match[1], language) == key:
            continue
        if key is not None:
            sections[key] = record[start : match.start()].strip(" \t\n")
        key, start = (match[1], language), match.end()
    if key is not None:
        sections[key] = record[start:].strip(" \t\n")
    return sections
