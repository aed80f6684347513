"""Sections under `# title`, divided by `---` lines, in one or two languages.

```
# Title

**Title (ZH)**: ...            (bilingual forks)

**Authors**: A, B

**Link**: [PDF](https://arxiv.org/pdf/2504.05220)

**Abstract**: text, also over several lines

**Abstract (ZH)**: ...         (bilingual forks)

---
```
Nothing is escaped: `# `, `|`, `**`, `$` and tags inside fields are text, and so is a `---` line that is not
followed by the next `# ` or the end of the file.
"""

import re

from transforms.arxiv_id import LINK, split_version
from transforms.author_list import list_completeness, split_names
from transforms.digest import DigestFormat, Entry, Furniture, Parsed, Reject, Translation
from transforms.errors import InvalidArxivIdError
from transforms.labels import label_pattern, labelled_sections

_LABELS = label_pattern(("Title", "Authors", "Link", "Abstract"))
_PLAIN = {(label, None) for label in ("Authors", "Link", "Abstract")}
"""Sections of a record in one language."""
# The script writes no blank line between `---` and the next title; Markdown formatters put one there.
_RECORD_END = re.compile(r"\n---[ \t]*(?:\n[ \t\n]*(?=# |\Z)|\Z)")


def recognise(head: str) -> bool:
    """Whether the text starts with a `# title` section that has authors and a link of its own."""
    start = head.lstrip()
    if not start.startswith("# "):
        return False
    link = start.find("\n**Link**:")
    return 0 <= start.find("\n**Authors**:") < link and "\n## " not in start[:link]


def parse(text: str) -> Parsed:
    """Read every section; a section without identifier or title is a reject."""
    parsed = Parsed()
    start = len(text) - len(text.lstrip())
    line = 1 + text.count("\n", 0, start)
    while start < len(text):
        boundary = _RECORD_END.search(text, start)
        end, after = boundary.span() if boundary else (len(text), len(text))
        record = text[start:end].rstrip(" \t\n")
        n_lines = record.count("\n") + 1 if record else 0
        if record:
            _read_record(parsed, record, line, line + n_lines - 1)
        line += n_lines
        if boundary:
            separator = (
                line + text.count("\n", start + len(record), boundary.start() + 1) - (1 if record else 0)
            )
            parsed.furniture.append(Furniture(line, separator, "separator"))
            line = separator + 1 + text.count("\n", boundary.start() + 1, after) - 1
        start = after
    return parsed


def _read_record(parsed: Parsed, record: str, line: int, last_line: int) -> None:
    title = record[2 : record.find("\n")].strip(" \t") if record.startswith("# ") and "\n" in record else ""
    sections = labelled_sections(record, _LABELS)
    link = LINK.search(sections.get(("Link", None), ""))
    try:
        arxiv_id, version = split_version(link["id"]) if link else (None, None)
    except InvalidArxivIdError:
        arxiv_id, version = None, None
    if arxiv_id is None or not title:
        reason = "no_arxiv_id" if title else "no_title"
        parsed.rejects.append(Reject(line, last_line, reason, record))
        return
    authors = split_names(sections.get(("Authors", None), ""))
    abstract = sections.get(("Abstract", None)) or None
    parsed.entries.append(
        Entry(
            line_start=line,
            line_end=last_line,
            arxiv_id=arxiv_id,
            version=version,
            title=title,
            authors=authors,
            authors_completeness=list_completeness(authors),
            abstract=abstract,
            abstract_completeness="full" if abstract else "none",
            translations=[] if sections.keys() == _PLAIN else _translations(sections),
        )
    )


def _translations(sections: dict[tuple[str, str | None], str]) -> list[Translation]:
    languages = sorted({language for _, language in sections if language})
    return [
        Translation(
            language,
            sections.get(("Title", language)) or None,
            sections.get(("Abstract", language)) or None,
        )
        for language in languages
    ]


FORMAT = DigestFormat(
    name="reporter",
    description="`# title` sections with Authors, Link and Abstract, divided by `---`; one or two languages",
    authors="full",
    abstract="full",
    recognise=recognise,
    parse=parse,
)
