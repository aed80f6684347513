"""Forgetting a digest: what only it said goes, what others said stays, in every order and after a rebuild."""

import json
import shutil
from datetime import date
from functools import cache
from itertools import permutations

import pytest

from paperhouse.flows.load.pipeline import forget_digests, rebuild
from paperhouse.flows.load.plan import Plan
from paperhouse.transforms.errors import InputError, PackageError

SECTION = """# {title}

**Authors**: {authors}

**Link**: [PDF](https://arxiv.org/pdf/{arxiv_id})

**Abstract**: {abstract}

---
"""
ONE, TWO, THREE = "2504.00001", "2504.00002", "2504.00003"


def section(arxiv_id, title, authors, abstract):
    return SECTION.format(arxiv_id=arxiv_id, title=title, authors=authors, abstract=abstract)


def enhanced(arxiv_id, title, authors, tldr):
    record = {
        "id": arxiv_id,
        "title": title,
        "authors": authors.split(", "),
        "summary": f"On {title.lower()}.",
        "comment": "8 pages",
        "categories": ["cs.AI"],
        "abs": f"https://arxiv.org/abs/{arxiv_id}",
        "pdf": f"https://arxiv.org/pdf/{arxiv_id}",
        "AI": {"tldr": tldr},
    }
    return json.dumps(record) + "\n"


# Paper ONE is stated by all; its best record (version 3, all authors) by the page with the code only.
TEXTS = {
    "8-Apr-2025/AI/README.md": section(ONE, "One", "Ann Lee, Bob Ray", "On one."),
    "9-Apr-2025/AI/README.md": section(
        f"{ONE}v3", "One, at last", "Ann Lee, Bob Ray, Cid Cox", "See https://github.com/x/one."
    )
    + "\n"
    + section(TWO, "Two", "Dee Day", "On two. Data: https://huggingface.co/datasets/x/two"),
    "data/2025-04-08.jsonl": enhanced(ONE, "One", "Ann Lee, Bob Ray", "About one.")
    + enhanced(THREE, "Three", "Ann Lee", "About three."),
}
FIRST, BEST, NOTES = TEXTS
TABLE = """## Updated on 2025.04.09

|Publish Date|Title|Authors|PDF|Code|摘要|
|---|---|---|---|---|---|
|**2025-04-08**|**Three**|Ann Lee et.al.|[2504.00003](http://arxiv.org/abs/2504.00003)|null|关于三的摘要。|
"""


def put(folder, texts):
    for path, text in texts.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def digest_id(bench, home, path):
    ((found,),) = bench.rows(home, f"select digest_id from digests where path = '{path}'")
    return found


def forget(home, *prefixes):
    return forget_digests(Plan(home=home, inputs=(), trigger="forget"), prefixes)


def forget_paths(bench, home, *paths):
    return forget(home, *(digest_id(bench, home, path) for path in paths))


def without(bench, home, *paths):
    """Bring a home to where it is once these are forgotten."""
    bench.homes.after(home, ("forget", paths), lambda: forget_paths(bench, home, *paths))


@pytest.fixture(scope="module")
def digests(tmp_path_factory):
    root = tmp_path_factory.mktemp("texts") / "digests"
    put(root, TEXTS)
    return root


@pytest.fixture(scope="module")
def loaded(tmp_path_factory, bench):
    """A warehouse of all three digests, one load each; to be copied."""
    root = tmp_path_factory.mktemp("loaded")
    for path, text in TEXTS.items():
        put(root / "digests", {path: text})
        bench.loaded(root / "home", root / "digests")
    return root / "home"


@pytest.fixture
def home(loaded, tmp_path):
    return shutil.copytree(loaded, tmp_path / "home")


@pytest.fixture(scope="module")
def hash_of_texts(tmp_path_factory, bench):
    """Content hash of a warehouse that never saw any other than these digests."""

    @cache
    def load(*paths):
        root = tmp_path_factory.mktemp("only")
        put(root / "digests", {path: TEXTS[path] for path in paths})
        bench.loaded(root / "home", root / "digests")
        return bench.hash_of(root / "home")

    return load


@pytest.mark.parametrize("forgotten", TEXTS)
def test_what_is_left_is_the_warehouse_that_never_saw_the_digest(bench, home, hash_of_texts, forgotten):
    summary = forget_paths(bench, home, forgotten)
    assert (summary.n_digests_forgotten, summary.n_digests) == (1, 0)
    assert bench.hash_of(home) == hash_of_texts(*(path for path in TEXTS if path != forgotten))


@pytest.mark.parametrize(
    "forgotten", [pytest.param(path, marks=[] if path == BEST else [pytest.mark.slow]) for path in TEXTS]
)
def test_a_rebuild_forgets_the_same(bench, home, forgotten):
    without(bench, home, forgotten)
    before = bench.hash_of(home)
    kept = bench.rows(home, "select * exclude (finished_at) from loads order by all")
    records = bench.rows(home, "from forgotten_digests order by all")
    rebuild(home)
    assert bench.hash_of(home) == before
    assert bench.rows(home, "select * exclude (finished_at) from loads order by all") == kept
    assert bench.rows(home, "from forgotten_digests order by all") == records


def test_papers_authors_links_variants_and_wordings_of_the_digest_alone_are_gone(bench, home):
    links = "select arxiv_id, url from paper_links order by all"
    assert [url for _, url in bench.rows(home, links)] == [
        "https://github.com/x/one",
        "https://huggingface.co/datasets/x/two",
    ]
    summary = forget_paths(bench, home, BEST)
    assert (summary.n_papers_removed, summary.n_papers_changed, summary.n_papers_new) == (1, 1, 0)
    assert bench.rows(home, "select arxiv_id from papers order by all") == [(ONE,), (THREE,)]
    assert bench.rows(home, "select name, n_papers from authors order by all") == [
        ("Ann Lee", 2),
        ("Bob Ray", 1),
    ]
    assert bench.rows(home, links) == []
    assert bench.rows(home, "select distinct version from variants") == [(None,)]


def test_the_paper_goes_back_to_the_next_best_record(bench, home):
    columns = "title, version, n_authors, abstract, last_listed_date, comment"
    record = f"select {columns} from papers where arxiv_id = '{ONE}'"
    assert bench.rows(home, record) == [
        ("One, at last", 3, 3, "See https://github.com/x/one.", date(2025, 4, 9), "8 pages")
    ]
    without(bench, home, BEST)
    assert bench.rows(home, record) == [("One", None, 2, "On one.", date(2025, 4, 8), "8 pages")]


def test_notes_categories_and_facts_of_the_digest_alone_are_gone(bench, home):
    assert len(bench.rows(home, "from paper_notes")) == 2
    without(bench, home, NOTES)
    for table in ("paper_notes", "paper_categories", "particulars"):
        assert bench.rows(home, f"from {table}") == [], table
    assert bench.rows(home, f"select title, comment, n_listings from papers where arxiv_id = '{ONE}'") == [
        ("One, at last", None, 2)
    ]


def test_translations_of_the_digest_alone_are_gone(bench, home, tmp_path):
    put(tmp_path / "table", {"README.md": TABLE})
    before = bench.hash_of(home)
    bench.ingest(home, tmp_path / "table")
    assert bench.rows(home, "select arxiv_id, language, abstract from paper_translations") == [
        (THREE, "zh", "关于三的摘要。")
    ]
    forget_paths(bench, home, "README.md")
    assert bench.rows(home, "from paper_translations") == []
    assert bench.hash_of(home) == before


def test_rejects_and_repairs_go_with_their_digest(bench, tmp_path):
    broken = section(ONE, "A vis-Ã\xa0-vis B", "Ann Lee", "Words.") + "\n# No link\n\n**Authors**: X\n\n---\n"
    put(tmp_path / "digests", {FIRST: broken})
    bench.ingest(tmp_path / "home", tmp_path / "digests")
    counts = "select (select count(*) from rejects), (select count(*) from repairs)"
    assert bench.rows(tmp_path / "home", counts) == [(1, 1)]
    forget_paths(bench, tmp_path / "home", FIRST)
    assert bench.rows(tmp_path / "home", counts) == [(0, 0)]


def test_the_load_and_what_it_removed_are_on_record(bench, home):
    forgotten = digest_id(bench, home, BEST)
    summary = forget(home, forgotten)
    ((load_id, trigger, n_forgotten, n_removed, n_digests),) = bench.rows(
        home,
        "select load_id, trigger, n_digests_forgotten, n_papers_removed, n_digests from loads order by 1 desc limit 1",
    )
    assert (trigger, n_forgotten, n_removed, n_digests) == ("forget", 1, 1, 0)
    assert load_id == summary.load_id
    brought = """
        select digest_id, forgotten_digests.load_id, loads.trigger, path, forgotten_digests.n_entries
        from forgotten_digests
        join loads on loads.load_id = brought_by_load_id
    """
    assert bench.rows(home, brought) == [(forgotten, load_id, "ingest", BEST, 2)]


# ---- what comes afterwards


def test_later_ingests_pass_the_file_over_wherever_it_lies(bench, home, digests, tmp_path):
    without(bench, home, BEST)
    before = bench.hash_of(home)
    put(tmp_path / "elsewhere", {f"a/{BEST}": TEXTS[BEST]})
    for folder in (digests, tmp_path / "elsewhere"):
        summary = bench.ingest(home, folder)
        assert (summary.n_forgotten_files, summary.is_changed) == (1, False)
    assert bench.hash_of(home) == before


def test_after_a_rebuild_ingests_still_pass_it_over(bench, home, digests):
    without(bench, home, BEST)
    rebuild(home)
    assert bench.ingest(home, digests).n_forgotten_files == 1


def test_the_file_with_another_date_is_another_digest(bench, tmp_path):
    """The reason to forget: a digest was read with the wrong date."""
    put(tmp_path / "digests", {"AI.md": TEXTS[FIRST]})
    home = tmp_path / "home"
    bench.ingest(home, tmp_path / "digests", digest_date=date(2025, 4, 7))
    forget_paths(bench, home, "AI.md")
    assert bench.ingest(home, tmp_path / "digests", digest_date=date(2025, 4, 7)).n_forgotten_files == 1
    assert bench.ingest(home, tmp_path / "digests", digest_date=date(2025, 4, 8)).n_digests == 1
    assert bench.rows(home, "select digest_date from digests") == [(date(2025, 4, 8),)]
    rebuild(home)
    assert bench.rows(home, "select digest_date from digests") == [(date(2025, 4, 8),)]


def test_a_digest_that_lay_in_two_places_is_gone_from_both(bench, tmp_path, hash_of_texts):
    home = tmp_path / "home"
    for folder in ("b", "a"):
        put(tmp_path / "digests", {f"{folder}/{FIRST}": TEXTS[FIRST], BEST: TEXTS[BEST]})
        bench.loaded(home, tmp_path / "digests")
    forget_paths(bench, home, f"a/{FIRST}")
    assert bench.ingest(home, tmp_path / "digests").n_forgotten_files == 2
    assert bench.hash_of(home) == hash_of_texts(BEST)
    rebuild(home)
    assert bench.hash_of(home) == hash_of_texts(BEST)
    assert bench.ingest(home, tmp_path / "digests").n_forgotten_files == 2


def test_what_repeated_a_forgotten_digest_is_listed_again(bench, tmp_path):
    record = {"arxiv_id": f"arXiv:{ONE}", "title": "One", "authors": "Ann Lee, Bob Ray"}
    record |= {"link": f"https://arxiv.org/abs/{ONE}", "abstract": "On one."}
    put(tmp_path / "digests", {FIRST: TEXTS[FIRST], "8-Apr-2025/AI/papers.jsonl": f"{record!r}\n"})
    home = tmp_path / "home"
    bench.ingest(home, tmp_path / "digests")
    assert bench.rows(home, "select count(*) from repeats") == [(1,)]
    summary = forget_paths(bench, home, FIRST)
    assert summary.n_papers_removed == 0
    assert bench.rows(home, "select path, repeats_digest_id from paper_sources") == [
        ("8-Apr-2025/AI/papers.jsonl", None)
    ]
    forget_paths(bench, home, "8-Apr-2025/AI/papers.jsonl")
    assert bench.rows(home, "select count(*) from papers") == [(0,)]


IN_FAST_TIER = [(NOTES, BEST, "forget", FIRST)]
ORDERS = [
    pytest.param(order, marks=[] if order in IN_FAST_TIER else [pytest.mark.slow])
    for order in permutations([FIRST, BEST, NOTES, "forget"])
    if order.index(BEST) < order.index("forget")
]


@pytest.mark.parametrize("order", ORDERS)
def test_the_order_of_forgetting_and_loading_others_does_not_matter(bench, tmp_path, hash_of_texts, order):
    home = tmp_path / "home"
    for step in order:
        if step == "forget":
            forget_paths(bench, home, BEST)
        else:
            put(tmp_path / "digests", {step: TEXTS[step]})
            bench.loaded(home, tmp_path / "digests")
    assert bench.hash_of(home) == hash_of_texts(FIRST, NOTES)


@pytest.mark.parametrize("is_at_once", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_forgetting_everything_leaves_an_empty_valid_warehouse(bench, home, is_at_once):
    if is_at_once:
        summary = forget_paths(bench, home, *TEXTS)
        assert (summary.n_digests_forgotten, summary.n_papers_removed) == (3, 3)
    else:
        for path in TEXTS:
            forget_paths(bench, home, path)
    for table in ("papers", "authors", "digests", "listings", "variants", "particulars", "paper_links"):
        assert bench.rows(home, f"from {table}") == [], table
    assert len(bench.rows(home, "from categories")) > 100
    empty = bench.hash_of(home)
    rebuild(home)
    assert bench.hash_of(home) == empty
    put(home.parent / "more", {"9-Apr-2025/IR/README.md": section(ONE, "One", "Ann Lee", "On one.")})
    assert bench.ingest(home, home.parent / "more").n_papers_new == 1


# ---- requests that cannot be met, and damage


@pytest.mark.parametrize(
    ("prefix", "found"), [("nothing", "no digest starts with it"), ("", "3 digests start with it")]
)
def test_a_prefix_of_no_or_several_digests_is_refused_with_the_remedy(bench, home, prefix, found):
    before = bench.files_of(home)
    with pytest.raises(InputError, match=found) as caught:
        forget(home, prefix)
    assert "paperhouse sql" in str(caught.value)
    assert bench.files_of(home) == before


def test_one_wrong_prefix_forgets_nothing(bench, home):
    before = bench.files_of(home)
    with pytest.raises(InputError):
        forget(home, digest_id(bench, home, FIRST), "nothing")
    assert bench.files_of(home) == before


def test_an_ambiguous_prefix_names_the_candidates(bench, home):
    ids = [found for (found,) in bench.rows(home, "select digest_id from digests order by 1")]
    with pytest.raises(InputError) as caught:
        forget(home, "")
    assert caught.value.facts["found"] == ids


def test_a_unique_prefix_is_enough_and_said_twice_is_said_once(bench, home):
    found = digest_id(bench, home, FIRST)
    assert forget(home, found[:8], found).n_digests_forgotten == 1


def test_what_is_forgotten_cannot_be_forgotten_again(bench, home):
    found = digest_id(bench, home, FIRST)
    forget(home, found)
    with pytest.raises(InputError, match="no digest starts with it"):
        forget(home, found)


def test_without_a_warehouse_nothing_is_found_and_nothing_made(tmp_path):
    with pytest.raises(InputError, match="no digest starts with it"):
        forget(tmp_path / "home", "abc")
    assert not (tmp_path / "home" / "paperhouse.duckdb").exists()


@pytest.mark.parametrize("table", ["listings", "wordings", "notes"])
@pytest.mark.parametrize("is_missing", [False, True])
def test_damaged_packages_are_refused(bench, home, table, is_missing):
    file = next((home / "loads").glob(f"*/{table}.*.parquet"))
    if is_missing:
        file.unlink()
    else:
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 1
        file.write_bytes(content)
    before = bench.files_of(home)
    with pytest.raises(PackageError, match="damaged") as caught:
        forget_paths(bench, home, FIRST)
    assert file.name in str(caught.value)
    assert bench.files_of(home) == before


def test_a_missing_package_is_refused(bench, home):
    """What it brought could not be told again, and a link of a paper would be lost in silence."""
    package = max((home / "loads").iterdir())
    shutil.rmtree(package)
    before = bench.files_of(home)
    with pytest.raises(PackageError, match=package.name):
        forget_paths(bench, home, FIRST)
    assert bench.files_of(home) == before


# ---- loads that come in late: an older live file is brought up to date from the packages

STEPS = [f"b/{FIRST}", f"a/{FIRST}", "forget", BEST, "forget again"]


@pytest.fixture(scope="module")
def history(tmp_path_factory, bench):
    """A home after all steps, the live file after each of them, and the digests."""
    root = tmp_path_factory.mktemp("history")
    home, live = root / "home", []
    for step in STEPS:
        if step.startswith("forget"):
            without(bench, home, f"a/{FIRST}" if step == "forget" else BEST)
        else:
            text = TEXTS[step.removeprefix("a/").removeprefix("b/")]
            put(root / "digests", {step: text, NOTES: TEXTS[NOTES]})
            bench.loaded(home, root / "digests")
        live.append((home / "paperhouse.duckdb").read_bytes())
    return home, live, root / "digests"


@pytest.mark.parametrize(
    "n_known",
    [pytest.param(n, marks=[] if n == 0 else [pytest.mark.slow]) for n in range(len(STEPS))],
)
def test_an_older_live_file_catches_up_with_loads_and_forgettings(
    bench, tmp_path, hash_of_texts, history, n_known
):
    home = shutil.copytree(history[0], tmp_path / "home")
    forgotten = "from forgotten_digests order by all"
    records = bench.rows(home, forgotten)
    (home / "paperhouse.duckdb").unlink()
    if n_known:
        (home / "paperhouse.duckdb").write_bytes(history[1][n_known - 1])
    summary = bench.ingest(home, history[2])
    assert [notice.partition(" ")[0] for notice in summary.notices] == [str(len(STEPS) - n_known)]
    assert bench.hash_of(home) == hash_of_texts(NOTES)
    assert len(records) == 2
    assert bench.rows(home, forgotten) == records


@pytest.mark.parametrize("is_missing", [False, True])
def test_a_forgetting_that_waits_is_not_published_without_all_packages(bench, tmp_path, history, is_missing):
    home = shutil.copytree(history[0], tmp_path / "home")
    (home / "paperhouse.duckdb").write_bytes(history[1][1])
    package = min((home / "loads").iterdir())
    if is_missing:
        shutil.rmtree(package)
    else:
        next(package.glob("links.*.parquet"), next(package.glob("listings.*.parquet"))).write_bytes(b"")
    before = bench.hash_of(home)
    with pytest.raises(PackageError, match=package.name):
        bench.ingest(home, history[2])
    assert bench.hash_of(home) == before
