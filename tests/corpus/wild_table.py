"""What is read of `corpus/wild`, repository by repository: identifiers in record position, and how many are entries.

    python tests/corpus/wild_table.py ../shared/corpus/wild [--missing]

Record position is judged by a scan that knows no format: an identifier in a link, a DOI or a field that names it,
in a line with little prose beside it. Lines of prose that link to a paper (essays, notes) do not count, nor do
files that no repository lists papers in (programs' own pages, plans, tests, texts of whole papers).
"""

import re
import sys
from collections import Counter, defaultdict
from pathlib import Path

from paperhouse.transforms.arxiv.identifiers import ID_PATTERN, split_version
from paperhouse.transforms.errors import InvalidArxivIdError
from paperhouse.transforms.read_digest import ReadDigest, read_digest
from paperhouse.transforms.text.decode import decode
from paperhouse.transforms.text.path_metadata import Place

LINK = re.compile(
    rf"(?:arxiv\.org/(?:abs|pdf|html)/|(?:huggingface|hf)\.co/papers/|10\.48550/arxiv\.)({ID_PATTERN})(?:\.pdf)?|"
    rf"(?:\"(?:arxiv_?id|id)\"|arxiv_?id)\s?:\s?\"?({ID_PATTERN})",
    re.IGNORECASE,
)
NOT_TEXT = re.compile(r"https?://[^\s)\]\"'>]+|<[^>]*>|\[[^\]]*\]\([^)]*\)")
HAN = re.compile(r"[\u3041-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
PROSE_LENGTH = 200
NO_DIGESTS = re.compile(
    r"(?:^|/)(?:\.omo|tests?|configs?|prompts?|plans?|specs|designs|superpowers)/|"
    r"(?:^|/)(?:README[\w.-]*|CLAUDE|AGENTS|SKILL|ARCHITECTURE|CONTRIBUTING|plan|change|template|AUTOMATION|SCHEDULED_TASK_PROMPT)\.md$"
    r"|docs/[\d/]+/[^/]*\.txt$|translated_pdf/|(?:^|/)weekly/|trends/|insights/|benchmarks/"
)
"""Files in which no list of papers stands; a README is one only where its repository publishes the list there."""
FIELDS = ("title", "authors", "abstract", "stated_date", "categories")


def identifiers(text: str) -> set[str]:
    """Canonical identifiers in record position."""
    found: set[str] = set()
    for line in text.split("\n"):
        matches = list(LINK.finditer(line))
        if not matches:
            continue
        beside = NOT_TEXT.sub("", line)
        is_prose = (
            len(beside) + 2 * len(HAN.findall(beside)) > PROSE_LENGTH and line.lstrip()[:1] not in '|{[<"#'
        )
        if is_prose or line.count("arxiv.org") > 12:
            continue
        for match in matches:
            try:
                found.add(split_version(match[1] or match[2])[0])
            except InvalidArxivIdError:
                continue
    return found


def main(root: Path, *, shows_missing: bool) -> None:
    """Print the table."""
    total, held, n_good, n_with = 0, 0, 0, 0
    filled: Counter[str] = Counter()
    n_entries = 0
    print(
        f"{'repository':52} {'files':>5} {'ids':>6} {'read':>6} {'%':>6}  title authors abstract date categories  formats"
    )
    for repository in sorted(path for path in root.iterdir() if path.is_dir()):
        wanted: set[str] = set()
        read: set[str] = set()
        entries, formats, missing = [], Counter(), defaultdict(set)
        for path in sorted(p for p in repository.rglob("*") if p.is_file()):
            name = path.relative_to(root).as_posix()
            content = path.read_bytes()
            digest = read_digest(content, Place(name, tuple(name.split("/"))))
            here = _entries(digest)
            entries += here
            read |= {entry.arxiv_id for entry in here}
            if here and digest is not None:
                formats[digest.format] += 1
            inside = name.partition("/")[2]
            if not NO_DIGESTS.search(inside) or (here and "README" in inside and len(here) > 4):
                ids = identifiers(decode(content)[0])
                wanted |= ids
                for lost in ids - {entry.arxiv_id for entry in here}:
                    missing[lost].add(name)
        if not wanted:
            continue
        got = len(wanted & read)
        total, held = total + len(wanted), held + got
        n_with, n_good = n_with + 1, n_good + (got >= 0.95 * len(wanted))
        n_entries += len(entries)
        shares = []
        for field in FIELDS:
            count = sum(bool(getattr(entry, field)) for entry in entries)
            filled[field] += count
            shares.append(f"{100 * count / max(len(entries), 1):6.0f}")
        kinds = ", ".join(f"{kind} {count}" for kind, count in formats.most_common())
        n_files = sum(1 for p in repository.rglob("*") if p.is_file())
        print(
            f"{repository.name[:52]:52} {n_files:5} {len(wanted):6} {got:6} {100 * got / len(wanted):6.1f} {' '.join(shares)}  {kinds}"
        )
        if shows_missing:
            for lost in sorted(wanted - read)[:6]:
                print(f"      {lost}: {', '.join(sorted(missing[lost])[:2])}")
    print(f"\n{n_good} of {n_with} repositories give at least 95 % ({100 * n_good / n_with:.1f} %)")
    print(f"{held:,} of {total:,} identifiers are in entries ({100 * held / total:.2f} %)")
    print(
        f"{n_entries:,} entries; filled: "
        + ", ".join(f"{f} {100 * filled[f] / n_entries:.1f} %" for f in FIELDS)
    )


def _entries(digest: ReadDigest | None) -> list:
    return digest.entries if digest is not None else []


if __name__ == "__main__":
    main(Path(sys.argv[1]), shows_missing="--missing" in sys.argv)
