"""Other markups to Markdown, line for line: Org, reST, AsciiDoc, wikis, links by reference, callouts, arXiv's mail.

Line n of the result says what line n of the text says, so that an entry's lines lead to the text as it was written.
A line that only dresses another (an underline, the end of a drawer) becomes blank.
"""

# ruff: noqa: E501, PLR2004  (patterns are read in one piece; the numbers are lengths of what is looked at)

import re
from typing import Final

_ORG: Final = re.compile(
    r"^(?:#\+(?:title|date|author|begin_\w+):?|:PROPERTIES:)|\[\[https?:[^\]\n]{0,1500}\]\[",
    re.IGNORECASE | re.MULTILINE,
)
_ORG_HEADING: Final = re.compile(
    r"(\*{1,6})[ \t]++(?:(?:TODO|DONE|NEXT|WAITING|READ|UNREAD)[ \t]++)?(?:\[#\w\][ \t]++)?(.*?)(?:(?<![ \t])[ \t]+:[\w@:]+:)?(?:(?<![ \t])[ \t]+)?\Z"
)
_ORG_LINK: Final = re.compile(r"\[\[([a-z]+:[^\]\n]{1,1500})\](?:\[([^\]\n]{1,600})\])?\]")
_ORG_SETTING: Final = re.compile(r"#\+(\w+):[ \t]*(.*)", re.IGNORECASE)
_ORG_FIELD: Final = re.compile(r"((?<![ \t])[ \t]*[-+][ \t]++)([^:\n]{1,60}?)[ \t]+::[ \t]+(.*)")
_FIELD: Final = re.compile(r"[ \t]*:([A-Za-z][\w -]{0,30}):(?:[ \t]++(.*))?\Z")
_DRAWER: Final = frozenset({"properties", "end", "logbook"})

_UNDERLINE: Final = re.compile(r"(?P<mark>[=\-~^\"'`#*+.:_])(?P=mark){2,199}\Z")
_RST_LINK: Final = re.compile(r"`([^`<>\n]{1,600}?)[ \t]*<(https?:[^<>`\s]{1,1500})>`__?")
_TITLE_WORDS: Final = re.compile(r"[^\W\d_]{2,}")
_NO_TITLE: Final = re.compile(
    r"https?:|[:：]\*\*|\*\*[:：]|[.。!,;，；|]\s*\Z|\A\s*(?:[-*+>|#<]|\d+[.)]\s|\w+[:：]\s*\Z)"
)
_SETEXT: Final = "=-"

_EQUALS_HEADING: Final = re.compile(r"(={1,6})[ \t]+(\S.*?)(?:(?<![ \t])[ \t]+\1)?(?:(?<![ \t])[ \t]+)?\Z")
_WIKI_HEADING: Final = re.compile(r"(={2,6})[ \t]*+([^=\s].*?)(?:(?<![ \t])[ \t]+)?\1[ \t]*+\Z")
_ADOC_LINK: Final = re.compile(
    r"(?<![(<\[`\"'])(?:link:)?(https?://[^\s\[\]<>()]{1,1500})\[([^\]\n]{1,600})\]"
)
_ADOC_BLOCK: Final = re.compile(r"\.([A-Z][\w ]{1,40})\Z")
_ADOC_FENCE: Final = re.compile(
    r"(?:_{4,}|={4,}|\*{4,}|-{4,}|\+{4,}|\[(?:quote|abstract|NOTE|example|verse)[^\]\n]*\])[ \t]*\Z"
)
_WIKI_LINK: Final = re.compile(r"(?<!\[)\[(https?://[^\s\]]{1,1500})[ \t]+([^\]\n]{1,600})\](?!\()")

_DEFINITION: Final = re.compile(
    r"[ ]{0,3}\[(\^?[^\]\n]{1,60})\]:[ \t]*<?(https?://[^\s>]{1,1500})>?(?:[ \t]+.{0,300})?\Z"
)
_REFERENCE: Final = re.compile(
    r"(?<!\\)\[((?:[^\[\]\n]|\[[^\[\]\n]{0,300}\]){1,600})\][ ]?\[([^\]\n]{0,60})\]"
)
_MOST_LINKS: Final = 400
"""Brackets of a line; one with more is no text."""
_FOOTNOTE: Final = re.compile(r"\[\^([^\]\n]{1,60})\](?!:)")
_CALLOUT: Final = re.compile(r"([ \t]*>[ \t]*)\[!(\w{2,20})\][-+]?[ \t]*(.*)")
_PAGE_LINK: Final = re.compile(r"\[\[([^\[\]|\n]{1,200})(?:\|([^\[\]\n]{1,200}))?\]\](?!\()")
_MAIL_LINK: Final = re.compile(r"\\\\ \( (https?://\S{1,100})[^)\n]{0,40}\)")


def as_markdown(text: str) -> str:
    """The text with as many lines, in which headings, links and labels of other markups are Markdown's."""
    changed = text
    if "\n\\\\\n" in changed and "\narXiv:" in changed:
        changed = _from_mail(changed)
    if ("[[" in changed or "#+" in changed or ":PROPERTIES:" in changed) and _ORG.search(changed):
        changed = _from_org(changed)
    if "]:" in changed:
        changed = _with_inline_links(changed)
    if "[!" in changed or "[[" in changed:
        changed = _from_notes(changed)
    if "\n=" in changed or changed.startswith("="):
        changed = _from_equals(changed)
    if "`_" in changed:
        changed = _RST_LINK.sub(r"[\1](\2)", changed)
    return _from_underlined(changed)


def _from_mail(text: str) -> str:
    r"""The announcement that arXiv sends by mail: `\\` stands between a head, its abstract and the link."""
    lines = []
    is_field = False
    for line in text.split("\n"):
        link = _MAIL_LINK.match(line)
        if line.strip() == "\\\\" or link:
            is_field = False
            lines.append(f"Link: {link[1]}" if link else "")
        elif line.startswith("  ") and is_field:
            lines.append(line.strip())
        else:
            is_field = ": " in line[:30]
            lines.append(f"Subjects: {line[12:]}" if line.startswith("Categories: ") else line)
    return "\n".join(lines)


def _from_org(text: str) -> str:
    lines: list[str] = []
    for line in text.split("\n"):
        heading = _ORG_HEADING.match(line)
        setting = _ORG_SETTING.match(line)
        field = _FIELD.match(line)
        if heading:
            lines.append(f"#{'#' * min(len(heading[1]), 5)} {_org_links(heading[2])}")
        elif setting:
            lines.append(f"# {setting[2]}" if setting[1].lower() == "title" else "")
        elif line.lstrip().lower().startswith("#+"):
            lines.append("")
        elif field:
            lines.append(
                "" if field[1].lower() in _DRAWER else f"**{field[1]}**: {_org_links(field[2] or '')}"
            )
        else:
            lines.append(_org_links(_ORG_FIELD.sub(r"\1\2: \3", line)))
    return "\n".join(lines)


def _org_links(line: str) -> str:
    if "[[" not in line:
        return line
    return _ORG_LINK.sub(lambda m: f"[{m[2]}]({m[1]})" if m[2] else m[1], line)


def _with_inline_links(text: str) -> str:
    """Links by reference, and footnotes that are addresses, where they are used; the definitions become blank."""
    lines = text.split("\n")
    found = {i: match for i, line in enumerate(lines) if "]:" in line and (match := _DEFINITION.match(line))}
    if not found:
        return text
    targets = {match[1].lower(): match[2] for match in found.values()}
    used: set[str] = set()

    def inline(match: re.Match[str]) -> str:
        key = (match[2] or match[1]).lower()
        if key not in targets:
            return match[0]
        used.add(key)
        return f"[{match[1]}]({targets[key]})"

    def footnote(match: re.Match[str]) -> str:
        key = f"^{match[1].lower()}"
        if key not in targets:
            return match[0]
        used.add(key)
        return f" {targets[key]}"

    changed = [
        line
        if i in found or not 0 < line.count("[") <= _MOST_LINKS
        else _FOOTNOTE.sub(footnote, _REFERENCE.sub(inline, line))
        for i, line in enumerate(lines)
    ]
    for i, match in found.items():
        if match[1].lower() in used:
            changed[i] = ""
    return "\n".join(changed)


def _from_notes(text: str) -> str:
    """Callouts and links between pages, as Obsidian and Logseq write them."""
    lines = []
    for line in text.split("\n"):
        callout = _CALLOUT.match(line) if "[!" in line else None
        if callout:
            text = callout[3] if len(callout[3]) > 60 else ""
            lines.append(f"{callout[1]}**{callout[2].capitalize()}**: {text}")
        else:
            lines.append(
                _PAGE_LINK.sub(lambda m: m[2] or m[1], line) if "[[" in line and "::" in line else line
            )
    return "\n".join(lines)


def _from_equals(text: str) -> str:
    """AsciiDoc and wiki pages: their headings are equals signs."""
    lines = text.split("\n")
    n_headings = sum(line.startswith("=") and _EQUALS_HEADING.match(line) is not None for line in lines)
    n_wiki = sum(line.startswith("==") and _WIKI_HEADING.match(line) is not None for line in lines)
    if n_wiki >= 2:  # one line of equals signs is no page
        return "\n".join(_wiki_line(line) for line in lines)
    if not n_headings or any(line.startswith("# ") for line in lines):
        return text
    return "\n".join(_adoc_line(line) for line in lines)


def _wiki_line(line: str) -> str:
    heading = _WIKI_HEADING.match(line) if line.startswith("==") else None
    if heading:
        line = f"{'#' * len(heading[1])} {heading[2]}"
    return _WIKI_LINK.sub(r"[\2](\1)", line.replace("'''", "**").replace("''", "*"))


def _adoc_line(line: str) -> str:
    heading = _EQUALS_HEADING.match(line) if line.startswith("=") else None
    if heading:
        line = f"{'#' * len(heading[1])} {heading[2]}"
    elif _ADOC_FENCE.match(line):
        return ""
    elif block := _ADOC_BLOCK.match(line):
        return f"**{block[1]}**:"
    line = line.removesuffix(" +")
    return _ADOC_LINK.sub(r"[\2](\1)", line)


def _from_underlined(text: str) -> str:
    """Titles over a line of one sign, as reST and old Markdown write headings; fields between colons."""
    lines = text.split("\n")
    found = {i: lines[i][0] for i in range(1, len(lines)) if _is_underlined(lines, i)}
    if not found:
        return text
    order: list[str] = []
    is_rst = any(mark not in _SETEXT for mark in found.values()) or any(_is_rst_field(line) for line in lines)
    levels: dict[str, int] = {} if is_rst else {"=": 1, "-": 2}
    if not is_rst and not _are_headings(lines, found):
        found = {i: mark for i, mark in found.items() if mark == "=" or len(lines[i].rstrip()) > 5}
    for i, mark in found.items():
        if mark not in levels:
            order.append(mark)
            levels[mark] = len(order)
        lines[i - 1] = f"{'#' * min(levels[mark], 6)} {lines[i - 1].strip()}"
        lines[i] = ""
        if i > 1 and lines[i - 2].rstrip() and set(lines[i - 2].strip()) == {mark}:
            lines[i - 2] = ""
    if is_rst:
        for i, line in enumerate(lines):
            field = _FIELD.match(line) if line.lstrip().startswith(":") else None
            if field:
                lines[i] = f"**{field[1]}**: {field[2] or ''}"
    return "\n".join(lines)


def _is_underlined(lines: list[str], i: int) -> bool:
    """Whether line `i` underlines the one above, which stands after a blank line (or an overline) and is a title."""
    line = lines[i].rstrip()
    if len(line) < 3 or _UNDERLINE.match(line) is None:
        return False
    title = lines[i - 1].strip()
    above = lines[i - 2].strip() if i > 1 else ""
    if above and (set(above) != {line[0]} or len(above) < 3):
        return False
    if not title or len(title) > 300 or _NO_TITLE.search(title) or _UNDERLINE.match(title):
        return False
    if line[0] not in _SETEXT and abs(len(line) - len(title)) > 3:
        return False
    return len(_TITLE_WORDS.findall(title)) > 0 or len(title) > 3


def _is_rst_field(line: str) -> bool:
    return line.startswith(":") and _FIELD.match(line) is not None


def _are_headings(lines: list[str], found: dict[int, str]) -> bool:
    """Whether `---` mostly underlines: where most such lines stand alone, they divide."""
    rules = sum(line.rstrip() == "---" for line in lines)
    underlining = sum(lines[i].rstrip() == "---" for i in found)
    return underlining >= 0.8 * rules
