"""What packages state that the warehouse does not hold yet, read part by part: a load may be larger than memory."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from paperhouse.transforms.papers.canonical import PaperFacts
from paperhouse.transforms.papers.paper_tables import links_in_text, with_note_ids
from paperhouse.transforms.tables import WAREHOUSE_TABLES
from paperhouse.warehouse.storage.packages import Package, scan_table


@dataclass(frozen=True, slots=True)
class NewFacts:
    """What packages bring that the warehouse does not hold: `digests` are the new ones, with their facts.

    Only identifiers are held for all entries; the entries themselves are read part by part.
    """

    packages: Sequence[Package]
    digests: pl.DataFrame

    def mentions(self) -> pl.DataFrame:
        """Column arxiv_id with a row for every entry, repeats included."""
        return (
            scan_table(self.packages, "listings")
            .join(self.digests.lazy().select("digest_id"), on="digest_id", how="semi")
            .select("arxiv_id")
            .collect()
        )

    def entries(self, arxiv_ids: pl.DataFrame) -> pl.DataFrame:
        """Entries of these papers with facts of their digest, each (digest_id, position) once."""
        return (
            _scan_papers(self.packages, "listings", arxiv_ids)
            .join(self.digests.lazy(), on="digest_id", how="inner")
            .unique(["digest_id", "position"])
            .join(arxiv_ids.lazy(), on="arxiv_id", how="semi")
            .sort("arxiv_id", "digest_id", "position")
            .collect()
        )


def _scan_papers(packages: Sequence[Package], table: str, arxiv_ids: pl.DataFrame) -> pl.LazyFrame:
    """Rows of a package table between the first and the last of these papers: what lies outside is not read."""
    first, last = arxiv_ids["arxiv_id"].min(), arxiv_ids["arxiv_id"].max()
    return scan_table(packages, table).filter(pl.col("arxiv_id").is_between(pl.lit(first), pl.lit(last)))


def stated_facts(packages: Sequence[Package], entries: pl.DataFrame, arxiv_ids: pl.DataFrame) -> PaperFacts:
    """What the packages' new digests state about these papers."""
    stated_at = entries.select("digest_id", "position", pl.col("digest_date").alias("stated_date"))

    def of_entries(table: str) -> pl.DataFrame:
        return (
            _scan_papers(packages, table, arxiv_ids)
            .join(stated_at.lazy(), on=["digest_id", "position"], how="inner")
            .collect()
        )

    wordings = (
        _scan_papers(packages, "wordings", arxiv_ids)
        .join(entries.lazy().select("variant_id").unique(), on="variant_id", how="semi")
        .collect()
        .pipe(_each_wording_once)
    )
    particulars = (
        _scan_papers(packages, "particulars", arxiv_ids)
        .join(entries.lazy().select("particulars_id").unique(), on="particulars_id", how="semi")
        .unique("particulars_id")
        .collect()
    )
    links = of_entries("links").select("arxiv_id", "url", "kind")
    said = entries.lazy().select("digest_id", "position", "variant_id", "stated_date")
    affiliations = (
        _scan_papers(packages, "affiliations", arxiv_ids)
        .join(said, on=["digest_id", "position"], how="inner")
        .select(
            "variant_id",
            pl.col("author_position").alias("position"),
            "affiliation",
            "arxiv_id",
            "stated_date",
        )
        .collect()
    )
    return PaperFacts(
        wordings=wordings,
        entries=entries,
        particulars=particulars,
        links=pl.concat([links, links_in_text(wordings, particulars)]),
        translations=of_entries("translations").select(
            "arxiv_id", "language", "title", "abstract", "stated_date"
        ),
        notes=with_note_ids(of_entries("notes")).select(list(WAREHOUSE_TABLES["paper_notes"].columns())),
        affiliations=affiliations,
        versions=of_entries("versions").select(list(WAREHOUSE_TABLES["paper_versions"].columns())),
    )


def _each_wording_once(wordings: pl.DataFrame) -> pl.DataFrame:
    """One row per variant; stated by arXiv if any source of it is arXiv."""
    return wordings.sort("variant_id", "source_kind").unique("variant_id", keep="first", maintain_order=True)


def merge_facts(held: PaperFacts, stated: PaperFacts) -> PaperFacts:
    """What is held and what is stated now, each wording and set of particulars once."""
    return PaperFacts(
        wordings=pl.concat([held.wordings, stated.wordings]).pipe(_each_wording_once),
        entries=pl.concat([held.entries, stated.entries.select(held.entries.columns)]),
        particulars=pl.concat([held.particulars, stated.particulars]).unique("particulars_id"),
        links=pl.concat([held.links, stated.links]),
        translations=pl.concat([held.translations, stated.translations]),
        notes=pl.concat([held.notes, stated.notes]),
        affiliations=pl.concat([held.affiliations, stated.affiliations]),
        versions=pl.concat([held.versions, stated.versions]),
    )
