"""The plain model against the pure transforms alone: no files, no database, and so a hundred times as many worlds."""

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pages import Page, corrections, mirrored, pages, siblings
from plain_warehouse import EMPTY, ingested

from paperhouse.transforms.digests.entry_kind import with_entry_kind
from paperhouse.transforms.digests.siblings import mark_repeats
from paperhouse.transforms.digests.statements import statement_frames
from paperhouse.transforms.papers.canonical import PaperFacts
from paperhouse.transforms.papers.paper_tables import build_paper_tables, links_in_text, with_note_ids
from paperhouse.transforms.read_digest import read_digest
from paperhouse.transforms.tables import WAREHOUSE_TABLES, empty_frame
from paperhouse.transforms.text.path_metadata import Place

TABLES = ("papers", "paper_authors", "paper_categories", "paper_links")
QUIET = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}


@st.composite
def piles(draw) -> list[Page]:
    """A few files, and some that are like them."""
    pile = draw(st.lists(pages(), min_size=1, max_size=4))
    for _ in range(draw(st.integers(0, 3))):
        page = draw(st.sampled_from(pile))
        how = draw(st.sampled_from(["corrected", "mirrored", "sibling"]))
        if how == "corrected":
            pile.append(draw(corrections(page)))
        elif how == "sibling" and page.layout in {"reporter", "reporter_jsonl"}:
            pile.append(draw(siblings(page)))
        else:
            pile.append(mirrored(page))
    return pile


def told_by_the_product(pile: list[Page]) -> dict[str, pl.DataFrame]:
    digests = [
        read_digest(page.text.encode(), Place(page.path, ("", *page.path.split("/")))) for page in pile
    ]
    assert not any(digest.rejects for digest in digests)
    frames = statement_frames(digests, "L1")
    facts = frames["digests"].select("digest_id", "digest_date", "format", "path", "source", "list_name")
    dated = frames["translations"].join(facts, on="digest_id", maintain_order="left")
    stated = PaperFacts(
        wordings=frames["wordings"],
        entries=with_entry_kind(
            mark_repeats(frames["listings"].join(facts, on="digest_id", maintain_order="left"))
        ),
        particulars=frames["particulars"],
        links=pl.concat(
            [
                frames["links"].select("arxiv_id", "url", "kind"),
                links_in_text(frames["wordings"], frames["particulars"]),
            ]
        ),
        translations=dated.rename({"digest_date": "stated_date"}),
        notes=with_note_ids(frames["notes"]),
        affiliations=empty_frame(WAREHOUSE_TABLES["variant_affiliations"]),
        versions=empty_frame(WAREHOUSE_TABLES["paper_versions"]),
    )
    return build_paper_tables(stated, frozenset({"cs.AI", "cs.IR"}))


def compare(pile: list[Page]) -> None:
    expected = ingested(EMPTY, pile, None, 1).tables
    found = told_by_the_product(pile)
    # Who is a person is no matter of single papers, and has its own tests.
    found["paper_authors"] = found["paper_authors"].drop("person_id")
    for name in TABLES:
        assert sorted(found[name].rows(), key=repr) == expected[name], name


@settings(max_examples=25, derandomize=True, **QUIET)
@given(piles())
def test_any_pile_of_digests_gives_the_papers_of_the_plain_model(pile):
    compare(pile)


@pytest.mark.slow
@settings(max_examples=3000, **QUIET)
@given(piles())
def test_three_thousand_piles_give_the_papers_of_the_plain_model(pile):
    compare(pile)
