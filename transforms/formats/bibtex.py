"""BibTeX and BibLaTeX: what arXiv, Zotero, DBLP and Google Scholar export.

```
@misc{vaswani2023attention,
  title={Attention Is All You Need},
  author={Vaswani, Ashish and Shazeer, Noam and others},
  eprint={1706.03762},
  archivePrefix={arXiv},
  primaryClass={cs.CL}
}
```
The paper is named by `eprint`, the URL, the DOI, or `arXiv:ID` in journal, volume or note, in that order. Text
between entries is a comment, as BibTeX has it.
"""

from paperhouse.transforms.digest import DigestFormat, Parsed
from paperhouse.transforms.exports.bibtex import BLOCK_START, bibtex_blocks, read_entry, read_strings
from paperhouse.transforms.exports.references import place_reference
from paperhouse.transforms.parsing.json_records import Located
from paperhouse.transforms.parsing.sections import claim_furniture

_TYPES = frozenset(
    {
        "article", "book", "booklet", "collection", "conference", "dataset", "electronic", "eprint", "inbook",
        "incollection", "inproceedings", "journal-article", "manual", "mastersthesis", "misc", "mvbook", "online",
        "patent", "periodical", "phdthesis", "preprint", "proceedings", "report", "software", "techreport", "thesis",
        "unpublished",
    }
)  # fmt: skip
_FIELD_MARK = "="
_FENCES = ("```", "~~~")
_SHARE = 0.5


def recognise(head: str) -> bool:
    """Whether an entry of BibTeX begins at the start of a line, with a field in one of its first lines.

    And whether the text is made of entries: a program or a README that shows how it is cited has other lines too.
    """
    if "@" not in head:
        return False
    lines = head.split("\n")
    for number, line in enumerate(lines):
        opened = BLOCK_START.match(line) if line.lstrip().startswith("@") else None
        if opened and opened["type"].lower() in _TYPES:
            return any(_FIELD_MARK in one for one in lines[number : number + 4]) and _is_made_of_entries(
                lines
            )
    return False


def _is_made_of_entries(lines: list[str]) -> bool:
    """Whether at least half of the lines stand in entries or are comments, and no code fence is around them."""
    depth = n_inside = n_lines = 0
    opening, closing = "{", "}"
    for line in lines:
        text = line.strip()
        if text.startswith(_FENCES):
            return False
        if depth <= 0 and text.startswith("@"):
            depth = 0
            is_inside = BLOCK_START.match(line) is not None
            opening, closing = ("(", ")") if "(" in text.partition("{")[0] else ("{", "}")
        else:
            is_inside = depth > 0
        if is_inside:
            depth += text.count(opening) - text.count(closing)
        n_lines += bool(text)
        n_inside += bool(text) and (is_inside or text.startswith("%"))
    return n_inside >= _SHARE * n_lines


def parse(text: str) -> Parsed:
    """Read every entry; strings, preambles and text between entries are furniture."""
    parsed = Parsed()
    lines = text.split("\n")
    blocks = list(bibtex_blocks(lines))
    strings = read_strings(blocks)
    inside: set[int] = set()
    around: dict[int, str] = {}
    for block in blocks:
        if not block.is_entry:
            around |= dict.fromkeys(range(block.line_start, block.line_end + 1), "definition")
            continue
        reference, n_lines = read_entry(block, strings)
        end = min(block.line_start + n_lines - 1, block.line_end)
        stretch = "\n".join(lines[block.line_start - 1 : end])
        place_reference(parsed, Located(block.line_start, end, stretch, None), reference)
        inside.update(range(block.line_start, end + 1))
    for number, line in enumerate(lines, start=1):
        if number not in inside and line.strip():
            around.setdefault(number, "comment")
    claim_furniture(parsed, lines, sorted(around.items()))
    return parsed


FORMAT = DigestFormat(
    name="bibtex",
    description="BibTeX: entries with eprint, a link, a DOI of arXiv's, or arXiv:ID in journal or note",
    authors="full",
    abstract="full",
    recognise=recognise,
    parse=parse,
)
