"""Every entry of a folder of digests as JSON lines, and what differs between two such dumps.

    python tests/corpus/entry_dump.py dump FOLDER > before.jsonl
    python tests/corpus/entry_dump.py compare before.jsonl after.jsonl

Run the first before and after a change of a reader: the second counts, field by field, what the change did to real
digests, and shows every difference that there is.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))

from paperhouse.transforms.read_digest import ReadDigest, read_digest
from paperhouse.transforms.text.path_metadata import Place

FACTS = (
    "format",
    "list_name",
    "digest_date",
    "date_source",
    "encoding",
    "unit",
    "n_lines",
    "n_entry_lines",
    "n_reject_lines",
    "n_furniture_lines",
    "n_ids_seen",
    "n_ids_unaccounted",
    "fault",
)
Line = dict[str, Any]
Key = tuple[str, int]


def dump_lines(folder: Path) -> Iterator[Line]:
    """One line for each file that is a digest, followed by one for each of its entries."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        digest = read_digest(path.read_bytes(), Place(name, path.relative_to(folder).parts))
        if digest is None:
            yield {"path": name, "position": 0, "format": None}
        else:
            yield from _digest_lines(name, digest)


def _digest_lines(name: str, digest: ReadDigest) -> Iterator[Line]:
    facts = {fact: getattr(digest, fact) for fact in FACTS}
    rejects = [asdict(reject) for reject in digest.rejects]
    repairs = [asdict(repair) for repair in digest.repairs]
    yield {"path": name, "position": 0, **facts, "rejects": rejects, "repairs": repairs}
    for position, entry in enumerate(digest.entries, start=1):
        yield {"path": name, "position": position, **asdict(entry)}


def differences(before: Path, after: Path) -> Iterator[tuple[Key, str, Any, Any]]:
    """Path and position, field, and its values before and after; `(line)` is a line that only one side has."""
    old, new = _lines_by_key(before), _lines_by_key(after)
    for key in sorted(old.keys() | new.keys()):
        was, now = old.get(key), new.get(key)
        if was is None or now is None:
            yield key, "(line)", was, now
        elif was != now:
            for name in was.keys() | now.keys():
                if was.get(name) != now.get(name):
                    yield key, name, was.get(name), now.get(name)


def _lines_by_key(path: Path) -> dict[Key, Line]:
    with path.open(encoding="utf-8") as file:
        lines = map(json.loads, file)
        return {(line["path"], line["position"]): line for line in lines}


def _print_differences(before: Path, after: Path) -> None:
    counts: Counter[str] = Counter()
    for (path, position), name, was, now in differences(before, after):
        counts[f"{'entry' if position else 'digest'} {name}"] += 1
        sys.stdout.write(f"{path} #{position} {name}\n  - {_shown(was)}\n  + {_shown(now)}\n")
    sys.stdout.write(f"{dict(counts) or 'no difference'}\n")


def _shown(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)[:600]


if __name__ == "__main__":
    if sys.argv[1] == "dump":
        for dumped in dump_lines(Path(sys.argv[2])):
            sys.stdout.write(json.dumps(dumped, default=date.isoformat) + "\n")
    else:
        _print_differences(Path(sys.argv[2]), Path(sys.argv[3]))
