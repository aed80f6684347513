"""Papers that a search finds, the best first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import duckdb

from paperhouse.transforms.papers.author_names import name_key
from paperhouse.transforms.search.query import Atom, SearchQuery, parse_search
from paperhouse.transforms.search.terms import term_key, word_stem
from paperhouse.warehouse.read.search_order import N_ORDERED, better_scores
from paperhouse.warehouse.schema.ddl import quoted_text
from paperhouse.warehouse.schema.search_macro import HITS, PHRASED, SCORED, UNPHRASED, WEIGHT_UNITS
from paperhouse.warehouse.storage.connections import dict_rows, one_value

N_HITS: Final = 20
NO_SEARCH: Final = (
    "the warehouse has no index of words yet: it was written by an earlier version; run `paperhouse rebuild`"
)


@dataclass(frozen=True, slots=True)
class SearchFilter:
    """What papers must be besides: in one of the lists, first listed since a day, by an author of each name."""

    lists: tuple[str, ...] = ()
    since: date | None = None
    authors: tuple[str, ...] = ()
    must_have_all: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """A paper that was found: how well it fits, and whether it has every word."""

    arxiv_id: str
    score: float
    has_all: bool


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """The best papers, and how many there are: with every word, and with any."""

    query: SearchQuery
    hits: tuple[Hit, ...]
    n_found: int
    n_with_all: int


NO_FILTER: Final = SearchFilter()


def has_search(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether the warehouse has the index: one that an earlier version wrote gets it by a rebuild."""
    query = "select count(*) from duckdb_tables() where table_name = 'search_postings'"
    return bool(one_value(connection, query))


def search_papers(
    connection: duckdb.DuckDBPyConnection,
    text: str,
    limit: int | None = N_HITS,
    only: SearchFilter = NO_FILTER,
) -> SearchAnswer:
    """The papers that fit best, of equals the newest identifier first; without a limit all.

    The first of them are put in order by topics as well.

    Raises:
        QueryError: the search names nothing that a paper could be found by.
    """
    query = parse_search(text)
    conditions, named = _conditions(only)
    sql = f"""
        {hits_clause(query)}
        , chosen as materialized (
            select arxiv_id, score, has_all
            from hits
            {conditions}
        ),
        counts as (
            select count(*) as n_found, count(*) filter (has_all) as n_with_all
            from chosen
        ),
        words as (
            select coalesce(sum(weight), 0) / {WEIGHT_UNITS} as worth
            from weights
        )
        select arxiv_id, score::double as score, has_all, n_found, n_with_all, worth
        from chosen, counts, words
        order by score desc, arxiv_id desc
        {"" if limit is None else f"limit {max(int(limit), N_ORDERED)}"}
    """
    rows = dict_rows(connection, sql, named)
    if not rows:
        return SearchAnswer(query, (), 0, 0)
    hits = tuple(_in_order(connection, query, rows))
    return SearchAnswer(query, hits[:limit], rows[0]["n_found"], rows[0]["n_with_all"])


def _in_order(
    connection: duckdb.DuckDBPyConnection, query: SearchQuery, rows: Sequence[dict[str, Any]]
) -> Iterator[Hit]:
    first = {row["arxiv_id"]: row for row in rows[:N_ORDERED]}
    words = {arxiv_id: row["score"] for arxiv_id, row in first.items()}
    scores = better_scores(connection, query, rows[0]["worth"], words)
    for arxiv_id in sorted(first, key=lambda one: (scores[one], one), reverse=True):
        yield Hit(arxiv_id, scores[arxiv_id], first[arxiv_id]["has_all"])
    for row in rows[N_ORDERED:]:
        yield Hit(row["arxiv_id"], row["score"], row["has_all"])


def hits_clause(query: SearchQuery) -> str:
    """A `with` clause that ends in `hits` (arxiv_id, score, has_all)."""
    atoms = query.atoms or (_NOBODY,)
    asked = " union all ".join(_asked(place, atom) for place, atom in enumerate(atoms))
    named = ", ".join(f"({quoted_text(arxiv_id)})" for arxiv_id in query.arxiv_ids) or "(null)"
    phrases = ", ".join(
        f"({quoted_text(phrase.text)}, {str(phrase.is_unwanted).lower()})" for phrase in query.phrases
    )
    relations = (
        f"asked (number, term, is_needed, is_unwanted) as ({asked})",
        f"named (arxiv_id) as (select arxiv_id from (values {named}) as ids (arxiv_id) where arxiv_id is not null)",
        *([f"phrases (text, is_unwanted) as (values {phrases})"] if phrases else []),
        f"matched as materialized ({_matched(query)})",
        SCORED,
        PHRASED if phrases else UNPHRASED,
        HITS,
    )
    return f"with {', '.join(relations)}"


_NO_POSTINGS: Final = (
    "select 0::ubigint as number, paper, impact, false as is_needed from search_postings where false"
)
_NOBODY: Final = Atom("", is_unwanted=True)


def _matched(query: SearchQuery) -> str:
    """The postings of each wanted word, as the macro's `matched` gives them, but word by word.

    The rows of one term lie side by side, and are found without reading the others'.
    """
    needed: dict[int, bool] = {}
    prefixes = []
    for place, atom in enumerate(query.atoms):
        if atom.is_unwanted:
            continue
        if atom.is_prefix:
            prefixes.append(
                f"select {place}::ubigint as number, paper, max(impact) as impact, "
                f"{str(atom.is_needed).lower()} as is_needed from search_postings "
                f"where term in (select term from search_words where starts_with(word, {quoted_text(atom.word)})) "
                "group by paper"
            )
        else:
            term = term_key(word_stem(atom.word))
            needed[term] = needed.get(term, False) or atom.is_needed
    words = [
        f"select {term}::ubigint as number, paper, impact, {str(is_needed).lower()} as is_needed "
        f"from search_postings where term = {term}::ubigint"
        for term, is_needed in needed.items()
    ]
    return " union all ".join([*words, *prefixes]) or _NO_POSTINGS


def _asked(place: int, atom: Atom) -> str:
    flags = f"{str(atom.is_needed).lower()}, {str(atom.is_unwanted).lower()}"
    if atom.is_prefix:
        return (
            f"select distinct {place}::ubigint, term, {flags} from search_words "
            f"where starts_with(word, {quoted_text(atom.word)})"
        )
    term = f"{term_key(word_stem(atom.word))}::ubigint"
    return f"select {term}, {term}, {flags}"


def _conditions(only: SearchFilter) -> tuple[str, dict[str, Any]]:
    conditions: list[str] = []
    named: dict[str, Any] = {}
    if only.lists:
        named["lists"] = list(only.lists)
        conditions.append(
            "arxiv_id in (select arxiv_id from listings join digests using (digest_id) "
            "where list_contains($lists, list_name))"
        )
    if only.since is not None:
        named["since"] = only.since
        conditions.append("arxiv_id in (select arxiv_id from papers where first_listed_date >= $since)")
    for number, author in enumerate(only.authors):
        named[f"author_{number}"] = f" {name_key(author)} "
        conditions.append(
            "arxiv_id in (select arxiv_id from paper_authors join authors using (author_id) "
            f"where contains(' ' || authors.name_key || ' ', $author_{number}))"
        )
    if only.must_have_all:
        conditions.append("has_all")
    return f"where {' and '.join(conditions)}" if conditions else "", named
