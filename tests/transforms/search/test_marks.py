from hypothesis import given
from hypothesis import strategies as st

from paperhouse.transforms.search.marks import Marker
from paperhouse.transforms.search.query import parse_search


def marked(query, text):
    return Marker.of(parse_search(query)).mark(text).plain()


def test_words_are_marked_in_every_form_and_compounds_whole():
    assert (
        marked("retrieve", "Retrieval, retrieving; retriever.") == "*Retrieval*, *retrieving*; *retriever*."
    )
    assert marked("GPT-4", "With GPT-4 and GPT4.") == "With *GPT-4* and *GPT4*."
    assert (
        marked("transf*", "Transfer of transformers, not trans.")
        == "*Transfer* of *transformers*, not trans."
    )
    assert marked("erdos", "Erdős numbers") == "*Erdős* numbers"


def test_pairs_of_letters_are_marked_as_one_stretch():
    assert marked("检索增强", "面向检索增强的生成") == "面向*检索增强*的生成"


def test_the_snippet_is_the_stretch_with_most_words():
    text = "Graph here. " + "Nothing of it. " * 40 + "Dense graph retrieval at last. " + "More. " * 60
    snippet = Marker.of(parse_search("dense graph retrieval")).snippet(text)
    assert "*Dense* *graph* *retrieval* at last." in snippet.plain()
    assert snippet.text.startswith("… ")
    assert snippet.text.endswith(" …")


def test_without_a_word_the_snippet_is_the_beginning():
    snippet = Marker.of(parse_search("graph")).snippet("Nothing of it. " * 40)
    assert snippet.text.startswith("Nothing of it.")
    assert not snippet.marks


@given(st.text(max_size=400), st.integers(40, 300))
def test_marks_lie_in_the_text_in_order(text, letters):
    marker = Marker.of(parse_search("a1 graph 检索 x* 2504.00001 abc*"))
    for found in (marker.mark(text), marker.snippet(text, letters)):
        assert "".join(part for part, _ in found.parts()) == found.text
        spans = [place for span in found.marks for place in span]
        assert spans == sorted(spans)
        assert all(0 <= place <= len(found.text) for place in spans)
