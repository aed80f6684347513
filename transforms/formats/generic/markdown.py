"""Markdown and plain text: records are sections, list items, table rows, quotes, paragraphs, or the whole page."""

# ruff: noqa: PLR2004  (patterns and vocabularies are read in one piece; the numbers are lengths of what is looked at)

import re
from collections import Counter
from typing import Final

from paperhouse.transforms.calendar.dates import date_in
from paperhouse.transforms.digest import Parsed, Reject
from paperhouse.transforms.formats.generic.author_lines import settle_lone_names
from paperhouse.transforms.formats.generic.blocks import TextBlock
from paperhouse.transforms.formats.generic.completeness import settle_completeness, settle_labels
from paperhouse.transforms.formats.generic.dialects import as_markdown
from paperhouse.transforms.formats.generic.draft import EntryDraft
from paperhouse.transforms.formats.generic.fields import read_record
from paperhouse.transforms.formats.generic.line_ranks import rank_all
from paperhouse.transforms.formats.generic.mentions import Lines, Mention, find_mentions
from paperhouse.transforms.formats.generic.page_fields import FRONT_MATTER, PageFields, read_page_fields
from paperhouse.transforms.formats.generic.pieces import Piece, read_pieces
from paperhouse.transforms.formats.generic.program_page import is_program_page
from paperhouse.transforms.formats.generic.record_words import FORMAT_OF_KIND, rule_record, signature_words
from paperhouse.transforms.formats.generic.rest import claim_rest
from paperhouse.transforms.formats.generic.segments import bare_text
from paperhouse.transforms.formats.generic.selection import (
    NamedPapers,
    Selection,
    Selector,
    Signature,
)
from paperhouse.transforms.formats.generic.structure import Reading, Structure
from paperhouse.transforms.formats.generic.table import TableColumns
from paperhouse.transforms.parsing.field_names import Role
from paperhouse.transforms.parsing.sections import topic_of

_HEADING: Final = re.compile(
    r"[ \t>]*(#{1,6})[ \t]+([^\n]*)|[ \t]*+(?:<summary>)?[ \t]*+<h([1-6])[^>]*>(.*)", re.IGNORECASE
)
_SHARE_FEW: Final = 0.35
_SHARE_MANY: Final = 0.12
_SHARE_OF_PROGRAM: Final = 0.5
"""What records must be of a page that also says how to install something."""
_SHARE_CITED: Final = 0.6
_MOST_BLOCKS_EACH: Final = 12
_MANY: Final = 10
_OF_A_PAGE: Final[frozenset[Role]] = frozenset(
    {"authors", "abstract", "abstract_zh", "date", "categories", "tldr", "summary", "keywords"}
)
"""Fields of which a page about one paper has one."""
_PARAGRAPH: Final[Signature] = ("p", 0)
_LINES_OF_A_RECORD: Final = 3
"""A paragraph that stands alone is a record from so many lines on: a title, authors and a link."""


def read_markdown(text: str, wanted: tuple[str, int | None] | None = None) -> Reading | None:
    """Read a text of lines; None where no kind of block holds papers one by one.

    A kind of block that is `wanted` is the record, whatever the text looks like.
    """
    mentions = find_mentions(text)
    if not mentions and not text.startswith(FRONT_MATTER):
        return None
    written = text.split("\n")
    changed = as_markdown(text)
    if changed != text:
        text, mentions = changed, find_mentions(changed)
    front = read_page_fields(text)
    if not mentions and (front is None or front.paper is None):
        return None
    return _MarkdownReader(text, mentions, front, written).read(wanted)


class _MarkdownReader:
    """One text, its lines, and what was found in it."""

    def __init__(
        self, text: str, mentions: list[Mention], front: PageFields | None, written: list[str]
    ) -> None:
        self._lines = text.split("\n")
        self._written = written
        if self._lines and not self._lines[-1]:
            self._lines.pop()
            self._written.pop()
        at = Lines(text)
        self._front = front
        first = front.n_lines if front else 0
        # Lines of the front matter are fields of the page, not blocks.
        body = ["" if number < first else line for number, line in enumerate(self._lines)]
        self._ranked = rank_all(self._lines, at.starts, [(m, at.line_at(m.start)) for m in mentions])
        if all(found.rank == "passing" for found in self._ranked) and not (front and front.paper):
            body = []  # a text that only mentions papers: no block of it can be a record
        in_body = [found for found in self._ranked if found.line > first]
        self._selector = Selector(body, in_body if body else [])
        self._table = TableColumns(self._lines)
        self._columns: Counter[tuple[str, str]] = Counter()
        self._topics: dict[int, str | None] = {}
        self._drafts: list[EntryDraft] = []

    def read(self, wanted: tuple[str, int | None] | None) -> Reading | None:
        """Find the records and read them."""
        if (
            wanted is None
            and self._front is not None
            and self._front.paper is not None
            and self._is_page_of(self._front.paper[0])
        ):
            return self._page(self._front.paper, "its front matter names the paper")
        selection = self._selector.select(wanted)
        if not selection.records:
            return None
        if wanted is not None and selection.signatures != [("page", 0)]:
            return self._many(selection)
        if selection.signatures == [("page", 0)]:
            return self._whole_page(selection)
        return self._many(selection) if self._is_digest(selection) else None

    def _is_page_of(self, arxiv_id: str) -> bool:
        """Whether nothing in the page is as much a record of another paper as the front matter is."""
        named = self._selector.named(self._selector.root)
        others = {*named.head, *named.fields} - {arxiv_id}
        return not others or arxiv_id in named.fields or (self._front is not None and self._front.is_full)

    def _whole_page(self, selection: Selection) -> Reading | None:
        named = selection.records[0][1]
        (arxiv_id, version), *_ = named.papers().items()
        if is_program_page(self._lines):
            return None
        pieces = self._page_pieces()
        roles = {piece.role for piece in pieces if piece.role}
        first_line = next((line for line in self._lines if line.strip()), "")
        opens = any(
            found.line - 1 < len(self._lines)
            and self._lines[found.line - 1] == first_line
            and found.rank != "passing"
            and found.mention.kind == "link"
            for found in self._ranked
        )
        if not opens and not roles & _OF_A_PAGE:
            return None
        return self._page((arxiv_id, version), "one paper is named in a field, and nothing else as a record")

    def _page_pieces(self) -> list[Piece]:
        first = self._front.n_lines if self._front else 0
        body = self._lines[first:]
        start = next(
            (
                i
                for i, line in enumerate(body)
                if line.strip() and not line.lstrip().startswith(("<div", "<p ", "<!--", "[![", "!["))
            ),
            0,
        )
        pieces = read_pieces(body[start:])
        return [*(self._front.pieces if self._front else []), *pieces]

    def _page(self, paper: tuple[str, int | None], why: str) -> Reading:
        start = next((n for n, line in enumerate(self._lines, start=1) if line.strip()), 1)
        end = next(n for n in range(len(self._lines), 0, -1) if self._lines[n - 1].strip() or n == 1)
        pieces = self._page_pieces()
        if self._front and any(piece.role == "title" for piece in self._front.pieces):
            pieces = [
                piece
                for piece in pieces
                if piece.how != "heading" or piece.label or piece in self._front.pieces
            ]
        draft = read_record(self._lines, start, end, paper, pieces=pieces)
        self._note(draft)
        parsed = Parsed(entries=[draft.entry])
        return self._reading(parsed, "generic_page", "the whole page", [why], "page")

    def _is_digest(self, selection: Selection) -> bool:
        """Whether the records are what the text is about, and not references in a text about something else."""
        n_records = len(selection.records)
        n_lines = sum(bool(line.strip()) for line in self._lines)
        if selection.signatures == [_PARAGRAPH] and n_records == 1 and n_lines < _LINES_OF_A_RECORD:
            return False  # a sentence with a link mentions a paper, and lists none
        n_chars = sum(len(line) + 1 for line in self._lines if line.strip()) or 1
        share = selection.n_chars / n_chars
        n_titled = sum(bool(named.head or named.titles or named.fields) for _, named in selection.records)
        own = self._n_chars(selection) / n_chars
        if self._are_citations(selection) and own < _SHARE_CITED:
            return False
        if selection.n_blocks > _MOST_BLOCKS_EACH * n_records:
            return False  # one paragraph in many names a paper: a text with references
        if is_program_page(self._lines) and (own < _SHARE_OF_PROGRAM or n_records < 3):
            return False
        if selection.n_blocks > 4 * n_records and n_records < _MANY:
            return False
        return n_titled > 0 and share >= (_SHARE_MANY if n_records >= _MANY else _SHARE_FEW)

    def _n_chars(self, selection: Selection) -> int:
        """Characters of the records themselves."""
        return sum(
            len(self._lines[n - 1]) + 1
            for block, _ in selection.records
            for n in range(block.start, block.end + 1)
        )

    def _are_citations(self, selection: Selection) -> bool:
        """Whether most records name their paper in words only, as the references at the end of a text do."""
        linked = {found.mention.arxiv_id for found in self._ranked if found.mention.kind == "link"}
        n_linked = sum(any(paper in linked for paper in named.papers()) for _, named in selection.records)
        return 2 * n_linked < len(selection.records)

    def _many(self, selection: Selection) -> Reading:
        parsed = Parsed()
        self._topics = self._name_topics()
        for block, named in selection.records:
            self._read_block(parsed, block, named)
        settle_lone_names(self._drafts)
        settle_labels(parsed.entries)
        for draft in self._drafts:
            self._note(draft)
        settle_completeness(parsed.entries)
        self._claim_rest(parsed)
        kinds = Counter(block.kind for block, _ in selection.records)
        kind = kinds.most_common(1)[0][0]
        record = " or ".join(dict.fromkeys(signature_words(s) for s in selection.signatures))
        n_one = len(parsed.entries)
        why = [
            f"{n_one:,} of {len(selection.records):,} such blocks that name papers name one each",
            "no block around them holds one paper only",
        ]
        return self._reading(parsed, FORMAT_OF_KIND[kind], record, why, rule_record(selection.signatures))

    def _read_block(self, parsed: Parsed, block: TextBlock, named: NamedPapers) -> None:
        end = block.end
        while end > block.start and not self._lines[end - 1].strip():
            end -= 1
        papers = named.papers()
        if len(papers) != 1:
            text = "\n".join(self._written[block.start - 1 : end])
            parsed.rejects.append(Reject(block.start, end, "several_papers", text))
            return
        (arxiv_id, version), *_ = papers.items()
        version = version or next(
            (v for more in (named.fields, named.titles) if (v := more.get(arxiv_id))), None
        )
        pieces = self._table.pieces(block.start) if block.kind == "tr" else None
        draft = read_record(
            self._lines,
            block.start,
            end,
            (arxiv_id, version),
            topic=self._topics.get(id(block)),
            pieces=pieces,
        )
        self._drafts.append(draft)
        parsed.entries.append(draft.entry)

    def _note(self, draft: EntryDraft) -> None:
        self._columns[("arxiv_id", "link or id")] += 1
        for name, source in draft.sources.items():
            self._columns[(name, source)] += 1

    def _name_topics(self) -> dict[int, str | None]:
        """Topic of every block: the names of the headings above it, the page's own title left out."""
        topics: dict[int, str | None] = {}
        pending: list[tuple[TextBlock, tuple[str, ...]]] = [(self._selector.root, ())]
        while pending:
            block, names = pending.pop()
            topics[id(block)] = topic_of(names)
            if block.children:
                name = self._heading_of(block)
                inside = (*names, name) if name else names
                pending += [(child, inside) for child in block.children]
        return topics

    def _heading_of(self, block: TextBlock) -> str | None:
        last = min(block.start + 2, block.end) if block.kind == "details" else block.start
        lines = self._lines[block.start - 1 : last] if block.kind in {"h", "details"} else []
        match = next((found for line in lines if (found := _HEADING.match(line))), None)
        if match is None or (int(match[3]) if match[3] else len(match[1])) == 1:
            return None
        return bare_text(match[2] or match[4] or "").strip(" #*") or None

    def _claim_rest(self, parsed: Parsed) -> None:
        """Everything between the records is furniture, unless it links to a paper that no entry has."""
        held = {entry.arxiv_id for entry in parsed.entries}
        lost = {
            found.line
            for found in self._ranked
            if found.mention.arxiv_id not in held and found.mention.kind == "link"
        }
        kinds: list[str | None] = []
        for line, as_written in zip(self._lines, self._written, strict=True):
            is_heading = _HEADING.match(line) is not None
            kinds.append(("heading" if is_heading else "text") if as_written.strip() else None)
            if is_heading and parsed.heading_date is None:
                parsed.heading_date = date_in(line)
        claim_rest(parsed, kinds, self._written, lost)

    def _reading(self, parsed: Parsed, name: str, record: str, why: list[str], rule: str) -> Reading:
        fields = [(field, source, count) for (field, source), count in self._columns.most_common()]
        return Reading(
            parsed, Structure(name, record, why, sorted(fields, key=lambda f: (-f[2], f[0], f[1])), rule)
        )
