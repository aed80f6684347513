from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paperhouse.transforms.digests.siblings import mark_repeats, sibling_group, sibling_order

DAY = date(2025, 4, 8)
SCHEMA = {
    "arxiv_id": pl.String,
    "digest_id": pl.String,
    "position": pl.UInt32,
    "format": pl.String,
    "path": pl.String,
    "source": pl.String,
    "list_name": pl.String,
    "digest_date": pl.Date,
}
MARKDOWN = {"digest_id": "md", "format": "reporter", "path": "2025-04-08/AI/README.md"}
RECORDS = {"digest_id": "jl", "format": "reporter_jsonl", "path": "2025-04-08/AI/papers.jsonl"}
OF_DAY = {"list_name": "AI", "digest_date": DAY}
ONE, TWO = "2504.00001", "2504.00002"


def entry(arxiv_id, digest, position=1, **facts):
    return dict.fromkeys(SCHEMA) | {"arxiv_id": arxiv_id, "position": position} | OF_DAY | digest | facts


def repeats(*entries):
    """What each entry repeats, by digest, position and paper."""
    marked = mark_repeats(pl.DataFrame(list(entries), schema=SCHEMA))
    assert marked.columns == [*SCHEMA, "repeats_digest_id"]
    assert marked.height == len(entries)
    return {(row[1], row[2], row[0]): row[-1] for row in marked.iter_rows()}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("reporter", "a/README.md"), ("reporter_jsonl", "a/papers.jsonl")),
        (("report_table", "a/README.md"), ("report_table_csv", "a/papers.csv")),
        (("ai_enhanced_jsonl", "data/2025-04-08.jsonl"), ("ai_enhanced", "data/2025-04-08.md")),
        (("cv_arxiv_daily", "README.md"), ("cv_arxiv_daily_json", "docs/cv-arxiv-daily.json")),
        (("cv_arxiv_daily", "x/README.md"), ("cv_arxiv_daily", "x/docs/index.md")),
        (("scroll_json", "a/x.json"), ("scroll", "a/x.md")),
        (("scroll_json", "data/2025-10-12/arxiv.json"), ("scroll_json", "data/2025-10-12/ai_summary.json")),
        (("scroll_json", "data/2025-10-12/ai_summary.json"), ("scroll", "docs/dates/2025-10-12/papers/x.md")),
        (("scroll_json", "r/data/2025-10-12/arxiv.json"), ("scroll", "r/docs/cs-CL/2025-10-12/papers/x.md")),
        (
            ("daily_paper_reader_json", "r/docs/202603/22/papers.meta.json"),
            ("daily_paper_reader", "r/docs/202603/22/2603.14405v1-es.md"),
        ),
        (
            ("daily_paper_reader", "docs/202603/22/2603.14405v1-es.md"),
            ("daily_paper_reader_archive", "archive/20260322/recommend/a.json"),
        ),
        (
            ("daily_paper_reader_archive", "archive/20260322/recommend/a.json"),
            ("daily_paper_reader_archive", "archive/20260322/rank/a.json"),
        ),
        (("gpt_paper_assistant", "out/output.md"), ("gpt_paper_assistant_json", "out/output.json")),
        (
            ("gpt_paper_assistant", "out/output_2026_0630.md"),
            ("gpt_paper_assistant_html", "out/past_arxiv/2026-06-30.html"),
        ),
        (
            ("arxiv_daily_aigc_json", "daily_json/2026-01-24.json"),
            ("arxiv_daily_aigc_html", "daily_html/2026_01_24.html"),
        ),
    ],
)
def test_siblings_share_family_and_folder_or_its_docs_and_the_first_is_preferred(first, second):
    assert sibling_group(*first) == sibling_group(*second)
    assert sibling_order(*first) < sibling_order(*second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("reporter", "a/README.md"), ("reporter_jsonl", "b/papers.jsonl")),
        (("reporter", "README.md"), ("reporter_jsonl", "a/papers.jsonl")),
        (("reporter", "a/README.md"), ("report_table", "a/README.md")),
        (("reporter", "mydocs/README.md"), ("reporter_jsonl", "papers.jsonl")),
        (("reporter", "a/docs/b/README.md"), ("reporter_jsonl", "a/papers.jsonl")),
        (("storage", "a/README.md"), ("storage", "a/index.md")),
        (("unknown", "a/x.md"), ("reporter", "a/x.md")),
    ],
)
def test_other_families_and_folders_are_no_siblings(first, second):
    assert sibling_group(*first) != sibling_group(*second)


def test_a_file_of_no_family_stands_alone_with_any_name():
    assert sibling_group("storage", "a/README.md") != sibling_group("storage", "a/README")
    assert sibling_order("storage", "a/README.md") == sibling_order("storage", "README.MD")


def test_of_one_format_the_names_decide():
    names = ["README.md", "docs/index.md", "docs/wechat.md", "docs/any.md"]
    orders = [sibling_order("cv_arxiv_daily", name) for name in names]
    assert orders == sorted(set(orders))
    assert sibling_order("cv_arxiv_daily", "other.md") == orders[-1]


def test_of_the_json_files_of_a_page_that_of_the_readme_goes_first():
    names = ["docs/cv-arxiv-daily.json", "docs/cv-arxiv-daily-web.json", "docs/cv-arxiv-daily-wechat.json"]
    orders = [sibling_order("cv_arxiv_daily_json", name) for name in names]
    assert orders == sorted(set(orders))
    assert sibling_order("reporter", "a/x-web.md") == sibling_order("reporter", "a/x.md")


def test_the_case_and_folder_of_a_name_do_not_matter():
    assert sibling_order("reporter", "ReadMe.md") == sibling_order("reporter", "deep/down/README.MD")


def test_generated_notes_go_before_the_plain_file_and_that_before_markdown():
    orders = [
        sibling_order("ai_enhanced_jsonl", "data/2025-04-08_AI_enhanced_Chinese.jsonl"),
        sibling_order("ai_enhanced_jsonl", "data/2025-04-08_AI_enhanced_English.jsonl"),
        sibling_order("ai_enhanced_jsonl", "data/2025-04-08.jsonl"),
        sibling_order("ai_enhanced", "data/2025-04-08.md"),
    ]
    assert orders == sorted(set(orders))


def test_an_entry_that_a_preferred_sibling_lists_is_a_repeat():
    assert repeats(entry(ONE, MARKDOWN), entry(ONE, RECORDS)) == {
        ("md", 1, ONE): None,
        ("jl", 1, ONE): "md",
    }


def test_an_entry_that_only_the_less_preferred_file_has_is_a_listing():
    found = repeats(entry(ONE, MARKDOWN), entry(ONE, RECORDS), entry(TWO, RECORDS, 2))
    assert found == {("md", 1, ONE): None, ("jl", 1, ONE): "md", ("jl", 2, TWO): None}


@pytest.mark.parametrize(
    "other",
    [
        {"source": "alpha"},
        {"list_name": "RAG"},
        {"list_name": None},
        {"digest_date": date(2025, 4, 9)},
        {"path": "2025-04-08/RAG/papers.jsonl"},
    ],
)
def test_another_source_list_date_or_folder_is_no_repeat(other):
    found = repeats(entry(ONE, MARKDOWN), entry(ONE, RECORDS | other))
    assert set(found.values()) == {None}


def test_siblings_may_agree_on_having_no_source_list_and_date():
    nothing = {"source": None, "list_name": None, "digest_date": None}
    found = repeats(entry(ONE, MARKDOWN, **nothing), entry(ONE, RECORDS, **nothing))
    assert found["jl", 1, ONE] == "md"
    named = {**nothing, "source": "alpha"}
    found = repeats(entry(ONE, MARKDOWN, **named), entry(ONE, RECORDS, **named))
    assert found["jl", 1, ONE] == "md"


def test_a_file_without_a_date_repeats_the_latest_of_the_preferred_file():
    days = [MARKDOWN | {"digest_id": f"md{day}", "digest_date": date(2025, 4, day)} for day in (8, 10, 9)]
    found = repeats(*(entry(ONE, digest) for digest in days), entry(ONE, RECORDS, digest_date=None))
    assert found["jl", 1, ONE] == "md10"
    assert [found[digest["digest_id"], 1, ONE] for digest in days] == [None, None, None]


def test_a_dated_file_repeats_no_file_without_a_date():
    found = repeats(entry(ONE, MARKDOWN, digest_date=None), entry(ONE, RECORDS))
    assert set(found.values()) == {None}


def test_what_repeats_nothing_of_its_day_is_a_listing_that_undated_files_may_repeat():
    page, index, records = (
        {"digest_id": name, "format": form, "path": name, "list_name": None, "digest_date": day}
        for name, form, day in [
            ("README.md", "cv_arxiv_daily", DAY),
            ("docs/index.md", "cv_arxiv_daily", date(2025, 4, 9)),
            ("docs/all.json", "cv_arxiv_daily_json", None),
        ]
    )
    assert repeats(*(entry(ONE, digest) for digest in (records, index, page))) == {
        ("README.md", 1, ONE): None,
        ("docs/index.md", 1, ONE): None,
        ("docs/all.json", 1, ONE): "README.md",
    }


def test_two_entries_of_one_digest_are_two_listings_and_each_can_be_repeated():
    twice = [entry(ONE, digest, position) for digest in (MARKDOWN, RECORDS) for position in (1, 2)]
    assert repeats(*twice) == {
        ("md", 1, ONE): None,
        ("md", 2, ONE): None,
        ("jl", 1, ONE): "md",
        ("jl", 2, ONE): "md",
    }


def test_files_of_the_same_rank_do_not_repeat_each_other():
    topics = [MARKDOWN | {"digest_id": name, "path": f"x/{name}.md"} for name in ("rag", "slam")]
    assert set(repeats(*(entry(ONE, topic) for topic in topics)).values()) == {None}


def test_of_several_preferred_files_of_one_rank_the_smallest_id_is_named():
    topics = [MARKDOWN | {"digest_id": name, "path": f"x/{name}.md"} for name in ("slam", "rag")]
    records = RECORDS | {"path": "x/papers.jsonl"}
    assert repeats(*(entry(ONE, digest) for digest in (*topics, records)))["jl", 1, ONE] == "rag"


def test_everything_repeats_the_most_preferred_file_and_not_the_next():
    notes, plain, page = (
        {"digest_id": name, "format": form, "path": f"data/{name}"}
        for name, form in [
            ("2025-04-08_AI_enhanced_Chinese.jsonl", "ai_enhanced_jsonl"),
            ("2025-04-08.jsonl", "ai_enhanced_jsonl"),
            ("2025-04-08.md", "ai_enhanced"),
        ]
    )
    found = repeats(*(entry(ONE, digest) for digest in (page, plain, notes)))
    assert [found[digest["digest_id"], 1, ONE] for digest in (notes, plain, page)] == [
        None,
        notes["digest_id"],
        notes["digest_id"],
    ]


def test_no_entries_give_no_entries():
    marked = mark_repeats(pl.DataFrame(schema=SCHEMA))
    assert marked.is_empty()
    assert marked.schema["repeats_digest_id"] == pl.String


DIGESTS = [
    {
        "digest_id": f"{form}{path}{source}{day}",
        "format": form,
        "path": path,
        "source": source,
        "digest_date": day,
    }
    for form in ("reporter", "reporter_jsonl", "storage")
    for path in ("a/README.md", "a/x.md", "README.md", "docs/index.md")
    for source in (None, "alpha")
    for day in (None, DAY)
]
ENTRIES = st.lists(
    st.tuples(st.sampled_from([ONE, TWO]), st.sampled_from(DIGESTS)),
    max_size=12,
    unique_by=lambda pair: (pair[0], pair[1]["digest_id"]),
)


@given(ENTRIES, st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_order_does_not_matter_and_each_repeat_names_a_listing_of_its_paper(pairs, random):
    entries = [entry(paper, digest) for paper, digest in pairs]
    found = repeats(*entries)
    random.shuffle(entries)
    assert repeats(*entries) == found
    listings = {(digest, paper) for (digest, _, paper), repeated in found.items() if repeated is None}
    assert all((repeated, key[2]) in listings for key, repeated in found.items() if repeated is not None)
    assert {paper for _, paper in listings} == {paper for paper, _ in pairs}


def test_a_page_of_one_category_repeats_the_data_of_all():
    data = {
        "digest_id": "js",
        "format": "scroll_json",
        "path": "data/2025-04-08/arxiv.json",
        "list_name": None,
    }
    page = {"digest_id": "md", "format": "scroll", "path": "docs/cs-CL/2025-04-08/papers/x.md"}
    found = repeats(entry(ONE, data), entry(ONE, page, list_name="cs-CL"))
    assert found == {("js", 1, ONE): None, ("md", 1, ONE): "js"}
