"""Tables by keyword: linked title, date, and abstract and comment behind `<details>`; authors in forks only.

```
Last update: 2026-08-21

## Time Series
| **Title** | **Date** | **Abstract** | **Comment** |
| --- | --- | --- | --- |
| **[Title](https://arxiv.org/abs/2608.19171v1)** | 2026-08-19 | <details>..<p>text</p></details> | 34 Pages |
```
Nothing is escaped (`|` stands in abstracts), so text inside is taken as it is. A comment may be behind
`<details>` with a cut summary, plain, or empty. The row's date is that of the paper's last update.
"""

from paperhouse.transforms.digest import DigestFormat, Parsed
from paperhouse.transforms.parsing.markdown_page import is_all_surroundings, is_dated_line, read_page
from paperhouse.transforms.parsing.table_kinds import (
    complete_single_names,
    first_table_paper,
    is_abstract_row,
)

_HEADING = "# Daily Papers"


def recognise(head: str) -> bool:
    """Whether the first table of papers has linked titles, dates and abstracts, but no links of their own.

    A page without papers is claimed if it has this family's title and date and holds nothing else.
    """
    table = first_table_paper(head)
    if table is None:
        is_named = head.lstrip().startswith(_HEADING) and any(map(is_dated_line, head[:4096].split("\n")))
        return is_named and is_all_surroundings(head)
    return is_abstract_row(table.head, table.paper)


def parse(text: str) -> Parsed:
    """Read every row of every keyword."""
    parsed = read_page(text)
    complete_single_names(parsed, text.split("\n"))
    return parsed


FORMAT = DigestFormat(
    name="dailyarxiv",
    description="tables by keyword: linked title, date, abstract and comment behind `<details>`; authors in forks",
    authors="full",
    abstract="full",
    recognise=recognise,
    parse=parse,
)
