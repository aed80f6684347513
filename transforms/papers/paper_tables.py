"""All facts of a set of papers to the rows of every table that is about papers."""

import polars as pl

from paperhouse.transforms.arxiv.categories import split_categories
from paperhouse.transforms.digests.statements import Frames
from paperhouse.transforms.keys import stable_id
from paperhouse.transforms.papers.arxiv_facts import (
    affiliation_rows,
    class_rows,
    last_affiliations,
    version_rows,
)
from paperhouse.transforms.papers.authors import paper_author_rows
from paperhouse.transforms.papers.canonical import PaperFacts, choose_records, rank_variants, variant_rows
from paperhouse.transforms.tables import LINK_KINDS, WAREHOUSE_TABLES
from paperhouse.transforms.text.links import host_of, link_kind, urls_in

PAPER_TABLES = (
    "papers",
    "paper_authors",
    "paper_categories",
    "paper_classes",
    "paper_versions",
    "author_affiliations",
    "paper_links",
    "paper_translations",
    "paper_notes",
    "variants",
    "particulars",
    "variant_affiliations",
    "listings",
    "repeats",
    "answers",
)
"""Tables that are recomputed, paper by paper, when anything about a paper changes."""


def build_paper_tables(facts: PaperFacts, known_categories: frozenset[str]) -> Frames:
    """Rows of `PAPER_TABLES` for exactly the papers that `facts` speaks of, each sorted by its key."""
    ranked = rank_variants(facts.wordings, facts.entries)
    records = choose_records(ranked, facts.entries, facts.particulars)
    is_repeat = pl.col("repeats_digest_id").is_not_null()
    entries = facts.entries.sort("digest_id", "position")
    affiliations = last_affiliations(facts.affiliations)
    frames = {
        "papers": records,
        "paper_authors": paper_author_rows(records),
        "paper_categories": category_rows(records, known_categories),
        "paper_classes": class_rows(records, known_categories),
        "paper_versions": version_rows(facts.versions),
        "author_affiliations": affiliation_rows(affiliations, ranked, records),
        "paper_links": link_rows(facts.links),
        "paper_translations": translation_rows(facts.translations),
        "paper_notes": facts.notes.unique(["arxiv_id", "note_id"]).sort("arxiv_id", "note_id"),
        "variants": variant_rows(ranked, records).sort("arxiv_id", "variant_id"),
        "particulars": facts.particulars.sort("arxiv_id", "particulars_id"),
        "variant_affiliations": affiliations,
        "listings": entries.filter(~is_repeat & ~pl.col("is_answer")),
        "repeats": entries.filter(is_repeat),
        "answers": entries.filter("is_answer"),
    }
    return {name: _fit(name, frame) for name, frame in frames.items()}


def _fit(table: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Exactly the columns of the schema, in its order and types."""
    columns = {name: column.dtype for name, column in WAREHOUSE_TABLES[table].columns().items()}
    if not frame.height:
        return pl.DataFrame(schema=columns)
    return frame.select(pl.col(name).cast(dtype) for name, dtype in columns.items())


def category_rows(records: pl.DataFrame, known: frozenset[str]) -> pl.DataFrame:
    """One row per paper and arXiv category; codes of other schemes (ACM, MSC) are not arXiv categories.

    The primary category has a row even if the taxonomy does not know it.
    """
    stated = records.filter(pl.col("primary_category").is_not_null() | pl.col("categories").is_not_null())
    rows: list[tuple[str, str, bool]] = []
    for arxiv_id, primary, codes in stated.select("arxiv_id", "primary_category", "categories").iter_rows():
        every = dict.fromkeys([*([primary] if primary else []), *(codes or [])])
        kept, _ = split_categories(list(every), known)
        # A new category may be missing from the taxonomy; what a digest calls primary is kept all the same.
        if primary and primary not in kept:
            kept.append(primary)
        rows.extend((arxiv_id, category, category == primary) for category in kept)
    schema = {"arxiv_id": pl.String, "category": pl.String, "is_primary": pl.Boolean}
    return pl.DataFrame(rows, schema=schema, orient="row").sort("arxiv_id", "category")


def links_in_text(wordings: pl.DataFrame, particulars: pl.DataFrame) -> pl.DataFrame:
    """Links (arxiv_id, url, kind null) that abstracts and comments hold."""
    texts = pl.concat(
        [
            wordings.select("arxiv_id", pl.col("abstract").alias("text")),
            particulars.select("arxiv_id", pl.col("comment").alias("text")),
        ]
    ).filter(pl.col("text").str.contains("http", literal=True))
    rows = [(arxiv_id, url, None) for arxiv_id, text in texts.iter_rows() for url in urls_in(text)]
    return pl.DataFrame(
        rows, schema={"arxiv_id": pl.String, "url": pl.String, "kind": LINK_KINDS}, orient="row"
    )


def link_rows(links: pl.DataFrame) -> pl.DataFrame:
    """One row per paper and URL; what a digest calls it goes before what its host suggests.

    Of several calls the first in the order of `LINK_KINDS`. Rows that were made here may come in again: a kind
    that is not what the host suggests was called so, and any other does not matter.
    """
    urls = links["url"].unique().to_list()
    guessed = pl.DataFrame(
        {"url": urls, "guess": [link_kind(url) for url in urls], "host": [host_of(url) for url in urls]},
        schema={"url": pl.String, "guess": LINK_KINDS, "host": pl.String},
    )
    return (
        links.join(guessed, on="url", how="left")
        .with_columns(pl.coalesce("kind", "guess").alias("kind"))
        .sort("arxiv_id", "url", pl.col("kind") == pl.col("guess"), "kind")
        .unique(["arxiv_id", "url"], keep="first", maintain_order=True)
    )


def translation_rows(translations: pl.DataFrame) -> pl.DataFrame:
    """One row per paper and language: of the latest digest, then the alphabetically first wording."""
    if not translations.height:
        return translations
    return (
        translations.sort(
            "arxiv_id",
            "language",
            "stated_date",
            "title",
            "abstract",
            descending=[False, False, True, False, False],
            nulls_last=True,
        )
        .unique(["arxiv_id", "language"], keep="first", maintain_order=True)
        .sort("arxiv_id", "language")
    )


def with_note_ids(notes: pl.DataFrame) -> pl.DataFrame:
    """Notes with their content-derived key."""
    ids = [
        stable_id(*row) for row in notes.select("arxiv_id", "kind", "language", "said_by", "text").iter_rows()
    ]
    return notes.with_columns(pl.Series("note_id", ids, dtype=pl.Int64))
