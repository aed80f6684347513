"""The curation file of a home: what people know better about who is who."""

from pathlib import Path

from paperhouse.transforms.persons.corrections import (
    Correction,
    Corrections,
    CurationError,
    read_curation,
    refuse_contradictions,
    write_curation,
)
from paperhouse.warehouse.storage.atomic_files import fsync_path, replace_durably
from paperhouse.warehouse.storage.home import Home


def curation_of(home: Home) -> Corrections:
    """The corrections of this home; none where there is no file.

    Raises:
        CurationError: the file cannot be read, or contradicts itself.
    """
    path = home.curation
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return Corrections()
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path}: cannot be read ({error}); make it a CSV file in UTF-8, or remove it"
        raise CurationError(msg) from error
    return read_curation(text, str(path))


def write_if_absent(home: Home, rows: list[Correction]) -> bool:
    """Write the curation file of these rows, unless the home has one or there are none; whether it did."""
    if home.curation.exists() or not rows:
        return False
    _write(home, rows)
    return True


def add_corrections(home: Home, added: list[Correction]) -> Path:
    """Write these rows below those that the curation file has; return its path.

    Raises:
        CurationError: they contradict a row of it, which then stays as it is.
    """
    rows = sorted(curation_of(home).rows, key=lambda row: row.line)
    known = {(row.verdict, row.mention, row.other) for row in rows}
    last = max((row.line for row in rows), default=1)
    fresh = [row for row in added if (row.verdict, row.mention, row.other) not in known]
    numbered = [
        Correction(row.verdict, row.mention, row.other, row.reason, row.stated, last + number)
        for number, row in enumerate(fresh, 1)
    ]
    refuse_contradictions([*rows, *numbered], str(home.curation))
    home.root.mkdir(parents=True, exist_ok=True)
    _write(home, [*rows, *numbered])
    return home.curation


def _write(home: Home, rows: list[Correction]) -> None:
    draft = home.curation.with_suffix(".csv.new")
    draft.write_text(write_curation(rows), encoding="utf-8")
    fsync_path(draft)
    replace_durably(draft, home.curation)
