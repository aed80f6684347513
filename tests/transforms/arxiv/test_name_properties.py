"""However arXiv writes a name, split, in one line or one by one, it has the key that digests give it."""

from hypothesis import given
from hypothesis import strategies as st

from paperhouse.transforms.arxiv.author_line import join_name, split_author_line
from paperhouse.transforms.arxiv.records import SplitName
from paperhouse.transforms.papers.author_names import name_key
from paperhouse.transforms.parsing.author_list import split_names

FORENAMES = st.sampled_from(
    ["Ann", "José", "J.", "J. R.", "Ying-Jie", "Zoë M.", "Łukasz", "Maria da", "Ngọc"]
)
KEYNAMES = st.sampled_from(
    ["Lee", "García Márquez", "Müller", "O'Brien", "van der Berg", "Smith-Jones", "Đặng", "Øvergård"]
)
SUFFIXES = st.sampled_from([None, None, None, "Jr.", "III"])
NAMES = st.builds(SplitName, KEYNAMES, st.none() | FORENAMES, SUFFIXES)


@given(st.lists(NAMES, min_size=1, max_size=6))
def test_split_names_one_line_and_a_digests_list_give_the_same_keys(names):
    joined = [join_name(name) for name in names]
    keys = [name_key(name) for name in joined]
    line = ", ".join(joined[:-1]) + " and " + joined[-1] if len(joined) > 1 else joined[0]
    assert [name_key(name) for name in split_author_line(line).names] == keys
    assert [name_key(name) for name in split_names(", ".join(joined))] == keys
