from datetime import date

import pytest

from paperhouse.transforms.calendar.dates import date_in, date_of_folder, date_of_name, date_of_path

APRIL_30 = date(2025, 4, 30)


@pytest.mark.parametrize(
    "text",
    [
        "arXiv Daily Report - 30-Apr-2025",
        "30 April 2025",
        "30-april-2025",
        "30 Apr, 2025",
        "Updated on 2025.4.30",
        "2025-04-30",
        "2025/04/30",
        "2025_4_30",
        "更新于2025年4月30日",
        "Automated deployment @ 2025-04-30 21:06:30 Asia/Shanghai",
        "99-Apr-2025, no: 30-Apr-2025",
    ],
)
def test_a_date_is_read_in_every_usual_form(text):
    assert date_in(text) == APRIL_30


@pytest.mark.parametrize(
    "text",
    [
        "",
        "31-Apr-2025",
        "30-Foo-2025",
        "2025-13-01",
        "2025-04/30",
        "20250430",
        "v1.2025.4.30",
        "2025-04-301",
        "30-Apr-1990",
        "30-Apr-2100",
        "2504.04178",
    ],
)
def test_what_is_no_date_is_not_guessed(text):
    assert date_in(text) is None


@pytest.mark.parametrize("name", ["20250430_Wed", "2025-04-30.md", "storage_2025-04-30.md", "20250430.md"])
def test_names_of_files_also_hold_compact_dates(name):
    assert date_of_name(name) == APRIL_30


@pytest.mark.parametrize("name", ["README.md", "120250430.md", "002_d218ac94e29d5505.txt", "x20250430.md"])
def test_digits_that_belong_to_something_else_are_no_date(name):
    assert date_of_name(name) is None


@pytest.mark.parametrize("name", ["30-Apr-2025", "2025-04-30", "20250430", "20250430_Wed", "2025年4月30日"])
def test_a_folder_may_be_wholly_a_date(name):
    assert date_of_folder(name) == APRIL_30


@pytest.mark.parametrize("name", ["backup-2025-04-30-old", "30-Apr-2025.bak", "AI", "", "31-Apr-2025"])
def test_a_folder_that_only_holds_a_date_is_none(name):
    assert date_of_folder(name) is None


@pytest.mark.parametrize(
    ("parts", "day"),
    [
        ((), None),
        (("digests", "README.md"), None),
        (("30-Apr-2025", "AI", "README.md"), APRIL_30),
        (("30-Apr-2025", "2025-05-01.md"), date(2025, 5, 1)),
        (("29-Apr-2025", "30-Apr-2025", "AI", "README.md"), APRIL_30),
        (("backup-2025-04-30-old", "README.md"), None),
    ],
    ids=["nothing", "undated", "folder", "file_name_first", "nearest_folder", "part_of_a_folder_name"],
)
def test_the_file_name_goes_before_the_nearest_folder(parts, day):
    assert date_of_path(parts) == day


@pytest.mark.parametrize(
    ("path", "day"),
    [
        ("docs/202504/30/papers.meta.json", APRIL_30),
        ("docs/2025-04/30/papers.meta.json", APRIL_30),
        ("docs/202504/30/biorxiv-10-1101-2024-11-14-688412-v3-a-title.md", APRIL_30),
        ("out/output_2025_0430.md", APRIL_30),
        ("daily_html/2025_04_30.html", APRIL_30),
        ("archive/20250430/rank/papers.json", APRIL_30),
        ("archive/x/arxiv_papers_20250430.llm.json", APRIL_30),
        ("docs/202513/30/papers.meta.json", None),
        ("docs/202504/31/papers.meta.json", None),
        ("docs/202504/papers.meta.json", None),
        ("archive/20250401-20250430/arxiv_papers_20250401-20250430.json", None),
        ("2025-04-01_to_2025-04-30.md", None),
        ("out/output_2025_04301.md", None),
    ],
)
def test_a_path_has_the_date_of_its_folders_or_name_and_a_range_has_none(path, day):
    assert date_of_path(path.split("/")) == day
