from datetime import date

import pytest

from paperhouse.transforms.text.path_metadata import Place, list_of_place


def place(path: str) -> Place:
    return Place(path, tuple(path.split("/")))


@pytest.mark.parametrize(
    ("path", "list_name"),
    [
        ("8-Apr-2025/AI/README.md", "AI"),
        ("8-Apr-2025/topic/RAG_related_papers.md", "RAG"),
        ("8-Apr-2025/topic/papers.jsonl", "papers"),
        ("x/8-Apr-2025/IR/papers.jsonl", "IR"),
        ("8-Apr-2025/README.md", None),
        ("AI/README.md", None),
        ("README.md", None),
        ("8-Apr-2025/AI/old/README.md", None),
        ("docs/dates/2025-10-12/papers/251009080v1-x.md", None),
        ("docs/cs-CL/2025-05-20/papers/250514256v1-x.md", "cs-CL"),
        ("daily/2026-05-14/items/x.md", None),
        ("2026-05-14/papers/x.md", None),
    ],
)
def test_the_list_is_the_folder_or_topic_under_the_date(path, list_name):
    assert list_of_place(place(path)) == list_name


@pytest.mark.parametrize(
    ("path", "list_name"),
    [
        ("20260317_Tue/video.md", "video"),
        ("20260317_Tue-video.md", "video"),
        ("papers/video.md", None),
        ("8-Apr-2025/AI/README.md", "AI"),
    ],
)
def test_formats_may_name_their_files_by_list(path, list_name):
    assert list_of_place(place(path), from_stem=True) == list_name


def test_a_place_knows_stem_ending_and_date():
    dated = place("2025-04-08/daily.report.MD")
    assert (dated.stem, dated.ending, dated.digest_date) == ("daily.report", "md", date(2025, 4, 8))


@pytest.mark.parametrize(
    ("name", "stem", "ending"), [(".gitkeep", ".gitkeep", ""), ("README", "README", ""), ("a.", "a", "")]
)
def test_names_without_an_ending_are_their_own_stem(name, stem, ending):
    assert (place(name).stem, place(name).ending) == (stem, ending)
