"""P2: the same statements give the same warehouse, in any order, any batches, and any number of times."""

import shutil
import tempfile
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from paperhouse.flows.load.pipeline import rebuild
from paperhouse.transforms.digest import Entry, Note, Translation
from paperhouse.transforms.digests.entry_kind import with_entry_kind
from paperhouse.transforms.digests.siblings import mark_repeats
from paperhouse.transforms.digests.statements import statement_frames
from paperhouse.transforms.papers.canonical import PaperFacts
from paperhouse.transforms.papers.paper_tables import build_paper_tables, links_in_text, with_note_ids
from paperhouse.transforms.tables import WAREHOUSE_TABLES, empty_frame

MASKED = "Code at this https URL."
REAL = "Code at https://github.com/x/y."
DAYS = [None, date(2025, 4, 8), date(2025, 4, 9)]
NAMES = ["Ann Lee", "ANN LEE", "José Ray", "Jose Ray", "J. Ray", "Bob\x1fCid", "Bob", "Cid"]
LINKS = [
    ("https://github.com/x/y", "project"),
    ("https://github.com/x/y", None),
    ("https://x.org/z", "dataset"),
]


@st.composite
def entries(draw) -> Entry:
    authors = draw(st.lists(st.sampled_from(NAMES), max_size=3))
    abstract = draw(st.sampled_from([None, MASKED, REAL, "Words."]))
    completeness = st.sampled_from(["full", "truncated", "first_only"])
    return Entry(
        line_start=1,
        line_end=1,
        arxiv_id=draw(st.sampled_from(["2504.00001", "2504.00002", "hep-th/9901001"])),
        title=draw(st.sampled_from(["A title", "A Title"])),
        version=draw(st.sampled_from([None, 1, 2])),
        authors=authors,
        authors_completeness=draw(completeness) if authors else "none",
        abstract=abstract,
        abstract_completeness=draw(st.sampled_from(["full", "truncated"])) if abstract else "none",
        topic=draw(st.sampled_from([None, "SLAM"])),
        primary_category=draw(st.sampled_from([None, "cs.IR", "cs.ZZ"])),
        categories=draw(st.lists(st.sampled_from(["cs.AI", "cs.IR", "H.3.3"]), max_size=2)),
        comment=draw(st.sampled_from([None, "9 pages", "See https://x.org/z"])),
        doi=draw(st.sampled_from([None, "10.1/x"])),
        updated_at=draw(st.sampled_from([None, datetime(2025, 4, 8, tzinfo=UTC)])),
        links=draw(st.lists(st.sampled_from(LINKS), max_size=2)),
        translations=draw(
            st.lists(
                st.sampled_from(
                    [
                        Translation("zh", "题", None),
                        Translation("zh", None, "文"),
                        Translation("ja", "題", "文"),
                    ]
                ),
                max_size=2,
            )
        ),
        notes=draw(
            st.lists(st.sampled_from([Note("tldr", "Short."), Note("tldr", "Short.", "en")]), max_size=2)
        ),
    )


# What the place says is not part of a digest's identity; two copies of one digest may lie anywhere.
PLACES = st.fixed_dictionaries(
    {
        "path": st.sampled_from(["a/README.md", "a/papers.jsonl", "b/README.md"]),
        "source": st.sampled_from([None, "lab", "moon"]),
    }
)


@st.composite
def statements(draw, bench):
    """A few digests, some of them lying in several places."""
    digests = []
    for _ in range(draw(st.integers(1, 4))):
        said = draw(st.lists(entries(), max_size=3))
        day = draw(st.sampled_from(DAYS))
        facts = {"format": draw(st.sampled_from(["reporter", "reporter_jsonl"]))}
        digest = bench.digest(said, day, draw(st.sampled_from([None, "AI"])), **facts)
        for place in draw(st.lists(PLACES, min_size=1, max_size=2)):
            how = draw(st.sampled_from(["path", "heading", "option"])) if day else None
            digests.append(replace(digest, date_source=how, **place))
    # The format follows from the content; here it is drawn, so one of each id is believed.
    formats = {digest.digest_id: digest.format for digest in digests}
    return [replace(digest, format=formats[digest.digest_id]) for digest in digests]


@st.composite
def histories(draw, bench):
    """Digests, and a way to load them: a shuffled list with repetitions, cut into loads and these into batches."""
    digests = draw(statements(bench))
    order = draw(st.permutations(digests + draw(st.lists(st.sampled_from(digests), max_size=2))))
    loads = [[[]]]
    for digest in order:
        step = draw(st.sampled_from(["same batch", "next batch", "next load"]))
        if step == "next load" and loads[-1] != [[]]:
            loads.append([[]])
        elif step == "next batch":
            loads[-1].append([])
        loads[-1][-1].append(digest)
    return digests, loads


def check_history(bench, history) -> None:
    digests, loads = history
    folder = Path(tempfile.mkdtemp(prefix="paperhouse-order-"))
    try:
        bench.publish(folder / "at_once", digests)
        for batches in loads:
            bench.publish(folder / "by_and_by", *[batch for batch in batches if batch])
        once = bench.hash_of(folder / "at_once")
        assert bench.hash_of(folder / "by_and_by") == once
        rebuild(folder / "by_and_by")
        assert bench.hash_of(folder / "by_and_by") == once
    finally:
        shutil.rmtree(folder)


QUIET = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    "database": None,
}


def paper_tables(digests, order) -> dict[str, pl.DataFrame]:
    """Rows of every table about papers, from frames whose rows are turned into `order`."""
    frames = {
        name: frame.sample(fraction=1, shuffle=True, seed=order)
        for name, frame in statement_frames(digests, "L1").items()
    }
    facts = frames["digests"].select("digest_id", "digest_date", "format", "path", "source", "list_name")
    entries = with_entry_kind(
        mark_repeats(frames["listings"].join(facts, on="digest_id", maintain_order="left"))
    )
    dated = frames["translations"].join(facts, on="digest_id", maintain_order="left")
    links = pl.concat(
        [
            frames["links"].select("arxiv_id", "url", "kind"),
            links_in_text(frames["wordings"], frames["particulars"]),
        ]
    )
    stated = PaperFacts(
        wordings=frames["wordings"],
        entries=entries,
        particulars=frames["particulars"],
        links=links,
        translations=dated.rename({"digest_date": "stated_date"}),
        notes=with_note_ids(frames["notes"]),
        affiliations=empty_frame(WAREHOUSE_TABLES["variant_affiliations"]),
        versions=empty_frame(WAREHOUSE_TABLES["paper_versions"]),
    )
    return build_paper_tables(stated, frozenset({"cs.IR", "cs.AI"}))


def check_shuffled(bench, data, order) -> None:
    digests = data.draw(statements(bench))
    first, second = paper_tables(digests, 0), paper_tables(list(reversed(digests)), order)
    for table, rows in first.items():
        assert rows.equals(second[table]), table


@settings(max_examples=20, **QUIET)
@given(data=st.data(), order=st.integers(0, 1000))
def test_shuffled_rows_give_the_same_papers(bench, data, order):
    check_shuffled(bench, data, order)


@pytest.mark.slow
@settings(max_examples=500, **QUIET)
@given(data=st.data(), order=st.integers(0, 1000))
def test_shuffled_rows_give_the_same_papers_at_length(bench, data, order):
    check_shuffled(bench, data, order)


@settings(max_examples=3, derandomize=True, **QUIET)
@given(data=st.data())
def test_any_order_batching_and_repetition_gives_one_warehouse(bench, data):
    check_history(bench, data.draw(histories(bench)))


@pytest.mark.slow
@settings(max_examples=100, **QUIET)
@given(data=st.data())
def test_any_order_batching_and_repetition_gives_one_warehouse_at_length(bench, data):
    check_history(bench, data.draw(histories(bench)))
