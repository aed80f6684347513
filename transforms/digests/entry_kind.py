"""What an entry counts for, by the kind of its digest: a listing, or only arXiv's answer to a question.

That somebody looked a paper up says nothing of when it was announced or how often: an answer is evidence of
what arXiv says, and no listing.
"""

from typing import Final

import polars as pl

API_FORMAT: Final = "arxiv_api"
OAI_FORMAT: Final = "arxiv_oai"
FEED_FORMAT: Final = "arxiv_feed"
SNAPSHOT_FORMAT: Final = "arxiv_kaggle"
DATACITE_FORMAT: Final = "datacite"
ANSWER_FORMATS: Final = (API_FORMAT, OAI_FORMAT, SNAPSHOT_FORMAT, DATACITE_FORMAT)
ARXIV_FORMATS: Final = (API_FORMAT, OAI_FORMAT, SNAPSHOT_FORMAT, FEED_FORMAT)
"""DataCite repeats what arXiv registered there: an answer, but not arXiv's own record."""


def with_entry_kind(entries: pl.DataFrame) -> pl.DataFrame:
    """Entries with `is_arxiv` (arXiv itself says it), `is_answer` (it is no listing) and `said_date`.

    `said_date` is by how new an entry is: the date of its digest, and of an answer the day on which arXiv last
    changed the record, or answered. `entries` has format and digest_date of the digest, and stated_date.
    """
    is_answer = pl.col("format").is_in(ANSWER_FORMATS)
    return entries.with_columns(
        pl.col("format").is_in(ARXIV_FORMATS).alias("is_arxiv"),
        is_answer.alias("is_answer"),
        pl.when(is_answer).then("stated_date").otherwise("digest_date").alias("said_date"),
    )
