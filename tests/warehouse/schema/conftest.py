"""A warehouse of four papers, small enough to check by hand; every check holds on it."""

from datetime import UTC, date, datetime

import duckdb
import polars as pl
import pytest
from judged_schema import judged_tables

from paperhouse.transforms.tables import WAREHOUSE_TABLES, empty_frame
from paperhouse.warehouse.schema.ddl import create_tables
from paperhouse.warehouse.schema.relations import create_models

ANN, BOB, CID = 1, 2, 3
RANKING, SEARCH, TWIN, STRINGS = "2504.00001", "2504.00002", "2503.00003", "hep-th/9901001"
STRINGS_NUMBER = 1199901001
DAY_1, DAY_3, DAY_4 = date(2025, 4, 8), date(2025, 4, 10), date(2025, 4, 11)
MORNING = datetime(2025, 4, 11, 6, tzinfo=UTC)

FULL = {"abstract_completeness": "full", "authors_completeness": "full"}
NONE = {"abstract_completeness": "none", "authors_completeness": "none"}
FIRST = {"first_listed_date": DAY_1, "last_listed_date": DAY_1}
MAIN_LIST = {
    "source": "alpha",
    "list_name": "AI",
    "date_source": "path",
    "format": "reporter",
    "load_id": "L1",
}
PLAIN = {"encoding": "utf-8", "unit": "line", "n_bytes": 900, "n_ids_seen": 0, "n_ids_unaccounted": 0}
NO_LINES = {"n_entries": 0, "n_rejects": 0, "n_lines": 0, "n_entry_lines": 0, "n_reject_lines": 0}
NOTHING_NEW = {"n_papers_new": 0, "n_papers_changed": 0, "n_authors_new": 0, "n_papers_removed": 0}
RAN = {"started_at": MORNING, "finished_at": MORNING, "trigger": "ingest", "code_version": "0"}

ROWS = {
    "papers": [
        {
            "arxiv_id": RANKING,
            "version": 2,
            "title": "Graph Ranking with Large Models",
            "abstract": "We rank. Code: https://github.com/x/rank.",
            "n_authors": 2,
            "primary_category": "cs.IR",
            "submitted_month": date(2025, 4, 1),
            "first_listed_date": DAY_1,
            "last_listed_date": DAY_3,
            "n_listings": 2,
            "n_variants": 3,
            "variant_id": 11,
            **FULL,
        },
        {
            "arxiv_id": SEARCH,
            "title": "The Ranking of $x$ for Search",
            "n_authors": 3,
            "submitted_month": date(2025, 4, 1),
            "n_listings": 1,
            "n_variants": 1,
            "variant_id": 20,
            **FIRST,
            **FULL,
            "abstract_completeness": "none",
        },
        {
            "arxiv_id": TWIN,
            "title": "graph ránking, with large models!",
            "abstract": "We ra",
            "n_authors": 1,
            "submitted_month": date(2025, 3, 1),
            "n_listings": 1,
            "n_variants": 1,
            "variant_id": 30,
            "abstract_completeness": "truncated",
            "authors_completeness": "first_only",
            **FIRST,
        },
        {
            "arxiv_id": STRINGS,
            "title": "Strings",
            "submitted_month": date(1999, 1, 1),
            "n_listings": 1,
            "n_variants": 1,
            "variant_id": 40,
            **NONE,
        },
    ],
    "authors": [
        {
            "author_id": ANN,
            "name": "Ann Ash",
            "name_key": "ann ash",
            "n_papers": 3,
            "first_listed_date": DAY_1,
            "last_listed_date": DAY_3,
        },
        {
            "author_id": BOB,
            "name": "Bob Box",
            "name_key": "bob box",
            "n_papers": 1,
            "first_listed_date": DAY_1,
            "last_listed_date": DAY_3,
        },
        {"author_id": CID, "name": "Cid Cox", "name_key": "cid cox", "n_papers": 1, **FIRST},
    ],
    "paper_authors": [
        {
            "arxiv_id": RANKING,
            "position": 1,
            "author_id": ANN,
            "person_id": 101,
            "name_as_written": "Ann Ash",
        },
        {
            "arxiv_id": RANKING,
            "position": 2,
            "author_id": BOB,
            "person_id": 201,
            "name_as_written": "Bob Box",
        },
        {"arxiv_id": SEARCH, "position": 1, "author_id": ANN, "person_id": 101, "name_as_written": "Ann Ash"},
        {"arxiv_id": SEARCH, "position": 2, "author_id": CID, "person_id": 301, "name_as_written": "Cid Cox"},
        {"arxiv_id": SEARCH, "position": 3, "author_id": ANN, "person_id": 101, "name_as_written": "ANN ASH"},
        {"arxiv_id": TWIN, "position": 1, "author_id": ANN, "person_id": 102, "name_as_written": "Ann Ash"},
    ],
    "persons": [
        {
            "person_id": person_id,
            "author_id": author_id,
            "name": name,
            "name_key": name.lower(),
            "n_papers": n_papers,
            "confidence": confidence,
            "main_categories": [],
            "n_coauthors": n_coauthors,
            **FIRST,
        }
        for person_id, author_id, name, n_papers, confidence, n_coauthors in (
            (101, ANN, "Ann Ash", 2, 0.8, 2),
            (102, ANN, "Ann Ash", 1, 1.0, 0),
            (201, BOB, "Bob Box", 1, 1.0, 1),
            (301, CID, "Cid Cox", 1, 1.0, 1),
        )
    ],
    "person_redirects": [
        {"retired_person_id": 111, "person_id": 101, "author_id": ANN},
        {"retired_person_id": 113, "person_id": 101, "author_id": ANN},
    ],
    "person_evidence": [
        {
            "arxiv_id": SEARCH,
            "position": position,
            "author_id": ANN,
            "person_id": 101,
            "joined_arxiv_id": RANKING,
            "joined_position": 1,
            "joined_by": joined_by,
            "score": 1.4,
        }
        for position, joined_by in ((1, "model"), (3, "correction"))
    ],
    "person_corrections": [
        {
            "arxiv_id": arxiv_id,
            "position": 1,
            "other_arxiv_id": other_arxiv_id,
            "other_position": other_position,
            "verdict": verdict,
            "reason": "",
        }
        for arxiv_id, other_arxiv_id, other_position, verdict in (
            (RANKING, SEARCH, 3, "same"),
            (TWIN, RANKING, 1, "different"),
        )
    ],
    "paper_categories": [
        {"arxiv_id": RANKING, "category": "cs.IR", "is_primary": True},
        {"arxiv_id": RANKING, "category": "cs.XX", "is_primary": False},
        {"arxiv_id": SEARCH, "category": "cs.IR", "is_primary": False},
    ],
    "paper_links": [
        {"arxiv_id": RANKING, "url": "https://gitlab.com/x/rank", "kind": "code", "host": "gitlab.com"},
        {"arxiv_id": RANKING, "url": "https://github.com/x/rank", "kind": "code", "host": "github.com"},
        {"arxiv_id": SEARCH, "url": "https://hf.co/x", "kind": "model", "host": "hf.co"},
    ],
    "paper_translations": [{"arxiv_id": RANKING, "language": "zh", "title": "图排序", "stated_date": DAY_1}],
    "paper_notes": [{"arxiv_id": RANKING, "note_id": 1, "kind": "tldr", "text": "Ranks."}],
    "paper_topics": [
        {"arxiv_id": arxiv_id, "terms": ["rank"], "cells": [1, 2, 3], "vector": [32] * 64}
        for arxiv_id in (RANKING, SEARCH, TWIN)
    ],
    "paper_neighbours": [
        {"arxiv_id": arxiv_id, "position": position, "neighbour_id": neighbour_id, "score": score}
        for arxiv_id, position, neighbour_id, score in (
            (RANKING, 1, SEARCH, 0.5),
            (RANKING, 2, TWIN, 0.3),
            (SEARCH, 1, RANKING, 0.8),
        )
    ],
    "search_papers": [
        {"arxiv_id": RANKING, "paper": 250400001, "n_terms": 2, "length": 12},
        {"arxiv_id": STRINGS, "paper": STRINGS_NUMBER, "n_terms": 1, "length": 3},
    ],
    "search_postings": [
        {"term": 1, "paper": 250400001, "impact": 100},
        {"term": 2, "paper": 250400001, "impact": 90},
        {"term": 3, "paper": STRINGS_NUMBER, "impact": 80},
    ],
    "search_words": [
        {"word": "graph", "term": 1, "n_times": 3},
        {"word": "rank", "term": 2, "n_times": 1},
        {"word": "ranking", "term": 2, "n_times": 1},
        {"word": "strings", "term": 3, "n_times": 1},
    ],
    "variants": [
        {
            "variant_id": 11,
            "arxiv_id": RANKING,
            "version": 2,
            "source_kind": "digest",
            "first_listed_date": DAY_3,
            "last_listed_date": DAY_3,
            "n_listings": 1,
            **FULL,
        },
        {
            "variant_id": 12,
            "arxiv_id": RANKING,
            "version": 1,
            "title": "Graph Ranking",
            "authors": ["Ann Ash"],
            "authors_completeness": "truncated",
            "abstract": "Old words.",
            "abstract_completeness": "full",
            "source_kind": "digest",
            "n_listings": 1,
            **FIRST,
        },
        {
            "variant_id": 13,
            "arxiv_id": RANKING,
            "abstract": "We rank.  Code: this https URL.",
            "abstract_completeness": "full",
            "authors_completeness": "none",
            "source_kind": "arxiv",
            "n_listings": 0,
        },
        {
            "variant_id": 20,
            "arxiv_id": SEARCH,
            "source_kind": "digest",
            "n_listings": 1,
            **FIRST,
            **FULL,
            "abstract_completeness": "none",
        },
        {
            "variant_id": 30,
            "arxiv_id": TWIN,
            "source_kind": "digest",
            "n_listings": 1,
            "authors_completeness": "first_only",
            "abstract_completeness": "truncated",
            **FIRST,
        },
        {"variant_id": 40, "arxiv_id": STRINGS, "source_kind": "digest", "n_listings": 1, **NONE},
    ],
    "particulars": [{"particulars_id": 7, "arxiv_id": RANKING, "primary_category": "cs.IR"}],
    "digests": [
        {
            "digest_id": "d1",
            "path": "ai/2025-04-08.md",
            "sha256": "1",
            "digest_date": DAY_1,
            "n_entries": 3,
            "n_rejects": 1,
            "n_lines": 20,
            "n_entry_lines": 12,
            "n_reject_lines": 2,
            "n_furniture_lines": 6,
            **PLAIN,
            **MAIN_LIST,
        },
        {
            "digest_id": "d2",
            "path": "ai/2025-04-10.md",
            "sha256": "2",
            "digest_date": DAY_3,
            "n_furniture_lines": 0,
            **PLAIN,
            **MAIN_LIST,
            **NO_LINES,
            "n_entries": 1,
            "n_lines": 4,
            "n_entry_lines": 4,
        },
        {
            "digest_id": "d3",
            "path": "ai/2025-04-11.md",
            "sha256": "3",
            "digest_date": DAY_4,
            "n_furniture_lines": 2,
            **PLAIN,
            **MAIN_LIST,
            **NO_LINES,
            "n_lines": 2,
        },
        # The first paper of d1 once more, as records.
        {
            "digest_id": "d6",
            "path": "ai/2025-04-08.jsonl",
            "sha256": "6",
            "digest_date": DAY_1,
            "n_furniture_lines": 0,
            **PLAIN,
            **MAIN_LIST,
            **NO_LINES,
            "format": "reporter_jsonl",
            "load_id": "L2",
            "unit": "record",
            "n_entries": 1,
            "n_lines": 1,
            "n_entry_lines": 1,
        },
        {
            "digest_id": "d4",
            "path": "dump.json",
            "sha256": "4",
            "n_furniture_lines": 0,
            **PLAIN,
            **NO_LINES,
            "format": "scroll_json",
            "load_id": "L2",
            "unit": "record",
            "n_entries": 1,
            "n_lines": 1,
            "n_entry_lines": 1,
        },
        # arXiv's answer about the first paper; a second one it does not know.
        {
            "digest_id": "d7",
            "path": "http/7.gz",
            "sha256": "7",
            "n_furniture_lines": 0,
            **PLAIN,
            **NO_LINES,
            "source": "arxiv",
            "format": "arxiv_api",
            "load_id": "L7",
            "unit": "record",
            "n_entries": 1,
            "n_lines": 1,
            "n_entry_lines": 1,
        },
        {
            "digest_id": "d5",
            "path": "index.md",
            "sha256": "5",
            "digest_date": DAY_4,
            "n_furniture_lines": 3,
            **PLAIN,
            **MAIN_LIST,
            **NO_LINES,
            "format": "reporter_index",
            "load_id": "L2",
            "n_lines": 3,
        },
    ],
    "answers": [
        {
            "digest_id": "d7",
            "position": 1,
            "line_start": 4,
            "line_end": 20,
            "arxiv_id": RANKING,
            "variant_id": 13,
            "stated_date": DAY_4,
            "stated_date_kind": "answered",
        }
    ],
    "lookups": [
        {
            "digest_id": "d7",
            "arxiv_id": RANKING,
            "outcome": "answered",
            "asked_at": MORNING,
            "door": "query_api",
        },
        {
            "digest_id": "d7",
            "arxiv_id": STRINGS,
            "outcome": "unknown",
            "asked_at": MORNING,
            "door": "query_api",
        },
    ],
    "harvest_points": [
        {
            "digest_id": "d7",
            "set_spec": "cs:cs:IR",
            "prefix": "arXivRaw",
            "from_date": DAY_1,
            "until_date": DAY_4,
            "point_at": MORNING,
            "n_replies": 1,
        }
    ],
    "paper_classes": [{"arxiv_id": RANKING, "scheme": "acm", "code": "H.3.3"}],
    "paper_versions": [
        {"arxiv_id": RANKING, "version": 1, "submitted_at": MORNING, "is_withdrawn": False},
        {"arxiv_id": RANKING, "version": 2, "submitted_at": MORNING, "size_kb": 9, "is_withdrawn": False},
    ],
    "author_affiliations": [{"arxiv_id": RANKING, "position": 1, "affiliation": "Univ. X"}],
    "variant_affiliations": [
        {"variant_id": 12, "position": 1, "affiliation": "Univ. X", "arxiv_id": RANKING}
    ],
    "listings": [
        {
            "digest_id": "d1",
            "position": 1,
            "line_start": 3,
            "line_end": 6,
            "arxiv_id": RANKING,
            "variant_id": 12,
            "particulars_id": 7,
            "topic": "Graphs",
        },
        {
            "digest_id": "d1",
            "position": 2,
            "line_start": 7,
            "line_end": 10,
            "arxiv_id": SEARCH,
            "variant_id": 20,
            "topic": "Graphs",
        },
        {
            "digest_id": "d1",
            "position": 3,
            "line_start": 11,
            "line_end": 14,
            "arxiv_id": TWIN,
            "variant_id": 30,
        },
        {
            "digest_id": "d2",
            "position": 1,
            "line_start": 1,
            "line_end": 4,
            "arxiv_id": RANKING,
            "variant_id": 11,
            "topic": "Graphs",
        },
        {
            "digest_id": "d4",
            "position": 1,
            "line_start": 2,
            "line_end": 9,
            "arxiv_id": STRINGS,
            "variant_id": 40,
        },
    ],
    "repeats": [
        {
            "digest_id": "d6",
            "position": 1,
            "line_start": 1,
            "line_end": 1,
            "arxiv_id": RANKING,
            "variant_id": 12,
            "particulars_id": 7,
            "topic": "Records",
            "stated_date": DAY_3,
            "stated_date_kind": "updated",
            "repeats_digest_id": "d1",
        }
    ],
    "rejects": [
        {
            "digest_id": "d1",
            "position": 1,
            "line_start": 15,
            "line_end": 16,
            "reason": "no_arxiv_id",
            "text": "?",
        }
    ],
    "repairs": [
        {
            "digest_id": "d1",
            "position": 1,
            "field": "title",
            "line_start": 3,
            "before": "Ã¡",
            "after": "á",
        },
        {
            "digest_id": "d6",
            "position": 1,
            "field": "abstract",
            "line_start": 1,
            "before": "Ã¡",
            "after": "á",
        },
    ],
    "loads": [
        {
            "load_id": "L1",
            "n_digests": 4,
            "n_entries": 6,
            "n_rejects": 2,
            "n_lines": 35,
            "n_digests_forgotten": 0,
            **NOTHING_NEW,
            **RAN,
        },
        {
            "load_id": "L2",
            "n_digests": 3,
            "n_entries": 2,
            "n_rejects": 0,
            "n_lines": 5,
            "n_digests_forgotten": 1,
            **NOTHING_NEW,
            **RAN,
        },
        {
            "load_id": "L7",
            "n_digests": 1,
            "n_entries": 1,
            "n_rejects": 0,
            "n_lines": 1,
            "n_digests_forgotten": 0,
            **NOTHING_NEW,
            **RAN,
        },
    ],
    "forgotten_digests": [
        {
            "digest_id": "d0",
            "load_id": "L2",
            "brought_by_load_id": "L1",
            "path": "ai/2025-04-07.md",
            "sha256": "0",
            "n_entries": 2,
            "n_rejects": 1,
            "n_lines": 9,
        }
    ],
    "categories": [
        {"category": "cs.IR", "name": "Information Retrieval", "archive": "Computer Science", "group": "CS"}
    ],
}


def frame_of(table, rows):
    frame = pl.DataFrame(rows, schema=empty_frame(WAREHOUSE_TABLES[table]).schema)
    return judged_tables().WAREHOUSE_TABLES[table].validate(frame)


@pytest.fixture(scope="session")
def filled_warehouse():
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        create_tables(connection)
        create_models(connection)
        for table, rows in ROWS.items():
            connection.register("incoming", frame_of(table, rows).to_arrow())
            connection.execute(f"insert into {table} select * from incoming")
            connection.unregister("incoming")
        yield connection


@pytest.fixture
def warehouse(filled_warehouse):
    """The small warehouse; what a test changes is undone after it."""
    filled_warehouse.begin()
    yield filled_warehouse
    filled_warehouse.rollback()
