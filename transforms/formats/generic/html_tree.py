"""The elements of an HTML page as a tree, and the text of a stretch of markup."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from html import unescape
from typing import Final

_TAG: Final = re.compile(
    r"<!--.*?(?:-->|\Z)|<(?P<raw>script|style|svg|template|noscript)\b[^<>]*>.*?(?:</(?P=raw)\s*>|\Z)|<(?P<close>/?)(?P<name>[a-zA-Z][a-zA-Z0-9.:-]*+)(?P<attrs>(?:[^<>\"']|\"[^\"]*\"|'[^']*')*+)>",
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
INLINE: Final = frozenset(
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
"""Elements inside of a line."""
_CLOSES_ITSELF: Final = frozenset({"li", "p", "tr", "td", "th", "dt", "dd", "option"})
_DIGITS: Final = re.compile(r"\d+")
_MAX_DEPTH: Final = 200
_HEADINGS: Final = ("h1", "h2", "h3", "h4", "h5", "h6")


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
        return self.name, _class_signature(self.classes)


@lru_cache(maxsize=4096)
def _class_signature(classes: str) -> str:
    return " ".join(sorted(_DIGITS.sub("", classes).split())[:4])


def walk(root: Element) -> Iterator[Element]:
    """The element and all below it, in the order of the page."""
    pending = [root]
    while pending:
        here = pending.pop()
        yield here
        pending += reversed(here.children)


def read_tree(text: str) -> Element:
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
    for element in list(walk(root)):
        _group(element)
    return root


def _group(element: Element) -> None:
    """Put what belongs together into elements of its own: a term with its texts, a heading with what follows it."""
    names = [child.name for child in element.children]
    if element.name == "dl" and names.count("dt") > 1:
        _group_by(element, {"dt"}, "dl-item", frozenset({"dt"}))
        return
    level = next((name for name in reversed(_HEADINGS) if names.count(name) > 1), None)
    if level is not None and any(name not in _HEADINGS for name in names):
        above = frozenset(_HEADINGS[: _HEADINGS.index(level) + 1])
        _group_by(element, {level}, f"{level}-section", above | {"hr", "footer", "nav"})


def _group_by(element: Element, first: set[str], name: str, closing: frozenset[str]) -> None:
    grouped: list[Element] = []
    here: Element | None = None
    for child in element.children:
        if child.name in closing:
            here = None
        if child.name in first:
            here = Element(name, "", child.start, child.start, child.end, depth=child.depth, parent=element)
            grouped.append(here)
        if here is None:
            grouped.append(child)
            continue
        child.parent = here
        here.children.append(child)
        here.end = child.end
    element.children = grouped


@lru_cache(maxsize=1024)
def _classes_of(attrs: str) -> str:
    return " ".join(a or b for a, b in _CLASS.findall(attrs))


def _open(open_elements: list[Element], tag: re.Match[str], name: str) -> None:
    attrs = tag["attrs"] or ""
    parent = open_elements[-1]
    classes = _classes_of(attrs) if "=" in attrs else ""
    element = Element(
        name, classes, tag.start(), tag.end(), tag.end(), depth=len(open_elements), parent=parent
    )
    if name == "a" and (href := _HREF.search(attrs)):
        element.href = unescape(href[1] or href[2] or href[3] or "")
    parent.children.append(element)
    if name not in _VOID and not attrs.endswith("/") and len(open_elements) < _MAX_DEPTH:
        open_elements.append(element)


def plain_text(markup: str) -> str:
    """Text of a stretch of markup, white space made one."""
    text = _TAG.sub(_space_of, markup) if "<" in markup else markup
    if ">" in text[:40]:  # the end of a tag that was cut
        closed = text.find(">") + 1
        text = text[closed:] if "<" not in text[:closed] and '"' in text[:closed] else text
    opened = text.rfind("<", max(0, len(text) - 60))
    if opened > text.rfind(">"):
        text = text[:opened]
    return " ".join((unescape(text) if "&" in text else text).split())


def _space_of(tag: re.Match[str]) -> str:
    """What stands for a tag in a text: nothing inside of a line, else a space."""
    return "" if (tag["name"] or "").lower() in INLINE else " "
