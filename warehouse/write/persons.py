"""Persons of the names that a load touched: their mentions are compared again, all of them, and nobody else's."""

from functools import cache
from importlib.resources import files

import polars as pl

from paperhouse.transforms.persons.corrections import Corrections
from paperhouse.transforms.persons.model import (
    RARITY_FILE,
    TREES_FILE,
    WORDS_FILE,
    PersonModel,
    read_model,
)
from paperhouse.transforms.persons.persons import (
    PersonFacts,
    assign_persons,
    join_mentions,
    needs_a_look,
)
from paperhouse.transforms.persons.rarity import with_rarity
from paperhouse.transforms.tables import WAREHOUSE_TABLES
from paperhouse.warehouse.storage.frame_exchange import FrameExchange
from paperhouse.warehouse.write.changed_keys import note_changed

MENTIONS_PER_PART = 300_000
"""Mentions that are compared at a time."""
_PERSON_TABLES = ("persons", "person_redirects", "person_evidence")


@cache
def shipped_model() -> PersonModel:
    """The frozen tables that come with Paperhouse."""
    folder = files("paperhouse.seeds").joinpath("reference", "persons")
    rarity, words, trees = (
        folder.joinpath(name).read_bytes() for name in (RARITY_FILE, WORDS_FILE, TREES_FILE)
    )
    return read_model(rarity, words, trees)


def recompute_persons(bridge: FrameExchange, corrections: Corrections) -> None:
    """Tell the persons of all changed names anew, and of those whose corrections changed."""
    _replace_corrections(bridge, corrections)
    for table in _PERSON_TABLES:
        bridge.connection.execute(
            f"delete from {table} where author_id in (select author_id from changed_authors)"
        )
    names = bridge.take(
        "select author_id, name_key, n_papers from authors semi join changed_authors using (author_id)",
        {"author_id": pl.Int64(), "name_key": pl.String(), "n_papers": pl.UInt32()},
    ).sort("author_id")
    rarities = with_rarity(names, shipped_model()).select("author_id", "rarity", "n_papers")
    parts = (pl.col("n_papers").cast(pl.Int64).cum_sum() // MENTIONS_PER_PART).alias("part")
    for part in rarities.with_columns(parts).partition_by("part", maintain_order=True):
        _recompute_part(bridge, part.select("author_id", "rarity"), corrections)


def _recompute_part(bridge: FrameExchange, names: pl.DataFrame, corrections: Corrections) -> None:
    bridge.put_temporary("compared_names", names.select("author_id"))
    schema = _schema("paper_authors", "author_id", "arxiv_id", "position")
    mentions = bridge.take(
        "select author_id, arxiv_id, position from paper_authors semi join compared_names using (author_id)",
        schema,
    ).join(names, on="author_id", how="inner")
    joins = join_mentions(_facts(bridge, mentions, corrections), corrections, shipped_model())
    assigned = assign_persons(mentions, joins)
    bridge.put_temporary("mention_persons", assigned)
    _write_persons(bridge)
    told = joins.join(assigned, on=["author_id", "arxiv_id", "position"], how="inner")
    bridge.insert("person_evidence", told.select(list(_schema("person_evidence"))))
    retired = assigned.filter(pl.col("mention_id") != pl.col("person_id")).rename(
        {"mention_id": "retired_person_id"}
    )
    redirects = retired.select("retired_person_id", "person_id", "author_id").sort("retired_person_id")
    bridge.insert("person_redirects", redirects)
    bridge.connection.execute("drop table mention_persons; drop table compared_names")


def _facts(bridge: FrameExchange, mentions: pl.DataFrame, corrections: Corrections) -> PersonFacts:
    """The mentions with the lists and texts of papers of those names that must be compared."""
    compared = mentions.filter(needs_a_look(corrections)).select("arxiv_id").unique()
    bridge.put_temporary("compared_papers", compared)
    lists = bridge.take(
        "select arxiv_id, position, author_id, name_key from paper_authors "
        "semi join compared_papers using (arxiv_id) join authors using (author_id)",
        {**_schema("paper_authors", "arxiv_id", "position", "author_id"), **_schema("authors", "name_key")},
    )
    papers = bridge.take(
        "select arxiv_id, title, abstract, year(submitted_month) as year from papers "
        "semi join compared_papers using (arxiv_id)",
        {**_schema("papers", "arxiv_id", "title", "abstract"), "year": pl.Int64()},
    )
    bridge.connection.execute("drop table compared_papers")
    return PersonFacts(mentions, lists, papers)


def _write_persons(bridge: FrameExchange) -> None:
    """Insert the persons of `mention_persons`, and give each mention its person."""
    bridge.connection.execute(
        """
        create or replace temp table moved_mentions as
        select paper_authors.arxiv_id, paper_authors.position, mention_persons.person_id
        from paper_authors
        join mention_persons using (arxiv_id, position)
        where paper_authors.person_id <> mention_persons.person_id
        """
    )
    note_changed(bridge.connection, "arxiv_id", "moved_mentions")
    bridge.connection.execute(
        """
        update paper_authors
        set person_id = moved_mentions.person_id
        from moved_mentions
        where
            moved_mentions.arxiv_id = paper_authors.arxiv_id
            and moved_mentions.position = paper_authors.position;
        drop table moved_mentions;
        insert into persons by name
        with written as (
            select distinct person_id, author_id, confidence, arxiv_id
            from mention_persons
        ),
        counted as (
            select person_id, primary_category, count(*) as n_papers
            from written
            join papers using (arxiv_id)
            where primary_category is not null
            group by all
        ),
        favoured as (
            select
                person_id,
                list(primary_category order by n_papers desc, primary_category)[1:3] as main_categories
            from counted
            group by person_id
        ),
        known as (
            select written.person_id, count(distinct paper_authors.author_id) as n_coauthors
            from written
            join paper_authors using (arxiv_id)
            where paper_authors.author_id <> written.author_id
            group by written.person_id
        )
        select
            written.person_id,
            written.author_id,
            authors.name,
            authors.name_key,
            count(*) as n_papers,
            min(papers.first_listed_date) as first_listed_date,
            max(papers.last_listed_date) as last_listed_date,
            written.confidence,
            coalesce(favoured.main_categories, []) as main_categories,
            coalesce(known.n_coauthors, 0) as n_coauthors
        from written
        join authors using (author_id)
        join papers using (arxiv_id)
        left join favoured using (person_id)
        left join known using (person_id)
        group by all
        order by written.person_id
        """
    )


def _replace_corrections(bridge: FrameExchange, corrections: Corrections) -> None:
    """Make `person_corrections` hold these; names of pairs that are new, gone or turned round count as changed."""
    schema = _schema("person_corrections")
    rows = [(*row.mention, *row.other, row.verdict, row.reason, row.stated) for row in corrections.rows]
    stated = pl.DataFrame(rows, schema=schema, orient="row").unique(
        ["arxiv_id", "position", "other_arxiv_id", "other_position"], keep="first", maintain_order=True
    )
    bridge.put_temporary("stated_corrections", stated)
    pair = "arxiv_id, position, other_arxiv_id, other_position, verdict"
    bridge.connection.execute(
        f"""
        create or replace temp table corrected_pairs as
        (select {pair} from stated_corrections except select {pair} from person_corrections)
        union all
        (select {pair} from person_corrections except select {pair} from stated_corrections);
        create or replace temp table corrected_names as
        select author_id from paper_authors semi join corrected_pairs using (arxiv_id, position)
        union all
        select author_id from paper_authors semi join corrected_pairs
        on paper_authors.arxiv_id = other_arxiv_id and paper_authors.position = other_position
        """
    )
    note_changed(bridge.connection, "author_id", "corrected_names")
    bridge.connection.execute(
        "delete from person_corrections; drop table stated_corrections; drop table corrected_pairs; "
        "drop table corrected_names"
    )
    bridge.insert("person_corrections", stated.sort(*list(schema)[:4]))
    # They are few, and whether they hold may change with either mention: all are checked each time.
    note_changed(bridge.connection, "arxiv_id", "person_corrections")


def _schema(table: str, *columns: str) -> dict[str, pl.DataType]:
    schema = {name: column.dtype for name, column in WAREHOUSE_TABLES[table].columns().items()}
    return {name: schema[name] for name in columns} if columns else schema
