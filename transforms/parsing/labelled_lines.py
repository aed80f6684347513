"""Lines of the form `**Label**: text`, in the dresses that digests give them."""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import NamedTuple

from paperhouse.transforms.arxiv.identifiers import ID_PATTERN
from paperhouse.transforms.parsing.field_names import field_role, normal_name

_LABEL = re.compile(
    r"(?P<stars>\*\*)?(?P<label>[^:：*\n<>|]{1,50}?)[ \t]*(?P<end>\*\*[ \t]*[:：]|[:：]\*\*|[:：])"
)
# `arXiv:2403.13101` is how papers are cited, in comments and abstracts, where a line may begin with it.
_CITED_ID = re.compile(rf"\**arXiv:{ID_PATTERN}", re.IGNORECASE)

_NOTE_KINDS = {
    name: kind
    for kind, names in {
        "motivation": "motivation|background|动机|研究动机|背景",
        "method": "method|methods|approach|方法|方法要点",
        "result": "result|results|experiments|结果|实验结果",
        "conclusion": "conclusion|conclusions|结论",
        "ai_comment": "ai_comment|ai_comments|ai comment|ai comments",
        "ai_abstract": "ai_abstract|ai abstract",
        "key_points": "3 点简述|三点简述|要点|核心要点|key points|key point",
    }.items()
    for name in names.split("|")
}
_NOTHING: frozenset[str] = frozenset()
AFTER_ABSTRACT = frozenset(
    {"abstract_zh", "title_zh", "translation", "keywords", "ai_abstract", "ai_comment", "summary"}
)
"""Keys that may follow an abstract; any other label there is a line of the abstract itself."""


class LabelledLine(NamedTuple):
    """Label as written, the text behind it, and whether the label is bold."""

    label: str
    text: str
    is_bold: bool


def labelled_line(line: str) -> LabelledLine | None:
    """Split one line into its label and text; None if it has no label.

    Quote and list marks before the label are taken off. The colon may be full-width and stand inside, outside
    or without stars; where they close at the end of the line (`- **分类: cs.CV**`) they are taken off there.
    `arXiv:2403.13101` is an identifier and no label.
    """
    if ":" not in line and "：" not in line:
        return None
    written = line.lstrip(" \t>-+")
    match = _LABEL.match(written)
    if match is None or _CITED_ID.match(written) or ("**" in match["end"] and not match["stars"]):
        return None
    text = match.string[match.end() :].strip(" \t")
    if match["stars"] and "**" not in match["end"]:
        text = text.removesuffix("**").rstrip(" \t")
    return LabelledLine(match["label"].strip(" \t"), text, match["stars"] is not None)


@lru_cache(maxsize=4096)  # a digest has the same few in every section
def label_key(label: str) -> str | None:
    """Key of a known label: its field role, or the kind of a generated note (`motivation` for `动机`)."""
    return field_role(label) or _NOTE_KINDS.get(normal_name(label))


def bold_label(line: str) -> LabelledLine | None:
    """Split one line like `labelled_line`, but only where the label is bold."""
    labelled = labelled_line(line)
    return labelled if labelled and labelled.is_bold else None


def read_labels(
    lines: Iterable[str],
    split: Callable[[str], LabelledLine | None] = bold_label,
    closing: frozenset[str] = _NOTHING,
) -> dict[str, str]:
    """Texts by the key of their label, from lines of which some are labelled; key "" is text before any label.

    A line without a known label, or with one that was there before, continues the text it stands in: so
    labels inside texts do no harm. After a key of `closing` only keys of `AFTER_ABSTRACT` begin a text.
    """
    texts: dict[str, list[str]] = {"": []}
    key, is_closed = "", False
    for line in lines:
        labelled = split(line)
        name = label_key(labelled.label) if labelled else None
        if labelled is None or name is None or name in texts or (is_closed and name not in AFTER_ABSTRACT):
            texts[key].append(line)
            continue
        key, is_closed = name, is_closed or name in closing
        texts[key] = [labelled.text]
    return {name: text for name, body in texts.items() if (text := "\n".join(body).strip(" \t\n"))}
