"""What people know better: pairs of mentions that are, or are not, one person's."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from io import StringIO
from typing import Final

import polars as pl

from paperhouse.transforms.errors import PaperhouseError

Mention = tuple[str, int]
COLUMNS: Final = ("verdict", "mention", "other", "reason", "date")
HEADER: Final = ",".join(COLUMNS) + "\n"
_VERDICTS: Final = ("same", "different")


class CurationError(PaperhouseError):
    """The curation file cannot be applied: a row is malformed, or two rows contradict each other."""


@dataclass(frozen=True, slots=True, order=True)
class Correction:
    """Two mentions, the smaller first, that are one person's (`same`) or two persons' (`different`)."""

    verdict: str
    mention: Mention
    other: Mention
    reason: str = ""
    stated: date | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class Corrections:
    """All corrections that hold; those about mentions that are not there have no effect."""

    rows: tuple[Correction, ...] = ()

    def mentions(self) -> pl.Series:
        """Every mention that is spoken of, as structs (arxiv_id, position)."""
        keys = sorted({key for row in self.rows for key in (row.mention, row.other)})
        return pl.DataFrame(
            keys, schema={"arxiv_id": pl.String, "position": pl.UInt32}, orient="row"
        ).to_struct("mention")

    def pairs_in(self, mentions: pl.DataFrame) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """Pairs of these mentions (author_id, arxiv_id, position), by row: what is one person's, what two persons'."""
        if not self.rows:
            return [], []
        named = mentions.with_row_index("row").filter(
            pl.struct("arxiv_id", "position").is_in(self.mentions().implode())
        )
        rows = {
            (arxiv_id, position): (author, row)
            for row, author, arxiv_id, position in named.select(
                "row", "author_id", "arxiv_id", "position"
            ).iter_rows()
        }
        pairs: dict[str, list[tuple[int, int]]] = {"same": [], "different": []}
        for one in self.rows:
            if one.mention in rows and one.other in rows:
                (author, row), (other_author, other) = rows[one.mention], rows[one.other]
                if author == other_author:
                    pairs[one.verdict].append((row, other))
        return pairs["same"], pairs["different"]


NO_CORRECTIONS: Final = Corrections()


def read_mention(text: str) -> Mention:
    """Read `2504.04178:3`, a paper and a position in its author list.

    Raises:
        CurationError: it is not of that form.
    """
    arxiv_id, colon, position = text.strip().rpartition(":")
    if not colon or not position.isdecimal() or not int(position) or not arxiv_id:
        msg = f"{text!r} is no mention of an author; write PAPER:POSITION, such as 2504.04178:3"
        raise CurationError(msg)
    return arxiv_id, int(position)


def read_curation(text: str, path: str) -> Corrections:
    """Read a curation file: CSV with the columns of `COLUMNS`.

    Raises:
        CurationError: a row is malformed, or two rows contradict each other; it names file, lines and mentions.
    """
    reader = csv.DictReader(StringIO(text))
    if reader.fieldnames is not None and tuple(reader.fieldnames) != COLUMNS:
        msg = f"{path}:1: the header is {','.join(reader.fieldnames)!r}; write {HEADER.strip()!r}"
        raise CurationError(msg)
    rows = [_read_row(row, path, reader.line_num) for row in reader]
    refuse_contradictions(rows, path)
    return Corrections(tuple(sorted(rows)))


def _read_row(row: dict[str, str], path: str, line: int) -> Correction:
    verdict = (row["verdict"] or "").strip()
    if verdict not in _VERDICTS:
        msg = f"{path}:{line}: the verdict {verdict!r} is neither same nor different; write one of the two"
        raise CurationError(msg)
    try:
        one, other = sorted((read_mention(row["mention"] or ""), read_mention(row["other"] or "")))
        stated = date.fromisoformat(row["date"]) if row["date"] else None
    except (CurationError, ValueError) as error:
        msg = f"{path}:{line}: {error}; mend or delete the row"
        raise CurationError(msg) from None
    if one == other:
        msg = f"{path}:{line}: {one[0]}:{one[1]} is compared with itself; name two mentions"
        raise CurationError(msg)
    return Correction(verdict, one, other, row["reason"] or "", stated, line)


def refuse_contradictions(rows: Iterable[Correction], path: str) -> None:
    """Check that no two mentions are both one person's, perhaps by way of others, and two persons'.

    Raises:
        CurationError: they are; it names the rows.
    """
    ordered = sorted(rows)
    parent: dict[Mention, Mention] = {}

    def root(mention: Mention) -> Mention:
        while parent.get(mention, mention) != mention:
            mention = parent[mention]
        return mention

    for row in ordered:
        if row.verdict == "same":
            parent[root(row.other)] = root(row.mention)
    for row in ordered:
        if row.verdict == "different" and root(row.mention) == root(row.other):
            lines = sorted(
                same.line
                for same in ordered
                if same.verdict == "same" and root(same.mention) == root(row.mention)
            )
            msg = (
                f"{path}:{row.line}: {_shown(row.mention)} and {_shown(row.other)} are called different here, "
                f"but one person by line {', '.join(map(str, lines))}; delete one of these rows"
            )
            raise CurationError(msg)


def _shown(mention: Mention) -> str:
    return f"{mention[0]}:{mention[1]}"


def write_curation(corrections: Iterable[Correction]) -> str:
    """The text of a curation file with these rows."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in corrections:
        stated = row.stated.isoformat() if row.stated else ""
        writer.writerow((row.verdict, _shown(row.mention), _shown(row.other), row.reason, stated))
    return text.getvalue()
