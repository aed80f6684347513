"""Persons of the names that a load touched: their mentions are compared again, all of them, and nobody else's."""

from functools import cache
from importlib.resources import files

import polars as pl

from paperhouse.transforms.papers.authors import mention_ids
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
    find_persons,
    mark_compared,
)
from paperhouse.transforms.persons.rarity import with_rarity
from paperhouse.transforms.tables import WAREHOUSE_TABLES
from paperhouse.warehouse.storage.frame_exchange import FrameExchange
from paperhouse.warehouse.write.changed_keys import note_changed
from paperhouse.warehouse.write.person_rows import insert_persons

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
    names = _compared_names(bridge)
    for table in _PERSON_TABLES:
        bridge.connection.execute(
            f"delete from {table} where author_id in (select author_id from changed_authors)"
        )
    if names.height:
        rarities = with_rarity(names, shipped_model()).drop("name_key").sort("author_id")
        parts = (pl.col("n_mentions").cum_sum() // MENTIONS_PER_PART).alias("part")
        for part in rarities.with_columns(parts).partition_by("part", maintain_order=True):
            _compare_part(bridge, part.select("author_id", "rarity", "had_redirects"), corrections)
    insert_persons(bridge)


def _compared_names(bridge: FrameExchange) -> pl.DataFrame:
    """Changed names of several mentions: author_id, name_key, n_mentions, had_redirects.

    The only mention of a name is a person of its own, as it was written; unless another that it was joined to is gone.
    """
    return bridge.take(
        """
        with counted as (
            select author_id, count(*) as n_mentions
            from paper_authors
            semi join changed_authors using (author_id)
            group by author_id
        ),
        redirected as (
            select distinct author_id, true as had_redirects
            from person_redirects
            semi join changed_authors using (author_id)
        )
        select author_id, name_key, n_mentions, coalesce(had_redirects, false) as had_redirects
        from counted
        join authors using (author_id)
        left join redirected using (author_id)
        where n_mentions > 1 or had_redirects
        """,
        {
            **_schema("authors", "author_id", "name_key"),
            "n_mentions": pl.Int64(),
            "had_redirects": pl.Boolean(),
        },
    )


def _compare_part(bridge: FrameExchange, names: pl.DataFrame, corrections: Corrections) -> None:
    """Find the persons of these names (author_id, rarity, had_redirects), and write what joined whom."""
    bridge.put_temporary("compared_names", names.select("author_id"))
    schema = _schema("paper_authors", "author_id", "arxiv_id", "position", "person_id")
    mentions = bridge.take(
        f"select {', '.join(schema)} from paper_authors semi join compared_names using (author_id)", schema
    ).join(names, on="author_id", how="inner")
    affiliations = _affiliations(bridge)
    mentions = mark_compared(_with_mention_id(mentions), affiliations, corrections)
    persons = find_persons(_facts(bridge, mentions, affiliations), corrections, shipped_model())
    is_moved = persons["person_id"] != mentions["person_id"]
    bridge.put_temporary(
        "moved_mentions", persons.filter(is_moved).select("arxiv_id", "position", "person_id")
    )
    note_changed(bridge.connection, "author_list", "moved_mentions")
    bridge.connection.execute(
        """
        update paper_authors
        set person_id = moved_mentions.person_id
        from moved_mentions
        where
            moved_mentions.arxiv_id = paper_authors.arxiv_id
            and moved_mentions.position = paper_authors.position;
        drop table moved_mentions;
        drop table compared_names
        """
    )
    bridge.insert("person_evidence", persons.drop_nulls("score").select(list(_schema("person_evidence"))))
    redirects = persons.filter(pl.col("mention_id") != pl.col("person_id")).rename(
        {"mention_id": "retired_person_id"}
    )
    bridge.insert(
        "person_redirects",
        redirects.select("retired_person_id", "person_id", "author_id").sort("retired_person_id"),
    )


def _with_mention_id(mentions: pl.DataFrame) -> pl.DataFrame:
    """Each mention's own id: where a name had no redirects, each mention still is the person that it was written as."""
    was_joined = mentions["had_redirects"]
    written, joined = mentions.filter(~was_joined), mentions.filter(was_joined)
    own = mention_ids(joined["arxiv_id"], joined["position"]).alias("mention_id")
    return pl.concat(
        [written.with_columns(pl.col("person_id").alias("mention_id")), joined.with_columns(own)]
    )


def _affiliations(bridge: FrameExchange) -> pl.DataFrame:
    """What arXiv states of the mentions of the compared names."""
    schema = _schema("author_affiliations", "arxiv_id", "position", "affiliation")
    query = (
        f"select {', '.join(schema)} from author_affiliations semi join "
        "(select arxiv_id, position from paper_authors semi join compared_names using (author_id)) as mentions "
        "using (arxiv_id, position)"
    )
    if not bridge.count("select count(*) from author_affiliations"):
        return pl.DataFrame(schema=schema)
    return bridge.take(query, schema)


def _facts(bridge: FrameExchange, mentions: pl.DataFrame, affiliations: pl.DataFrame) -> PersonFacts:
    """The mentions with the lists and texts of papers of those names that must be compared."""
    compared = mentions.filter("is_compared").select("arxiv_id").unique()
    bridge.put_temporary("compared_papers", compared)
    # Whom two papers share, has two: in most lists the others are more.
    met = (
        "from paper_authors semi join compared_papers using (arxiv_id) join authors using (author_id) "
        "where authors.n_papers > 1"
    )
    lists = bridge.take(
        f"select arxiv_id, author_id {met}", _schema("paper_authors", "arxiv_id", "author_id")
    )
    names = bridge.take(
        f"select distinct author_id, name_key {met}", _schema("authors", "author_id", "name_key")
    )
    papers = bridge.take(
        "select arxiv_id, title, abstract, year(submitted_month) as year, n_authors from papers "
        "semi join compared_papers using (arxiv_id)",
        {**_schema("papers", "arxiv_id", "title", "abstract", "n_authors"), "year": pl.Int64()},
    )
    bridge.connection.execute("drop table compared_papers")
    return PersonFacts(mentions, lists, names, papers, affiliations)


def _replace_corrections(bridge: FrameExchange, corrections: Corrections) -> None:
    """Make `person_corrections` hold these; names of pairs that are new, gone or turned round count as changed."""
    if not corrections.rows and not bridge.count("select count(*) from person_corrections"):
        return
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
