"""Authors of the papers that a load wrote, counted again from all their mentions."""

from typing import Final

import polars as pl

from paperhouse.transforms.papers.authors import author_rows
from paperhouse.warehouse.storage.frame_exchange import FrameExchange
from paperhouse.warehouse.write.current_facts import current_mentions

MENTIONS_PER_PART: Final = 500_000
"""Author mentions that are counted at a time."""


def recompute_authors(exchange: FrameExchange, author_ids: pl.DataFrame, n_written: int) -> int:
    """Count these authors again; return how many of them were not known before.

    `n_written` are the mentions that this load wrote: with what is known of the authors it says how many there are
    about, and to count them would mean to read all mentions once more.
    """
    with exchange.lend(author_ids) as wanted:
        n_held = exchange.count(f"select count(*) from authors semi join {wanted} using (author_id)")
        n_known = exchange.count(
            f"select coalesce(sum(n_papers), 0) from authors semi join {wanted} using (author_id)"
        )
        if n_held:
            exchange.connection.execute(
                f"delete from authors where author_id in (select author_id from {wanted})"
            )
    n_parts = 1 + (n_known + n_written) // MENTIONS_PER_PART
    for part in range(n_parts):
        some = author_ids.filter(pl.col("author_id") % n_parts == part)
        exchange.insert("authors", author_rows(current_mentions(exchange, some)))
    return author_ids.height - n_held
