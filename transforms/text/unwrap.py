"""Line breaks that are layout, taken out of texts that arrive wrapped at a fixed width."""

from itertools import pairwise

_WIDTH = 80
_FIRST_INDENT = "  "


def unwrap(text: str) -> str:
    """Join the lines of a text that was wrapped at a fixed width; any other text stays as it is.

    arXiv's API used to wrap abstracts at 80 columns. A break is layout where the first word of the next line
    would not have fitted, and a text was wrapped if all its breaks are layout but those before a paragraph.
    arXiv indents a paragraph by two spaces: they are kept, and those of the first one, which digests trim,
    are counted.
    """
    if "\n" not in text:
        return text
    lines = text.split("\n")
    pairs = list(pairwise([_FIRST_INDENT + lines[0].lstrip(" "), *lines[1:]]))
    is_wrapped = [_is_wrapped(before, after) for before, after in pairs]
    if not all(wrapped or _is_paragraph(line) for wrapped, line in zip(is_wrapped, lines[1:], strict=True)):
        return text
    joints = (" " if wrapped else "\n" for wrapped in is_wrapped)
    return lines[0] + "".join(joint + line for joint, line in zip(joints, lines[1:], strict=True))


def _is_wrapped(before: str, line: str) -> bool:
    word = line.partition(" ")[0]
    return bool(word) and len(before) <= _WIDTH <= len(before) + 1 + len(word)


def _is_paragraph(line: str) -> bool:
    return not line or line.startswith(" ")
