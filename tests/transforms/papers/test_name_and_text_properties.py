import polars as pl
from hypothesis import example, given, settings
from hypothesis import strategies as st

from paperhouse.transforms.arxiv.categories import split_categories
from paperhouse.transforms.keys import stable_hex, stable_id
from paperhouse.transforms.papers.author_names import author_id, name_key, spelling_rank
from paperhouse.transforms.papers.authors import name_keys
from paperhouse.transforms.papers.text_ids import text_ids
from paperhouse.transforms.text.encoding_repair import changed_part, repair_encoding
from paperhouse.transforms.text.links import MASK, host_of, link_kind, mask_urls, urls_in

NAMES = (
    st.text(max_size=25)
    | st.text("aAzZ .-'`´’‐\\{}\"~^%$\x7f\u0301\u0345éøßİıΣςſﬁ＼｛가ガ ", max_size=14)
    | st.from_regex(r"(?:\\[a-zA-Z\"'^~.=`]|\{|\}|[A-Za-z ]){1,12}", fullmatch=True)
)
TEXTS = st.text(max_size=120) | st.text("abcÃÂâ€œ\x9d\xa0 éα漢.–”²°Ð¡ï»¿", max_size=30)
LINKED = st.text("htps:/.aw-_()[]{}\\,;*'\" URLé漢?=&", max_size=60) | st.lists(
    st.sampled_from(
        [
            "https://a.org/x",
            "http://b.io",
            "(",
            ")",
            "{",
            "}",
            "\\url",
            " ",
            ".",
            "\n  ",
            "this http URL",
            "to.Then",
        ]
    ),
    max_size=12,
).map("".join)
PARTS = st.lists(st.none() | st.integers() | st.text(max_size=5), max_size=4)


@settings(max_examples=1000)
@given(NAMES)
@example("\\Ss")
@example("\\ß")
@example("{\u0345}")
@example("a\u0345")
@example("\ud800")
@example("ﷺ" * 100)
def test_a_key_is_its_own_key(name):
    assert name_key(name_key(name)) == name_key(name)
    assert name_key(name).casefold() == name_key(name)


@given(NAMES)
def test_a_name_has_a_key_and_a_rank(name):
    assert bool(name_key(name)) == bool(name)
    assert spelling_rank(name) >= 0
    assert 0 <= author_id(name_key(name)) < 2**63


@given(st.lists(st.text("abcdefghijklmnopqrstuvwxyzéöüçñşğ", min_size=1, max_size=8), min_size=1, max_size=4))
def test_case_accent_form_dots_and_spaces_do_not_change_a_key(words):
    name = " ".join(words)
    assert name_key(name.upper()) == name_key(name)
    assert name_key("  ".join(words) + " ") == name_key(name)
    assert name_key(". ".join(words)) == name_key(name)


@given(st.lists(NAMES, max_size=6), st.randoms(use_true_random=False))
def test_names_are_merged_alike_in_any_order(names, random):
    shuffled = names.copy()
    random.shuffle(shuffled)
    assert {name_key(name) for name in names} == {name_key(name) for name in shuffled}


@given(st.lists(NAMES | st.from_regex(r"[A-Za-zK]{1,6}[ '-][A-Za-z]{1,6}", fullmatch=True), max_size=6))
def test_keys_of_many_names_at_once_are_the_keys_of_each(names):
    keys = name_keys(pl.Series(names, dtype=pl.String))
    assert keys.to_list() == [name_key(name) for name in names]
    assert text_ids(keys).to_list() == [author_id(key) for key in keys]


@given(PARTS, PARTS)
def test_keys_tell_any_two_lists_of_parts_apart(one, other):
    assert (stable_hex(*one) == stable_hex(*other)) == (one == other)
    assert 0 <= stable_id(*one) < 2**63


@given(TEXTS)
def test_repair_never_fails_and_is_done_after_one_pass(text):
    repaired = repair_encoding(text)
    assert repair_encoding(repaired) == repaired


@given(st.text(st.characters(max_codepoint=127)) | st.text("一龥漢字，。「」ー가", max_size=40))
def test_ascii_and_chinese_are_never_changed(text):
    assert repair_encoding(text) == text


@given(TEXTS, TEXTS)
def test_changed_parts_lie_in_their_texts_and_are_empty_only_for_equal_texts(before, after):
    was, became = changed_part(before, after)
    assert was in before
    assert became in after
    assert (was == became) == (before == after)


@settings(max_examples=500)
@given(LINKED)
def test_urls_have_hosts_and_kinds_and_no_trailing_punctuation(text):
    urls = urls_in(text)
    assert len(set(urls)) == len(urls)
    for url in urls:
        assert host_of(url)
        assert link_kind(url) in {"code", "model", "dataset", "project", "other"}
        assert url[-1] not in ".,;:'\"*\\"
        assert urls_in(f"({url}).") == [url]


@settings(max_examples=500)
@given(LINKED | TEXTS)
def test_masking_twice_is_masking_once(text):
    assert mask_urls(mask_urls(text)) == mask_urls(text)


@given(st.lists(st.sampled_from(["code", "at", "(see", "x),", "end."]), max_size=4))
def test_a_url_between_words_is_masked_as_arxiv_does(words):
    real = " ".join([*words, "https://github.com/a/b_c", *words])
    assert mask_urls(real) == mask_urls(real.replace("https://github.com/a/b_c", MASK))


@given(st.text() | LINKED)
def test_any_text_has_a_host_or_none_and_a_kind(text):
    assert host_of(text) == host_of(text).lower()
    assert link_kind(text) in {"code", "model", "dataset", "project", "other"}


@given(st.lists(st.sampled_from(["cs.IR", "math.MP", "68T50", "H.3.3", " cs.IR", ""]), max_size=8))
def test_no_code_is_lost_when_split(codes):
    arxiv, others = split_categories(codes, frozenset({"cs.IR", "math.MP"}))
    assert {*arxiv, *others} == {code.strip() for code in codes} - {""}
    assert not {*arxiv} & {*others}
