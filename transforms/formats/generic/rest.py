"""Lines beside the records: furniture, or rejects where they link to a paper that no entry has."""

from collections.abc import Sequence

from paperhouse.transforms.digest import Furniture, Parsed, Reject


def covered_lines(parsed: Parsed) -> set[int]:
    """Lines that stand in entries and rejects."""
    covered: set[int] = set()
    for entry in parsed.entries:
        covered.update(range(entry.line_start, entry.line_end + 1))
    for reject in parsed.rejects:
        covered.update(range(reject.line_start, reject.line_end + 1))
    return covered


def claim_rest(parsed: Parsed, kinds: Sequence[str | None], lines: Sequence[str], lost: set[int]) -> None:
    """Claim every line that no record has; `kinds` says what each line is, None for blank ones.

    Lines in `lost` (from 1) become rejects: they name papers that are in no entry.
    """
    covered = covered_lines(parsed)
    for number, kind in enumerate(kinds, start=1):
        if number in covered or kind is None:
            continue
        last = parsed.furniture[-1] if parsed.furniture else None
        if number in lost:
            parsed.rejects.append(Reject(number, number, "not_understood", lines[number - 1]))
        elif last and last.kind == kind and last.line_end == number - 1:
            parsed.furniture[-1] = Furniture(last.line_start, number, kind)
        else:
            parsed.furniture.append(Furniture(number, number, kind))
