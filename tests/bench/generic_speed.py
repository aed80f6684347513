"""How fast a text of a stranger's layout is read, beside one of `reporter`, the quickest family, of the same papers.

    python tests/bench/generic_speed.py [--mb 10] [--runs 3] [--only NAME ...]

Every text holds synthetic papers, about as many megabytes as are asked for. All texts are read in turn, `runs` times;
each figure is the best run's, in megabytes a second of processor time, and the last column is its part of `reporter`'s.
`unknown` is a text that mentions papers and lists none.
"""

import argparse
import gc
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from random import Random
from time import process_time

from synthetic import days_of_papers, files_of_day

from paperhouse.transforms.formats import format_named
from paperhouse.transforms.read_digest import read_digest
from paperhouse.transforms.text.path_metadata import Place

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
from stranger_layouts import STRANGERS

Paper = dict[str, object]
LAYOUTS = {
    "list": "nested_list",
    "sections": "h3_abstract",
    "details": "details_collapsed",
    "quotes": "quotes",
    "table": "table_full",
    "html": "html_cards",
    "json": "json_odd1",
    "xml": "xml_custom",
    "yaml": "yaml_list",
    "csv": "csv_other",
}
_FREQUENT = [
    "the",
    "of",
    "and",
    "to",
    "in",
    "a",
    "we",
    "for",
    "is",
    "that",
    "on",
    "with",
    "as",
    "by",
    "are",
    "this",
    "from",
    "our",
    "be",
    "can",
    "which",
    "models",
    "an",
    "it",
    "model",
    "language",
    "these",
    "learning",
    "data",
    "large",
    "or",
    "have",
    "methods",
    "using",
    "at",
    "performance",
    "tasks",
    "across",
    "not",
    "such",
    "while",
    "between",
    "their",
]
"""The words of real abstracts, the most frequent first: prose is told from names by them."""
_MOST_PAPERS = 200_000
_BYTES_OF_A_PAPER = 1500
_PAPERS_BETWEEN_MENTIONS = 40


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--mb", type=float, default=10)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", nargs="*", default=[*LAYOUTS, "unknown"])
    given = parser.parse_args()
    texts = dict(texts_of(given.mb, given.only))
    best: dict[str, float] = {}
    shown: dict[str, str] = {}
    for _ in range(given.runs):
        for name, (content, place) in texts.items():
            seconds, shown[name] = seconds_to_read(content, place)
            best[name] = min(seconds, best.get(name, seconds))
    speeds = {name: len(texts[name][0]) / 1e6 / seconds for name, seconds in best.items()}
    print(f"{'text':<10} {'MB':>6} {'MB/s':>7} {'of reporter':>12}  read as")
    for name, speed in speeds.items():
        share = speed / speeds["reporter"]
        print(f"{name:<10} {len(texts[name][0]) / 1e6:6.1f} {speed:7.1f} {share:12.2f}  {shown[name]}")


def texts_of(megabytes: float, names: list[str]) -> Iterator[tuple[str, tuple[bytes, Place]]]:
    """The reporter's text, then one of each layout, with the place of each."""
    papers, text = papers_of(round(megabytes * 1e6 / _BYTES_OF_A_PAPER))
    yield "reporter", (text.encode(), Place("8-Apr-2025/AI/README.md", ("8-Apr-2025", "AI", "README.md")))
    for name in names:
        render, ending = _layout(name)
        written = render(papers)
        held = written if isinstance(written, str) else "\n".join(written)
        yield name, (held.encode(), Place(f"notes/{name}.{ending}", ("notes", f"{name}.{ending}")))


def _layout(name: str) -> tuple[Callable[[list[Paper]], str | list[str]], str]:
    if name == "unknown":
        return essay, "md"
    layout = STRANGERS[LAYOUTS.get(name, name)]
    return layout.render, layout.ending


def papers_of(n_papers: int) -> tuple[list[Paper], str]:
    """Synthetic papers, and the reporter's text of them."""
    parts: list[str] = []
    for day, sections in days_of_papers(min(2 * n_papers, _MOST_PAPERS), Random(1)):
        parts.append(files_of_day(day, sections)["AI/README.md"])
        if sum(map(len, parts)) > n_papers * _BYTES_OF_A_PAPER:
            break
    text = "".join(parts)
    entries = format_named("reporter").parse(text).entries
    english = _english_words(entry.abstract or "" for entry in entries)
    papers: list[Paper] = [
        {
            "id": e.arxiv_id,
            "title": e.title or "",
            "authors": e.authors,
            "abstract": english(e.abstract or ""),
        }
        for e in entries
    ]
    return list({str(paper["id"]): paper for paper in papers}.values()), text


def _english_words(abstracts: Iterable[str]) -> Callable[[str], str]:
    """A function that puts the most frequent words of English for the most frequent ones of the abstracts."""
    words = Counter(word for abstract in abstracts for word in abstract.split(" "))
    plain = (word for word, _ in words.most_common() if word.isalpha() and word.islower())
    english = dict(zip(plain, _FREQUENT, strict=False))
    return lambda abstract: " ".join(english.get(word, word) for word in abstract.split(" "))


def essay(papers: list[Paper]) -> str:
    """Prose that mentions a paper now and then, and lists none."""
    parts = [
        f"{paper['abstract']} We come back to this later.\n"
        if number % _PAPERS_BETWEEN_MENTIONS
        else f"As one may see in https://arxiv.org/abs/{paper['id']} this is not all that there is to say, "
        f"and others are of another opinion. {paper['abstract']}\n"
        for number, paper in enumerate(papers)
    ]
    return "# Thoughts\n\n" + "\n".join(parts)


def seconds_to_read(content: bytes, place: Place) -> tuple[float, str]:
    """Processor seconds of one reading, and what came of it."""
    gc.collect()
    gc.disable()
    try:
        start = process_time()
        digest = read_digest(content, place)
        seconds = process_time() - start
    finally:
        gc.enable()
    if digest is None:
        return seconds, "no digest"
    return seconds, f"{digest.format}, {len(digest.entries):,} entries, {len(digest.rejects):,} rejects"


if __name__ == "__main__":
    main()
