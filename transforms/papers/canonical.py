"""Wordings and listings to papers: which record is canonical, and what fills its gaps.

All functions work on the facts of whole papers: give them everything that is known of a paper, and the answer
does not depend on the order of rows, on batches, or on earlier loads.
"""

import re
from dataclasses import dataclass

import polars as pl

from paperhouse.transforms.tables import SOURCE_KINDS
from paperhouse.transforms.text.links import mask_urls

_BEST_FIRST = (
    ("arxiv_id", False),
    ("authors_completeness", False),
    ("abstract_completeness", False),
    ("version", True),
    ("source_kind", False),
    ("last_said_date", True),
    ("variant_id", False),
)
"""Sort keys of rule 1 and whether each is descending; enums sort by their order in the schema. No ties."""

_MASK = r"this https? URL"
_LISTED = (
    pl.col("digest_date").min().alias("first_listed_date"),
    pl.col("digest_date").max().alias("last_listed_date"),
    (pl.col("repeats_digest_id").is_null() & ~pl.col("is_answer")).sum().cast(pl.UInt32).alias("n_listings"),
    pl.col("said_date").max().alias("last_said_date"),
)
_PARTICULARS = ("comment", "doi", "journal_ref", "published_at", "updated_at")


@dataclass(frozen=True, slots=True)
class PaperFacts:
    """Everything known about a set of papers.

    `wordings`: the package's columns, each variant once. `entries`: the columns of `listings`, of
    their digest `digest_date`, `repeats_digest_id`, null for listings, and what `with_standing` adds.
    `particulars`, and per paper `links` (arxiv_id, url, kind), `translations` (with stated_date), `notes`,
    `affiliations` (the columns of variant_affiliations) and `versions` (those of paper_versions).
    """

    wordings: pl.DataFrame
    entries: pl.DataFrame
    particulars: pl.DataFrame
    links: pl.DataFrame
    translations: pl.DataFrame
    notes: pl.DataFrame
    affiliations: pl.DataFrame
    versions: pl.DataFrame


def rank_variants(wordings: pl.DataFrame, entries: pl.DataFrame) -> pl.DataFrame:
    """Variants with their listing counts and dates, best first inside each paper (`rank` 0 is canonical).

    A variant whose abstract masks URLs yields its place to one that is the same but for the URLs.
    """
    seen = entries.group_by("variant_id").agg(*_LISTED, pl.col("is_arxiv").any())
    # By who states the wording now: a reply of arXiv may have been forgotten since.
    source_kind = pl.when("is_arxiv").then(pl.lit("arxiv")).otherwise(pl.lit("digest")).cast(SOURCE_KINDS)
    ranked = (
        wordings.join(seen, on="variant_id", how="inner")
        .with_columns(source_kind.alias("source_kind"))
        .drop("is_arxiv")
        .sort(
            [name for name, _ in _BEST_FIRST],
            descending=[is_descending for _, is_descending in _BEST_FIRST],
            nulls_last=True,
        )
        .with_columns(pl.int_range(pl.len(), dtype=pl.Int32).over("arxiv_id").alias("rank"))
    )
    promoted = _unmasked_twins(ranked)
    if not promoted:
        return ranked
    return (
        ranked.with_columns(
            pl.when(pl.col("variant_id").is_in(promoted)).then(-1).otherwise(pl.col("rank")).alias("rank")
        )
        .sort("arxiv_id", "rank")
        .with_columns(pl.int_range(pl.len(), dtype=pl.Int32).over("arxiv_id").alias("rank"))
    )


def _unmasked_twins(ranked: pl.DataFrame) -> list[int]:
    """Variants that say what their paper's first variant says, with real URLs where that has masks."""
    masked_first = ranked.filter((pl.col("rank") == 0) & pl.col("abstract").str.contains(_MASK))
    if not masked_first.height:
        return []
    contenders = ranked.filter(
        pl.col("arxiv_id").is_in(masked_first["arxiv_id"].implode()) & (pl.len().over("arxiv_id") > 1)
    )
    promoted: list[int] = []
    for group in contenders.partition_by("arxiv_id", maintain_order=True):
        first, *others = group.iter_rows(named=True)
        twins = [row for row in others if _same_but_urls(first, row)]
        best = min([first, *twins], key=lambda row: (len(re.findall(_MASK, row["abstract"])), row["rank"]))
        if best["rank"] != 0:
            promoted.append(best["variant_id"])
    return promoted


def _same_but_urls(first: dict[str, object], other: dict[str, object]) -> bool:
    same = all(
        first[name] == other[name]
        for name in ("version", "title", "authors", "authors_completeness", "abstract_completeness")
    )
    return same and mask_urls(str(first["abstract"])) == mask_urls(str(other["abstract"]))


def choose_records(ranked: pl.DataFrame, entries: pl.DataFrame, particulars: pl.DataFrame) -> pl.DataFrame:
    """One row per paper: the columns of `papers` and the canonical author list as `authors`.

    The canonical variant is taken whole. A title that it lacks comes from the best variant that has one. An
    abstract that it leaves out or cuts short comes from the best variant that has more of it; secondary facts that
    it lacks come from the next best that states them.
    """
    counted = entries.group_by("arxiv_id").agg(_LISTED)
    n_variants = ranked.group_by("arxiv_id").agg(pl.len().cast(pl.UInt32).alias("n_variants"))
    return (
        ranked.filter(pl.col("rank") == 0)
        .drop("first_listed_date", "last_listed_date", "last_said_date", "n_listings", "rank", "source_kind")
        .pipe(_with_fullest_abstract, ranked)
        .pipe(_with_title, ranked)
        .join(_fill_particulars(ranked, entries, particulars), on="arxiv_id", how="left")
        .join(counted, on="arxiv_id", how="left")
        .join(n_variants, on="arxiv_id", how="left")
        .with_columns(
            pl.when(pl.col("authors_completeness") != "none")
            .then(pl.col("authors").list.len())
            .alias("n_authors"),
            submitted_month_of(pl.col("arxiv_id")).alias("submitted_month"),
        )
        .sort("arxiv_id")
    )


def _with_fullest_abstract(records: pl.DataFrame, ranked: pl.DataFrame) -> pl.DataFrame:
    if ranked.height == records.height:
        return records  # of each paper the one wording
    fullest = (
        ranked.filter(pl.len().over("arxiv_id") > 1)
        .sort("arxiv_id", "abstract_completeness", "rank")
        .unique("arxiv_id", keep="first", maintain_order=True)
        .select(
            "arxiv_id", pl.col("abstract").alias("fullest"), pl.col("abstract_completeness").alias("how_full")
        )
    )
    is_fuller = pl.col("how_full").is_not_null() & (
        pl.col("how_full").to_physical() < pl.col("abstract_completeness").to_physical()
    )
    return (
        records.join(fullest, on="arxiv_id", how="left")
        .with_columns(
            pl.when(is_fuller).then(pl.col("fullest")).otherwise(pl.col("abstract")).alias("abstract"),
            pl.when(is_fuller)
            .then(pl.col("how_full"))
            .otherwise(pl.col("abstract_completeness"))
            .alias("abstract_completeness"),
        )
        .drop("fullest", "how_full")
    )


def _with_title(records: pl.DataFrame, ranked: pl.DataFrame) -> pl.DataFrame:
    """Records with the title of their best variant that states one: a bare list of identifiers states none."""
    if not records["title"].null_count():
        return records
    titled = (
        ranked.filter(pl.col("title").is_not_null())
        .sort("arxiv_id", "rank")
        .unique("arxiv_id", keep="first", maintain_order=True)
        .select("arxiv_id", pl.col("title").alias("best_title"))
    )
    return (
        records.join(titled, on="arxiv_id", how="left")
        .with_columns(pl.coalesce("title", "best_title").alias("title"))
        .drop("best_title")
    )


def _fill_particulars(ranked: pl.DataFrame, entries: pl.DataFrame, particulars: pl.DataFrame) -> pl.DataFrame:
    """Per paper the best statement of each secondary fact; primary category and categories stay together."""
    stated = (
        entries.filter(pl.col("particulars_id").is_not_null())
        .group_by("variant_id", "particulars_id")
        .agg(pl.col("is_arxiv").any(), pl.col("said_date").max())
        .join(particulars, on="particulars_id", how="inner")
        .join(ranked.select("variant_id", "rank"), on="variant_id", how="inner")
        .sort(
            "arxiv_id",
            "rank",
            "is_arxiv",
            "said_date",
            "particulars_id",
            descending=[False, False, True, True, False],
            nulls_last=True,
        )
        .with_columns(
            pl.when(pl.col("primary_category").is_not_null() | pl.col("categories").is_not_null())
            .then(pl.struct("primary_category", "categories"))
            .alias("classification")
        )
    )
    return (
        stated.group_by("arxiv_id", maintain_order=True)
        .agg(pl.col(name).drop_nulls().first() for name in (*_PARTICULARS, "classification"))
        .unnest("classification")
    )


def submitted_month_of(arxiv_id: pl.Expr) -> pl.Expr:
    """First day of the month that an identifier names; old-style years from 91 are of the last century."""
    digits = arxiv_id.str.split("/").list.last()
    year = digits.str.slice(0, 2).cast(pl.Int32)
    is_last_century = arxiv_id.str.contains("/", literal=True) & (year >= 91)  # noqa: PLR2004 - arXiv began in 1991
    century = pl.when(is_last_century).then(1900).otherwise(2000)
    return pl.date(century + year, digits.str.slice(2, 2).cast(pl.Int32), 1)


def variant_rows(ranked: pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
    """Rows of `variants`: text that equals the paper's own is null, so that it is stored once; no title is empty."""
    own = records.select(
        "arxiv_id",
        pl.col("title").alias("own_title"),
        pl.col("authors").alias("own_authors"),
        pl.col("abstract").alias("own_abstract"),
    )
    is_own_list = pl.col("authors") == pl.col("own_authors")
    return ranked.join(own, on="arxiv_id", how="left").with_columns(
        pl.when(pl.col("title").is_null() & pl.col("own_title").is_not_null())
        .then(pl.lit(""))
        .when(pl.col("title") != pl.col("own_title"))
        .then(pl.col("title"))
        .alias("title"),
        pl.when(~is_own_list & (pl.col("authors_completeness") != "none"))
        .then(pl.col("authors"))
        .alias("authors"),
        pl.when(pl.col("abstract").ne_missing(pl.col("own_abstract")))
        .then(pl.col("abstract"))
        .alias("abstract"),
    )
