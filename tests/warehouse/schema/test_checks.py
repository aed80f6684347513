import pickle
import re

import duckdb
import pytest

from paperhouse.transforms.errors import CheckFailedError
from paperhouse.transforms.tables import WAREHOUSE_TABLES
from paperhouse.warehouse.schema.ddl import create_tables, table_key
from paperhouse.warehouse.schema.relations import create_models, load_checks, load_models
from paperhouse.warehouse.write import run_checks as running
from paperhouse.warehouse.write.changed_keys import CHANGED_TABLES, key_column, note_changed, note_nothing
from paperhouse.warehouse.write.run_checks import N_SHOWN, require_checks, run_checks

CHECKS = {check.name: check for check in load_checks()}

TWICE = {
    "papers": "insert into papers select * from papers where arxiv_id = 'hep-th/9901001'",
    "authors": "insert into authors select * from authors where author_id = 1",
    "paper_authors": """
        delete from person_evidence; delete from person_corrections;
        update paper_authors set position = 1 where arxiv_id = '2504.00002';
        update paper_authors set position = 3 where arxiv_id = '2504.00002' and author_id = 2;
        update paper_authors set position = 3 where name_as_written = 'ANN ASH'
    """,
    "persons": "insert into persons select * from persons where person_id = 201",
    "person_redirects": "insert into person_redirects select * from person_redirects where retired_person_id = 111",
    "person_evidence": "insert into person_evidence select * from person_evidence where position = 1",
    "person_corrections": "insert into person_corrections select * from person_corrections",
    "paper_categories": """
        insert into paper_categories select * from paper_categories where category = 'cs.XX'
    """,
    "paper_classes": "insert into paper_classes select * from paper_classes",
    "paper_versions": "insert into paper_versions select * from paper_versions where version = 1",
    "author_affiliations": "insert into author_affiliations select * from author_affiliations",
    "variant_affiliations": "insert into variant_affiliations select * from variant_affiliations",
    "answers": """
        insert into answers select * from answers;
        insert into answers select * replace (3 as position) from answers limit 1;
        update digests set n_entries = 3 where digest_id = 'd7';
        update loads set n_entries = 3 where load_id = 'L7'
    """,
    "lookups": "insert into lookups select * from lookups where outcome = 'unknown'",
    "harvest_points": "insert into harvest_points select * from harvest_points",
    "paper_links": "insert into paper_links select * from paper_links where kind = 'model'",
    "paper_translations": "insert into paper_translations select * from paper_translations",
    "paper_notes": "insert into paper_notes select * from paper_notes",
    "paper_topics": "insert into paper_topics select * from paper_topics where arxiv_id = '2504.00001'",
    "paper_neighbours": "insert into paper_neighbours select * from paper_neighbours where score = 0.5",
    "search_papers": "insert into search_papers select * from search_papers where arxiv_id = 'hep-th/9901001'",
    "search_postings": """
        insert into search_postings select * from search_postings where impact = 100;
        update search_papers set n_terms = 3 where paper = 250400001
    """,
    "search_words": "insert into search_words select * from search_words where word = 'graph'",
    "variants": """
        insert into variants select * from variants where variant_id = 13;
        update papers set n_variants = 4 where arxiv_id = '2504.00001'
    """,
    "particulars": """
        update listings set particulars_id = null;
        update repeats set particulars_id = null;
        insert into particulars select * from particulars
    """,
    "digests": """
        insert into digests select * from digests where digest_id = 'd3';
        update loads set n_digests = 5, n_lines = 37 where load_id = 'L1'
    """,
    "listings": "update listings set position = 3 where digest_id = 'd1' and position = 2",
    "repeats": """
        insert into repeats select * from repeats;
        insert into repeats select * replace (3 as position) from repeats limit 1;
        update digests set n_entries = 3 where digest_id = 'd6';
        update loads set n_entries = 4 where load_id = 'L2'
    """,
    "rejects": """
        insert into rejects select * from rejects;
        insert into rejects select * replace (3 as position) from rejects limit 1;
        update digests set n_rejects = 3 where digest_id = 'd1';
        update loads set n_rejects = 4 where load_id = 'L1'
    """,
    "repairs": "insert into repairs select * from repairs",
    "loads": "insert into loads select * from loads where load_id = 'L2'",
    "forgotten_digests": """
        insert into forgotten_digests select * from forgotten_digests;
        update loads set n_digests = 5, n_entries = 8, n_rejects = 3, n_lines = 44 where load_id = 'L1';
        update loads set n_digests_forgotten = 2 where load_id = 'L2'
    """,
    "categories": "insert into categories select * from categories",
}

BREAKS = {
    **{f"{table}_have_unique_keys": [sql] for table, sql in TWICE.items()},
    "author_positions_have_no_gaps": [
        "delete from person_evidence; delete from person_corrections; update paper_authors set position = position + 1 where arxiv_id = '2504.00002'",
        "delete from person_evidence; delete from person_corrections; update paper_authors set position = 4 where name_as_written = 'ANN ASH'",
        "delete from person_evidence; delete from person_corrections; update paper_authors set position = 0 where arxiv_id = '2503.00003'",
    ],
    "authors_count_their_papers": [
        "update authors set n_papers = 4 where author_id = 1",
        "update authors set first_listed_date = null where author_id = 1",
        "update authors set last_listed_date = date '2025-04-08' where author_id = 1",
    ],
    "canonical_variants_repeat_no_text": [
        "update variants set title = 'Strings' where variant_id = 40",
        "update variants set authors = ['Ann Ash'] where variant_id = 30",
        "update variants set abstract = 'We ra' where variant_id = 30",
    ],
    "completeness_agrees_with_the_text": [
        "update papers set authors_completeness = 'none' where arxiv_id = '2503.00003'",
        "update papers set abstract_completeness = 'full' where arxiv_id = '2504.00002'",
        "update papers set abstract = 'Words' where arxiv_id = 'hep-th/9901001'",
        "update variants set authors = ['Ann Ash'] where variant_id = 13",
        "update variants set abstract_completeness = 'none' where variant_id = 12",
        "update variants set authors_completeness = 'full' where variant_id = 40",
        "update variants set abstract_completeness = 'full' where variant_id = 20",
    ],
    "dates_of_digests_have_a_source": [
        "update digests set date_source = null where digest_id = 'd3'",
        "update digests set date_source = 'path' where digest_id = 'd4'",
    ],
    "digests_count_their_entries_and_rejects": [
        """
        update digests set n_entries = 2 where digest_id = 'd4';
        update loads set n_entries = 3 where load_id = 'L2'
        """,
        """
        update digests set n_rejects = 2 where digest_id = 'd3';
        update loads set n_rejects = 4 where load_id = 'L1'
        """,
    ],
    "every_author_has_a_paper": [
        "insert into authors values (9, 'Nobody', 'nobody', 0, null, null)",
    ],
    "every_digest_has_a_load": [
        """
        update digests set load_id = 'L9' where digest_id = 'd5';
        update loads set n_digests = 2, n_lines = 2 where load_id = 'L2'
        """,
    ],
    "every_line_is_accounted_for": [
        "update digests set n_furniture_lines = 7 where digest_id = 'd1'",
        "update digests set n_entry_lines = 3 where digest_id = 'd2'",
        "update digests set n_reject_lines = 3 where digest_id = 'd1'",
    ],
    "every_entry_has_a_digest": [
        """
        insert into listings select * replace ('d9' as digest_id) from listings where digest_id = 'd4';
        update papers set n_listings = 2 where arxiv_id = 'hep-th/9901001';
        update variants set n_listings = 2 where variant_id = 40
        """,
        "insert into repeats select * replace ('d9' as digest_id) from repeats",
    ],
    "every_entry_has_a_paper": [
        """
        insert into listings
        select * replace (2 as position, '2504.99999' as arxiv_id, 99 as variant_id)
        from listings where digest_id = 'd4';
        update digests set n_entries = 2 where digest_id = 'd4';
        update loads set n_entries = 3 where load_id = 'L2'
        """,
    ],
    "every_entry_has_a_variant": [
        """
        insert into listings
        select * replace (2 as position, 99 as variant_id) from listings where digest_id = 'd4';
        update papers set n_listings = 2 where arxiv_id = 'hep-th/9901001';
        update digests set n_entries = 2 where digest_id = 'd4';
        update loads set n_entries = 3 where load_id = 'L2'
        """,
        """
        insert into listings
        select * replace (2 as position, 30 as variant_id) from listings where digest_id = 'd4';
        update papers set n_listings = 2 where arxiv_id = 'hep-th/9901001';
        update variants set n_listings = 2 where variant_id = 30;
        update digests set n_entries = 2 where digest_id = 'd4';
        update loads set n_entries = 3 where load_id = 'L2'
        """,
        "update repeats set variant_id = 99",
    ],
    "every_entry_has_its_particulars": [
        "update listings set particulars_id = 8 where digest_id = 'd2'",
        "update listings set particulars_id = 7 where digest_id = 'd4'",
        "update repeats set particulars_id = 8",
    ],
    "corrections_are_obeyed": [
        "update person_corrections set verdict = 'different' where other_position = 3",
        "update person_corrections set verdict = 'same' where other_position = 1",
    ],
    "every_mention_has_a_person_of_its_name": [
        """
        update paper_authors set person_id = 9 where arxiv_id = '2504.00001' and position = 2;
        delete from persons where person_id = 201
        """,
        "update persons set author_id = 2 where person_id = 301",
    ],
    "persons_count_their_papers": [
        "update persons set n_papers = 4 where person_id = 101",
        "insert into persons select * replace (9 as person_id) from persons where person_id = 201",
    ],
    "redirects_lead_to_persons": [
        "update person_redirects set person_id = 9 where retired_person_id = 111",
        "update person_redirects set person_id = 301 where retired_person_id = 111",
        "update person_redirects set retired_person_id = 102 where retired_person_id = 111",
    ],
    "evidence_joins_mentions_of_one_person": [
        "update person_evidence set person_id = 102 where position = 1",
        "update person_evidence set joined_arxiv_id = '2503.00003' where position = 1",
        "update person_evidence set joined_position = 9 where position = 1",
    ],
    "every_paper_author_has_an_author": [
        "delete from authors where author_id = 2",
    ],
    "every_paper_has_an_entry": [
        """
        insert into papers
        select * replace (
            '2504.00009' as arxiv_id, 90 as variant_id, 0 as n_listings
        ) from papers where arxiv_id = 'hep-th/9901001';
        update papers set submitted_month = '2025-04-01' where arxiv_id = '2504.00009';
        insert into variants
        select * replace (90 as variant_id, '2504.00009' as arxiv_id, 0 as n_listings)
        from variants where variant_id = 40
        """,
    ],
    "every_paper_has_its_canonical_variant": [
        "update papers set variant_id = 99 where arxiv_id = '2504.00001'",
        "update papers set variant_id = 30 where arxiv_id = '2504.00001'",
    ],
    "every_reject_has_a_digest": [
        "insert into rejects select * replace ('d9' as digest_id) from rejects",
    ],
    "every_repair_has_an_entry": [
        "update repairs set digest_id = 'd9'",
        "update repairs set position = 9",
    ],
    "every_neighbour_has_topics": [
        "update paper_neighbours set neighbour_id = 'hep-th/9901001' where position = 2",
        "insert into paper_neighbours values ('hep-th/9901001', 1, '2504.00001', 0.2)",
        "delete from paper_topics where arxiv_id = '2504.00001'",
    ],
    "neighbours_are_in_order": [
        "update paper_neighbours set position = 3 where position = 2",
        "update paper_neighbours set neighbour_id = '2503.00003' where position = 1 and arxiv_id = '2504.00001'",
        "update paper_neighbours set neighbour_id = '2504.00002' where arxiv_id = '2504.00002'",
        "update paper_neighbours set score = 0.6 where position = 2",
        "update paper_neighbours set score = 0.5 where position = 2",
        "update paper_neighbours set score = 0 where position = 2",
        "insert into paper_neighbours select '2504.00002', n, '2504.00001', 0.4 from range(2, 12) as numbers (n)",
    ],
    "every_posting_has_a_searched_paper": [
        "delete from search_papers where paper = 250400001",
        "delete from search_postings where impact = 100",
        "update search_papers set n_terms = 1 where paper = 250400001",
        "insert into search_postings values (1, 250400009, 1)",
    ],
    "every_posting_has_a_word": [
        "update search_postings set term = 9 where impact = 100",
    ],
    "every_word_is_said": [
        "update search_words set n_times = 0 where word = 'graph'",
    ],
    "search_numbers_follow_from_identifiers": [
        """
        update search_papers set paper = 250400002 where arxiv_id = '2504.00001';
        update search_postings set paper = 250400002 where paper = 250400001
        """,
        """
        update search_papers set paper = 9901001 where arxiv_id = 'hep-th/9901001';
        update search_postings set paper = 9901001 where paper = 1199901001
        """,
    ],
    "every_repeat_has_a_listing": [
        "update repeats set repeats_digest_id = 'd9'",
        "update repeats set repeats_digest_id = 'd4'",
    ],
    "every_row_about_a_paper_has_a_paper": [
        """
        insert into paper_authors values ('2504.99999', 1, 3, 301, 'Cid Cox');
        update authors set n_papers = 2 where author_id = 3;
        update persons set n_papers = 2 where person_id = 301
        """,
        "insert into paper_categories values ('2504.99999', 'cs.IR', false)",
        "insert into paper_links values ('2504.99999', 'https://x.org', 'other', 'x.org')",
        "insert into paper_classes values ('2504.99999', 'acm', 'H.3.3')",
        "insert into paper_versions select * replace ('2504.99999' as arxiv_id) from paper_versions",
        "update paper_translations set arxiv_id = '2504.99999'",
        "update paper_notes set arxiv_id = '2504.99999'",
        "insert into paper_topics select * replace ('2504.99999' as arxiv_id) from paper_topics limit 1",
        "insert into search_papers values ('2504.99999', 250499999, 0, 0)",
        """
        insert into variants
        select * replace (90 as variant_id, '2504.99999' as arxiv_id) from variants where variant_id = 13
        """,
        """
        insert into particulars
        select * replace (8 as particulars_id, '2504.99999' as arxiv_id) from particulars
        """,
    ],
    "identifiers_are_canonical": [
        # The whole paper moves, so that only the form of its identifier is wrong.
        "; ".join(
            f"update {table} set arxiv_id = '2503.00003v1' where arxiv_id = '2503.00003'"
            for table in ("papers", "paper_authors", "paper_topics", "variants", "listings")
        )
        + "; update paper_neighbours set neighbour_id = '2503.00003v1' where neighbour_id = '2503.00003'",
        "; ".join(
            f"update {table} set arxiv_id = 'math.GT/9901001' where arxiv_id = 'hep-th/9901001'"
            for table in ("papers", "search_papers", "variants", "listings")
        ),
    ],
    "lines_lie_in_their_digest": [
        "update listings set line_start = 0 where digest_id = 'd2'",
        "update listings set line_end = 1 where digest_id = 'd4'",
        "update listings set line_end = 5 where digest_id = 'd2'",
        "update rejects set line_end = 21",
        "update repeats set line_start = 2",
    ],
    "entry_positions_have_no_gaps": [
        "update listings set position = 2 where digest_id = 'd2'",
        "update listings set position = 4 where digest_id = 'd1' and position = 3",
        "update repeats set position = 0; update repairs set position = 0 where digest_id = 'd6'",
        "update repeats set position = 2; update repairs set position = 2 where digest_id = 'd6'",
    ],
    "loads_count_forgotten_digests": [
        "update loads set n_digests_forgotten = 0 where load_id = 'L2'",
        "update loads set n_digests_forgotten = 1 where load_id = 'L1'",
        "update forgotten_digests set load_id = 'L9'; update loads set n_digests_forgotten = 0",
    ],
    "loads_count_their_digests": [
        "update loads set n_digests = 4 where load_id = 'L2'",
        "update loads set n_entries = 3 where load_id = 'L2'",
        "update loads set n_rejects = 3 where load_id = 'L2'",
        "update loads set n_lines = 3 where load_id = 'L2'",
        """
        insert into loads
        select * replace ('L3' as load_id, 0 as n_digests_forgotten) from loads where load_id = 'L2'
        """,
        "update forgotten_digests set brought_by_load_id = 'L2'",
        "update forgotten_digests set n_lines = 8",
    ],
    "affiliations_belong_to_named_authors": [
        "update author_affiliations set position = 3",
        "update author_affiliations set affiliation = 'Univ. Y'",
        "update author_affiliations set arxiv_id = '2504.00002'",
    ],
    "affiliated_variants_exist": [
        """
        update variant_affiliations set variant_id = 99;
        delete from author_affiliations
        """,
        """
        update variant_affiliations set variant_id = 20;
        delete from author_affiliations
        """,
    ],
    "answers_come_from_arxiv": [
        "update digests set format = 'reporter' where digest_id = 'd7'; delete from lookups; delete from harvest_points",
        "update digests set format = 'arxiv_oai' where digest_id = 'd4'",
    ],
    "answered_lookups_have_answers": ["update lookups set outcome = 'withdrawn' where outcome = 'unknown'"],
    "lookups_belong_to_replies": [
        "update lookups set digest_id = 'd9'",
        "update harvest_points set digest_id = 'd1'",
        "update digests set source = 'lab' where digest_id = 'd7'",
        "update digests set format = 'datacite' where digest_id = 'd7'",
    ],
    "harvest_windows_end_after_they_begin": [
        "update harvest_points set until_date = date '2025-04-01'",
        "update harvest_points set n_replies = 0",
    ],
    "no_entry_is_of_two_kinds": [
        """
        insert into listings
        select listings.* replace ('d6' as digest_id, places.position as position)
        from listings, (values (1), (3)) as places (position)
        where listings.digest_id = 'd1' and listings.position = 1;
        update digests set n_entries = 3 where digest_id = 'd6';
        update loads set n_entries = 4 where load_id = 'L2';
        update papers set n_listings = 4 where arxiv_id = '2504.00001';
        update variants set n_listings = 3 where variant_id = 12
        """,
    ],
    "papers_count_their_authors": [
        "update papers set n_authors = 4 where arxiv_id = '2504.00002'",
        "update papers set n_authors = 0, authors_completeness = 'full' where arxiv_id = 'hep-th/9901001'",
    ],
    "papers_count_their_listings": [
        "update papers set n_listings = 3 where arxiv_id = '2504.00001'",
        "update papers set first_listed_date = date '2025-04-01' where arxiv_id = 'hep-th/9901001'",
        "update papers set last_listed_date = date '2025-04-01' where arxiv_id = 'hep-th/9901001'",
    ],
    "papers_count_their_variants": [
        "update papers set n_variants = 2 where arxiv_id = '2504.00001'",
    ],
    "primary_categories_agree": [
        "update papers set primary_category = null where arxiv_id = '2504.00001'",
        "update papers set primary_category = 'cs.IR' where arxiv_id = '2504.00002'",
        "update paper_categories set is_primary = true where category = 'cs.XX'",
    ],
    "reject_positions_have_no_gaps": ["update rejects set position = 2"],
    "submitted_months_follow_from_identifiers": [
        "update papers set submitted_month = '2025-04-02' where arxiv_id = '2504.00001'",
        "update papers set submitted_month = '2099-01-01' where arxiv_id = 'hep-th/9901001'",
    ],
    "variants_count_their_listings": [
        "update variants set n_listings = 1 where variant_id = 13",
        "update variants set first_listed_date = null where variant_id = 11",
        "update variants set last_listed_date = date '2025-05-01' where variant_id = 13",
    ],
}

ALSO = {
    # A wording of an unknown paper would itself be a row without its paper, so the listing lacks it too.
    "every_entry_has_a_paper": {"every_entry_has_a_variant"},
}

CASES = [
    pytest.param(name, sql, id=f"{name}-{n}") for name, sqls in BREAKS.items() for n, sql in enumerate(sqls)
]


def test_a_consistent_warehouse_passes_every_check(warehouse):
    assert run_checks(warehouse) == []
    require_checks(warehouse)


def test_an_empty_warehouse_passes_every_check():
    with duckdb.connect() as connection:
        create_tables(connection)
        create_models(connection)
        assert run_checks(connection) == []


def test_every_check_has_a_case_that_fails():
    assert [name for name in CHECKS if not BREAKS.get(name)] == []


(ENTRIES,) = (model.sql for model in load_models() if model.name == "entries")


def tables_in(sql):
    """The tables that a statement names, also by way of `entries`."""
    words = set(re.findall(r"\w+", sql))
    return {*WAREHOUSE_TABLES} & (words | (tables_in(ENTRIES) if "entries" in words else set()))


@pytest.fixture
def near_checks(monkeypatch):
    """Let those checks run that read a table which a statement names: the others see what they always see."""

    def choose(sql):
        near = [check for check in load_checks() if tables_in(check.sql) & tables_in(sql)]
        monkeypatch.setattr(running, "load_checks", lambda: near)

    return choose


@pytest.mark.parametrize(("name", "sql"), CASES)
def test_a_broken_invariant_is_found_by_its_check_alone(warehouse, near_checks, name, sql):
    near_checks(sql)
    warehouse.execute(sql)
    assert {failure.name for failure in run_checks(warehouse)} == {name} | ALSO.get(name, set())


ONE_OF_EACH_CHECK = [
    pytest.param(name, sql, id=f"{name}-{n}", marks=[pytest.mark.slow] if n else [])
    for name, sqls in BREAKS.items()
    for n, sql in enumerate(sqls)
]


@pytest.mark.parametrize(("name", "sql"), ONE_OF_EACH_CHECK)
def test_a_broken_invariant_is_found_among_the_changed_rows_alone(warehouse, near_checks, name, sql):
    near_checks(sql)
    tables = {table: schema for table, schema in WAREHOUSE_TABLES.items() if table in sql}
    warehouse.execute("create schema was")
    for table in tables:
        warehouse.execute(f"create table was.{table} as from main.{table}")
    warehouse.execute(sql)
    note_nothing(warehouse)
    for table, schema in tables.items():
        differing = f"((from {table} except all from was.{table}) union all (from was.{table} except all from {table}))"
        for key in (key for key in CHANGED_TABLES if key_column(key) in schema.columns()):
            note_changed(warehouse, key, f"{differing} as rows")
    found = {failure.name for failure in run_checks(warehouse, is_of_changes=True)}
    assert name in found
    assert found <= {name} | ALSO.get(name, set())


def test_rows_that_did_not_change_are_not_looked_at(warehouse):
    warehouse.execute("update papers set n_variants = 5 where arxiv_id = '2504.00001'")
    note_nothing(warehouse)
    assert run_checks(warehouse, is_of_changes=True) == []


def test_every_check_of_growing_tables_says_what_a_change_needs():
    small = {"loads", "categories", "forgotten_digests", "person_corrections"}
    for check in load_checks():
        read = set(re.findall(r"\b(?:from|join)\s+(\w+)", check.sql)) & {*WAREHOUSE_TABLES, "entries"}
        assert check.changed or read <= small | {"digests"}, check.name
        assert {table for table, _ in check.changed} <= read, check.name
        assert {key for _, key in check.changed} <= CHANGED_TABLES.keys(), check.name


@pytest.mark.parametrize("name", [check.name for check in load_checks() if check.rows])
def test_nothing_breaks_a_check_where_the_tables_that_it_names_are_empty(warehouse, name):
    check = CHECKS[name]
    for sql in (*BREAKS[name], *(f"delete from {table}" for table in check.rows)):
        warehouse.execute(sql)
    assert set(check.rows) <= WAREHOUSE_TABLES.keys()
    assert warehouse.execute(check.sql).fetchall() == []
    for table in WAREHOUSE_TABLES:
        without = f"with {table} as (from main.{table} where false) from ({check.sql})"
        assert warehouse.execute(without).fetchall() == []


@pytest.mark.parametrize("table", WAREHOUSE_TABLES)
def test_every_key_of_the_schema_has_a_check(warehouse, table):
    check = CHECKS[f"{table}_have_unique_keys"]
    columns = warehouse.sql(check.sql).columns
    assert tuple(columns) == (*table_key(WAREHOUSE_TABLES[table]), "n_rows")
    assert f"\nfrom {table}\n" in check.sql
    assert check.sql.endswith("\ngroup by all\nhaving count(*) > 1")


@pytest.mark.parametrize("order", ["rowid", "rowid desc"])
def test_a_posting_that_comes_twice_is_found_wherever_it_lies(warehouse, order):
    warehouse.execute(
        "create temp table held as from search_postings order by paper // 10_000_000, term, paper"
    )
    warehouse.execute(f"delete from search_postings; insert into search_postings from held order by {order}")
    sql = CHECKS["search_postings_have_unique_keys"].sql
    assert warehouse.execute(sql).fetchall() == []
    (n_rows,) = warehouse.execute("select count(*) from held").fetchone()
    for place in range(n_rows):
        warehouse.execute(f"insert into search_postings from held limit 1 offset {place}")
        assert len(warehouse.execute(sql).fetchall()) == 1
        warehouse.execute(
            f"delete from search_postings; insert into search_postings from held order by {order}"
        )


def test_checks_read_base_tables_and_entries_only():
    with duckdb.connect() as connection:
        create_tables(connection)
        connection.execute(f"create view entries as {ENTRIES}")
        for check in load_checks():
            assert connection.sql(check.sql).columns, check.name


def test_a_failure_shows_the_first_rows_sorted_and_counts_all(warehouse):
    warehouse.execute(
        "insert into authors select 100 - i, 'Nobody', 'nobody', 0, null, null from range(7) t(i)"
    )
    (failure,) = [failure for failure in run_checks(warehouse) if failure.name == "every_author_has_a_paper"]
    assert failure.columns == ("author_id", "name")
    assert failure.rows == tuple((94 + number, "Nobody") for number in range(N_SHOWN))
    assert failure.n_rows == 7
    assert str(failure).endswith("author_id=98, name='Nobody'\n  and 2 more")


def test_the_error_names_each_failed_check_with_its_rows(warehouse):
    warehouse.execute("insert into authors values (9, 'Nobody', 'nobody', 0, null, null)")
    warehouse.execute("update papers set n_variants = 5 where arxiv_id = '2504.00001'")
    with pytest.raises(CheckFailedError) as raised:
        require_checks(warehouse)
    message = str(raised.value)
    assert "author_id=9, name='Nobody'" in message
    assert "papers_count_their_variants" in message
    assert "n_variants_stored=5, n_variants_counted=3" in message
    assert raised.value.facts["failures"] == {"every_author_has_a_paper": 1, "papers_count_their_variants": 1}
    assert str(pickle.loads(pickle.dumps(raised.value))) == message
