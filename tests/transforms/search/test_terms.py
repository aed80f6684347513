import unicodedata

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paperhouse.transforms.search.term_counts import count_terms
from paperhouse.transforms.search.terms import (
    LATEX,
    MAX_LETTERS,
    PIECE,
    fold,
    term_key,
    terms_of,
    word_stem,
    words_of,
)

# Characters that came into Unicode lately are letters to one engine and not yet to the other.
TEXTS = st.text(
    st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=("Cn",)), max_size=60
)
SCHEMA = {"arxiv_id": pl.String, "text": pl.String, "weight": pl.UInt8}


def counted(*rows: tuple[str, str, int]) -> dict[tuple[str, str], int]:
    found = count_terms(pl.DataFrame(rows, schema=SCHEMA, orient="row"))
    stems = dict(found.words.select("term", "stem").iter_rows())
    return {(found.papers[paper], stems[term]): weight for paper, term, weight in found.counts.iter_rows()}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("GPT-4", ["gpt", "gpt4"]),
        ("GPT4", ["gpt4"]),
        ("k-means", ["means", "kmeans"]),
        ("$k$-means", ["means", "kmeans"]),
        ("3D", ["3d"]),
        ("Llama-3.1", ["llama", "llama3.1"]),
        ("e-commerce", ["commerce", "ecommerce"]),
        ("state-of-the-art", ["state", "art"]),
        ("C++ and C#", ["c++", "c#"]),
        ("H$_2$O", ["2o", "h2o"]),
        (r"$\mathcal{O}(n^2)$", ["n2"]),
        (r"$\alpha$-divergence", ["alpha", "divergence"]),
        (r"G\"odel and Erd\H{o}s", ["godel", "erdos"]),
        ("Schr\u00f6dinger", ["schrodinger"]),
        ("Navier\u2013Stokes", ["navier", "stokes"]),
        ("\uff27\uff30\uff34", ["gpt"]),
        ("a b 7 the of", []),
        ("We propose 29.62 %", []),
        ("检索增强", ["检索", "索增", "增强"]),
        ("词", ["词"]),
        ("GPT模型", ["gpt", "模型"]),
        ("データ", ["デー", "ータ"]),
        ("2504.04178v2", ["2504.04178v2"]),
    ],
)
def test_words_are_found_as_people_type_them(text, words):
    assert words_of(text) == words


@pytest.mark.parametrize(
    "forms",
    [
        ["model", "models", "modeling"],
        ["generation", "generative", "generated"],
        ["llm", "llms"],
        ["gpu", "gpus"],
        ["studies", "study", "studied"],
    ],
)
def test_forms_of_a_word_are_one_term(forms):
    assert len({term_key(word_stem(form)) for form in forms}) == 1


def test_keys_are_those_that_duckdb_computes():
    for word in ("model", "检索", "c++", ""):
        assert duckdb.execute("select md5_number_upper(?)", [word]).fetchone() == (term_key(word),)


def test_terms_of_a_paper_add_up_over_its_texts_by_their_weights():
    assert counted(("1", "Models model", 3), ("1", "a model of GPUs", 1), ("2", "gpu", 1)) == {
        ("1", "model"): 7,
        ("1", "gpu"): 1,
        ("2", "gpu"): 1,
    }


def test_papers_without_words_are_papers_still():
    found = count_terms(pl.DataFrame([("1", "of", 1), ("2", None, 1)], schema=SCHEMA, orient="row"))
    assert found.papers.to_list() == ["1", "2"]
    assert not found.counts.height
    assert not found.words.height


def test_no_texts_give_no_terms():
    assert not count_terms(pl.DataFrame(schema=SCHEMA)).papers.len()


@given(st.lists(st.tuples(st.sampled_from("abc"), TEXTS, st.integers(1, 3)), max_size=6), st.randoms())
def test_order_of_texts_is_of_no_account(rows, random):
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert counted(*rows) == counted(*shuffled)


@given(st.lists(st.tuples(st.sampled_from("abc"), TEXTS), max_size=4))
def test_counts_are_those_of_the_words_in_order(rows):
    expected: dict[tuple[str, str], int] = {}
    for paper, text in rows:
        for word in words_of(text):
            key = (paper, word_stem(word))
            expected[key] = expected.get(key, 0) + 1
    assert counted(*((paper, text, 1) for paper, text in rows)) == expected


@given(st.lists(st.text("abtheof1.-_C+ é\u0301中Ａ", max_size=30), max_size=4))
def test_pieces_at_once_give_the_words_of_each(texts):
    rows = pl.DataFrame([("1", text, 1) for text in texts], schema=SCHEMA, orient="row")
    assert sorted(count_terms(rows).words["word"]) == sorted(
        {word for text in texts for word in words_of(text)}
    )


@given(TEXTS)
def test_words_are_short_and_folded_and_found_again_by_themselves(text):
    for word in words_of(text):
        assert len(word) <= MAX_LETTERS
        assert fold(word) == word
        assert unicodedata.is_normalized("NFKC", word)
        if word.isalnum() and word.isascii():
            assert words_of(word) == [word]


@given(st.text("abcXYZ -ÉéüÖ1.", max_size=40))
def test_case_does_not_matter(text):
    assert words_of(text.upper()) == words_of(text.lower()) == words_of(text)


@given(TEXTS)
def test_duckdb_reads_the_same_pieces(text):
    plain = pl.Series([text])
    for pattern, replacement in LATEX:
        plain = plain.str.replace_all(pattern, replacement)
    found = duckdb.execute("select regexp_extract_all(?, ?)", [plain[0], PIECE]).fetchone()
    assert found == (plain.str.extract_all(PIECE)[0].to_list(),)


@given(st.lists(st.text("abcdefs", min_size=1, max_size=8)))
def test_every_word_has_one_stem_and_the_key_of_it(words):
    terms = terms_of(words)
    assert terms["word"].to_list() == sorted(set(words))
    assert all(term == term_key(each) for each, term in terms.select("stem", "term").iter_rows())


def test_a_long_run_of_letters_hyphens_or_digits_takes_linear_work():
    for part in ("a", "a-", "1.", "-", "词", "\\", "{", "\\a{", "é"):
        words_of(part * 300_000)
