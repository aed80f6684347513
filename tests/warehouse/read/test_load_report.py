"""What a load brought and what stands now, asked of a real warehouse."""

from datetime import date
from pathlib import Path

from paperhouse.flows.load.pipeline import run_load
from paperhouse.flows.load.plan import Plan
from paperhouse.transforms.calendar.day_window import DayWindow
from paperhouse.transforms.read_digest import DigestDefaults
from paperhouse.warehouse.read.load_report import (
    DayCount,
    LoadArrivals,
    PapersPerDay,
    load_arrivals,
    load_rejects,
    new_papers,
    papers_per_day,
    standing,
)
from paperhouse.warehouse.storage.home import Home

ENTRY = """# Paper {number}

**Authors**: Ada Writer, Bo Reader

**Link**: [PDF](https://arxiv.org/pdf/2504.{number:05})

**Abstract**: Text {number}.

---

"""

STRAY = ENTRY.format(number=90)
UNREAD = "Papers to read\n\nsee https://arxiv.org/abs/2501.00001 and think\n"


def _load(home: Path, folder: Path, name: str, day: int, numbers: list[int]):
    path = folder / f"2025-04-{day:02}.md"
    path.write_text("".join(ENTRY.format(number=number) for number in numbers))
    return run_load(Plan(home, ((path, DigestDefaults(list_name=name)),)))


def test_new_papers_are_those_that_no_earlier_load_listed(tmp_path):
    home = Home(tmp_path / "home")
    first = _load(home.root, tmp_path, "AI", 1, [1, 2])
    second = _load(home.root, tmp_path, "RAG", 2, [2, 3])
    assert [paper.arxiv_id for paper in new_papers(home.live, first.load_id, 10)] == [
        "2504.00002",
        "2504.00001",
    ]
    (paper,) = new_papers(home.live, second.load_id, 10)
    assert (paper.arxiv_id, paper.title, paper.first_author, paper.lists) == (
        "2504.00003",
        "Paper 3",
        "Ada Writer",
        ("RAG",),
    )
    assert (first.n_papers_new, second.n_papers_new) == (2, 1)
    assert len(new_papers(home.live, first.load_id, 1)) == 1


def test_papers_per_day_are_of_the_days_that_belong_together(tmp_path):
    home = Home(tmp_path / "home")
    lists = {"AI": {day: [1, day] for day in range(1, 11)}, "RAG": {3: [2]}}
    inputs = []
    for name, days in lists.items():
        (tmp_path / name).mkdir()
        for day, numbers in days.items():
            (tmp_path / name / f"2025-04-{day:02}.md").write_text(
                "".join(ENTRY.format(number=n) for n in numbers)
            )
        inputs.append((tmp_path / name, DigestDefaults(list_name=name)))
    stray = tmp_path / "stray.md"
    stray.write_text(STRAY)
    inputs.append((stray, DigestDefaults(date(2031, 1, 1), None, "lab")))
    run_load(Plan(home.root, tuple(inputs)))
    found = papers_per_day(home.live)
    assert found.window == DayWindow(date(2025, 3, 12), date(2025, 4, 10), (date(2031, 1, 1),))
    assert found.counts[:3] == (
        DayCount(date(2025, 4, 1), "AI", 1),
        DayCount(date(2025, 4, 2), "AI", 2),
        DayCount(date(2025, 4, 3), "AI", 2),
    )
    assert DayCount(date(2025, 4, 3), "RAG", 1) in found.counts
    assert len(found.counts) == 11


def test_a_source_stands_for_a_list_that_nothing_names(tmp_path):
    home = Home(tmp_path / "home")
    (tmp_path / "one.md").write_text(STRAY)
    run_load(Plan(home.root, ((tmp_path / "one.md", DigestDefaults(date(2025, 4, 1), None, "lab")),)))
    assert papers_per_day(home.live).counts == (DayCount(date(2025, 4, 1), "lab", 1),)


def test_without_a_date_there_is_no_window(tmp_path):
    home = Home(tmp_path / "home")
    (tmp_path / "one.md").write_text(STRAY)
    run_load(Plan(home.root, ((tmp_path / "one.md", DigestDefaults()),)))
    assert papers_per_day(home.live) == PapersPerDay((), None)


def test_arrivals_of_a_load_count_each_paper_once_and_rejects_by_reason(tmp_path):
    home = Home(tmp_path / "home")
    folder = tmp_path / "in"
    for name, text in {"AI": STRAY, "RAG": STRAY + STRAY.replace("00090", "00091"), "notes": UNREAD}.items():
        (folder / name).mkdir(parents=True)
        (folder / name / "2025-04-01.md").write_text(text)
    inputs = tuple((folder / name, DigestDefaults(None, name, "lab")) for name in ("AI", "RAG", "notes"))
    summary = run_load(Plan(home.root, inputs))
    found = load_arrivals(home.live, summary.load_id)
    assert found.n_papers == 2
    assert [(row.list_name, row.n_digests, row.n_papers, row.n_rejects) for row in found.lists] == [
        ("RAG", 1, 2, 0),
        ("AI", 1, 1, 0),
        ("notes", 1, 0, 1),
    ]
    assert sum(found.rejects.values()) == 1
    assert load_arrivals(home.live, "20000101T000000000000Z-abcdef") == LoadArrivals()


def test_standing_counts_every_table_and_names_the_newest_load(tmp_path):
    home = Home(tmp_path / "home")
    _load(home.root, tmp_path, "AI", 1, [1])
    newest = _load(home.root, tmp_path, "AI", 2, [1, 2])
    stands = standing(home.live)
    assert (stands.tables["papers"], stands.tables["listings"], stands.tables["loads"]) == (2, 3, 2)
    assert (stands.load_id, stands.last_digest_date) == (newest.load_id, date(2025, 4, 2))


def test_rejects_are_those_of_the_load(tmp_path):
    home = Home(tmp_path / "home")
    (tmp_path / "notes.md").write_text("Papers\n\nsee https://arxiv.org/abs/2501.00001 and think\n")
    bad = run_load(Plan(home.root, ((tmp_path / "notes.md", DigestDefaults()),)))
    good = _load(home.root, tmp_path, "AI", 1, [1])
    (reject,) = load_rejects(home.live, bad.load_id, 10)
    assert (reject["line_start"], reject["line_end"]) == (1, 3)
    assert load_rejects(home.live, good.load_id, 10) == []
