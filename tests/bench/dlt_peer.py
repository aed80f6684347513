"""The same digests by dlt, as a peer for `bench.py load`: what a pipeline of that library comes to with `merge`.

    pip install "dlt[duckdb]"                          # in an environment of its own
    python tests/bench/bench.py load DIGESTS --peer "ENVIRONMENT/bin/python tests/bench/dlt_peer.py"

Tables papers, authors, paper_authors and listings, keyed and merged by dlt. It keeps no wordings, checks nothing, and reads
`reporter` sections alone.
"""

import argparse
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

_FIELDS = {"**Authors**: ": "authors", "**Link**: ": "link", "**Abstract**: ": "abstract"}


def sections(folder: Path) -> Iterator[dict[str, object]]:
    """Each section of the digests: the fields of its paper, the day and the list that it stands in."""
    for path in sorted(folder.rglob("*.md")):
        day = day_of(path)
        for number, text in enumerate(path.read_text(encoding="utf-8").split("\n---\n")):
            found: dict[str, object] = {}
            for line in text.splitlines():
                if line.startswith("# "):
                    found["title"] = line[2:].strip()
                for mark, name in _FIELDS.items():
                    if line.startswith(mark):
                        found[name] = line.removeprefix(mark).strip()
            arxiv_id = str(found.get("link", "")).rpartition("/")[2].rstrip(")")
            if "title" in found and "authors" in found and arxiv_id:
                place = {"path": path.relative_to(folder).as_posix(), "number": number, "day": day}
                yield {**found, **place, "arxiv_id": arxiv_id.partition("v")[0]}


def day_of(path: Path) -> date | None:
    """The day that one of its folders is named after."""
    for part in path.parts:
        try:
            return datetime.strptime(part, "%d-%b-%Y").date()  # noqa: DTZ007 - a date
        except ValueError:
            continue
    return None


def tables(folder: Path) -> Iterator[tuple[str, tuple[str, ...], list[dict[str, object]]]]:
    """Name, key and rows of each table."""
    papers, authors, links, listings = [], [], [], []
    for section in sections(folder):
        names = [name.strip() for name in str(section.pop("authors")).split(",") if name.strip()]
        listings.append(
            {name: section.pop(name) for name in ("path", "number", "day")}
            | {"arxiv_id": section["arxiv_id"]}
        )
        papers.append(section)
        authors.extend({"name_key": " ".join(name.split()).casefold(), "name": name} for name in names)
        links.extend(
            {"arxiv_id": section["arxiv_id"], "position": position, "name": name}
            for position, name in enumerate(names, start=1)
        )
    yield "papers", ("arxiv_id",), papers
    yield "authors", ("name_key",), authors
    yield "paper_authors", ("arxiv_id", "position"), links
    yield "listings", ("path", "number"), listings


def main() -> None:
    """Load the digests below a folder into a DuckDB file."""
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=form)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    given = parser.parse_args()
    import dlt

    with TemporaryDirectory() as state:
        destination = dlt.destinations.duckdb(str(given.out))
        pipeline = dlt.pipeline("digests", pipelines_dir=state, destination=destination, dataset_name="main")
        pipeline.run(
            [
                dlt.resource(rows, name=name, primary_key=key, write_disposition="merge")
                for name, key, rows in tables(given.folder)
            ]
        )


if __name__ == "__main__":
    main()
