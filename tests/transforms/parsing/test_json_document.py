import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paperhouse.transforms.parsing.json_document import ANY_NAME, MOST_DAMAGED, outline_of, records_of

LISTS = frozenset({"papers"})
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


def names_and_records(text, lists=LISTS):
    _, found, _ = records_of(text, lists)
    return [(named.name, named.located.record) for named in found]


def test_records_of_a_bare_list_have_their_lines():
    _, found, _ = records_of('[\n  {"a": 1},\n  {"a":\n   2}\n]\n', LISTS)
    assert [(one.located.line_start, one.located.line_end) for one in found] == [(2, 2), (3, 4)]
    assert [one.located.text for one in found] == ['{"a": 1}', '{"a":\n   2}']


def test_members_that_hold_no_records_are_facts():
    _, found, facts = records_of(
        '{"date": "d", "papers": [{"a": 1}], "meta": {"n": [1]}, "papers2": []}', LISTS
    )
    assert [named.name for named in found] == ["papers"]
    assert facts == {"date": "d", "meta": {"n": [1]}, "papers2": []}


def test_members_are_records_where_any_name_is_asked_for():
    assert names_and_records('{"2504.00001": {"a": 1}, "x": 2}', ANY_NAME) == [
        ("2504.00001", {"a": 1}),
        ("x", None),
    ]


@given(st.lists(VALUES, max_size=5), st.sampled_from([None, 1, 4]))
def test_every_element_of_a_list_is_one_record_whatever_it_is(values, indent):
    found = names_and_records(json.dumps(values, indent=indent))
    assert [record for _, record in found] == [value if isinstance(value, dict) else None for value in values]


@given(
    st.lists(st.dictionaries(st.text(max_size=3), VALUES, min_size=1, max_size=3), min_size=1, max_size=4),
    st.data(),
)
def test_a_list_that_is_cut_off_keeps_the_records_before_the_cut(records, data):
    text = json.dumps({"papers": records}, indent=1)
    cut = data.draw(st.integers(min_value=text.index("[") + 1, max_value=len(text)))
    found = [record for _, record in names_and_records(text[:cut])]
    whole = [record for record in found if record is not None]
    assert whole == records[: len(whole)]
    assert found[len(whole) :] in ([], [None])


def test_a_damaged_record_is_given_up_as_far_as_the_next_one():
    text = '[\n {"a": 1},\n {"a" 2, "b": [\n  {"c": 3}]},\n {"a": 4}\n]'
    assert names_and_records(text) == [(None, {"a": 1}), (None, None), (None, {"a": 4})]


def test_after_many_damaged_records_the_rest_is_one():
    found = names_and_records("[\n" + '{"a" 1},\n' * 100 + '{"a": 1}\n]')
    assert found == [(None, None)] * MOST_DAMAGED


def test_text_behind_the_document_is_a_record_that_cannot_be_read():
    assert names_and_records('[{"a": 1}]\n<<<<<<< HEAD\n') == [(None, {"a": 1}), (None, None)]
    assert names_and_records("no JSON") == [(None, None)]
    assert names_and_records("") == []


@pytest.mark.parametrize(
    ("head", "name", "first", "facts"),
    [
        ('[{"a": 1}, {"b"', None, {"a": 1}, {}),
        ('{"n": 1, "papers": [{"a": 1}, {"b"', "papers", {"a": 1}, {"n": 1}),
        ('{"meta": {"x": 1}, "results": [{"a": 1}]}', "results", {"a": 1}, {"meta": {"x": 1}}),
        ('{"2504.00001": {"a": 1}, "2504.00002": {"b', "2504.00001", {"a": 1}, {}),
    ],
)
def test_an_outline_tells_the_first_record_of_a_head_that_is_cut_off(head, name, first, facts):
    outline = outline_of(head)
    assert (outline.name, outline.first, outline.facts) == (name, first, facts)


@pytest.mark.parametrize("head", ["", "text", "[1, 2]", "[]", "{}", '{"a": 1}', '[{"a": ', '{"a": [{"b": '])
def test_a_head_without_a_whole_record_has_no_outline(head):
    assert outline_of(head) is None
