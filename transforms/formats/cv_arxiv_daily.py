"""Tables or lists by topic, one row a paper, first author only (cv-arxiv-daily and its hundreds of forks).

```
## Updated on 2026.06.29
## SLAM
|Publish Date|Title|Authors|PDF|Code|
|---|---|---|---|---|
|**2026-05-13**|**Title**|First Author et.al.|[2605.13741](http://arxiv.org/abs/2605.13741)|null|
```
or `- 2022-01-19, **Title**, First Author et.al., Paper: [url](url), Code: **[url](url)**`. Nothing is escaped,
forks add and translate columns. The row's date is that of the paper's last update, although the column says
Publish Date. `et.al.` is appended to every name.
"""

from itertools import islice

from paperhouse.transforms.digest import DigestFormat, Parsed
from paperhouse.transforms.parsing.list_rows import has_list_row, read_list_row
from paperhouse.transforms.parsing.markdown_page import (
    is_all_surroundings,
    is_dated_line,
    is_deployed_page,
    read_page,
)
from paperhouse.transforms.parsing.table_kinds import first_table_paper, is_first_author_row
from paperhouse.transforms.text.lines import lines_of

_DATED_LINES = 100


def recognise(head: str) -> bool:
    """Whether the first table of papers, or else a list, has this family's rows: date, title, author, link.

    A page without papers is claimed if it is dated as this family dates and holds nothing else.
    """
    if is_deployed_page(head):
        return False
    table = first_table_paper(head)
    if table is not None:
        return is_first_author_row(*table)
    if has_list_row(head):
        return True
    is_dated = any(
        line.startswith(("## ", "> ")) and is_dated_line(line)
        for line in islice(lines_of(head), _DATED_LINES)
    )
    return is_dated and is_all_surroundings(head)


def parse(text: str) -> Parsed:
    """Read every row of every topic, in table or list form."""
    return read_page(text, read_list_row)


FORMAT = DigestFormat(
    name="cv_arxiv_daily",
    description="tables or lists by topic, one row a paper: date, title, first author, link, code",
    authors="first_only",
    abstract="none",
    recognise=recognise,
    parse=parse,
)
