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
followed by the next `# ` or the end of the file. Every complete file ends with a `---` line: an abstract that
stands last in a section without one is truncated.
"""

import re

from paperhouse.transforms.arxiv.identifiers import ID_PATTERN, LINK, split_version
from paperhouse.transforms.digest import DigestFormat, Entry, Furniture, Parsed, Reject, Translation
from paperhouse.transforms.errors import InvalidArxivIdError
from paperhouse.transforms.parsing.author_list import list_completeness, split_names
from paperhouse.transforms.parsing.labelled_sections import label_pattern, labelled_sections

_LABELS = label_pattern(("Title", "Authors", "Link", "Abstract"))
_RECORD_END = re.compile(r"\n---[ \t]*(?:\n[ \t\n]*(?=# |\Z)|\Z)")

_USUAL = re.compile(
    rf"# ([^\n]*)\n\n\*\*Authors\*\*:([^\n]*)\n\n\*\*Link\*\*: \[PDF\]\(https://arxiv\.org/pdf/({ID_PATTERN})\)[ \t]*"
    r"\n\n\*\*Abstract\*\*:(.*)",
    re.DOTALL,
)
"""A section in one language whose labels stand in the usual order: nearly all, and read three times as fast."""


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
        end = _trimmed_end(text, start, end)
        n_lines = text.count("\n", start, end) + 1 if end > start else 0
        if n_lines:
            _read_record(parsed, text, (start, end), (line, line + n_lines - 1))
        line += n_lines
        if boundary:
            separator = line + text.count("\n", end, boundary.start() + 1) - (1 if n_lines else 0)
            parsed.furniture.append(Furniture(line, separator, "separator"))
            line = separator + 1 + text.count("\n", boundary.start() + 1, after) - 1
        elif parsed.entries and parsed.entries[-1].line_end == line - 1:
            _mark_cut(parsed.entries[-1])
        start = after
    return parsed


def _mark_cut(last: Entry) -> None:
    is_translated = any(translation.abstract for translation in last.translations)
    # The translation stands after the abstract: where it has begun, the abstract is whole.
    if last.abstract and not is_translated:
        last.abstract_completeness = "truncated"


def _trimmed_end(text: str, start: int, end: int) -> int:
    while end > start and text[end - 1] in " \t\n":
        end -= 1
    return end


def _read_record(parsed: Parsed, text: str, span: tuple[int, int], lines: tuple[int, int]) -> None:
    usual = _USUAL.fullmatch(text, *span)
    if usual and "\n**" not in usual[4]:
        title, names, written_id, abstract = usual.groups()
        translations: list[Translation] = []
    else:
        record = text[slice(*span)]
        title = record[2 : record.find("\n")] if record.startswith("# ") and "\n" in record else ""
        sections = labelled_sections(record, _LABELS)
        link = LINK.search(sections.get(("Link", None), ""))
        written_id = link["id"] if link else ""
        names = sections.get(("Authors", None), "")
        abstract = sections.get(("Abstract", None), "")
        translations = _translations(sections)
    title, abstract = title.strip(" \t"), abstract.strip(" \t\n")
    try:
        arxiv_id, version = split_version(written_id)
    except InvalidArxivIdError:
        arxiv_id, version = "", None
    if not arxiv_id or not title:
        reason = "no_arxiv_id" if title else "no_title"
        parsed.rejects.append(Reject(*lines, reason, text[slice(*span)]))
        return
    authors = split_names(names)
    parsed.entries.append(
        Entry(
            line_start=lines[0],
            line_end=lines[1],
            arxiv_id=arxiv_id,
            version=version,
            title=title,
            authors=authors,
            authors_completeness=list_completeness(authors),
            abstract=abstract or None,
            abstract_completeness="full" if abstract else "none",
            translations=translations,
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
