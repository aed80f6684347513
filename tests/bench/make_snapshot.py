"""Write a synthetic snapshot of arXiv's metadata in Kaggle's layout: `python make_snapshot.py FILE MEGABYTES [MONTHS]`.

Records are of the length of real ones (1.6 kB on average), authors repeat as real ones do, months hold 4,000 papers
each, so that 400 MB are 240,000 records.
"""

import json
import random
import sys
from pathlib import Path

PER_MONTH = 4_000
WORDS = [
    "we",
    "present",
    "a",
    "model",
    "of",
    "the",
    "transformer",
    "with",
    "attention",
    "that",
    "learns",
    "from",
    "data",
    "and",
    "shows",
    "state",
    "of",
    "the",
    "art",
    "results",
    "on",
    "several",
    "benchmarks",
    "while",
    "using",
    "less",
    "memory",
    "than",
    "before",
    "in",
    "quantum",
    "field",
    "theory",
    "of",
    "graphs",
]


def record(number: int, month: str, within: int, rng: random.Random) -> dict[str, object]:
    """One record; the same number gives the same one."""
    names = [
        (f"Family{rng.randrange(60_000)}", f"{chr(65 + rng.randrange(26))}.", "")
        for _ in range(rng.randint(1, 8))
    ]
    return {
        "id": f"{month}.{within:05d}",
        "submitter": " ".join(reversed(names[0][:2])),
        "authors": ", ".join(f"{given} {family}" for family, given, _ in names),
        "title": " ".join(rng.choices(WORDS, k=10)).capitalize() + f" {number}",
        "comments": "12 pages, 5 figures" if number % 3 else None,
        "journal-ref": None,
        "doi": f"10.1103/PhysRevD.{number}" if number % 4 == 0 else None,
        "report-no": None,
        "categories": rng.choice(["cs.LG cs.AI", "hep-ph", "math.CO cs.DM", "astro-ph.GA"]),
        "license": "http://arxiv.org/licenses/nonexclusive-distrib/1.0/",
        "abstract": "  " + " ".join(rng.choices(WORDS, k=180)) + "\n",
        "versions": [{"version": "v1", "created": "Mon, 2 Apr 2007 19:18:42 GMT"}],
        "update_date": "2015-11-26",
        "authors_parsed": [list(name) for name in names],
    }


def write(path: Path, n_bytes: int) -> int:
    """Write records until the file has this many bytes; return their number."""
    rng = random.Random(7)
    number, written = 0, 0
    with path.open("w", encoding="utf-8") as file:
        while written < n_bytes:
            months, within = divmod(number, PER_MONTH)
            year, month = divmod(months, 12)
            line = json.dumps(record(number, f"{15 + year:02d}{month + 1:02d}", within + 1, rng)) + "\n"
            written += file.write(line)
            number += 1
    return number


if __name__ == "__main__":
    target, megabytes = Path(sys.argv[1]), int(sys.argv[2])
    print(f"{write(target, megabytes * 10**6):,} records in {target}")
