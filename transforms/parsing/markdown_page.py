"""A page of tables under headings: topics, dates of the page, rows, and the surroundings that hold no paper.

Surroundings are known by what they are (badge, contents, usage ...), never by not being a paper: a line that
nobody knows is left to become a reject, and so is any other line with a link to a paper.
"""

import re
from collections.abc import Callable

from paperhouse.transforms.calendar.dates import date_in
from paperhouse.transforms.digest import Entry, Furniture, Parsed, Reject
from paperhouse.transforms.parsing.markdown_table import TableHead, has_paper_link, row_end, table_head
from paperhouse.transforms.parsing.sections import INTRODUCTION, is_introduction, topic_of
from paperhouse.transforms.parsing.table_rows import read_row

LineReader = Callable[[str, int, str | None], Entry | Reject | None]
"""Reads a line outside of tables, given its number and the topic; None if it is no paper."""

_DATED = re.compile(
    r"[#>!*_\s]*(?:(?:last\s+)?updated?|automated\s+deployment|更新日期|更新时间|最后更新|更新于)"
    r"(?:\s+(?:on|at|time|date))?[\s:：@*_-]*\d{4}[-./年]\d{1,2}",
    re.IGNORECASE,
)
_DEPLOYED = (" Automated deployment @", "Automated deployment @")
_HEADING = re.compile(r"(#{1,6})[ \t]+([^\n]*)")
_FRONT_MATTER_LINE = re.compile(r"[A-Za-z_-]+:(?:[ \t].*)?|[ \t].*|-[ \t].*")
_FRONT_MATTER_LINES = 40
_USAGE_HEADING = re.compile(
    r"\W{0,8}(?:getting started|usage|how to use|installation|setup|quick ?start|contribut\w+|licen[cs]e|"
    r"acknowledge?ments?|使用说明|使用方法|快速开始|安装|贡献|致谢|许可证)\b.{0,40}",
    re.IGNORECASE,
)
_LONGEST_SURROUNDINGS = 5000
_SURROUNDINGS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("separator", re.compile(r"-{3,}|\*{3,}|_{3,}|<hr\s*/?>")),
    ("badge", re.compile(r"\[?!\[[^\n]*")),
    ("badge", re.compile(r"\[[^\]\n]{1,80}\]:[ \t]*\S[^\n]*")),
    (
        "contents",
        re.compile(r"</?(?:details|ol|ul|summary)\b[^>\n]*>(?:[^<\n]{0,80}</summary>)?", re.IGNORECASE),
    ),
    ("contents", re.compile(r"<li>\s*<a\s+href\s*=[^>\n]*>[^\n]*</a>\s*(?:</li>)?", re.IGNORECASE)),
    ("contents", re.compile(r"(?:[-*+]|\d{1,3}\.)[ \t]+\[[^\]\n]*\]\(#[^)\n]*\)")),
    (
        "contents",
        re.compile(r"<p\s+align[^>\n]*>\s*\(?<a\s+href[^>\n]*>[^<\n]*top</a>\)?\s*</p>", re.IGNORECASE),
    ),
    (
        "layout",
        re.compile(
            r"(?:</?(?:div|center|p|br|h[1-6]|span|a)\b[^>\n]*>|<img\b[^>\n]*>|\s){1,40}", re.IGNORECASE
        ),
    ),
    ("layout", re.compile(r"<!--[^\n]*-->")),
    (
        "usage",
        re.compile(
            r"[> \t*_]*(?:usage instructions?\b|welcome to contribute|you can (?:also|click)\b|this page is|"
            r"the (?:project automatically|subheadings)\b|only the most recent\b|older months\b|"
            r"使用说明|欢迎)[^\n]*",
            re.IGNORECASE,
        ),
    ),
)


def read_page(text: str, read_line: LineReader | None = None) -> Parsed:
    """Read every table row and, with `read_line`, every line that is a paper by itself."""
    page = _Page(text, read_line)
    page.read()
    return page.parsed


def is_all_surroundings(head: str) -> bool:
    """Whether nothing but headings and surroundings stands in the text."""
    parsed = read_page(head)
    known = (span for span in parsed.furniture if span.kind != INTRODUCTION)
    claimed = sum(span.line_end - span.line_start + 1 for span in known)
    n_written = sum(bool(line.strip()) for line in head.split("\n"))
    return not parsed.entries and not parsed.rejects and claimed == n_written


def is_dated_line(line: str) -> bool:
    """Whether the line says when the page was made (`Updated on 2026.05.14`)."""
    return len(line) < 300 and _DATED.match(line) is not None  # noqa: PLR2004, a sentence, not a paper


def is_deployed_page(head: str) -> bool:
    """Whether the page starts with the note of its deployment, as the storage family's do."""
    return any(line.startswith(_DEPLOYED) for line in head[:2000].split("\n")[:5])


class _Page:
    """Where a reader of the page stands: the table it is in, the headings above, what it has read."""

    def __init__(self, text: str, read_line: LineReader | None) -> None:
        self.parsed = Parsed()
        self._lines = text.split("\n")
        self._read_line = read_line
        self._head: TableHead | None = None
        self._headings: dict[int, str] = {}
        self._topic: str | None = None
        self._is_usage = False
        self._introduction: list[int] | None = []

    def read(self) -> None:
        index = self._front_matter()
        while index < len(self._lines):
            line = self._lines[index]
            index = self._step(index, line) if line.strip() else index + 1

    def _claim(self, start: int, end: int, kind: str) -> int:
        self.parsed.furniture.append(Furniture(start + 1, end, kind))
        return end

    def _front_matter(self) -> int:
        """Claim the block between two `---` lines at the start; return the index after it."""
        if self._lines[0].rstrip() != "---":
            return 0
        for index in range(1, min(_FRONT_MATTER_LINES, len(self._lines))):
            line = self._lines[index].rstrip()
            if line == "---":
                return self._claim(0, index + 1, "front_matter")
            if has_paper_link(line) or (line and not _FRONT_MATTER_LINE.fullmatch(line)):
                break
        return 0

    def _step(self, index: int, line: str) -> int:
        """Read what starts at this line; return the index after it."""
        if line.lstrip(" \t").startswith("|"):
            return self._table_line(index, line)
        found = self._read_line(line, index + 1, self._topic) if self._read_line else None
        if found is not None:
            self._end_introduction()
            self._keep(found)
        elif is_dated_line(line) and not has_paper_link(line):
            self.parsed.heading_date = self.parsed.heading_date or date_in(line)
            return self._claim(index, index + 1, "heading")
        elif (heading := _HEADING.match(line)) and not has_paper_link(line):
            self._enter(len(heading[1]), heading[2].strip(" \t#"))
            return self._claim(index, index + 1, "heading")
        elif kind := self._surroundings(line):
            return self._claim(index, index + 1, kind)
        elif self._introduction is not None and is_introduction(line):
            self._introduction.append(index)
        return index + 1

    def _end_introduction(self) -> None:
        """Claim the prose above the first paper, which tells of the page; below it, prose is not understood."""
        for index in self._introduction or ():
            self._claim(index, index + 1, INTRODUCTION)
        self._introduction = None

    def _table_line(self, index: int, line: str) -> int:
        following = self._lines[index + 1] if index + 1 < len(self._lines) else ""
        head = table_head(line, following)
        if head is not None and not has_paper_link(line):
            self._head = head
            self._end_introduction()
            return self._claim(index, index + 2, "table_head")
        end = row_end(self._lines, index)
        row = "\n".join(self._lines[index:end])
        if self._head is not None:
            self._keep(read_row(self._head, row, index + 1, end, self._topic))
        elif has_paper_link(row):
            self._keep(Reject(index + 1, end, "malformed_row", row))
        return end

    def _enter(self, level: int, name: str) -> None:
        """Note a heading; the first level is the page's own title and no topic."""
        self._is_usage = _USAGE_HEADING.fullmatch(name) is not None
        self._head = None
        self._headings = {at: above for at, above in self._headings.items() if at < level}
        if level > 1:
            self._headings[level] = name
        self._topic = topic_of(self._headings[at] for at in sorted(self._headings))

    def _keep(self, found: Entry | Reject) -> None:
        if isinstance(found, Entry):
            self.parsed.entries.append(found)
        else:
            self.parsed.rejects.append(found)

    def _surroundings(self, line: str) -> str | None:
        """Kind of furniture that the line is; None if it is none that we know."""
        if has_paper_link(line):
            return None
        if self._is_usage:
            return "usage"
        written = line.strip()
        if len(written) > _LONGEST_SURROUNDINGS:
            return None
        return next((kind for kind, pattern in _SURROUNDINGS if pattern.fullmatch(written)), None)
