import pytest

from paperhouse.transforms.arxiv.category_lists import category_codes
from paperhouse.transforms.parsing.paper_identity import identify, paper_ids_in
from paperhouse.transforms.text.language import written_language
from paperhouse.transforms.text.unwrap import unwrap


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("提出PHyCLIP以统一视觉语言表示", "zh"),
        ("Only English words", None),
        ("Café and naïve", None),
        ("この論文では手法を提案する", "ja"),
        ("이 논문은 방법을 제안한다", "ko"),
        ("A long English text with one 词 in it", None),
        ("", None),
    ],
)
def test_script_tells_the_language(text, language):
    assert written_language(text) == language


def test_breaks_of_a_wrapped_abstract_are_taken_out():
    text = (
        "New Large Language Models (LLMs) become available every few weeks, and modern\n"
        "application developers confronted with the unenviable task of having to decide\n"
        "if they should switch.\n  A second paragraph."
    )
    assert unwrap(text).count("\n") == 1
    assert unwrap(text).replace("\n", " ") == text.replace("\n", " ")


def test_one_break_that_means_something_keeps_them_all():
    text = "x" * 70 + " and\n" + "y" * 30 + ".\nShort."
    assert unwrap(text) == text


def test_breaks_that_the_width_does_not_explain_stay():
    assert unwrap("One line.\nAnother line.\n\nA third.") == "One line.\nAnother line.\n\nA third."


def test_categories_of_arxiv_and_classes_of_others():
    assert category_codes(["cs.CV; eess.SP", "quant-ph", "I.2.7; J.3", "68T05", "cs.CV"]) == (
        ["cs.CV", "eess.SP", "quant-ph"],
        ["I.2.7; J.3", "68T05"],
    )


def test_category_in_brackets_behind_its_name():
    assert category_codes(["Computer Vision (cs.CV)"]) == (["cs.CV"], [])


def test_first_candidate_that_names_a_paper_wins():
    assert identify([None, "7", "see https://arxiv.org/abs/2510.13303", "2510.13303v2"]) == ("2510.13303", 2)
    assert identify(["nothing", ""]) is None


def test_all_linked_papers_are_found():
    text = "https://arxiv.org/abs/2401.00001v1, http://arxiv.org/pdf/2401.00002 and 2401.00003"
    assert paper_ids_in(text) == {"2401.00001", "2401.00002"}
