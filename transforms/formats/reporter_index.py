"""The index table above a day's `reporter` lists: counts and links that are known to be wrong.

```
# 8-Apr-2025

| Subject | Link | Number of Papers |
|:-----:|:----:|:----------------:|
| NLP | [Link](https://github.com/...) | 0 |
```
It lists no paper, so every line is furniture.
"""

import re

from paperhouse.transforms.calendar.dates import date_in
from paperhouse.transforms.digest import DigestFormat, Furniture, Parsed
from paperhouse.transforms.text.lines import count_lines

_HEAD = re.compile(
    r"\s*# ([^\n]*)\n\s*\|[ \t]*Subject[ \t]*\|[ \t]*Link[ \t]*\|[ \t]*Number of Papers[ \t]*\|",
    re.IGNORECASE,
)


def recognise(head: str) -> bool:
    """Whether the text starts with a date heading and the table of subjects."""
    return _HEAD.match(head) is not None


def parse(text: str) -> Parsed:
    """Claim every line that is part of the heading or the table; other text is left to be rejected."""
    heading = _HEAD.match(text)
    parsed = Parsed(heading_date=date_in(heading[1]) if heading else None)
    for number, line in enumerate(text.split("\n")[: count_lines(text)], start=1):
        if line.startswith(("|", "# ")):
            parsed.furniture.append(Furniture(number, number, "index"))
    return parsed


FORMAT = DigestFormat(
    name="reporter_index",
    description="table of contents above a day's reporter lists; holds no papers",
    authors="none",
    abstract="none",
    recognise=recognise,
    parse=parse,
)
