"""Persons in a published warehouse: any order and batching, one day more, corrections, redirects, rebuild."""

from itertools import permutations

import duckdb
import pytest

from paperhouse.flows.load.pipeline import apply_corrections, forget_digests, rebuild
from paperhouse.flows.load.plan import Plan
from paperhouse.transforms.persons.corrections import Correction, CurationError, read_curation
from paperhouse.warehouse.maintain.recovery import restore
from paperhouse.warehouse.maintain.snapshot import write_snapshot
from paperhouse.warehouse.storage.curation import add_corrections
from paperhouse.warehouse.storage.home import Home

HEADER = "verdict,mention,other,reason,date\n"
SECTION = """# {title}

**Authors**: {authors}

**Link**: [PDF](https://arxiv.org/pdf/{arxiv_id})

**Abstract**: {abstract}

---
"""
DAYS = {
    "8-Apr-2025": [
        ("2504.00002", "Whispers", "Wei Zhang, Ottokar Quellmalz", "On whispered speech."),
        ("2504.00003", "Genes", "Wei Zhang, Jun Li", "On gene networks of tumour cells."),
    ],
    "9-Apr-2025": [("2504.00009", "Bridges", "Xiphias Grottlesby", "On bridges.")],
    # The oldest paper comes last: it gives its person another id.
    "10-Apr-2025": [
        ("2503.00001", "Dialects", "Ottokar Quellmalz, Wei Zhang", "On dialects."),
        ("2504.00010", "Poetry", "Xiphias Grottlesby, Jun Li", "On poetry."),
    ],
}


@pytest.fixture
def folders(tmp_path):
    for day, papers in DAYS.items():
        file = tmp_path / day / day / "AI/README.md"
        file.parent.mkdir(parents=True)
        file.write_text(
            "\n".join(
                SECTION.format(arxiv_id=arxiv_id, title=title, authors=authors, abstract=abstract)
                for arxiv_id, title, authors, abstract in papers
            )
        )
    return [tmp_path / day for day in DAYS]


def rows(root, query):
    with duckdb.connect(str(root / "paperhouse.duckdb"), read_only=True) as connection:
        return connection.sql(query).fetchall()


def person(root, arxiv_id, position):
    return rows(
        root, f"select person_id from paper_authors where arxiv_id = '{arxiv_id}' and position = {position}"
    )[0][0]


@pytest.mark.parametrize(
    "order",
    [
        pytest.param(order, marks=[] if order == (2, 1, 0) else [pytest.mark.slow])
        for order in permutations(range(3))
        if order != (0, 1, 2)
    ],
)
def test_every_order_of_days_gives_the_same_persons(tmp_path, bench, folders, order):
    for folder in folders:
        bench.loaded(tmp_path / "in-order", folder)
    for number in order:
        bench.loaded(tmp_path / "otherwise", folders[number])
    assert bench.hash_of(tmp_path / "otherwise") == bench.hash_of(tmp_path / "in-order")


def test_an_older_paper_leaves_a_redirect_from_the_id_before(tmp_path, bench, folders):
    home = tmp_path / "home"
    bench.loaded(home, folders[0])
    before = person(home, "2504.00002", 1)
    bench.loaded(home, folders[2])
    now = person(home, "2504.00002", 1)
    assert now == person(home, "2503.00001", 2) != before
    assert rows(home, f"select person_id from person_redirects where retired_person_id = {before}") == [
        (now,)
    ]


def test_a_day_touches_only_the_names_that_it_brings(tmp_path, bench, folders, monkeypatch):
    from paperhouse.warehouse.write import persons

    home = tmp_path / "home"
    bench.loaded(home, folders[0])
    bench.loaded(home, folders[2])
    compared = []
    inner = persons.find_persons

    def spy(facts, corrections, model):
        compared.extend(facts.mentions["arxiv_id"].to_list())
        return inner(facts, corrections, model)

    monkeypatch.setattr(persons, "find_persons", spy)
    bench.ingest(home, folders[1])
    assert sorted(compared) == ["2504.00009", "2504.00010"]


def test_a_mention_whose_older_ones_are_forgotten_is_a_person_of_its_own_again(tmp_path, bench, folders):
    home, fresh = tmp_path / "home", tmp_path / "fresh"
    bench.loaded(home, folders[1])
    bench.loaded(home, folders[2])
    joined = person(home, "2504.00010", 1)
    ((digest,),) = rows(home, "select digest_id from listings where arxiv_id = '2504.00009'")
    forget_digests(Plan(home=home, inputs=(), trigger="forget"), [digest])
    bench.loaded(fresh, folders[2])
    assert person(home, "2504.00010", 1) == person(fresh, "2504.00010", 1) != joined


def test_corrections_hold_in_the_next_load_and_in_a_rebuild(tmp_path, bench, folders):
    root = tmp_path / "home"
    bench.loaded(root, folders[0])
    text = "verdict,mention,other,reason,date\nsame,2504.00002:1,2504.00003:1,one home page,2026-01-02\n"
    Home(root).curation.write_text(text + "different,2504.00002:1,2503.00001:2,,\n")
    bench.ingest(root, folders[2])
    for _ in range(2):
        assert person(root, "2504.00002", 1) == person(root, "2504.00003", 1) != person(root, "2503.00001", 2)
        assert rows(root, "select verdict, reason from person_corrections order by all") == [
            ("different", ""),
            ("same", "one home page"),
        ]
        before = bench.hash_of(root)
        rebuild(root)
        assert bench.hash_of(root) == before
    Home(root).curation.unlink()
    bench.ingest(root, folders[1])
    assert person(root, "2504.00002", 1) == person(root, "2503.00001", 2) != person(root, "2504.00003", 1)
    assert rows(root, "from person_corrections") == []


def test_a_home_that_went_back_keeps_its_corrections(tmp_path, bench, folders):
    root = tmp_path / "home"
    bench.loaded(root, folders[0])
    add_corrections(Home(root), [Correction("same", ("2504.00002", 1), ("2504.00003", 1), "one home page")])
    apply_corrections(root)
    assert person(root, "2504.00002", 1) == person(root, "2504.00003", 1)
    write_snapshot(Home(root).live, tmp_path / "snapshot")
    with duckdb.connect() as connection:
        kept = connection.sql(
            f"select reason from '{tmp_path}/snapshot/person_corrections.parquet'"
        ).fetchall()
    assert kept == [("one home page",)]
    assert (tmp_path / "snapshot/curation.csv").read_text() == Home(root).curation.read_text()
    restore(Home(root), None)
    assert person(root, "2504.00002", 1) != person(root, "2504.00003", 1)
    bench.ingest(root, folders[1])
    assert person(root, "2504.00002", 1) == person(root, "2504.00003", 1)


def test_a_lost_curation_file_comes_back_with_a_restored_warehouse(tmp_path, bench, folders):
    root = tmp_path / "home"
    bench.loaded(root, folders[0])
    # One about papers that are not there waits for them, there too.
    text = (
        HEADER
        + "same,2504.00002:1,2504.00003:1,one home page,2026-01-02\ndifferent,2509.00001:1,2509.00002:1,,\n"
    )
    Home(root).curation.write_text(text)
    bench.ingest(root, folders[2])
    joined = bench.hash_of(root)
    Home(root).curation.unlink()
    bench.ingest(root, folders[1])
    assert person(root, "2504.00002", 1) != person(root, "2504.00003", 1)
    restore(Home(root), None)
    assert bench.hash_of(root) == joined
    assert sorted(Home(root).curation.read_text().splitlines()) == sorted(text.splitlines())
    rebuild(root)
    assert bench.hash_of(root) == joined


@pytest.mark.parametrize("other", [(2, 0, 1), pytest.param((1, 2, 0), marks=pytest.mark.slow)])
def test_redirects_lead_to_the_living_person_whatever_came_first(tmp_path, bench, folders, other):
    """A merge by the oldest paper, a split by a correction, and the merge again: in the order of days and another."""
    mentions = [("2503.00001", 2), ("2504.00002", 1)]
    split = [Correction("different", *mentions, "", None)]
    seen = set()
    for name, order in (("in-order", (0, 1, 2)), ("otherwise", other)):
        root = tmp_path / name
        told = {}
        for number in order:
            bench.loaded(root, folders[number])
            told |= {one: True for (one,) in rows(root, "select person_id from persons")}
        states = [redirects(root)]
        add_corrections(Home(root), split)
        apply_corrections(root)
        told |= {one: True for (one,) in rows(root, "select person_id from persons")}
        states.append(redirects(root))
        Home(root).curation.unlink()
        apply_corrections(root)
        states.append(redirects(root))
        # What was once a person's id is a living one's, or leads to one in one step.
        living = {one for (one,) in rows(root, "select person_id from persons")}
        leads = dict(states[-1])
        assert all(one in living or leads[one] in living for one in told)
        assert living.isdisjoint(leads)
        seen.add(tuple(map(tuple, states)))
    ((merged, apart, again),) = seen
    assert merged == again
    assert set(apart) < set(merged)


def redirects(root):
    return rows(root, "select retired_person_id, person_id from person_redirects order by all")


def test_a_split_and_a_merge_lead_from_every_id_before_to_a_person(tmp_path, bench, folders):
    root = tmp_path / "home"
    for folder in folders:
        bench.loaded(root, folder)
    ids = {person(root, *mention) for mention in (("2503.00001", 2), ("2504.00002", 1), ("2504.00003", 1))}
    mentions = [("2503.00001", 2), ("2504.00002", 1), ("2504.00003", 1)]
    for pairs in (
        [Correction("different", *mentions[:2])],
        [Correction("different", *mentions[:2]), Correction("same", *mentions[1:])],
    ):
        add_corrections(Home(root), pairs)
        apply_corrections(root)
        ids |= {person(root, *mention) for mention in mentions}
        known = rows(
            root, "select person_id from persons union all select retired_person_id from person_redirects"
        )
        assert ids <= {identifier for (identifier,) in known}
    assert len(ids) == 3


def test_a_contradiction_leaves_warehouse_and_file_as_they_were(tmp_path, bench, folders):
    root = tmp_path / "home"
    bench.loaded(root, folders[0])
    before = bench.hash_of(root)
    text = "verdict,mention,other,reason,date\nsame,a:1,b:1,,\ndifferent,a:1,b:1,,\n"
    Home(root).curation.write_text(text)
    with pytest.raises(CurationError, match=r"curation\.csv:3: a:1 and b:1 are called different"):
        rebuild(root)
    assert bench.hash_of(root) == before
    Home(root).curation.write_text(text.splitlines()[0] + "\nsame,a:1,b:1,,\n")
    against = read_curation(text.splitlines()[0] + "\ndifferent,a:1,b:1,,\n", "x").rows
    with pytest.raises(CurationError, match="a:1 and b:1"):
        add_corrections(Home(root), list(against))
    assert Home(root).curation.read_text().count("\n") == 2
