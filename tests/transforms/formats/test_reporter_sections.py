"""The quick way to read a section says what the slow way says, or leaves the section to it."""

from itertools import product

import pytest

from paperhouse.transforms.formats.reporter import _labelled_fields, _usual_fields

TITLES = ["# On **bold** titles", "#  spaces ", "# two\nlines", "no heading", "# A\n\n**Title (ZH)**: 标题", "# A\n\n**Title (ZH)**:"]  # fmt: skip
AUTHORS = [" A, B", "", " A,\nB", " A\n\n**Title (FR)**: Titre"]
LINKS = [
    "[PDF](https://arxiv.org/pdf/2504.05220)",
    "[PDF](https://arxiv.org/pdf/2504.05220v2) \t",
    "[PDF](https://arxiv.org/pdf/2504.05220",
    "[PDF](https://arxiv.org/pdf/2504.052201)",
    "[PDF](https://arxiv.org/pdf/hep-th/9901001) and more",
    "[PDF](https://arxiv.org/abs/2504.05220)",
]
ABSTRACTS = [
    " One.\n\nTwo.",
    "",
    " One.\n**Authors**: C",
    " One.\n\n**Abstract (ZH)**: 一。\n\n二。",
    " One.\n\n**Abstract (ZH)**:",
    " One.\n\n**Abstract (ZH)**: 一。\n\n**Abstract**: again",
    " One.\n\n**Abstract (FR)**: Un.",
]
SECTIONS = [
    f"{title}\n\n**Authors**:{authors}\n\n**Link**: {link}\n\n**Abstract**:{abstract}"
    for title, authors, link, abstract in product(TITLES, AUTHORS, LINKS, ABSTRACTS)
]


def trimmed(fields):
    title, names, written_id, abstract, translations = fields
    return title.strip(" \t"), names.strip(" \t\n"), written_id, abstract.strip(" \t\n"), translations


def test_the_quick_way_agrees_with_the_slow_one_on_every_mixture():
    quick = [(section, fields) for section in SECTIONS if (fields := _usual_fields(section)) is not None]
    assert len(quick) > 40
    for section, fields in quick:
        assert trimmed(fields) == trimmed(_labelled_fields(section)), section


@pytest.mark.parametrize("title", [TITLES[0], TITLES[4]])
def test_the_usual_sections_go_the_quick_way(title):
    section = f"{title}\n\n**Authors**:{AUTHORS[0]}\n\n**Link**: {LINKS[0]}\n\n**Abstract**:{ABSTRACTS[3]}"
    assert _usual_fields(section) is not None
