"""One line of a digest as labelled pieces: `**arXiv ID** 2607.06540 | **方向** TTS` is two of them."""

# ruff: noqa: E501, PLR2004  (patterns and vocabularies are read in one piece; the numbers are lengths of what is looked at)

import re
from collections.abc import Iterator
from functools import lru_cache
from html import unescape
from typing import Final, NamedTuple

from paperhouse.transforms.formats.generic.vocabulary import has_given_labels, is_side_word, role_of
from paperhouse.transforms.parsing.field_names import Role

_MARKS: Final = re.compile(
    r"[ \t]*(?:(?:[-*+•‣▪▸▶►▹▷◦○●■□◆◇➤➢→└├╰│:](?=[ \t])|>|\d{1,4}[.)、．](?=[ \t]))[ \t]*)*(?:\[[ xX]\][ \t]+)?"
)
_SPLIT: Final = re.compile(
    r"(?<![ \t])[ \t]+(?:[|·•¦｜]|&nbsp;|&middot;)[ \t]+|(?:(?<![ \t])[ \t]+)?&nbsp;(?:[ \t]*&nbsp;)*[ \t]*|<br[ \t]*/?>[ \t]*|</p>[ \t]*(?=\S)"
)
_DIVIDER: Final = re.compile("[|·•¦｜&<]")
"""Characters one of which every place has where a line is cut."""
_LONGEST_SPLIT: Final = 1500
_TAGS: Final = re.compile(
    r"</?(?:p|div|span|font|b|strong|i|em|u|sub|sup|h[1-6]|summary|small|center|li|ul|section|article|br|td|tr|th|code|blockquote|a)\b[^<>]{0,400}>",
    re.IGNORECASE,
)
_BOLD_TAG: Final = re.compile(r"</?(?:b|strong)\b[^<>]{0,200}>[ \t]*", re.IGNORECASE)
_ITALIC_TAG: Final = re.compile(r"</?(?:i|em)\b[^<>]{0,200}>", re.IGNORECASE)
_LABEL: Final = re.compile(
    r"(?P<mark>\*\*|__|\*|_|`|【|\[)?[ \t]*+(?P<label>[^:：*\n<>|`【】\[\]]{1,48}?)[ \t]*+"
    r"(?P<end>(?:\*\*|__|\*|_|`|】|\])[ \t]*(?:::?|：)|(?:::?|：)[ \t]*(?:\*\*|__|\*|_)|::?(?!\S*\()|：)(?!//)"
)
_LONGEST_LABEL: Final = 64
"""Characters before the colon, with marks and single spaces."""
_WIDE_SPACE: Final = re.compile(r"[ \t]{2}|\t")
_BARE_BOLD_LABEL: Final = re.compile(
    r"(?:\*\*|__|【)[ \t]*+(?P<label>[^:：*\n<>|`【】_]{1,40}?)[ \t]*+(?:\*\*|__|】)[ \t]*(?P<rest>.*)",
    re.DOTALL,
)
_MD_LINK: Final = re.compile(
    r"!?\[([^\[\]\n]{0,1200}+(?=\]\()|(?:[^\[\]\n]|\[[^\[\]\n]{0,300}\]){0,1200})\]\([ \t]{0,4}([^()\s]{0,1500}(?:\([^()\s]{0,300}\)[^()\s]{0,1500})?)(?:[ \t]+\"[^\"\n]{0,300}\")?[ \t]{0,4}\)"
)
_HTML_LINK: Final = re.compile(
    r"<a\b[^<>]{0,600}?href[ ]?=[ ]?[\"']?([^\"'\s>]{0,1500})[^<>]{0,600}>((?:(?!</a>)[^\n]){0,1200})</a>",
    re.IGNORECASE,
)
_COMMENT: Final = re.compile(r"<!--.{0,2000}?-->")
_ESCAPED: Final = re.compile(r"\\([\\`*_{}\[\]()#+\-.!|~>$])")
_SIGN: Final = re.compile(r"(?:[\u2190-\u2bff\U0001f000-\U0001faff][\ufe0e\ufe0f\u200d]*)+[ \t]*")
"""Emoji and arrows that open a line: they dress a label, or stand for one."""
_SIGN_ROLES: Final[dict[str, Role]] = {
    **dict.fromkeys("👤👥🧑👨👩✍", "authors"), **dict.fromkeys("📅📆🗓", "date"), **dict.fromkeys("🏷", "categories"), **dict.fromkeys("🔗🌐🆔", "link")
}  # fmt: skip
_PAIRS: Final = ("**", "__", "*", "_", "`")


class Segment(NamedTuple):
    """A piece of a line: its label (empty if it has none), what the label means, and the text behind it."""

    label: str
    role: Role | None
    text: str


class Link(NamedTuple):
    """One link of a text: where it stands, its words and its address."""

    start: int
    end: int
    words: str
    url: str


def unmarked(line: str) -> str:
    """The line without list marks, quote marks and tick boxes in front."""
    return line[_MARKS.match(line).end() :].strip(" \t")  # type: ignore[union-attr]  # it matches the empty string


def is_signed(text: str) -> bool:
    """Whether an emoji or an arrow opens the text, as it opens a field."""
    return _SIGN.match(text) is not None


def without_sign(text: str) -> str:
    """The text without emoji and arrows in front."""
    match = None if text[:1] < "\u2190" else _SIGN.match(text)
    return text[match.end() :] if match else text


def segments_of(line: str) -> tuple[Segment, ...]:
    """Labelled pieces of a line; a line is cut only where its pieces are labels or links, as prose holds bars too."""
    return _segments_of(line) if has_given_labels() else _known_segments_of(line)


def _segments_of(line: str) -> tuple[Segment, ...]:
    text = unmarked(line)
    is_cut = len(text) <= _LONGEST_SPLIT and _DIVIDER.search(text) is not None
    parts = _SPLIT.split(text) if is_cut else []
    if len(parts) > 1:
        cut = [_segment(part) for part in parts if part.strip()]
        if sum(bool(s.label) or _is_short_link(s.text) for s in cut) >= max(1, len(cut) // 2):
            return tuple(cut)
    return (_segment(text),)


_known_segments_of = lru_cache(maxsize=4096)(_segments_of)


def _is_short_link(text: str) -> bool:
    return len(text) < 400 and (_MD_LINK.search(text) is not None or "http" in text or "<a " in text)


def _segment(text: str) -> Segment:
    text = text.strip(" \t")
    if not text:
        return Segment("", None, "")
    plain = _BOLD_TAG.sub("**", text) if "<" in text else text
    plain = _tagless(plain) if "<" in plain and "<a " not in plain else plain
    if "**" in plain:
        plain = plain.replace("** :", "**:").replace("****", "")
    plain = plain.strip(" \t")
    sign = _SIGN.match(plain) if plain[:1] > "\u2190" else None
    if sign is not None:
        plain = plain[sign.end() :]
    match = _LABEL.match(plain) if _may_be_labelled(plain) else None
    if match is not None and _is_label(match):
        rest = plain[match.end() :].strip(" \t")
        mark = match["mark"]
        if mark in _PAIRS and mark not in match["end"] and rest.endswith(mark):
            rest = rest[: -len(mark)].rstrip()
        return Segment(match["label"].strip(), role_of(match["label"]), rest)
    bare = _BARE_BOLD_LABEL.fullmatch(plain) if plain[:1] in "*_【" else None
    if bare is not None and (role := role_of(bare["label"])) is not None:
        return Segment(bare["label"].strip(), role, bare["rest"].strip(" \t"))
    role = _SIGN_ROLES.get(sign[0][0]) if sign is not None else None
    return Segment(sign[0], role, plain) if sign is not None and role is not None else Segment("", None, text)


def _may_be_labelled(text: str) -> bool:
    """Whether a colon stands early enough to end a label."""
    at = text.find(":")
    wide = text.find("：")
    at = wide if at < 0 or 0 <= wide < at else at
    return 0 <= at <= _LONGEST_LABEL or (
        at > 0 and _WIDE_SPACE.search(text, 0, _LONGEST_LABEL + 2) is not None
    )


def _is_label(match: re.Match[str]) -> bool:
    """A known name, or any bold one; a plain word before a colon is mostly a sentence or a title."""
    if match["label"].strip().lower() in {"http", "https", "arxiv"} and not match["mark"]:
        return match["label"].strip().lower() == "arxiv" and match["mark"] is None and not _glued(match)
    # `**Label**: text` and `**Label:** text`; in `**A title: with a colon**` the stars close somewhere else.
    is_bold = match["mark"] in {"**", "__", "【"} and match["end"] not in {":", "："}
    label = match["label"].strip()
    return role_of(label) is not None or (is_bold and len(label.split()) <= 5) or is_side_word(label)


def _glued(match: re.Match[str]) -> bool:
    """Whether an identifier follows without a space, as in `arXiv:2401.00001 [cs.LG]`."""
    return match.string[match.end() : match.end() + 1].isdigit()


def _tagless(text: str) -> str:
    return _TAGS.sub("", text)


@lru_cache(maxsize=1024)
def links_in(text: str) -> tuple[Link, ...]:
    """Links of a text with words: Markdown and HTML ones, in order."""
    if "](" not in text and "<a" not in text:
        return ()
    found = [Link(m.start(), m.end(), m[1], m[2]) for m in _MD_LINK.finditer(text)] if "](" in text else []
    if "<a" in text:
        found += [Link(m.start(), m.end(), m[2], unescape(m[1])) for m in _HTML_LINK.finditer(text)]
        found.sort(key=lambda link: link.start)
    return tuple(found)


@lru_cache(maxsize=1024)  # a record asks for the same text several times
def bare_text(text: str) -> str:
    """Text as a reader sees it: links by their words, no tags, no comments, no marks around the whole.

    Inside, marks stay: a star or a dollar may be part of a title. Escapes of Markdown are undone.
    """
    if "](" in text:
        text = _MD_LINK.sub(lambda m: "" if m[0].startswith("!") else m[1], text)
    if "<" in text:
        text = _tagless(_ITALIC_TAG.sub("", _BOLD_TAG.sub("", _COMMENT.sub("", _HTML_LINK.sub(r"\2", text)))))
    text = unbracketed(text.strip(" \t\n"))
    if "\\" in text:
        text = _ESCAPED.sub(r"\1", text) if _is_escaped(text) else text
    if "&" in text:
        text = unescape(text)
    return text.strip(" \t\n")


def _is_escaped(text: str) -> bool:
    r"""Whether backslashes are Markdown's and not LaTeX's: some precede a point, hyphen or bracket of prose."""
    return "$" not in text.replace("\\$", "") and re.search(r"\\[a-zA-Z]", text) is None


def unbracketed(text: str) -> str:
    """Text without the stars, ticks or underscores around the whole of it."""
    changed = text[:1] in "*_`" and text[-1:] in "*_`"
    while changed and len(text) > 2:
        changed = False
        for pair in _PAIRS:
            inner = text[len(pair) : -len(pair)]
            if text.startswith(pair) and text.endswith(pair) and inner and pair not in inner:
                text, changed = inner.strip(" \t\n"), True
    return text


def bold_parts(text: str) -> Iterator[str]:
    """What is bold in a text."""
    for match in re.finditer(
        r"\*\*([^*\n]{2,600})\*\*|<(?:b|strong)\b[^<>]{0,100}>([^<\n]{2,600})</(?:b|strong)>", text
    ):
        yield match[1] or match[2]
