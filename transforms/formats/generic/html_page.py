"""HTML pages: records are the elements that hold one paper each, fields are named by classes and labels."""

# ruff: noqa: E501, PLR2004  (patterns and vocabularies are read in one piece; the numbers are lengths of what is looked at)

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from typing import Final

from paperhouse.transforms.calendar.dates import date_in
from paperhouse.transforms.digest import Parsed, Reject
from paperhouse.transforms.formats.generic.completeness import settle_completeness
from paperhouse.transforms.formats.generic.fields import Piece, read_record
from paperhouse.transforms.formats.generic.mentions import Lines, Mention, find_mentions
from paperhouse.transforms.formats.generic.rest import claim_rest
from paperhouse.transforms.formats.generic.segments import segments_of
from paperhouse.transforms.formats.generic.structure import Reading, Structure
from paperhouse.transforms.formats.generic.vocabulary import is_link_word, is_side, role_of
from paperhouse.transforms.parsing.sections import topic_of

_TAG: Final = re.compile(
    r"<!--.*?(?:-->|\Z)|<(?P<raw>script|style|svg|template|noscript)\b[^>]*>.*?(?:</(?P=raw)\s*>|\Z)|<(?P<close>/?)(?P<name>[a-zA-Z][a-zA-Z0-9.:-]*)(?P<attrs>(?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>",
    re.DOTALL | re.IGNORECASE,
)
_CLASS: Final = re.compile(
    r"\b(?:class|id|itemprop|name|property)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE
)
_HREF: Final = re.compile(r"\bhref\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE)
_VOID: Final = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
    ]
)
_INLINE: Final = frozenset(
    [
        "a",
        "b",
        "strong",
        "i",
        "em",
        "span",
        "small",
        "u",
        "code",
        "sub",
        "sup",
        "font",
        "mark",
        "abbr",
        "time",
        "label",
        "button",
        "svg",
        "path",
        "cite",
    ]
)
_CLOSES_ITSELF: Final = frozenset({"li", "p", "tr", "td", "th", "dt", "dd", "option"})
_HEAD_LINE: Final = re.compile(r"<(?:title|h1)\b", re.IGNORECASE)
_ANCHOR: Final = re.compile(
    r"<a\b[^<>]{0,600}?href\s{0,3}=\s{0,3}[\"']?([^\"'\s>]{1,1500})[^<>]{0,600}>((?:(?!</a).){0,3000})</a\s*>",
    re.IGNORECASE | re.DOTALL,
)
_BOLD: Final = re.compile(
    r"<(?:b|strong)\b[^<>]{0,200}>\s*((?:(?!</(?:b|strong)).){1,3000}?)\s*</(?:b|strong)\s*>",
    re.IGNORECASE | re.DOTALL,
)
_MAX_DEPTH: Final = 200
_PURE_SHARE: Final = 0.85
_CLASS_WORDS: Final = re.compile(r"[a-z]+")
_CLASS_ROLES: Final = {
    "title": "title", "headline": "title", "author": "authors", "authors": "authors", "abstract": "abstract", "summary": "summary",
    "tldr": "tldr", "date": "date", "published": "date", "category": "categories", "categories": "categories", "subjects": "categories",
    "score": "score", "comment": "comment", "comments": "comment", "keywords": "keywords", "affiliation": "affiliations", "abs": "abstract",
}  # fmt: skip


@dataclass(slots=True)
class Element:
    """One element: its name, classes, where it starts and ends, what stands in it."""

    name: str
    classes: str
    start: int
    inner: int
    end: int = 0
    href: str = ""
    depth: int = 0
    parent: "Element | None" = None
    children: list["Element"] = field(default_factory=list)
    papers: set[str] = field(default_factory=set)
    titled: set[str] = field(default_factory=set)

    @property
    def signature(self) -> tuple[str, str]:
        """What repeats: the name and the classes, numbers left out."""
        return self.name, " ".join(sorted(re.sub(r"\d+", "", self.classes).split())[:4])


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
        self._root = _tree(text)
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
            titled = inner.name == "a" and not is_link_word(_plain(self._text[inner.inner : inner.end]))
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
        while block.name in _INLINE and block.parent is not None:
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
        own = _plain(self._text[block.inner : block.end])
        if block.papers and len(block.children) > 30:
            return False
        at = self._text.rfind("<", 0, mention.start)
        before = _plain(self._text[block.inner : max(block.inner, at)])
        return block.name in {"p", "li", "dd"} and len(own) > 200 and len(before) > 15

    def read(self, wanted: str | None) -> Reading | None:
        """Find the records and read them."""
        by_signature: dict[tuple[str, str], list[Element]] = defaultdict(list)
        for element in _walk(self._root):
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
            if (
                here.signature in pure and here.name not in {"html", "body"} and not self._is_topic(here, by)
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
        words = [_plain(self._text[e.inner : e.end]) for e in _walk(element) if e.name == "a" and e.papers]
        return any(len(text.split()) > 4 and not is_link_word(text) for text in words)

    def _is_topic(self, element: Element, by: dict[tuple[str, str], list[Element]]) -> bool:
        """Whether the element is a list with one paper in it: something inside is of a kind that repeats more."""
        own = len(by[element.signature])
        for child in element.children:
            for inner in [child, *child.children]:
                if (
                    inner.papers
                    and inner.name not in _INLINE
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
        return list(_pieces(self._text, element))

    def _reading(self, records: list[Element]) -> Reading:
        parsed = Parsed()
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
            parsed.entries.append(draft.entry)
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
                found.append((here.start, topic_of([_plain(self._text[here.inner : here.end])])))
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
        parsed.heading_date = next((day for line in headings if (day := date_in(_plain(line)))), None)
        claim_rest(parsed, ["markup" if line.strip() else None for line in lines], lines, lost)


def _last_before(headings: list[tuple[int, str | None]], offset: int) -> str | None:
    at = bisect_left(headings, offset, key=lambda heading: heading[0])
    return headings[at - 1][1] if at else None


def _size(element: Element) -> int:
    return element.end - element.start


def _walk(root: Element) -> Iterator[Element]:
    pending = [root]
    while pending:
        here = pending.pop()
        yield here
        pending += reversed(here.children)


def _tree(text: str) -> Element:
    """Elements of a page; what is not closed ends with its parent."""
    root = Element("body", "", 0, 0, len(text))
    open_elements = [root]
    for tag in _TAG.finditer(text):
        name = (tag["name"] or "").lower()
        if not name:
            continue
        if tag["close"]:
            at = next((i for i in range(len(open_elements) - 1, 0, -1) if open_elements[i].name == name), 0)
            if at:
                for element in open_elements[at:]:
                    element.end = tag.end() if element is open_elements[at] else tag.start()
                del open_elements[at:]
            continue
        if name in _CLOSES_ITSELF and open_elements[-1].name == name:
            open_elements.pop().end = tag.start()
        _open(open_elements, tag, name)
    for element in open_elements:
        element.end = len(text)
    return root


def _open(open_elements: list[Element], tag: re.Match[str], name: str) -> None:
    attrs = tag["attrs"] or ""
    parent = open_elements[-1]
    classes = " ".join(a or b for a, b in _CLASS.findall(attrs)) if "=" in attrs else ""
    element = Element(
        name, classes, tag.start(), tag.end(), tag.end(), depth=len(open_elements), parent=parent
    )
    if name == "a" and (href := _HREF.search(attrs)):
        element.href = unescape(href[1] or href[2] or href[3] or "")
    parent.children.append(element)
    if name not in _VOID and not attrs.endswith("/") and len(open_elements) < _MAX_DEPTH:
        open_elements.append(element)


def _plain(markup: str) -> str:
    """Text of a stretch of markup, white space made one."""
    text = _TAG.sub(lambda m: " " if (m["name"] or "").lower() not in _INLINE else "", markup)
    text = (
        text[text.find(">") + 1 :]
        if "<" not in text[: text.find(">") + 1] and ">" in text[:40] and '"' in text[: text.find(">") + 1]
        else text
    )
    return " ".join(
        unescape(
            text.rpartition("<")[0]
            if text.rfind("<") > text.rfind(">") and text.rfind("<") >= len(text) - 60
            else text
        ).split()
    )


def _pieces(text: str, element: Element) -> Iterator[Piece]:
    """Innermost blocks of a record as pieces; a class that names a field is its label."""
    pending: list[tuple[Element, str]] = [(element, "")]
    out: list[Piece] = []
    while pending:
        here, label = pending.pop()
        label = _label_of(here) or label
        blocks = [
            child
            for child in here.children
            if child.name not in _INLINE or child.children or _label_of(child)
        ]
        if (
            (here.name in _INLINE and here.name != "span")
            or not blocks
            or all(c.name in _INLINE and not _label_of(c) for c in here.children)
        ):
            out += _leaf(text, here, label)
            continue
        out += _loose(text, here, label)
        pending += [(child, label) for child in reversed(here.children)]
    yield from _scoped(out)


def _leaf(text: str, element: Element, label: str) -> list[Piece]:
    markup = _markdown(text[element.inner : element.end])
    if not markup.strip(" *"):
        return []
    is_heading = element.name in {"h1", "h2", "h3", "h4", "h5", "h6"}
    segments = segments_of(" ".join(markup.split()))
    labelled = [s for s in segments if s.label and s.role is not None]
    if labelled:
        return [Piece(s.label, s.role, "line", [s.text]) for s in segments]
    if element.name == "summary" and role_of(markup.strip(" *")) is not None:
        return [Piece(markup.strip(" *"), role_of(markup.strip(" *")), "details", [], is_scope=True)]
    if label and label in _CLASS_ROLES:
        role = _CLASS_ROLES[label]
        words = _plain(text[element.inner : element.end])
        if is_heading or role != "title" or not is_link_word(words):
            return [Piece(label, role, "cell", [markup.strip()])]  # type: ignore[arg-type]
    if is_heading:
        return [Piece("", None, "heading", [markup.strip()])]
    return [Piece("", None, "line", [" ".join(markup.split())])]


def _loose(text: str, element: Element, label: str) -> list[Piece]:
    """Text that stands in an element beside its children."""
    pieces: list[Piece] = []
    at = element.inner
    for child in [*element.children, None]:
        until = child.start if child is not None else element.end
        words = _plain(text[at:until])
        words = re.sub(r"</?\w+\s*>?\Z", "", words)
        if words.strip(" |·•,-–—()[]:") and not words.startswith("</"):
            role = _CLASS_ROLES.get(label)
            pieces.append(Piece(label if role else "", role, "line", [words]))  # type: ignore[arg-type]
        if child is not None:
            at = max(at, child.end)
    return pieces


def _scoped(pieces: list[Piece]) -> list[Piece]:
    """Text below a summary that is a label belongs to it; a label without text takes the next piece."""
    kept: list[Piece] = []
    for piece in pieces:
        last = kept[-1] if kept else None
        if (last is not None and last.label and not last.text and not piece.label) or (
            last is not None and last.is_scope and not last.text
        ):
            last.lines.extend(piece.lines)
        else:
            kept.append(piece)
    return kept


def _markdown(markup: str) -> str:
    """Markup with links and bold text as Markdown has them, all else as plain text."""
    linked = _ANCHOR.sub(lambda m: f"[{_plain(m[2])}]({unescape(m[1])})", markup)
    return _plain(str(_BOLD.sub(r"**\1**", linked)))


def _label_of(element: Element) -> str:
    """The field that a class names: `paper-authors` is authors; a container of all fields names none."""
    for name in element.classes.lower().split():
        words: list[str] = _CLASS_WORDS.findall(name)
        if not words or len(words) > 4:
            continue
        if any(word in {"cn", "zh", "ja", "translated", "translation"} for word in words):
            return (
                "summary" if words[-1] in _CLASS_ROLES or (words[-2:-1] and words[-2] in _CLASS_ROLES) else ""
            )
        if words[-1] in _CLASS_ROLES:
            return words[-1]
        if (
            len(words) > 1
            and words[-1] in {"text", "content", "list", "line", "names"}
            and words[-2] in _CLASS_ROLES
        ):
            return words[-2]
    return ""
