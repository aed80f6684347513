"""What the generic reader found in a text, in words that `inspect` shows: the record, its fields, and why."""

from dataclasses import dataclass, field

from paperhouse.transforms.digest import Parsed


@dataclass(slots=True)
class Structure:
    """The record of one text and what its fields were read from.

    `record` says what repeats (`heading of level 3`), `reasons` why it was taken for the record, `fields` names
    each field with where it stood and in how many entries, as in `("title", "heading", 27)`.
    """

    format: str
    record: str
    reasons: list[str] = field(default_factory=list)
    fields: list[tuple[str, str, int]] = field(default_factory=list)
    rule_record: str = ""
    """The record as `[[formats]]` names it: `section 3`, `list item`, `papers[*]`, `div.card`."""


@dataclass(slots=True)
class Reading:
    """A text as the generic reader read it."""

    parsed: Parsed
    structure: Structure
