"""Fewer examples in the default tier are fewer, and are tried."""

from examples import take_fewer_examples
from hypothesis import given, settings
from hypothesis import strategies as st


def count_tried(max_examples: int) -> int:
    tried = []

    @settings(max_examples=max_examples, database=None)
    @given(st.integers())
    def look(number):
        tried.append(number)

    take_fewer_examples(look)
    look()
    return len(tried)


def test_a_property_tries_a_fifth_of_its_examples_but_some_at_least():
    assert [count_tried(number) for number in (500, 100, 60, 5)] == [100, 20, 20, 5]
