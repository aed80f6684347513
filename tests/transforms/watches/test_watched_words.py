"""Words of a watch: whole, in any script, whatever signs they hold; checked by the engine that runs the patterns."""

from contextlib import suppress

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paperhouse.transforms.errors import QueryError
from paperhouse.transforms.watches.watched_words import word_patterns


def is_match(words, text):
    patterns = word_patterns(words)

    def has(pattern):
        (row,) = duckdb.execute("select regexp_matches(?, ?, 'i')", [text, pattern]).fetchall()
        return row[0]

    return all(map(has, patterns.wanted)) and not any(map(has, patterns.unwanted))


@pytest.mark.parametrize(
    ("words", "text", "is_found"),
    [
        ("graph", "On Graphs", False),
        ("graph", "a graph.", True),
        ("graph*", "On Graphs", True),
        ("graph text", "text and graph", True),
        ("graph text", "graph alone", False),
        ('"retrieval augmented"', "Retrieval-Augmented\ngeneration", True),
        ('"augmented retrieval"', "retrieval augmented", False),
        ("graph -survey", "a graph survey", False),
        ('graph -"a survey"', "graph: the survey", True),
        ("GPT-4", "with gpt-4o", False),
        ("GPT-4", "with (GPT-4)", True),
        ("C++", "in C++ and", True),
        ("évaluation", "L'Évaluation", True),
        ("注意", "自注意力机制", True),
        ("a.b", "axb", False),
    ],
)
def test_words(words, text, is_found):
    assert is_match(words, text) is is_found


@pytest.mark.parametrize("words", ["", " ", "-survey", '""', "*"])
def test_words_that_look_for_nothing_are_refused(words):
    with pytest.raises(QueryError, match="name nothing to look for"):
        word_patterns(words)


@given(st.text(alphabet="ab\\.*+?()[]{}|^$'\"- é注\n", max_size=12))
def test_any_words_are_patterns_that_the_engine_takes(words):
    with suppress(QueryError):  # nothing to look for
        is_match(words, "some text")
