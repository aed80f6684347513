from datetime import UTC, date, datetime

import pytest

from paperhouse.transforms.digest import Note, Reject, Translation
from paperhouse.transforms.digests.statements import statement_frames, wording_id
from paperhouse.transforms.parsing.repairs import Repair
from paperhouse.transforms.tables import PACKAGE_TABLES

DAY = date(2025, 4, 8)


def rows_of(frames, table):
    return frames[table].to_dicts()


def test_frames_have_exactly_the_columns_of_the_schema(bench):
    frames = statement_frames([bench.digest([bench.entry()])], "L1")
    assert set(frames) >= {"digests", "listings", "wordings", "rejects"}
    for table, frame in frames.items():
        schema = PACKAGE_TABLES[table].columns()
        assert dict(frame.schema) == {name: column.dtype for name, column in schema.items()}


def test_entries_that_say_the_same_share_one_wording(bench):
    entry = bench.entry(authors=["Ann Lee"])
    frames = statement_frames([bench.digest([entry, entry], DAY), bench.digest([entry], DAY, "NLP")], "L1")
    assert frames["wordings"].height == 1
    assert frames["listings"]["position"].to_list() == [1, 2, 1]
    assert frames["listings"]["variant_id"].unique().to_list() == [wording_id(entry)]


@pytest.mark.parametrize(
    "change",
    [
        {"arxiv_id": "2504.00002"},
        {"version": 1},
        {"title": "Another"},
        {"authors": ["Ann", "Lee"]},
        {"authors": []},
        {"authors_completeness": "truncated"},
        {"abstract": "Other"},
        {"abstract": None},
        {"abstract_completeness": "truncated"},
    ],
)
def test_every_part_of_a_wording_tells_it_from_others(bench, change):
    facts = {"arxiv_id": "2504.00001", "authors": ["Ann Lee"], "abstract": "Words"}
    assert wording_id(bench.entry(**facts)) != wording_id(bench.entry(**{**facts, **change}))


def test_names_that_hold_the_separator_are_not_mistaken_for_more_names(bench):
    lists = (["a\x1fb"], ["a", "b"], ["a\x1fb", "c"], ["a", "b\x1fc"], ["a", "b", "c"])
    assert len({wording_id(bench.entry(authors=names)) for names in lists}) == len(lists)


def test_what_is_no_wording_does_not_change_its_key(bench):
    plain = bench.entry()
    assert wording_id(plain) == wording_id(bench.entry(comment="9 pages", topic="SLAM", announce_type="new"))


def test_particulars_are_shared_and_null_where_nothing_is_stated(bench):
    told = bench.entry(
        categories=["cs.IR", "cs.AI"], primary_category="cs.IR", published_at=datetime(2025, 4, 8, tzinfo=UTC)
    )
    frames = statement_frames([bench.digest([told, told, bench.entry()])], "L1")
    (particulars,) = rows_of(frames, "particulars")
    assert particulars["categories"] == ["cs.IR", "cs.AI"]
    assert frames["listings"]["particulars_id"].to_list() == [particulars["particulars_id"]] * 2 + [None]


@pytest.mark.parametrize("fact", ["comment", "doi", "journal_ref", "primary_category"])
def test_every_particular_tells_its_set_from_others(bench, fact):
    frames = statement_frames([bench.digest([bench.entry(**{fact: "x"}), bench.entry(**{fact: "y"})])], "L1")
    assert sorted(frames["particulars"][fact]) == ["x", "y"]


def test_links_translations_and_notes_are_keyed_by_digest_and_position(bench):
    entry = bench.entry(
        links=[("https://github.com/x/y", "code"), ("https://x.org", None)],
        translations=[Translation("zh", "题", None)],
        notes=[Note("tldr", "Short.", "en", "gpt")],
    )
    digest = bench.digest([bench.entry("2504.00002"), entry])
    frames = statement_frames([digest], "L1")
    key = {"digest_id": digest.digest_id, "position": 2, "arxiv_id": "2504.00001"}
    assert rows_of(frames, "links") == [
        {**key, "url": "https://github.com/x/y", "kind": "code"},
        {**key, "url": "https://x.org", "kind": None},
    ]
    assert rows_of(frames, "translations") == [{**key, "language": "zh", "title": "题", "abstract": None}]
    assert rows_of(frames, "notes") == [
        {**key, "kind": "tldr", "language": "en", "said_by": "gpt", "text": "Short."}
    ]


def test_rejects_and_repairs_are_numbered_inside_their_digest(bench):
    rejects = [Reject(2, 3, "no_title", "a"), Reject(5, 5, "no_arxiv_id", "b")]
    digest = bench.digest([bench.entry()], rejects=rejects, repairs=[Repair(1, "title", 1, "Ã¶", "ö")])
    frames = statement_frames([digest], "L1")
    assert [tuple(row.values())[1:] for row in rows_of(frames, "rejects")] == [
        (1, 2, 3, "no_title", "a"),
        (2, 5, 5, "no_arxiv_id", "b"),
    ]
    assert [tuple(row.values())[1:] for row in rows_of(frames, "repairs")] == [(1, "title", 1, "Ã¶", "ö")]
    assert rows_of(frames, "digests")[0]["n_rejects"] == 2


@pytest.mark.parametrize("is_reversed", [False, True])
@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({"path": "a.md", "source": None}, {"path": "b.md", "source": "lab"}),
        ({"path": "a.md", "source": "lab"}, {"path": "a.md", "source": None}),
        ({"path": "a.md", "source": "lab"}, {"path": "a.md", "source": "moon"}),
        ({"path": "a.md", "date_source": "path"}, {"path": "a.md", "date_source": "heading"}),
        ({"path": "a.md", "date_source": "option"}, {"path": "b.md", "date_source": "path"}),
    ],
    ids=[
        "smaller_path",
        "a_source_before_none",
        "smaller_source",
        "better_reason_for_the_date",
        "all_of_one_place",
    ],
)
def test_a_digest_read_twice_is_once_at_its_smallest_place(bench, better, worse, is_reversed):
    digests = [bench.digest([bench.entry()], DAY, **place) for place in (better, worse)]
    frames = statement_frames(digests[::-1] if is_reversed else digests, "L1")
    (row,) = rows_of(frames, "digests")
    assert {name: row[name] for name in better} == better
    assert frames["listings"].height == 1


def test_rows_name_their_load_and_source_kind(bench):
    frames = statement_frames([bench.digest([bench.entry()])], "L7", source_kind="arxiv")
    assert rows_of(frames, "digests")[0]["load_id"] == "L7"
    assert rows_of(frames, "wordings")[0]["source_kind"] == "arxiv"
