"""Words of titles that become more frequent."""

from typing import Any

import duckdb

from paperhouse.warehouse.storage.connections import dict_rows

Row = dict[str, Any]


def read_rising_words(connection: duckdb.DuckDBPyConnection, n_most: int = 12, n_least: int = 8) -> list[Row]:
    """Words whose share of papers grew most, by G-test: the newer half of the last twelve months against the older.

    Each has its counts by month; months with fewer than 50 papers do not count. Empty where fewer than two do.
    """
    query = """
        with months as (
            select
                submitted_month,
                count(*) as n_papers
            from papers
            group by all
            having count(*) >= 50
            order by submitted_month desc
            limit 12
        ),

        halves as (
            select
                submitted_month,
                n_papers,
                row_number() over (order by submitted_month) > (count(*) over ()) / 2 as is_late
            from months
        ),

        sizes as (
            select
                sum(n_papers) filter (where is_late) as n_late,
                sum(n_papers) filter (where not is_late) as n_early
            from halves
        ),

        words as (
            select
                term,
                coalesce(sum(term_trends.n_papers) filter (where is_late), 0)::double as late,
                coalesce(sum(term_trends.n_papers) filter (where not is_late), 0)::double as early,
                list({month: submitted_month, n_papers: term_trends.n_papers, share: share_of_papers}
                    order by submitted_month) as months
            from term_trends
            join halves using (submitted_month)
            group by all
        )

        select
            term,
            early::bigint as n_early,
            late::bigint as n_late,
            late / n_late as late_share,
            early / n_early as early_share,
            months
        from words, sizes
        where
            late >= $n_least
            and n_early > 0
            and late / sizes.n_late > early / sizes.n_early
        order by
            late * ln(late / ((late + early) * sizes.n_late / (sizes.n_late + sizes.n_early)))
            + case
                when early > 0
                    then early * ln(early / ((late + early) * sizes.n_early / (sizes.n_late + sizes.n_early)))
                else 0
            end desc,
            term
        limit $n_most
    """
    return dict_rows(connection, query, {"n_most": n_most, "n_least": n_least})
