"""RIS: what Zotero, EndNote, Mendeley and publishers export.

```
TY  - GEN
AU  - Vaswani, Ashish
AU  - Shazeer, Noam
TI  - Attention Is All You Need
AB  - ...
DO  - 10.48550/arXiv.1706.03762
UR  - http://arxiv.org/abs/1706.03762
AN  - arXiv:1706.03762 [cs]
ER  -
```
A line without a tag continues the one before. `Family, Given` is turned round.
"""

from itertools import pairwise

from paperhouse.transforms.digest import DigestFormat, Parsed
from paperhouse.transforms.exports.references import place_reference
from paperhouse.transforms.exports.ris import TAG, read_record, ris_records
from paperhouse.transforms.parsing.json_records import Located
from paperhouse.transforms.parsing.sections import claim_furniture

_START = "TY"


def recognise(head: str) -> bool:
    """Whether a record begins at the start of a line and its next line has a tag too."""
    if _START not in head:
        return False
    lines = head.split("\n")
    return any(
        line.startswith(_START) and TAG.match(line) is not None and TAG.match(following) is not None
        for line, following in pairwise(lines)
    )


def parse(text: str) -> Parsed:
    """Read every record; lines between them are furniture."""
    parsed = Parsed()
    lines = text.split("\n")
    inside: set[int] = set()
    for record in ris_records(lines):
        stretch = "\n".join(record.lines)
        located = Located(record.line_start, record.line_end, stretch, None)
        place_reference(parsed, located, read_record(record))
        inside.update(range(record.line_start, record.line_end + 1))
    between = [
        (number, "comment") for number, line in enumerate(lines, 1) if number not in inside and line.strip()
    ]
    claim_furniture(parsed, lines, between)
    return parsed


FORMAT = DigestFormat(
    name="ris",
    description="RIS: records with a link to arXiv, arXiv's DOI, or arXiv:ID in a note",
    authors="full",
    abstract="full",
    recognise=recognise,
    parse=parse,
)
