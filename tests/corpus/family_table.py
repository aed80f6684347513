"""What every digest family came to on the corpus of real digests, as figures and as a Markdown table.

`python tests/corpus/family_table.py` prints the table; `test_corpus_accounting.py` holds what it must say.
"""

import ast
import csv
import io
import json
import re
import sys
import tarfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from paperhouse.transforms.read_digest import ReadDigest, read_digest
from paperhouse.transforms.text.decode import decode
from paperhouse.transforms.text.path_metadata import Place

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
ARCHIVE = "reporter-2025h1.tar.gz"
NO_FAMILIES = frozenset({"reporter-goldens.jsonl", "cases", "wild"})
"""Expectations that lie beside the digests, inputs that were read wrongly once, and repositories of strangers."""


@dataclass
class Figures:
    """Counts of one family in one part of the corpus; `n_compared` of the entries have an independent source."""

    n_files: int = 0
    n_bytes: int = 0
    n_entries: int = 0
    n_rejects: int = 0
    n_units: int = 0
    n_accounted: int = 0
    n_ids_seen: int = 0
    n_ids_unaccounted: int = 0
    n_compared: int = 0
    n_agreeing: int = 0
    sources: set[str] = field(default_factory=set)

    def told(self) -> tuple[int, ...]:
        """The figures that the test holds."""
        return (
            self.n_files,
            self.n_entries,
            self.n_rejects,
            self.n_units,
            self.n_accounted,
            self.n_ids_unaccounted,
            self.n_compared,
            self.n_agreeing,
        )


def corpus_files() -> Iterator[tuple[str, bytes]]:
    """Path inside the corpus and content of every file; the archive's members as if they lay in a folder."""
    for path in sorted(path for path in CORPUS.rglob("*") if path.is_file()):
        name = path.relative_to(CORPUS).as_posix()
        if name == ARCHIVE:
            with tarfile.open(path, "r|gz") as archive:
                for member in archive:
                    if (reader := archive.extractfile(member)) is not None:
                        yield f"{ARCHIVE}/{member.name}", reader.read()
        elif name.partition("/")[0] not in NO_FAMILIES:
            yield name, path.read_bytes()


Stated = tuple[str, ...]
"""What an independent source says of one entry: identifier first."""

_LINK_ROW = re.compile(r"\]\(https?://arxiv\.org/abs/([^)\s]+?)(?:v\d+)?\)")


def _json_lines(text: str) -> list[Stated]:
    records = [json.loads(line) for line in text.split("\n") if line.strip()]
    return [(record["id"], record["title"], *record["authors"]) for record in records]


def _literals(text: str) -> list[Stated]:
    records = [ast.literal_eval(line) for line in text.split("\n") if line.strip()]
    return [
        (record["arxiv_id"].removeprefix("arXiv:"), record["title"].strip(), *_names(record["authors"]))
        for record in records
    ]


def _names(written: str) -> list[str]:
    return [name.strip() for name in written.split(", ") if name.strip()]


def _csv_rows(text: str) -> list[Stated]:
    rows = csv.DictReader(io.StringIO(text, newline=""))
    return [
        (row["Link"].rpartition("/")[2], row["Title"].strip(), *_names(row["author"] or "")) for row in rows
    ]


def _json_topics(text: str) -> list[Stated]:
    return [(key,) for papers in json.loads(text).values() for key in papers]


def _json_papers(text: str) -> list[Stated]:
    papers = json.loads(text)["papers"]
    return [(paper["arxiv_id"].partition("v")[0], paper["title"], *paper["authors"]) for paper in papers]


def _linked_rows(text: str) -> list[Stated]:
    return [(link[1],) for line in text.split("\n") if (link := _LINK_ROW.search(line))]


OWN_READING: dict[str, tuple[str, Callable[[str], list[Stated]]]] = {
    "ai_enhanced_jsonl": ("json module", _json_lines),
    "reporter_jsonl": ("ast module", _literals),
    "report_table_csv": ("csv module", _csv_rows),
    "cv_arxiv_daily_json": ("json module", _json_topics),
    "scroll_json": ("json module", _json_papers),
    "cv_arxiv_daily": ("first link of each line", _linked_rows),
    "storage": ("first link of each line", _linked_rows),
    "dailyarxiv": ("first link of each line", _linked_rows),
}
"""Formats whose file can be read by other means, which our parsers had no hand in."""

BESIDE: dict[str, tuple[str, Callable[[str], str]]] = {
    "reporter": (
        "jsonl beside it",
        lambda path: (
            path.replace("README.md", "papers.jsonl") if path.endswith("README.md") else path[:-3] + ".jsonl"
        ),
    ),
    "report_table": ("csv beside it", lambda path: path.replace("README.md", "papers.csv")),
    "ai_enhanced": ("jsonl beside it", lambda path: path[:-3] + "_AI_enhanced_Chinese.jsonl"),
}
"""Formats that have the same facts in another file, and its path."""


SCANS: dict[str, tuple[str, re.Pattern[str]]] = {
    "reporter": (
        "its Link lines",
        re.compile(r"^\*\*Link\*\*: \[PDF\]\(https://arxiv\.org/pdf/(\S+)\)", re.MULTILINE),
    ),
    "rss_bot": ("its ID lines", re.compile(r"^\*\*ArXiv ID\*\*: (\S+?)v\d+[ \t]*$", re.MULTILINE)),
    "scroll": ("its arXiv line", re.compile(r"^\*\*arXiv\*\*：\[(\S+?)v\d+\]", re.MULTILINE)),
    "advanced_cs": ("its link lines", re.compile(r"链接: \[https://arxiv\.org/pdf/([^\]\s]+)\]")),
}
"""What a plain search finds where no other file has the same facts."""


def family_figures() -> dict[tuple[str, str], Figures]:
    """Figures by part of the corpus and format."""
    figures: dict[tuple[str, str], Figures] = defaultdict(Figures)
    pages: dict[str, tuple[Figures, ReadDigest]] = {}
    beside: dict[str, list[Stated]] = {}
    for path, content in corpus_files():
        digest = read_digest(content, Place(path, ("corpus", *path.split("/"))))
        if digest is None:
            figures[path.partition("/")[0], "(no digest)"].n_files += 1
            continue
        row = figures[_part_of(path), digest.format]
        _count(row, digest)
        if digest.format in OWN_READING:
            name, read = OWN_READING[digest.format]
            beside[path] = read(decode(content)[0])
            _compare(row, name, digest, beside[path])
        elif digest.format in BESIDE and not path.startswith(ARCHIVE):
            digest.furniture = []
            pages[BESIDE[digest.format][1](path)] = (row, digest)
        elif digest.format in SCANS:
            name, pattern = SCANS[digest.format]
            _compare(row, name, digest, [(found,) for found in pattern.findall(decode(content)[0])])
    for path, (row, digest) in pages.items():
        if path in beside:
            _compare(row, BESIDE[digest.format][0], digest, beside[path])
    return dict(figures)


def _part_of(path: str) -> str:
    parts = path.split("/")
    return parts[1] if parts[0] == "families" else parts[0]


def _count(row: Figures, digest: ReadDigest) -> None:
    row.n_files += 1
    row.n_bytes += digest.n_bytes
    row.n_entries += len(digest.entries)
    row.n_rejects += len(digest.rejects)
    row.n_units += digest.n_lines
    row.n_accounted += digest.n_entry_lines + digest.n_reject_lines + digest.n_furniture_lines
    row.n_ids_seen += digest.n_ids_seen
    row.n_ids_unaccounted += digest.n_ids_unaccounted


def _compare(row: Figures, source: str, digest: ReadDigest, stated: list[Stated]) -> None:
    """Count how many of the source's statements our entries make too, each as often as it is made."""
    depth = max(map(len, stated), default=1)
    ours = Counter(
        ((entry.arxiv_id, entry.title, *entry.authors) if depth > 1 else (entry.arxiv_id,))
        for entry in digest.entries
    )
    row.sources.add(source)
    row.n_compared += len(stated)
    row.n_agreeing += (ours & Counter(stated)).total()


def table_lines() -> list[str]:
    """The figures as a Markdown table."""
    head = (
        "corpus", "family", "files", "MB", "entries", "rejects", "lines or records", "accounted for", "ids seen",
        "ids unaccounted", "independent source", "it states", "we state the same",
    )  # fmt: skip
    lines = [f"| {' | '.join(head)} |", "| --- | --- |" + " ---: |" * 8 + " --- | ---: | ---: |"]
    for (part, name), row in sorted(family_figures().items()):
        share = f"{row.n_accounted / row.n_units:.0%}" if row.n_units else "-"
        cells = (
            part, name, f"{row.n_files:,}", f"{row.n_bytes / 1e6:.1f}", f"{row.n_entries:,}", f"{row.n_rejects:,}",
            f"{row.n_units:,}", share, f"{row.n_ids_seen:,}", f"{row.n_ids_unaccounted:,}",
            ", ".join(sorted(row.sources)) or "none", f"{row.n_compared:,}", f"{row.n_agreeing:,}",
        )  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    return lines


if __name__ == "__main__":
    sys.stdout.write("\n".join(table_lines()) + "\n")
