"""Line breaks that are layout, taken out of texts that arrive wrapped at a fixed width."""

from itertools import pairwise

_WIDTH = 80
_FIRST_INDENT = "  "


def unwrap(text: str) -> str:
    """Join lines that a fixed width broke; every other line break stays.

    arXiv's API wrapped abstracts at 80 columns until the end of 2025. A break is layout where the first word of
    the next line would not have fitted. arXiv indents a paragraph by two spaces: they are kept, and those of the
    first one, which digests trim, are counted.
    """
    if "\n" not in text:
        return text
    lines = text.split("\n")
    joined = [lines[0]]
    for before, line in pairwise([_FIRST_INDENT + text[: text.index("\n")].lstrip(" "), *lines[1:]]):
        word = line.partition(" ")[0]
        is_layout = word and len(before) <= _WIDTH <= len(before) + 1 + len(word)
        joined.append((" " if is_layout else "\n") + line)
    return "".join(joined)
