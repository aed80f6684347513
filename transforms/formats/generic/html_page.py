"""HTML pages: records are the elements that hold one paper each, fields are named by classes and labels."""

# ruff: noqa: PLR2004  (patterns and vocabularies are read in one piece; the numbers are lengths of what is looked at)

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Final

from paperhouse.transforms.calendar.dates import date_in
from paperhouse.transforms.digest import Parsed, Reject
from paperhouse.transforms.formats.generic.author_lines import settle_lone_names
from paperhouse.transforms.formats.generic.completeness import settle_completeness, settle_labels
from paperhouse.transforms.formats.generic.context import is_prose
from paperhouse.transforms.formats.generic.draft import EntryDraft
from paperhouse.transforms.formats.generic.fields import read_record
from paperhouse.transforms.formats.generic.html_pieces import html_pieces
from paperhouse.transforms.formats.generic.html_tree import INLINE, Element, plain_text, read_tree, walk
from paperhouse.transforms.formats.generic.mentions import Lines, Mention, find_mentions
from paperhouse.transforms.formats.generic.pieces import Piece
from paperhouse.transforms.formats.generic.rest import claim_rest
from paperhouse.transforms.formats.generic.structure import Reading, Structure
from paperhouse.transforms.formats.generic.vocabulary import is_link_word, is_side
from paperhouse.transforms.parsing.sections import topic_of

_HEAD_LINE: Final = re.compile(r"<(?:title|h1)\b", re.IGNORECASE)
_PURE_SHARE: Final = 0.85


def read_html(text: str, element: str | None = None) -> Reading | None:
    """Read a page whose elements hold one paper each, of the kind `element` (`div.card`) if given; None if none do."""
    mentions = find_mentions(text)
    if not mentions:
        return None
    return _Page(text, mentions).read(element)


class _Page:
    """One page: its tree and the papers that are named in it."""

    def __init__(self, text: str, mentions: list[Mention]) -> None:
        self._text = text
        self._lines = Lines(text)
        self._root = read_tree(text)
        self._sources: Counter[tuple[str, str]] = Counter()
        self._versions: dict[str, int] = {}
        self._mentions = mentions
        self._place(mentions)

    def _place(self, mentions: list[Mention]) -> None:
        """Note every mention in its innermost element; prose links do not count."""
        for mention in mentions:
            if mention.version is not None:
                self._versions.setdefault(mention.arxiv_id, mention.version)
            path = list(self._path(mention.start))
            if not path or any(e.name in {"head", "meta", "script", "style"} for e in path):
                continue
            inner = path[-1]
            if self._in_prose(inner, mention):
                continue
            titled = inner.name == "a" and not is_link_word(plain_text(self._text[inner.inner : inner.end]))
            for element in path:
                element.papers.add(mention.arxiv_id)
                if titled:
                    element.titled.add(mention.arxiv_id)

    def _path(self, offset: int) -> Iterator[Element]:
        here: Element | None = self._root
        while here is not None:
            yield here
            low, high = 0, len(here.children)
            while low < high:
                middle = (low + high) // 2
                if here.children[middle].start <= offset:
                    low = middle + 1
                else:
                    high = middle
            inner = here.children[low - 1] if low else None
            here = inner if inner is not None and offset < inner.end else None

    def _in_prose(self, inner: Element, mention: Mention) -> bool:
        """Whether the mention stands in a paragraph with more text than a title around it."""
        block = inner
        while block.name in INLINE and block.parent is not None:
            block = block.parent
        if any(is_side(word) for word in block.classes.split()):
            return True
        if (
            block.name not in {"p", "li", "td", "div", "span", "body", "blockquote", "dd"}
            or block is self._root
        ):
            return False
        if block.end - block.start > 20_000:  # a container, and no paragraph
            return False
        own = plain_text(self._text[block.inner : block.end])
        if block.papers and len(block.children) > 30:
            return False
        at = self._text.rfind("<", 0, mention.start)
        before = plain_text(self._text[block.inner : max(block.inner, at)])
        if block.name not in {"p", "li", "dd"} or len(own) <= 200 or len(before) <= 15:
            return False
        return not self._is_link_of_item(block, inner, before)

    def _is_link_of_item(self, block: Element, inner: Element, before: str) -> bool:
        """Whether a list item with elements of its own says `PDF`, and no sentence runs through the link."""
        if (
            block.name == "p"
            or inner.name != "a"
            or not any(c.name in {"b", "strong", "em", "i", "details"} for c in block.children)
        ):
            return False
        return is_link_word(plain_text(self._text[inner.inner : inner.end])) and not is_prose(before[-200:])

    def read(self, wanted: str | None) -> Reading | None:
        """Find the records and read them."""
        by_signature: dict[tuple[str, str], list[Element]] = defaultdict(list)
        for element in walk(self._root):
            if element.papers and element.name not in {"html", "body"}:
                by_signature[element.signature].append(element)
        pure = {
            signature
            for signature, elements in by_signature.items()
            if sum(len(e.papers) == 1 for e in elements) >= _PURE_SHARE * len(elements)
        }
        if wanted is not None:
            name, *classes = wanted.split(".")
            pure = {s for s in by_signature if s[0] == name and set(classes) <= set(s[1].split())}
        records = list(self._records(self._root, pure, by_signature))
        if wanted is not None:
            records = [element for element in records if element.signature in pure]
        records = self._dominant(records)
        single = {paper for element in records for paper in element.papers}
        if not records or (len(single) < 2 and not self._is_page(records)):
            return None
        return self._reading(records)

    def _records(
        self, root: Element, pure: set[tuple[str, str]], by: dict[tuple[str, str], list[Element]]
    ) -> Iterator[Element]:
        pending = [root]
        while pending:
            here = pending.pop()
            if not here.papers:
                continue
            nests = len(here.papers) > 1 and any(
                inner.signature == here.signature and inner.papers
                for inner in walk(here)
                if inner is not here
            )
            if (
                here.signature in pure
                and here.name not in {"html", "body"}
                and not nests
                and not self._is_topic(here, by)
            ) or not any(child.papers for child in here.children):
                yield here
            else:
                pending += reversed([child for child in here.children if child.papers])

    def _dominant(self, records: list[Element]) -> list[Element]:
        """Records of the kind that most are of, and others whose link carries a title: the rest is prose about them."""
        kinds = Counter(element.signature for element in records)
        kind, count = kinds.most_common(1)[0] if kinds else (("", ""), 0)
        if 2 * count < len(records) or count < 3:
            return records
        held = {paper for element in records if element.signature == kind for paper in element.papers}
        return [element for element in records if element.signature == kind or self._is_other(element, held)]

    def _is_other(self, element: Element, held: set[str]) -> bool:
        """Whether an element of another kind is a record of its own: of a paper without one, with a whole title."""
        if len(element.papers) != 1 or element.papers & held or element.name in {"p", "li"}:
            return False
        words = [plain_text(self._text[e.inner : e.end]) for e in walk(element) if e.name == "a" and e.papers]
        return any(len(text.split()) > 4 and not is_link_word(text) for text in words)

    def _is_topic(self, element: Element, by: dict[tuple[str, str], list[Element]]) -> bool:
        """Whether the element is a list with one paper in it: something inside is of a kind that repeats more."""
        own = len(by[element.signature])
        for child in element.children:
            for inner in [child, *child.children]:
                if (
                    inner.papers
                    and inner.name not in INLINE
                    and len(by[inner.signature]) > own
                    and len(inner.papers) == 1
                    and _size(inner) > 0.5 * _size(element)
                ):
                    return True
        return False

    def _is_page(self, records: list[Element]) -> bool:
        return any(
            role in {"authors", "abstract"}
            for element in records
            for piece in self._pieces(element)
            if (role := piece.role)
        )

    def _pieces(self, element: Element) -> list[Piece]:
        return list(html_pieces(self._text, element))

    def _reading(self, records: list[Element]) -> Reading:
        parsed = Parsed()
        drafts: list[EntryDraft] = []
        last_line = 0
        seen_until = 0
        headings = self._headings(records)
        for element in sorted(records, key=lambda e: e.start):
            start, end = self._lines.line_at(element.start), self._lines.line_at(element.end - 1)
            start = max(start, last_line + 1)
            if element.start < seen_until or start > end:
                continue
            seen_until, last_line = element.end, end
            if len(element.papers) != 1:
                parsed.rejects.append(
                    Reject(start, end, "several_papers", self._text[element.start : element.end])
                )
                continue
            (arxiv_id,) = element.papers
            draft = read_record(
                (),
                start,
                end,
                (arxiv_id, self._versions.get(arxiv_id)),
                topic=_last_before(headings, element.start),
                pieces=self._pieces(element),
            )
            drafts.append(draft)
            parsed.entries.append(draft.entry)
        settle_lone_names(drafts)
        settle_labels(parsed.entries)
        for draft in drafts:
            self._sources[("arxiv_id", "link or id")] += 1
            for name, source in draft.sources.items():
                self._sources[(name, source)] += 1
        settle_completeness(parsed.entries)
        self._claim_rest(parsed)
        signature, count = Counter(e.signature for e in records).most_common(1)[0]
        words = f"<{signature[0]}" + (f' class="{signature[1]}"' if signature[1] else "") + ">"
        why = [f"{count:,} such elements name one paper each, and no element around them does"]
        fields = [(name, source, n) for (name, source), n in self._sources.most_common()]
        return Reading(
            parsed,
            Structure("generic_html", words, why, fields, ".".join((signature[0], *signature[1].split()))),
        )

    def _headings(self, records: list[Element]) -> list[tuple[int, str | None]]:
        """Where headings stand that are in no record, and what they say, in order."""
        inside = {id(element) for element in records}
        found: list[tuple[int, str | None]] = []
        pending = [self._root]
        while pending:
            here = pending.pop()
            if here.name in {"h2", "h3", "h4"} and not here.papers:
                found.append((here.start, topic_of([plain_text(self._text[here.inner : here.end])])))
            pending += [child for child in reversed(here.children) if id(child) not in inside]
        return sorted(found, key=lambda heading: heading[0])

    def _claim_rest(self, parsed: Parsed) -> None:
        lines = self._text.split("\n")
        held = {entry.arxiv_id for entry in parsed.entries}
        lost = {
            self._lines.line_at(mention.start)
            for mention in self._mentions
            if mention.arxiv_id not in held and mention.kind == "link"
        }
        headings = (line for line in lines if _HEAD_LINE.search(line))
        parsed.heading_date = next((day for line in headings if (day := date_in(plain_text(line)))), None)
        claim_rest(parsed, ["markup" if line.strip() else None for line in lines], lines, lost)


def _last_before(headings: list[tuple[int, str | None]], offset: int) -> str | None:
    at = bisect_left(headings, offset, key=lambda heading: heading[0])
    return headings[at - 1][1] if at else None


def _size(element: Element) -> int:
    return element.end - element.start
