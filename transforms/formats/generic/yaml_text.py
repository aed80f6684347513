"""The part of YAML that digests write: mappings, lists, quoted and block texts. No anchors, tags or references."""

# ruff: noqa: E501  (patterns and vocabularies are read in one piece; the numbers are lengths of what is looked at)

import re
from collections.abc import Sequence
from typing import Final

_KEY: Final = re.compile(
    r"(?P<key>\"[^\"\n]{1,80}\"|'[^'\n]{1,80}'|[^\s:#\"'{\[\-&*!|>%@`][^:#\n]{0,80}?|-[^\s:][^:\n]{0,80}?)[ \t]*:(?:[ \t]++(?P<value>.*)|[ \t]*+)\Z"
)
_BLOCK: Final = re.compile(r"(?P<style>[|>])[-+\d]{0,2}[ \t]*(?:#.*)?\Z")
_MAX_DEPTH: Final = 12
_COMMENT: Final = re.compile(r"(?<![ \t])[ \t]+#[^\n]*")


def read_mapping(lines: Sequence[str]) -> dict[str, object]:
    """Fields of the mapping in these lines: texts, lists of texts or mappings, and mappings. Lines that are none are left out."""
    value, _ = _read(list(lines), 0, 0)
    return value if isinstance(value, dict) else {}


def _read(lines: list[str], at: int, depth: int) -> tuple[object, int]:
    """Value that starts at index `at`, and the index behind it."""
    at = _next(lines, at)
    if at >= len(lines) or depth > _MAX_DEPTH:
        return None, len(lines)
    indent = _indent(lines[at])
    if lines[at][indent : indent + 1] == "-" and lines[at][indent + 1 : indent + 2] in {"", " ", "\t"}:
        return _read_list(lines, at, indent, depth)
    return _read_dict(lines, at, indent, depth)


def _read_dict(lines: list[str], at: int, indent: int, depth: int) -> tuple[dict[str, object], int]:
    fields: dict[str, object] = {}
    while (at := _next(lines, at)) < len(lines):
        here = _indent(lines[at])
        if here < indent:
            break
        match = _KEY.match(lines[at].strip()) if here == indent else None
        if match is None:
            at += 1
            continue
        value, at = _read_value((match["value"] or "").strip(), lines, at, indent, depth)
        fields.setdefault(match["key"].strip("\"' "), value)
    return fields, at


def _read_list(lines: list[str], at: int, indent: int, depth: int) -> tuple[list[object], int]:
    values: list[object] = []
    while (at := _next(lines, at)) < len(lines):
        line = lines[at]
        if _indent(line) != indent or line[indent] != "-":
            break
        inner = line[indent + 1 :].lstrip(" \t")
        if _KEY.match(inner) and not inner.startswith(("http", '"http')):
            column = len(line) - len(inner)
            lines[at] = " " * column + inner
            fields, at = _read_dict(lines, at, column, depth + 1)
            values.append(fields)
        else:
            value, at = _read_value(inner.strip(), lines, at, indent, depth)
            values.append(value)
    return values, at


def _read_value(written: str, lines: list[str], at: int, indent: int, depth: int) -> tuple[object, int]:
    block = _BLOCK.match(written)
    if block:
        return _read_block(lines, at + 1, indent, block["style"])
    if written[:1] in {"[", "{"} and written.endswith(("]", "}")):
        return _flow(written), at + 1
    if written and written[:1] not in "\"'":
        text, at = _continued(written, lines, at + 1, indent)
        return _COMMENT.sub("", text), at
    if written:
        return _quoted(written, lines, at, indent)
    after = _next(lines, at + 1)
    if after < len(lines) and (
        _indent(lines[after]) > indent
        or (_indent(lines[after]) == indent and lines[after].lstrip().startswith("- "))
    ):
        return _read(lines, after, depth + 1)
    return None, at + 1


def _read_block(lines: list[str], at: int, indent: int, style: str) -> tuple[str, int]:
    body: list[str] = []
    while at < len(lines) and (not lines[at].strip() or _indent(lines[at]) > indent):
        body.append(lines[at].strip())
        at += 1
    while body and not body[-1]:
        body.pop()
    if style == "|":
        return "\n".join(body), at
    return "\n".join(" ".join(part.split("\n")) for part in "\n".join(body).split("\n\n")), at


def _continued(written: str, lines: list[str], at: int, indent: int) -> tuple[str, int]:
    """A plain text that goes on in lines that are indented more."""
    parts = [written]
    while (
        at < len(lines)
        and lines[at].strip()
        and _indent(lines[at]) > indent
        and not _KEY.match(lines[at].strip())
    ):
        parts.append(lines[at].strip())
        at += 1
    return " ".join(parts), at


def _quoted(written: str, lines: list[str], at: int, indent: int) -> tuple[str, int]:
    quote = written[0]
    parts, at = [written], at + 1
    while (
        not _closes(parts[-1], quote, is_first=len(parts) == 1)
        and at < len(lines)
        and (not lines[at].strip() or _indent(lines[at]) > indent)
    ):
        parts.append(lines[at].strip())
        at += 1
    text = " ".join(parts)
    end = text.rfind(quote)
    inner = text[1:end] if end > 0 else text[1:]
    if quote == "'":
        return inner.replace("''", "'"), at
    return re.sub(r"\\([\"\\/nt])", lambda m: {"n": "\n", "t": "\t"}.get(m[1], m[1]), inner), at


def _closes(part: str, quote: str, *, is_first: bool) -> bool:
    body = part[1:] if is_first else part
    return body.rstrip().endswith(quote) and not body.rstrip().endswith("\\" + quote)


def _flow(written: str) -> object:
    if written.startswith("{"):
        return written
    parts = re.findall(
        r"(?:(?<![\s,])[\s,]+)?(?:\"((?:[^\"\\]|\\.)*)\"|'((?:[^']|'')*)'|([^,\[\]]+))", written[1:-1]
    )
    return [
        text for match in parts if (text := (match[0] or match[1].replace("''", "'") or match[2]).strip())
    ]


def _next(lines: list[str], at: int) -> int:
    while at < len(lines) and (not lines[at].strip() or lines[at].lstrip().startswith("#")):
        at += 1
    return at


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
