"""Twice the size takes at most 2.5 times the time, whatever the text: for every family, and for what they share."""

import gc
import time
from collections.abc import Callable

import pytest

from paperhouse.transforms.calendar.dates import date_in, date_of_name
from paperhouse.transforms.digests.statements import statement_frames
from paperhouse.transforms.papers.author_names import name_key, spelling_rank
from paperhouse.transforms.parsing.csv_records import csv_rows
from paperhouse.transforms.parsing.json_records import load_json, load_literal
from paperhouse.transforms.parsing.markdown_table import fit_row, head_of_names
from paperhouse.transforms.parsing.table_rows import link_text
from paperhouse.transforms.read_digest import read_digest
from paperhouse.transforms.text.decode import decode
from paperhouse.transforms.text.encoding_repair import repair_encoding
from paperhouse.transforms.text.links import mask_urls, urls_in
from paperhouse.transforms.text.path_metadata import Place
from paperhouse.transforms.text.unwrap import unwrap

MOST = 2.5
SIZE = 25_000
NOTICEABLE = 0.05
PLACE = Place("8-Apr-2025/AI/README.md", ("8-Apr-2025", "AI", "README.md"))


def seconds(work: Callable[[], object], repetitions: int = 1) -> float:
    """The shortest of several runs: other processes make runs longer, never shorter."""
    best = float("inf")
    for _ in range(repetitions):
        gc.disable()
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
        gc.enable()
    return best


def growth(read: Callable[[str], object], make: Callable[[int], str]) -> tuple[float, str]:
    """How many times longer twice the size takes, and the measurement in words; 0 if nothing is noticeable.

    A first look at four times the size settles most; only what looks worse is measured with care.
    """
    small, large = make(SIZE), make(4 * SIZE)
    first, last = seconds(lambda: read(small)), seconds(lambda: read(large))
    if last < NOTICEABLE or last <= first * MOST**2:
        return 0, ""
    size = SIZE
    while size < 16 * SIZE and _takes_less(read, make(size)):
        size *= 2
    one, two = make(size), make(2 * size)
    base, double = seconds(lambda: read(one), 3), seconds(lambda: read(two), 3)
    if double > MOST * base:
        base, double = min(base, seconds(lambda: read(one), 5)), min(double, seconds(lambda: read(two), 5))
    return double / base, f"{size:,} characters {base * 1e3:.0f} ms, twice that {double * 1e3:.0f} ms"


def _takes_less(read: Callable[[str], object], text: str) -> bool:
    return seconds(lambda: read(text)) < NOTICEABLE


def run_of(piece: str, size: int) -> str:
    return piece * (size // len(piece))


def read(text: str) -> None:
    digest = read_digest(text.encode("utf-8", "surrogatepass"), PLACE)
    if digest is not None:
        statement_frames([digest], "L1")


@pytest.mark.slow
def test_a_family_reads_any_run_of_pieces_in_linear_time(family, fields, pieces, make_hostile):
    worst = []
    for field in fields:
        for piece in pieces:
            ratio, measured = growth(
                read, lambda size, field=field, piece=piece: make_hostile(family, field, run_of(piece, size))
            )
            if ratio > MOST:
                worst.append(f"{field} of {piece!r}: {measured}")
    assert worst == []


HEAD = head_of_names(("Publish Date", "Title", "Authors", "PDF", "Code", "Abstract"))
SHARED: dict[str, Callable[[str], object]] = {
    "decode": lambda text: decode(text.encode("latin-1", "replace")),
    "repair_encoding": repair_encoding,
    "mask_urls": mask_urls,
    "urls_in": urls_in,
    "name_key": name_key,
    "spelling_rank": spelling_rank,
    "unwrap": unwrap,
    "date_in": date_in,
    "date_of_name": date_of_name,
    "csv_rows": lambda text: sum(1 for _ in csv_rows(text)),
    "csv_rows in quotes": lambda text: sum(1 for _ in csv_rows('a,"' + text)),
    "load_json": lambda text: load_json('{"a": "' + text),
    "load_literal": lambda text: load_literal("{'a': '" + text),
    "fit_row": lambda text: fit_row(
        HEAD, "|**2021-10-14**|" + text + "|A|[1](http://arxiv.org/abs/2110.07546)|n|a|"
    ),
    "link_text": lambda text: link_text("[" + text + ")"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SHARED)
def test_shared_machinery_takes_linear_time(name, pieces):
    worst = []
    for piece in pieces:
        ratio, measured = growth(SHARED[name], lambda size, piece=piece: run_of(piece, size))
        if ratio > MOST:
            worst.append(f"{piece!r}: {measured}")
    assert worst == []


def growing_texts() -> dict[str, Callable[[int], str]]:
    """Texts that grow in their structure: many headings, rows, columns, topics, papers."""
    link = "[x](https://arxiv.org/abs/2504.00001)"
    table = "## Updated on 2026.06.29\n## T\n|Publish Date|Title|Authors|PDF|Code|\n|---|---|---|---|---|\n"
    row = "|**2026-05-13**|**T**|A et.al.|[2605.13741](http://arxiv.org/abs/2605.13741)|null|\n"

    def identifiers(size: int, template: str) -> str:
        return "".join(
            template.format(f"2504.{number % 100_000:05d}") for number in range(size // len(template))
        )

    return {
        "identifiers of no format": lambda n: identifiers(n, "see (https://arxiv.org/abs/{}) and\n"),
        "rows without cells that fit": lambda n: (
            table + row + identifiers(n, "|x|x|[{0}](http://arxiv.org/abs/{0})|\n")
        ),
        "a long heading above many rows": lambda n: (
            "## Updated on 2026.06.29\n## "
            + "x" * (n // 2)
            + "\n"
            + table.partition("## T\n")[2]
            + row * (n // 2 // len(row))
        ),
        "many columns above many rows": lambda n: (
            table
            + row
            + "\n## U\n|Title|PDF|"
            + "x|" * (n // 4)
            + "\n|---|---|"
            + "-|" * (n // 4)
            + "\n"
            + f"|T|{link}|\n" * (n // 90)
        ),
        "a long key above many records": lambda n: (
            '{"'
            + "x" * (n // 2)
            + '": {'
            + ", ".join(
                '"2504.00001": "|**2021-10-14**|**T**|A|[2504.00001](http://arxiv.org/abs/2504.00001)|n|"'
                for _ in range(n // 190)
            )
            + "}}"
        ),
        "open link cells without a link": lambda n: (
            "| Title | Link | abstract | author |\n| --- | --- | --- | --- |\n| a"
            + " | [" * (n // 4)
            + " |\n"
        ),
        "link cells that never close": lambda n: (
            "| Title | Link | abstract | author |\n| --- | --- | --- | --- |\n| a"
            + " | [](https://arxiv.org/abs/2504.00001" * (n // 38)
            + " |\n"
        ),
        "deep JSON": lambda n: '{"papers": [' + "[" * (n // 2) + "]" * (n // 2),
        "deep records": lambda n: (
            '{"id": "2504.00001", "title": "T", "summary": ' + '{"a":' * (n // 5) + "\n"
        ),
        "deep Python": lambda n: "{'title': 'T', 'a': " + "[" * n + "\n",
        "authors": lambda n: (
            "# T\n\n**Authors**: "
            + ", ".join("Ann Lee" for _ in range(n // 9))
            + "\n\n**Link**: [PDF](https://arxiv.org/pdf/2504.00001)\n\n**Abstract**: a\n\n---\n"
        ),
        "headings": lambda n: "# x\n" * (n // 4),
        "quotes that never close": lambda n: "Title,Link,Desc,author\n" + 'a,"b\n' * (n // 5),
    }


@pytest.mark.slow
@pytest.mark.parametrize("name", growing_texts())
def test_growing_structures_take_linear_time(name):
    ratio, measured = growth(read, growing_texts()[name])
    assert ratio <= MOST, measured
