"""Daily tables under two levels of headings, with versioned identifiers; the rows are cv-arxiv-daily's.

```
# arxiv-daily
 Automated deployment @ 2021-12-31 21:06:30 Asia/Shanghai
## Robotics

### SLAM
|Publish Date|Title|Authors|PDF|Code|
| :---: | :---: | :---: | :---: | :---: |
|**2021-12-12**|**Title**|First Author et.al.|[2112.06180v2](http://arxiv.org/abs/2112.06180v2)|[link](https://...)|
```
Days that hold nothing below the note of deployment are upstream failures: digests with 0 entries.
"""

from paperhouse.transforms.digest import DigestFormat, Parsed
from paperhouse.transforms.parsing.markdown_page import is_all_surroundings, is_deployed_page, read_page
from paperhouse.transforms.parsing.table_kinds import first_table_paper, is_first_author_row


def recognise(head: str) -> bool:
    """Whether the page starts with the note of deployment and holds such rows, or nothing else at all."""
    if not is_deployed_page(head):
        return False
    table = first_table_paper(head)
    return is_all_surroundings(head) if table is None else is_first_author_row(*table)


def parse(text: str) -> Parsed:
    """Read every row of every domain and topic."""
    return read_page(text)


FORMAT = DigestFormat(
    name="storage",
    description="daily tables under domain and topic: date, title, first author, versioned link, code",
    authors="first_only",
    abstract="none",
    recognise=recognise,
    parse=parse,
)
