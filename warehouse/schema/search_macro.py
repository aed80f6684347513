"""Search in SQL: what is common to the macro `search`, which any DuckDB runs, and to searches of our own.

Both say what is asked for by three relations: `asked` (number of a word, term, is_needed, is_unwanted), `phrases`
(text, is_unwanted) and `named` (arxiv_id). The macro makes them of a text by itself: an engine without extensions has
no stems, so words are looked up among those that papers have. The number of a word is its term, or the place of a
prefix.

No window functions: in DuckDB 1.5.5 about one query in fifty of this shape dies in one of them (`Attempted to access
index 0 within vector of size 0`), where another thread finds nothing to do.
"""

from typing import Final

from paperhouse.transforms.search.layout import FULL_IMPACT
from paperhouse.transforms.search.query import SEARCH_ITEM
from paperhouse.transforms.search.stop_words import STOP_WORDS
from paperhouse.transforms.search.terms import HYPHEN, PIECE
from paperhouse.warehouse.schema.ddl import quoted_text

IDENTIFIER_SCORE: Final = 1000
"""Of a paper that is named: before all that have its words."""
WEIGHT_UNITS: Final = 10_000
"""Weights of words are whole numbers of these: sums that do not depend on the order of rows."""
UNSPACED: Final = r"[\x{3040}-\x{30ff}\x{3400}-\x{9fff}\x{ac00}-\x{d7af}\x{f900}-\x{faff}]"
_NO_WORD: Final = r"[^\pL\pN\pM]+"


def folded(text: str) -> str:
    """SQL of a text without case and accents."""
    return f"strip_accents(lower({text}))"


def spaced(text: str) -> str:
    """SQL of a text as phrases are compared with it: folded words, each between single spaces."""
    return f"' ' || trim(regexp_replace({folded(text)}, {quoted_text(_NO_WORD)}, ' ', 'g')) || ' '"


MATCHED: Final = """
    matched as materialized (
        select
            asked.number,
            search_postings.paper,
            max(search_postings.impact) as impact,
            bool_or(asked.is_needed) as is_needed
        from search_postings
        join asked using (term)
        where not asked.is_unwanted
        group by asked.number, search_postings.paper
    )"""
"""From `asked` to `matched` (number, paper, impact, is_needed): the papers that have each wanted word."""

SCORED: Final = f"""
    totals as (
        select
            count(distinct number) as n_words,
            count(distinct number) filter (is_needed) as n_needed,
            (select count(*) from search_papers) as n_papers
        from asked
        where not is_unwanted
    ),
    weights as (
        select
            number,
            round({WEIGHT_UNITS} * ln(1 + (any_value(n_papers) - count(*) + 0.5) / (count(*) + 0.5)))::bigint as weight
        from matched, totals
        group by number
    ),
    scored as (
        select
            matched.paper,
            sum(matched.impact * weights.weight) as score,
            count(*) as n_words,
            count(*) filter (matched.is_needed) as n_needed
        from matched
        join weights using (number)
        group by matched.paper
    ),
    unwanted as (
        select distinct search_postings.paper
        from search_postings
        join asked using (term)
        where asked.is_unwanted
    ),
    candidates as (
        select
            search_papers.arxiv_id,
            scored.score / {FULL_IMPACT * WEIGHT_UNITS} as score,
            scored.n_words >= totals.n_words as has_all
        from scored
        join totals on scored.n_needed >= totals.n_needed
        join search_papers using (paper)
        anti join unwanted using (paper)
    )"""
"""From `asked` and `matched` to `candidates` (arxiv_id, score, has_all): papers with the needed words only."""

PHRASED: Final = f"""
    refused as (
        select distinct texts.arxiv_id
        from (
            select
                papers.arxiv_id,
                {spaced("concat_ws(' ', papers.title, papers.abstract)")} as text,
                {spaced("names.names")} as names
            from papers
            left join (
                select
                    paper_authors.arxiv_id,
                    string_agg(name_as_written, ' | ' order by position) as names
                from paper_authors
                where paper_authors.arxiv_id in (select arxiv_id from candidates where exists (from phrases))
                group by paper_authors.arxiv_id
            ) as names using (arxiv_id)
            where papers.arxiv_id in (select arxiv_id from candidates where exists (from phrases))
        ) as texts
        join phrases
            on (contains(texts.text, phrases.text) or coalesce(contains(texts.names, phrases.text), false))
            = phrases.is_unwanted
    ),
    found as (
        select arxiv_id, score, has_all
        from candidates
        anti join refused using (arxiv_id)
    )"""
"""From `candidates` to `found`: those whose text has the phrases."""

UNPHRASED: Final = """
    found as (
        select arxiv_id, score, has_all
        from candidates
    )"""

HITS: Final = f"""
    hits as (
        select arxiv_id, {IDENTIFIER_SCORE} as score, true as has_all
        from papers
        where arxiv_id in (select arxiv_id from named)
        union all
        select arxiv_id, score, has_all
        from found
        where arxiv_id not in (select arxiv_id from named)
    )"""
"""From `found` and `named` to `hits`: arxiv_id, score, has_all."""

_IDENTIFIER: Final = r"^(?:.*[/:])?([0-9]{4}\.[0-9]{4,5}|[a-z-]+/[0-9]{7})(?:v[0-9]{1,3})?$"

_PARTS: Final = f"regexp_split_to_array(piece, {quoted_text(HYPHEN)})"
_ASKED: Final = f"""
    tokens as (
        select
            token_number,
            token like '-_%' as is_unwanted,
            contains(token, '"') as is_phrase,
            token like '%_*' and not contains(token, '"') as is_prefix,
            rtrim(trim(if(token like '-_%', token[2:], token), '"'), '*') as text
        from (
            select
                unnest(regexp_extract_all(query, {quoted_text(SEARCH_ITEM)})) as token,
                generate_subscripts(regexp_extract_all(query, {quoted_text(SEARCH_ITEM)}), 1) as token_number
        )
    ),
    named as (
        select
            token_number,
            regexp_extract(lower(text), {quoted_text(_IDENTIFIER)}, 1) as arxiv_id
        from tokens
        where arxiv_id <> ''
    ),
    pieces as (
        select
            token_number,
            unnest(regexp_extract_all({folded("text")}, {quoted_text(PIECE)})) as piece
        from tokens
        anti join named using (token_number)
        where not is_prefix
    ),
    split as (
        select
            token_number,
            unnest(case
                when regexp_matches(piece, {quoted_text(UNSPACED)}) then
                    if(len(piece) = 1, [piece], list_transform(range(1, len(piece)), lambda spot: piece[spot:spot + 1]))
                when regexp_matches(piece, '[+#]$') then [piece]
                else {_PARTS} || list_transform(
                    list_filter(range(1, len({_PARTS})), lambda spot:
                        least(len({_PARTS}[spot]), len({_PARTS}[spot + 1])) <= 2
                        or regexp_matches({_PARTS}[spot], '^[0-9]')
                        or regexp_matches({_PARTS}[spot + 1], '^[0-9]')),
                    lambda spot: {_PARTS}[spot] || {_PARTS}[spot + 1])
            end) as word
        from pieces
    ),
    words as (
        select distinct
            token_number,
            word
        from split
        where (len(word) > 1 or regexp_matches(word, {quoted_text(UNSPACED)}))
            and not regexp_matches(word, '^[0-9]+\\.[0-9]{{1,3}}$')
            and word not in ({", ".join(map(quoted_text, sorted(STOP_WORDS)))})
    ),
    excluded as (
        select token_number
        from tokens
        left join words using (token_number)
        where is_unwanted
        group by token_number
        having any_value(is_phrase) or count(word) > 1
    ),
    asked as (
        select
            coalesce(search_words.term, md5_number_upper(words.word)) as number,
            number as term,
            tokens.is_phrase as is_needed,
            tokens.is_unwanted
        from words
        join tokens using (token_number)
        anti join excluded using (token_number)
        left join search_words using (word)
        union all
        select distinct
            token_number::ubigint as number,
            search_words.term,
            false as is_needed,
            is_unwanted
        from tokens
        join search_words
            on starts_with(search_words.word, regexp_replace({folded("text")}, {quoted_text(_NO_WORD)}, '', 'g'))
        where is_prefix and len(text) > 1
    ),
    phrases as (
        select
            if(regexp_matches(text, {quoted_text(UNSPACED)}), trim({spaced("text")}), {spaced("text")}) as text,
            is_unwanted
        from tokens
        where token_number in (from excluded)
            or (is_phrase and token_number in (select token_number from words))
    )"""
"""From `query`, a text, to `named`, `asked` and `phrases`."""


def search_macro_statement() -> str:
    """The table macro `search(query)`."""
    relations = f"{_ASKED},{MATCHED},{SCORED},{PHRASED},{HITS}"
    return f"create or replace macro search(query) as table\nwith{relations}\nselect arxiv_id, score, has_all from hits"
