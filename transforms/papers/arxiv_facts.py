"""Facts that only arXiv states to rows: versions, affiliations, and classes of other schemes."""

import polars as pl

from paperhouse.transforms.arxiv.categories import CLOSED_CATEGORIES
from paperhouse.transforms.arxiv.records import sort_codes
from paperhouse.transforms.papers.author_names import name_key
from paperhouse.transforms.tables import CLASS_SCHEMES


def version_rows(versions: pl.DataFrame) -> pl.DataFrame:
    """One row per paper and version: as the record of the latest change states it, then the smallest statement."""
    if not versions.height:
        return versions
    facts = ["submitted_at", "size_kb", "source_type", "is_withdrawn"]
    return (
        versions.sort(
            "arxiv_id",
            "version",
            "stated_date",
            *facts,
            descending=[False, False, True, *([False] * len(facts))],
            nulls_last=True,
        )
        .unique(["arxiv_id", "version"], keep="first", maintain_order=True)
        .sort("arxiv_id", "version")
    )


def class_rows(records: pl.DataFrame, known: frozenset[str]) -> pl.DataFrame:
    """One row per paper and code that stands among its categories and is none of arXiv's."""
    terms = (
        records.filter(pl.col("categories").list.len() > 0)
        .select("arxiv_id", pl.col("categories").alias("term"))
        .explode("term")
        .filter(~pl.col("term").is_in(list(known | CLOSED_CATEGORIES)))
    )
    codes: list[tuple[str, str, str]] = []
    for term in terms["term"].unique().to_list():
        found = sort_codes([term], known)
        named = {"acm": found.acm_classes, "msc": found.msc_classes, "other": found.other_codes}
        codes.extend((term, scheme, code) for scheme, said in named.items() for code in said)
    schema: dict[str, pl.DataType] = {"term": pl.String(), "scheme": CLASS_SCHEMES, "code": pl.String()}
    return (
        terms.join(pl.DataFrame(codes, schema=schema, orient="row"), on="term", how="inner")
        .select("arxiv_id", "scheme", "code")
        .unique()
        .sort("arxiv_id", "scheme", "code")
    )


def last_affiliations(affiliations: pl.DataFrame) -> pl.DataFrame:
    """Affiliations of each wording as the latest entry states them, whole; entries of one day count together."""
    if not affiliations.height:
        return affiliations
    latest = pl.col("stated_date").max().over("variant_id")
    return (
        affiliations.filter(pl.col("stated_date").eq_missing(latest))
        .unique()
        .sort("variant_id", "position", "affiliation")
    )


def affiliation_rows(affiliations: pl.DataFrame, ranked: pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
    r"""One row per paper, position and affiliation: of the best wording that states any for the record's own names.

    A wording whose list has other names, or another order, speaks of other positions: it is passed over. Names are
    compared by their keys, so that `Müller` and `M\"uller` are the same.
    """
    if not affiliations.height:
        return affiliations.select("arxiv_id", "position", "affiliation")
    stating = (
        ranked.join(affiliations.select("variant_id").unique(), on="variant_id", how="semi")
        .join(records.select("arxiv_id", pl.col("authors").alias("own")), on="arxiv_id", how="inner")
        .sort("arxiv_id", "rank")
    )
    chosen: dict[str, int] = {}
    for arxiv_id, variant_id, names, own in stating.select(
        "arxiv_id", "variant_id", "authors", "own"
    ).iter_rows():
        if arxiv_id not in chosen and _are_same_names(names, own):
            chosen[arxiv_id] = variant_id
    return (
        affiliations.filter(pl.col("variant_id").is_in(list(chosen.values())))
        .select("arxiv_id", "position", "affiliation")
        .unique()
        .sort("arxiv_id", "position", "affiliation")
    )


def _are_same_names(names: list[str], own: list[str]) -> bool:
    return names == own or [name_key(name) for name in names] == [name_key(name) for name in own]
