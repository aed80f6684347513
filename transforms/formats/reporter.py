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

_AUTHORS, _ABSTRACT = "\n\n**Authors**:", "\n\n**Abstract**:"
_LINK = "\n\n**Link**: [PDF](https://arxiv.org/pdf/"
_CHINESE_TITLE, _CHINESE_ABSTRACT = "\n\n**Title (ZH)**:", "\n\n**Abstract (ZH)**:"
_WHOLE_ID = re.compile(ID_PATTERN)


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
        boundary = _next_boundary(text, start)
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


def _next_boundary(text: str, start: int) -> re.Match[str] | None:
    """Where the section ends that begins at `start`: `find` jumps from dash to dash, much faster than a search."""
    at = text.find("\n---", start)
    while at >= 0:
        boundary = _RECORD_END.match(text, at)
        if boundary is not None:
            return boundary
        at = text.find("\n---", at + 1)
    return None


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
    record = text[slice(*span)]
    title, names, written_id, abstract, translations = _usual_fields(record) or _labelled_fields(record)
    title, abstract = title.strip(" \t"), abstract.strip(" \t\n")
    try:
        arxiv_id, version = split_version(written_id)
    except InvalidArxivIdError:
        arxiv_id, version = "", None
    if not arxiv_id or not title:
        reason = "no_arxiv_id" if title else "no_title"
        parsed.rejects.append(Reject(*lines, reason, record))
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


_Fields = tuple[str, str, str, str, list[Translation]]
"""Title, names, identifier as written, abstract and translations of a section."""


def _usual_fields(record: str) -> _Fields | None:
    """Fields of a section whose labels stand in the usual order, in one language or with Chinese: nearly all do."""
    head, is_whole, abstract = record.partition(_ABSTRACT)
    title, has_names, facts = head.partition(_AUTHORS)
    names, has_link, link = facts.partition(_LINK)
    title, has_chinese_title, chinese_title = title.partition(_CHINESE_TITLE)
    abstract, has_chinese_abstract, chinese_abstract = abstract.partition(_CHINESE_ABSTRACT)
    written_id, has_end, rest = link.partition(")")
    is_usual = (
        is_whole
        and has_names
        and has_link
        and has_end
        and title.startswith("# ")
        and not rest.strip(" \t")
        and "\n" not in title
        and "\n" not in names
        and "\n**" not in abstract
        and "\n**" not in chinese_title
        and "\n**" not in chinese_abstract
        and _WHOLE_ID.fullmatch(written_id)
    )
    if not is_usual:
        return None
    if not (has_chinese_title or has_chinese_abstract):
        return title[2:], names, written_id, abstract, []
    translated = [text.strip(" \t\n") or None for text in (chinese_title, chinese_abstract)]
    return title[2:], names, written_id, abstract, [Translation("zh", *translated)]


def _labelled_fields(record: str) -> _Fields:
    """Fields of a section by its labels, in any order and language; what is absent is empty."""
    sections = labelled_sections(record, _LABELS)
    link = LINK.search(sections.get(("Link", None), ""))
    return (
        record[2 : record.find("\n")] if record.startswith("# ") and "\n" in record else "",
        sections.get(("Authors", None), ""),
        link["id"] if link else "",
        sections.get(("Abstract", None), ""),
        _translations(sections),
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
