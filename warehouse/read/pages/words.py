"""Papers by words of their titles, names of their authors, or identifier."""

from collections.abc import Sequence

import duckdb

from paperhouse.warehouse.storage.connections import dict_rows


def find_papers_by_words(
    connection: duckdb.DuckDBPyConnection, words: Sequence[str], n_most: int
) -> list[str]:
    """Identifiers of papers whose title, or one of whose authors' names, holds every word; the newest first."""
    query = """
        with wanted as (select list_filter(string_split(lower($words), ' '), word -> word <> '') as words),

        named as (
            select distinct arxiv_id
            from paper_authors
            join authors using (author_id)
            cross join wanted
            where list_bool_and(list_transform(words, word -> contains(lower(authors.name), word)))
        )

        select papers.arxiv_id
        from papers
        cross join wanted
        where
            len(words) > 0
            and (
                papers.arxiv_id = words[1]
                or papers.arxiv_id in (select arxiv_id from named)
                or list_bool_and(list_transform(words, word -> contains(lower(papers.title), word)))
            )
        order by papers.arxiv_id = words[1] desc, papers.first_listed_date desc nulls last, papers.arxiv_id desc
        limit $n_most
    """
    named = {"words": " ".join(words), "n_most": n_most}
    return [row["arxiv_id"] for row in dict_rows(connection, query, named)]
