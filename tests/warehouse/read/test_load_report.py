"""What a load brought and what stands now, asked of a real warehouse."""

from datetime import date
from pathlib import Path

from paperhouse.flows.load.pipeline import run_load
from paperhouse.flows.load.plan import Plan
from paperhouse.transforms.read_digest import DigestDefaults
from paperhouse.warehouse.read.load_report import DayCount, load_rejects, new_papers, papers_per_day, standing
from paperhouse.warehouse.storage.home import Home

ENTRY = """# Paper {number}

**Authors**: Ada Writer, Bo Reader

**Link**: [PDF](https://arxiv.org/pdf/2504.{number:05})

**Abstract**: Text {number}.

---

"""


def _load(home: Path, folder: Path, name: str, day: int, numbers: list[int]):
    path = folder / f"2025-04-{day:02}.md"
    path.write_text("".join(ENTRY.format(number=number) for number in numbers))
    return run_load(Plan(home, ((path, DigestDefaults(list_name=name)),)))


def test_new_papers_are_those_that_no_earlier_load_listed(tmp_path):
    home = Home(tmp_path / "home")
    first = _load(home.root, tmp_path, "AI", 1, [1, 2])
    second = _load(home.root, tmp_path, "RAG", 2, [2, 3])
    assert [paper.arxiv_id for paper in new_papers(home, first.load_id, 10)] == ["2504.00002", "2504.00001"]
    (paper,) = new_papers(home, second.load_id, 10)
    assert (paper.arxiv_id, paper.title, paper.first_author, paper.lists) == (
        "2504.00003",
        "Paper 3",
        "Ada Writer",
        ("RAG",),
    )
    assert (first.n_papers_new, second.n_papers_new) == (2, 1)
    assert len(new_papers(home, first.load_id, 1)) == 1


def test_papers_per_day_are_of_the_days_before_the_newest_digest(tmp_path):
    home = Home(tmp_path / "home")
    _load(home.root, tmp_path, "AI", 1, [1])
    _load(home.root, tmp_path, "AI", 2, [1, 2])
    _load(home.root, tmp_path, "RAG", 3, [2])
    assert papers_per_day(home, 2) == [
        DayCount(date(2025, 4, 2), "AI", 2),
        DayCount(date(2025, 4, 3), "RAG", 1),
    ]


def test_standing_counts_every_table_and_names_the_newest_load(tmp_path):
    home = Home(tmp_path / "home")
    _load(home.root, tmp_path, "AI", 1, [1])
    newest = _load(home.root, tmp_path, "AI", 2, [1, 2])
    stands = standing(home)
    assert (stands.tables["papers"], stands.tables["listings"], stands.tables["loads"]) == (2, 3, 2)
    assert (stands.load_id, stands.last_digest_date) == (newest.load_id, date(2025, 4, 2))


def test_rejects_are_those_of_the_load(tmp_path):
    home = Home(tmp_path / "home")
    (tmp_path / "notes.md").write_text("Papers\n\nsee https://arxiv.org/abs/2501.00001 and think\n")
    bad = run_load(Plan(home.root, ((tmp_path / "notes.md", DigestDefaults()),)))
    good = _load(home.root, tmp_path, "AI", 1, [1])
    (reject,) = load_rejects(home, bad.load_id, 10)
    assert (reject["line_start"], reject["line_end"]) == (1, 3)
    assert load_rejects(home, good.load_id, 10) == []
