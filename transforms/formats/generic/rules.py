"""What a user says about files that the reader does not understand by itself: `[[formats]]` in the settings."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from paperhouse.transforms.errors import SettingsError
from paperhouse.transforms.formats.generic.blocks import BOLD_LEVEL
from paperhouse.transforms.formats.generic.structure import Structure
from paperhouse.transforms.parsing.field_names import NAMES, Role
from paperhouse.transforms.text.path_metadata import Place

Signature = tuple[str, int | None]

RECORDS: Final[dict[str, Signature]] = {
    "list item": ("li", None),
    "table row": ("tr", None),
    "quote": ("quote", None),
    "details": ("details", None),
    "paragraph": ("p", None),
    "page": ("page", 0),
    "bold line": ("h", BOLD_LEVEL),
    **{f"section {level}": ("h", level) for level in range(1, 7)},
}
"""Records of a text by name; any other name is a path of a JSON document (`papers[*]`) or an element (`div.card`)."""
_LABELLED: Final = re.compile(r"(?:label|key|column) '(.{1,60})'\Z")


@dataclass(frozen=True, slots=True)
class FormatRule:
    """Which files a rule speaks of, what their record is (None: find it), and labels of fields that nobody knows."""

    files: tuple[str, ...]
    record: str | None = None
    fields: tuple[tuple[Role, str], ...] = ()

    def matches(self, place: Place) -> bool:
        """Whether a glob fits the path, or the end of it from some folder on: the one that was given at the most."""
        from_given = "/".join(place.parts[-len(place.path.split("/")) - 1 :])
        return any(
            fnmatchcase(path, glob) or fnmatchcase(path, f"*/{glob}")
            for path in (place.path, from_given)
            for glob in self.files
        )

    @property
    def reading(self) -> str:
        """How files are read by this rule: equal for two that read alike, whatever files they speak of."""
        return json.dumps([self.record, self.fields])

    @property
    def signature(self) -> Signature | None:
        """The kind of block that is the record, where it is one of a text."""
        return RECORDS.get(self.record) if self.record else None


def format_rule(files: Sequence[str], record: str | None, fields: Mapping[str, str]) -> FormatRule:
    """Rule of a `[[formats]]` block.

    Raises:
        SettingsError: a field that there is none of, or no glob.
    """
    if not files:
        msg = '[[formats]]: files is empty; give globs, as in files = ["my-list/*.md"]'
        raise SettingsError(msg)
    pairs: list[tuple[Role, str]] = []
    for role, label in fields.items():
        if role not in NAMES:
            msg = f"[[formats]] fields: {role!r} is no field; the fields are {', '.join(NAMES)}"
            raise SettingsError(msg, field=role)
        pairs.append((role, label))
    return FormatRule(tuple(files), record, tuple(pairs))


def rule_for(place: Place, rules: Sequence[FormatRule]) -> FormatRule | None:
    """The first rule that speaks of this file."""
    return next((rule for rule in rules if rule.matches(place)), None)


def suggested_block(path: str, structure: Structure) -> str:
    """The `[[formats]]` block that says what was found in a file: a beginning to correct by hand."""
    *_, folder, name = ("", *path.split("/"))
    glob = "*." + name.rpartition(".")[2] if "." in name else name
    glob = glob if folder in {"", ".", ".."} else f"{folder}/{glob}"
    fields: dict[str, str] = {}
    for field, source, _ in structure.fields:
        match = _LABELLED.match(source)
        if match and _role(field) is not None:
            fields.setdefault(field, match[1])
    lines = [
        "[[formats]]",
        "# found: " + " ".join(f"{structure.record}; {'; '.join(structure.reasons)}".split()),
        f"files = [{_quoted(glob)}]",
        f"record = {_quoted(structure.rule_record)}",
    ]
    pairs = ", ".join(f"{field} = {_quoted(label)}" for field, label in fields.items())
    lines.append(
        f"fields = {{ {pairs} }}" if pairs else '# fields = { authors = "Written by", abstract = "Blurb" }'
    )
    return "\n".join(lines) + "\n"


def _role(field: str) -> Role | None:
    return next((role for role in NAMES if role == field), None)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
