"""arXiv's XML replies as trees that know their lines; nothing is believed that is not wholly well-formed.

defusedxml reads them, rather than lxml: it refuses a DOCTYPE and entities where lxml, with every switch off,
reads over them in silence; expat, below it, tells the line on which an element ends, which lxml does not; and
it is pure Python. Neither ever asks the network: external entities raise.
"""

import re
from dataclasses import dataclass, field
from typing import Final
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from paperhouse.transforms.errors import ReplyError

ATOM: Final = "{http://www.w3.org/2005/Atom}"
ARXIV: Final = "{http://arxiv.org/schemas/atom}"
DC: Final = "{http://purl.org/dc/elements/1.1/}"
_DEPTH_LIMIT: Final = 32
_HEAD: Final = 400
_SHOWN: Final = 80
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_SPACE: Final = re.compile(r"[ \t\r\n]+")


@dataclass(slots=True)
class Node:
    """One element: `tag` as `{namespace}name`, the lines it covers, its own text and its children."""

    tag: str
    attributes: dict[str, str]
    line_start: int
    line_end: int = 0
    text: str = ""
    children: list["Node"] = field(default_factory=list)

    def all(self, tag: str) -> list["Node"]:
        """Children of this tag, in order."""
        return [child for child in self.children if child.tag == tag]

    def one(self, tag: str) -> "Node | None":
        """The only child of this tag; None if there is none.

        Raises:
            ReplyError: there are several.
        """
        found = self.all(tag)
        if len(found) > 1:
            msg = f"line {found[1].line_start}: {shown_tag(tag)} stands {len(found)} times in {shown_tag(self.tag)}"
            raise ReplyError(msg, line=found[1].line_start, is_retryable=False)
        return found[0] if found else None

    def required(self, tag: str) -> "Node":
        """The only child of this tag.

        Raises:
            ReplyError: there is none, or there are several.
        """
        node = self.one(tag)
        if node is None:
            msg = f"line {self.line_start}: {shown_tag(self.tag)} has no {shown_tag(tag)}"
            raise ReplyError(msg, line=self.line_start, is_retryable=False)
        return node

    def raw_text(self, tag: str) -> str | None:
        """Text of the only child of this tag as it stands; None if there is none or it is blank."""
        node = self.one(tag)
        return node.text if node is not None and node.text.strip(" \t\r\n") else None

    def line_of_text(self, tag: str) -> str | None:
        """Text of the only child of this tag on one line; None if there is none or it is blank."""
        text = self.raw_text(tag)
        return None if text is None else one_line(text)


class _TreeOfLines:
    """Target of the parser: builds nodes and notes on which line each begins and ends."""

    def __init__(self) -> None:
        self.parser: DefusedXMLParser | None = None
        self.root: Node | None = None
        self._open: list[tuple[Node, list[str]]] = []

    def _line(self) -> int:
        return int(self.parser.parser.CurrentLineNumber) if self.parser is not None else 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if len(self._open) >= _DEPTH_LIMIT:
            msg = f"line {self._line()}: elements are nested deeper than {_DEPTH_LIMIT}; no reply of arXiv is"
            raise ReplyError(msg, line=self._line(), is_retryable=False)
        node = Node(tag, attributes, self._line())
        if self._open:
            self._open[-1][0].children.append(node)
        else:
            self.root = node
        self._open.append((node, []))

    def data(self, text: str) -> None:
        self._open[-1][1].append(text)

    def end(self, _tag: str) -> None:
        node, parts = self._open.pop()
        node.text = "".join(parts)
        node.line_end = self._line()

    def close(self) -> Node | None:
        return self.root


def parse_reply(content: bytes, *root_tags: str) -> Node:
    """Read a whole reply whose root must be one of these tags.

    Raises:
        ReplyError: it is no XML, is cut off, has a DOCTYPE or entities, or another root. A retry helps where
            arXiv answers `Rate exceeded.`, with a page of HTML, or only with a part.
    """
    _refuse_prose(content)
    target = _TreeOfLines()
    parser = DefusedXMLParser(target=target, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    target.parser = parser
    try:
        parser.feed(content)
        root: Node = parser.close()
    except DefusedXmlException as error:
        msg = (
            f"the reply has a DOCTYPE or entities ({type(error).__name__}), which arXiv's replies never have"
        )
        raise ReplyError(msg, is_retryable=False) from error
    except (ParseError, LookupError, ValueError) as error:
        # LookupError, ValueError: an encoding that is unknown, or that expat does not read.
        line = error.position[0] if isinstance(error, ParseError) else 1
        msg = f"line {line}: the reply is cut off or no XML ({error})"
        raise ReplyError(msg, line=line, is_retryable=True) from error
    if root.tag not in root_tags:
        expected = " or ".join(root_tags)
        msg = f"the reply's root is {root.tag!r}, expected {expected!r}"
        raise ReplyError(msg, root=root.tag, is_retryable=False)
    return root


def _refuse_prose(content: bytes) -> None:
    """Tell apart what arXiv sends with status 200 instead of an answer: a sentence, or a page for people."""
    head = content.removeprefix(_BYTE_ORDER_MARK).lstrip()[:_HEAD]
    lowered = head.lower()
    if not head:
        msg = "the reply is empty"
    elif b"rate exceeded" in lowered and not head.startswith(b"<"):
        msg = "arXiv says `Rate exceeded.`"
    elif lowered.startswith((b"<!doctype html", b"<html")):
        msg = "arXiv sent a web page instead of an answer"
    elif not head.startswith(b"<") and b"\x00" not in head:
        msg = f"the reply is no XML; it starts {head[:_SHOWN]!r}"
    else:
        return
    raise ReplyError(msg, is_retryable=True)


def one_line(text: str) -> str:
    """Text with each run of XML whitespace as one space: in titles and names, line breaks are layout."""
    return _SPACE.sub(" ", text).strip(" ")


def shown_tag(tag: str) -> str:
    """Name of a tag without its namespace, for messages."""
    return f"<{tag.rpartition('}')[2]}>"


def text_of_element(content: bytes, node: Node, limit: int = 10_000) -> str:
    """The reply's text on the lines that an element covers, at most `limit` characters."""
    lines = content.split(b"\n")[node.line_start - 1 : node.line_end]
    return b"\n".join(lines).decode("utf-8", "replace")[:limit]
