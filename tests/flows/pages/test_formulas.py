"""TeX in titles and abstracts: shown as formulas, and never as markup of its own."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from paperhouse.flows.pages.differences import word_differences
from paperhouse.flows.pages.formulas import show_tex
from paperhouse.flows.pages.links import Links, foreign_link, slug


def test_a_formula_becomes_mathml():
    assert show_tex("of $\\mathbb{R}^n$") == "of <math><mrow><msup><mi>ℝ</mi><mi>n</mi></msup></mrow></math>"


@pytest.mark.parametrize("text", ["costs $5 and $10", "a $ b", "\\$x$", "$ x $", "no formula"])
def test_money_is_no_formula(text):
    assert show_tex(text) == text


def test_letter_styles_become_elements():
    assert show_tex("\\textbf{Bold} & \\emph{soft}") == "<b>Bold</b> &amp; <em>soft</em>"


@pytest.mark.parametrize(
    "tex",
    [
        "\\href{javascript:alert(1)}{x}",
        "\\text{<script>}",
        "\\class{x}{y}",
        "\\includegraphics{x}",
        "\\frac{",
        "\\style{a}{b}",
    ],
)
def test_hostile_formulas_bring_no_markup(tex):
    shown = show_tex(f"${tex}$")
    for word in ("<script", "<a ", "href=", "class=", "style=", "<img"):
        assert word not in shown


@given(st.text(alphabet="$\\{}<>&\"'abx^_ =\n", max_size=40))
def test_any_text_is_escaped(text):
    shown = show_tex(text)
    rest = shown
    for tag in (
        "math",
        "mrow",
        "mi",
        "mo",
        "mn",
        "msup",
        "msub",
        "msubsup",
        "mtext",
        "mspace",
        "mtable",
        "mtr",
        "mtd",
    ):
        rest = (
            rest.replace(f"<{tag}>", "")
            .replace(f"</{tag}>", "")
            .replace(f"<{tag} ", " ")
            .replace(f"<{tag}/>", "")
            .replace(f"<{tag} />", "")
        )
    assert "<a" not in rest
    assert "<b" not in rest


def test_words_that_changed_are_marked_and_long_stretches_cut():
    same = " ".join(f"w{n}" for n in range(40))
    parts = word_differences(f"the cat {same} end", f"the dog {same} end")
    assert [kind for kind, _ in parts] == ["same", "gone", "new", "same", "left_out"]
    assert ("gone", "cat ") in parts
    middle = word_differences(f"a {same} b", f"c {same} d")
    assert [kind for kind, _ in middle] == ["gone", "new", "same", "left_out", "same", "gone", "new"]


@given(st.text(max_size=60), st.text(max_size=60))
def test_the_later_wording_is_whole_in_short_differences(before, after):
    parts = word_differences(before, after)
    assume(all(kind != "left_out" for kind, _ in parts))
    shown = "".join(text for kind, text in parts if kind in {"same", "new"})
    assert shown.split() == after.split()


@pytest.mark.parametrize(
    ("url", "is_link"),
    [
        ("https://github.com/a/b", True), ("http://a.org", True), ("javascript:alert(1)", False), ("data:text/html,x", False),
        ("https://user:word@a.org", False), ("https://", False), ("https://a.org/x y", False), ("//a.org", False),
        ("JaVaScRiPt:alert(1)", False), ("https://[x", False), (None, False), ("\u0001javascript:x", False),
    ],
)  # fmt: skip
def test_only_http_addresses_are_links(url, is_link):
    assert (foreign_link(url) is not None) is is_link


@given(st.text(min_size=1, max_size=80), st.text(min_size=1, max_size=80))
def test_parts_of_addresses_are_plain_and_apart(one, other):
    assert slug(one).isascii()
    assert not {"/", "\\", " ", "%", ":"} & set(slug(one))
    assert not slug(one).startswith(".")
    assert (slug(one) == slug(other)) == (one == other)


def test_addresses_are_relative():
    assert Links().to("paper/1", "day/2025-04-08/AI") == "../../paper/1"
    assert Links(".html").to("", "paper/1") == "../index.html"
    assert Links().to("", "") == "./"
    assert Links().file("static/style.css", "paper/1") == "../static/style.css"
