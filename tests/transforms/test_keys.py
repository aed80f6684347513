import pytest

from paperhouse.transforms.keys import stable_hex, stable_id


def test_keys_are_the_same_in_every_release():
    assert stable_id("2504.04178", None, 2) == 3394132523086342769
    assert stable_hex("2504.04178", None, 2) == "5e34c317fe52d4e3"


def test_the_integer_is_the_upper_63_bits_of_the_hexadecimal_form():
    assert stable_id("a", 1) == int(stable_hex("a", 1), 16) >> 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("ab", "c"), ("a", "bc")),
        (("abc",), ("ab", "c")),
        ((None,), ("",)),
        ((None,), ()),
        ((1,), ("1",)),
        ((12, 3), (1, 23)),
        ((-1,), (1,)),
        (("n",), (None,)),
        (("i1;",), (1,)),
        (("a", "b"), ("b", "a")),
    ],
)
def test_borders_types_and_order_of_parts_count(one, other):
    assert stable_hex(*one) != stable_hex(*other)


def test_lone_surrogates_have_a_key():
    assert stable_hex("\ud800") != stable_hex("\udfff")
