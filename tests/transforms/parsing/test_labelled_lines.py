import pytest

from paperhouse.transforms.parsing.field_names import NAMES, field_role, normal_name, roles_of
from paperhouse.transforms.parsing.labelled_lines import bold_label, label_key, labelled_line, read_labels


@pytest.mark.parametrize(
    ("line", "label", "text"),
    [
        ("**Authors**: A, B  ", "Authors", "A, B"),
        ("**作者**：A, B", "作者", "A, B"),
        ("**Authors:** A", "Authors", "A"),
        ("- **分类: cs.CV; eess.SP**", "分类", "cs.CV; eess.SP"),
        ("> **作者:** A; B", "作者", "A; B"),
        ("TL;DR: short", "TL;DR", "short"),
        ("> **摘要翻译:** 译文", "摘要翻译", "译文"),
    ],
)
def test_label_and_text_in_every_dress(line, label, text):
    found = labelled_line(line)
    assert found is not None
    assert (found.label, found.text) == (label, text)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "no colon here",
        "**bold** and text",
        ": text",
        "| a: b |",
        "x" * 60 + ": text",
        "arXiv:2403.13101",
        "> **arXiv:2403.13101v2**",
    ],
)
def test_other_lines_have_no_label(line):
    assert labelled_line(line) is None


def test_bold_label_needs_stars():
    assert bold_label("Code: https://example.org") is None


def test_second_label_of_a_name_is_text():
    assert read_labels(["**Abstract**: a", "**Abstract**: b"]) == {"abstract": "a\n**Abstract**: b"}


def test_unknown_label_is_text_and_text_before_labels_is_kept():
    assert read_labels(["before", "**Title**: t", "**Weather**: fine"]) == {
        "": "before",
        "title": "t\n**Weather**: fine",
    }


def test_labels_inside_an_abstract_are_text():
    lines = ["Abstract: Aim.", "Method: m.", "摘要翻译: 译"]
    texts = read_labels(lines, labelled_line, frozenset({"abstract"}))
    assert texts == {"abstract": "Aim.\nMethod: m.", "abstract_zh": "译"}


@pytest.mark.parametrize(
    ("written", "role"),
    [
        ("**Publish Date**", "date"),
        ("🔗 链接：", "link"),
        ("ＰＤＦ", "pdf"),
        ("#", "number"),
        ("摘要（原文）", "abstract"),
        ("Abstract (ZH)", "abstract_zh"),
        ("Résumé", "abstract"),
        ("weather", None),
        ("x" * 1000, None),
    ],
)
def test_field_role_of_many_dresses(written, role):
    assert field_role(written) == role


def test_no_name_means_two_fields():
    names = [normal_name(name) for names in NAMES.values() for name in names.split("|")]
    assert {
        name
        for name in names
        if names.count(name) > 1
        and len({r for r, n in NAMES.items() if name in map(normal_name, n.split("|"))}) > 1
    } == set()


def test_first_column_of_a_role_wins():
    assert roles_of(["Title", "weather", "论文标题", "Link"]) == {"title": "Title", "link": "Link"}


def test_generated_labels_have_a_key():
    assert [label_key(name) for name in ("Motivation", "方法", "Main category")] == [
        "motivation",
        "method",
        "primary_category",
    ]
