"""Files that state the same facts twice, loaded for real: in every order and batching one warehouse comes out."""

import json
import shutil
from itertools import permutations

import pytest

from paperhouse.flows.load.pipeline import rebuild

DAY = "8-Apr-2025/AI"
SECTION = """# {title}

**Authors**: {authors}

**Link**: [PDF](https://arxiv.org/pdf/{arxiv_id})

**Abstract**: {abstract}

---
"""
ONE, TWO, THREE = "2504.00001", "2504.00002", "2504.00003"
CODE = "https://github.com/ann/one"


def sections(*papers):
    return "\n".join(
        SECTION.format(arxiv_id=arxiv_id, title=title, authors=authors, abstract=abstract)
        for arxiv_id, title, authors, abstract in papers
    )


def lines(records, write=json.dumps):
    return "".join(write(record) + "\n" for record in records)


def reporter_record(arxiv_id, title, authors, abstract):
    return {
        "arxiv_id": f"arXiv:{arxiv_id}",
        "title": title,
        "authors": authors,
        "link": f"https://arxiv.org/abs/{arxiv_id}",
        "abstract": abstract,
    }


FIRST = (ONE, "One", "Ann Lee, Bob Ray", "On one.")
SECOND = (TWO, "Two", "Cid Cox", "On two.")
REPORTER = {
    f"{DAY}/README.md": sections(FIRST, SECOND),
    # The second paper's abstract is worded anew and holds a link; the third is only here.
    f"{DAY}/papers.jsonl": lines(
        [
            reporter_record(*FIRST),
            reporter_record(TWO, "Two", "Cid Cox", f"On two. Code: {CODE}"),
            reporter_record(THREE, "Three", "Dee Day", "On three."),
        ],
        repr,
    ),
}
REPORT_TABLE = {
    "8-Apr-2025/README.md": (
        "# arXiv Daily Report - 08-Apr-2025\n\n| Title | Link | abstract | author |\n| --- | --- | --- | --- |\n"
        f"| One | [https://arxiv.org/abs/{ONE}](https://arxiv.org/abs/{ONE}) | On one. | Ann Lee, Bob Ray |\n"
        f"| Two | [https://arxiv.org/abs/{TWO}](https://arxiv.org/abs/{TWO}) | On two. | Cid Cox |\n"
    ),
    "8-Apr-2025/papers.csv": (
        "Title,Link,Desc,author\n"
        f'One,https://arxiv.org/abs/{ONE},On one.,"Ann Lee, Bob Ray"\n'
        f"Two,https://arxiv.org/abs/{TWO},On two: {CODE},Cid Cox\n"
        f"Three,https://arxiv.org/abs/{THREE},On three.,Dee Day\n"
    ),
}


def enhanced_record(arxiv_id, title, **more):
    return {
        "id": arxiv_id,
        "title": title,
        "authors": ["Ann Lee"],
        "summary": f"On {title}.",
        "comment": None,
        "categories": ["cs.AI"],
        "abs": f"https://arxiv.org/abs/{arxiv_id}",
        "pdf": f"https://arxiv.org/pdf/{arxiv_id}",
        **more,
    }


def enhanced_section(number, arxiv_id, title):
    return f"""### [{number}] [{title}](https://arxiv.org/abs/{arxiv_id})
*Ann Lee*

Main category: cs.AI

TL;DR: Only the page says this of {title}.


<details>
  <summary>Details</summary>
Abstract: On {title}.

</details>


"""


AI_ENHANCED = {
    "data/2025-04-08_AI_enhanced_Chinese.jsonl": lines(
        [enhanced_record(ONE, "One", AI={"tldr": "关于一。", "motivation": "因为。"})]
    ),
    "data/2025-04-08.jsonl": lines(
        [enhanced_record(ONE, "One"), enhanced_record(TWO, "Two", comment="8 pages")]
    ),
    "data/2025-04-08.md": (
        "<div id=toc></div>\n\n# Table of Contents\n\n- [cs.AI](#cs.AI) [Total: 3]\n\n\n<div id='cs.AI'></div>\n\n"
        "# cs.AI [[Back]](#toc)\n\n"
        + enhanced_section(1, ONE, "One")
        + enhanced_section(2, TWO, "Two")
        + enhanced_section(3, THREE, "Three")
    ),
}


def cv_row(arxiv_id, title, code="null"):
    return (
        f"|**2025-04-08**|**{title}**|Ann Lee et.al.|[{arxiv_id}](http://arxiv.org/abs/{arxiv_id})|{code}|\n"
    )


def cv_page(*rows):
    head = "|Publish Date|Title|Authors|PDF|Code|\n|---|---|---|---|---|\n"
    return "## Updated on 2025.04.09\n\n## SLAM\n\n" + head + "".join(rows)


CV_ARXIV_DAILY = {
    "README.md": cv_page(cv_row(ONE, "One")),
    "docs/index.md": cv_page(cv_row(ONE, "One"), cv_row(TWO, "Two")),
    "docs/cv-arxiv-daily.json": json.dumps(
        {
            "SLAM": {
                ONE: cv_row(ONE, "One", f"**[link]({CODE})**"),
                TWO: cv_row(TWO, "Two"),
                THREE: cv_row(THREE, "Three"),
            }
        }
    ),
}
FAMILIES = {
    "reporter": REPORTER,
    "report_table": REPORT_TABLE,
    "ai_enhanced": AI_ENHANCED,
    "cv_arxiv_daily": CV_ARXIV_DAILY,
}
REPEATED = {
    "reporter": [
        (f"{DAY}/papers.jsonl", ONE, f"{DAY}/README.md"),
        (f"{DAY}/papers.jsonl", TWO, f"{DAY}/README.md"),
    ],
    "report_table": [
        ("8-Apr-2025/papers.csv", ONE, "8-Apr-2025/README.md"),
        ("8-Apr-2025/papers.csv", TWO, "8-Apr-2025/README.md"),
    ],
    "ai_enhanced": [
        ("data/2025-04-08.jsonl", ONE, "data/2025-04-08_AI_enhanced_Chinese.jsonl"),
        ("data/2025-04-08.md", ONE, "data/2025-04-08_AI_enhanced_Chinese.jsonl"),
        ("data/2025-04-08.md", TWO, "data/2025-04-08.jsonl"),
    ],
    "cv_arxiv_daily": [
        ("docs/cv-arxiv-daily.json", ONE, "README.md"),
        ("docs/cv-arxiv-daily.json", TWO, "docs/index.md"),
        ("docs/index.md", ONE, "README.md"),
    ],
}


def put(folder, texts):
    for path, text in texts.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


@pytest.fixture(scope="module")
def at_once(tmp_path_factory, bench):
    """Home of a warehouse of one family, loaded in one go; to be read only."""
    homes = {}

    def load(family):
        if family not in homes:
            root = tmp_path_factory.mktemp(family)
            put(root / "digests", FAMILIES[family])
            bench.loaded(root / "home", root / "digests")
            homes[family] = root / "home"
        return homes[family]

    return load


STEPS = [
    pytest.param(
        family,
        [[path] for path in order],
        id=f"{family}-{number}",
        marks=[] if order == tuple(reversed(texts)) else [pytest.mark.slow],
    )
    for family, texts in FAMILIES.items()
    for number, order in enumerate(permutations(texts))
]
PAIRS = [
    pytest.param(
        family,
        [list(order[:2]), list(order[2:])],
        id=f"{family}-pairs-{number}",
        marks=[pytest.mark.slow] if number > 1 else [],
    )
    for family, texts in FAMILIES.items()
    if len(texts) > 2
    for number, order in enumerate(permutations(texts))
    if number % 2
]


@pytest.mark.parametrize(("family", "steps"), STEPS + PAIRS)
def test_siblings_give_one_warehouse_in_every_order(bench, at_once, tmp_path, family, steps):
    for step in steps:
        put(tmp_path / "digests", {path: FAMILIES[family][path] for path in step})
        bench.loaded(tmp_path / "home", tmp_path / "digests")
    assert bench.hash_of(tmp_path / "home") == bench.hash_of(at_once(family))


@pytest.mark.parametrize("family", FAMILIES)
def test_siblings_in_batches_of_one_file_give_the_same_warehouse(bench, at_once, tmp_path, family):
    put(tmp_path / "digests", FAMILIES[family])
    bench.ingest(tmp_path / "home", tmp_path / "digests", batch_bytes=1)
    assert bench.hash_of(tmp_path / "home") == bench.hash_of(at_once(family))


@pytest.mark.parametrize("family", FAMILIES)
def test_each_paper_is_listed_once(bench, at_once, family):
    listed = bench.rows(at_once(family), "select arxiv_id, n_listings from papers order by all")
    assert listed == [(ONE, 1), (TWO, 1), (THREE, 1)]
    assert bench.rows(at_once(family), "select arxiv_id from listings order by all") == [
        (ONE,),
        (TWO,),
        (THREE,),
    ]


@pytest.mark.parametrize("family", FAMILIES)
def test_repeats_are_counted_and_lead_to_file_line_and_load(bench, at_once, family):
    home = at_once(family)
    ((n_entries, n_counted),) = bench.rows(
        home, "select (select sum(n_entries) from digests), (select count(*) from entries)"
    )
    assert n_entries == n_counted == 3 + len(REPEATED[family])
    traced = """
        select paper_sources.path, paper_sources.arxiv_id, preferred.path
        from paper_sources
        join loads using (load_id)
        join digests as preferred on preferred.digest_id = paper_sources.repeats_digest_id
        where paper_sources.line_start >= 1
        order by all
    """
    assert bench.rows(home, traced) == REPEATED[family]


@pytest.mark.parametrize("family", FAMILIES)
def test_an_entry_that_only_the_less_preferred_file_has_is_a_listing(bench, at_once, family):
    last = [*FAMILIES[family]][-1]
    found = f"select path, repeats_digest_id from paper_sources where arxiv_id = '{THREE}'"
    assert bench.rows(at_once(family), found) == [(last, None)]


@pytest.mark.parametrize("family", ["reporter", "report_table", "cv_arxiv_daily"])
def test_links_of_repeats_are_kept(bench, at_once, family):
    paper = ONE if family == "cv_arxiv_daily" else TWO
    links = "select arxiv_id, url, kind from paper_links"
    assert bench.rows(at_once(family), links) == [(paper, CODE, "code")]


def test_notes_and_facts_of_repeats_are_kept(bench, at_once):
    notes = bench.rows(at_once("ai_enhanced"), "select arxiv_id, kind, text from paper_notes order by all")
    assert notes == [
        (ONE, "motivation", "因为。"),
        (ONE, "tldr", "Only the page says this of One."),
        (ONE, "tldr", "关于一。"),
        (TWO, "tldr", "Only the page says this of Two."),
        (THREE, "tldr", "Only the page says this of Three."),
    ]
    assert bench.rows(at_once("ai_enhanced"), f"select comment from papers where arxiv_id = '{TWO}'") == [
        ("8 pages",)
    ]


def test_a_better_wording_in_a_repeat_is_the_paper(bench, tmp_path):
    put(
        tmp_path / "digests",
        {
            f"{DAY}/README.md": sections((ONE, "One", "", "On one.")),
            f"{DAY}/papers.jsonl": lines([reporter_record(ONE, "One", "Ann Lee", "On one.")], repr),
        },
    )
    bench.ingest(tmp_path / "home", tmp_path / "digests")
    query = "select authors_completeness, n_listings, n_variants, last_listed_date::varchar from papers"
    assert bench.rows(tmp_path / "home", query) == [("full", 1, 2, "2025-04-08")]


def test_siblings_of_another_day_or_list_are_listings(bench, tmp_path):
    for folder in ("8-Apr-2025/AI", "9-Apr-2025/AI", "8-Apr-2025/NLP"):
        put(tmp_path / "digests", {f"{folder}/README.md": sections(FIRST)})
    put(tmp_path / "digests", {"9-Apr-2025/AI/papers.jsonl": lines([reporter_record(*FIRST)], repr)})
    bench.ingest(tmp_path / "home", tmp_path / "digests")
    assert bench.rows(tmp_path / "home", "select n_listings from papers") == [(3,)]
    assert bench.rows(
        tmp_path / "home", "select path from paper_sources where repeats_digest_id is not null"
    ) == [("9-Apr-2025/AI/papers.jsonl",)]


def test_another_source_is_no_sibling(bench, tmp_path):
    for source, path in [("alpha", f"{DAY}/README.md"), ("beta", f"{DAY}/papers.jsonl")]:
        put(tmp_path / source, {path: REPORTER[path]})
        bench.ingest(tmp_path / "home", tmp_path / source, source=source)
    assert bench.rows(tmp_path / "home", "select count(*) from repeats") == [(0,)]


# ---- a digest that lies in two folders is placed at the smaller path, and with it go its siblings

TWICE_UNDATED = {
    "b/README.md": CV_ARXIV_DAILY["README.md"],
    "b/docs/all.json": CV_ARXIV_DAILY["docs/cv-arxiv-daily.json"],
    "a/README.md": CV_ARXIV_DAILY["README.md"],
}


@pytest.mark.parametrize(
    "order",
    [
        pytest.param(order, marks=[pytest.mark.slow] if number != 3 else [])
        for number, order in enumerate(permutations(TWICE_UNDATED))
    ],
)
def test_a_smaller_path_found_later_decides_which_files_are_siblings(bench, tmp_path, order):
    put(tmp_path / "all", TWICE_UNDATED)
    bench.ingest(tmp_path / "at_once", tmp_path / "all")
    for path in order:
        put(tmp_path / "digests", {path: TWICE_UNDATED[path]})
        bench.ingest(tmp_path / "home", tmp_path / "digests")
    # The page now lies in a/, where it has no siblings: what b/ holds lists the papers for itself.
    assert bench.rows(tmp_path / "home", "select path from digests order by all") == [
        ("a/README.md",),
        ("b/docs/all.json",),
    ]
    assert bench.rows(tmp_path / "home", "select count(*) from repeats") == [(0,)]
    assert bench.hash_of(tmp_path / "home") == bench.hash_of(tmp_path / "at_once")


@pytest.mark.parametrize("is_rebuilt", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_a_smaller_path_may_make_siblings(bench, tmp_path, is_rebuilt):
    texts = {
        "z/README.md": CV_ARXIV_DAILY["README.md"],
        "a/docs/all.json": CV_ARXIV_DAILY["docs/cv-arxiv-daily.json"],
    }
    put(tmp_path / "digests", texts)
    bench.ingest(tmp_path / "home", tmp_path / "digests")
    assert bench.rows(tmp_path / "home", "select count(*) from repeats") == [(0,)]
    put(tmp_path / "digests", {"a/README.md": CV_ARXIV_DAILY["README.md"]})
    summary = bench.ingest(tmp_path / "home", tmp_path / "digests")
    assert (summary.n_digests, summary.n_papers_changed) == (0, 0)
    if is_rebuilt:
        rebuild(tmp_path / "home")
    bench.ingest(tmp_path / "at_once", tmp_path / "digests")
    assert bench.rows(tmp_path / "home", "select arxiv_id from repeats") == [(ONE,)]
    assert bench.hash_of(tmp_path / "home") == bench.hash_of(tmp_path / "at_once")


def test_a_source_named_later_takes_the_digest_from_its_siblings(bench, tmp_path):
    put(tmp_path / "digests", REPORTER)
    bench.ingest(tmp_path / "home", tmp_path / "digests")
    shutil.copytree(tmp_path / "digests" / DAY, tmp_path / "named" / DAY)
    (tmp_path / "named" / DAY / "papers.jsonl").unlink()
    bench.ingest(tmp_path / "home", tmp_path / "named", source="alpha")
    bench.ingest(tmp_path / "other", tmp_path / "named", source="alpha")
    bench.ingest(tmp_path / "other", tmp_path / "digests")
    assert bench.rows(tmp_path / "home", "select count(*) from repeats") == [(0,)]
    assert bench.hash_of(tmp_path / "home") == bench.hash_of(tmp_path / "other")
