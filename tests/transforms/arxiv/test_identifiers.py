from datetime import date

import pytest

from paperhouse.transforms.arxiv.identifiers import LINK, split_version, submitted_month
from paperhouse.transforms.errors import InvalidArxivIdError


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2504.04178", ("2504.04178", None)),
        ("2504.04178v2", ("2504.04178", 2)),
        ("  2504.04178v12\n", ("2504.04178", 12)),
        ("0704.0001", ("0704.0001", None)),
        ("1412.9999v1", ("1412.9999", 1)),
        ("1501.00001", ("1501.00001", None)),
        ("2501.10000", ("2501.10000", None)),
        ("hep-th/9901001", ("hep-th/9901001", None)),
        ("hep-th/9901001v3", ("hep-th/9901001", 3)),
        ("math.GT/0309136", ("math/0309136", None)),
        ("cond-mat.mtrl-sci/0703001", ("cond-mat/0703001", None)),
        ("HEP-TH/9901001", ("hep-th/9901001", None)),
        ("2504.04178V2", ("2504.04178", 2)),
    ],
)
def test_identifiers_of_both_eras(written, expected):
    assert split_version(written) == expected


@pytest.mark.parametrize(
    "identifier", ["2504.04178", "hep-th/9901001", "hep-th%2F9901001", "math.GT%2f9901001"]
)
@pytest.mark.parametrize("version", ["", "v2"])
@pytest.mark.parametrize(
    "form",
    [
        "{}",
        "arXiv:{}",
        "ARXIV:{}",
        "oai:arXiv.org:{}",
        "https://arxiv.org/abs/{}",
        "http://arxiv.org/abs/{}",
        "http://www.arxiv.org/abs/{}",
        "https://export.arxiv.org/abs/{}",
        "https://arxiv.org/pdf/{}",
        "https://arxiv.org/pdf/{}.pdf",
        "https://arxiv.org/html/{}",
        "https://arxiv.org/abs/{}/",
        "https://arxiv.org/abs/{}?context=cs",
        "https://arxiv.org/html/{}#S1",
        "10.48550/arXiv.{}",
        "doi:10.48550/arXiv.{}",
        "https://doi.org/10.48550/arXiv.{}",
        "http://dx.doi.org/10.48550/arxiv.{}",
    ],
)
def test_every_prefix_and_url_form_gives_the_same_identifier(form, identifier, version):
    canonical = {"2504.04178": "2504.04178", "math.GT%2f9901001": "math/9901001"}.get(
        identifier, "hep-th/9901001"
    )
    assert split_version(form.format(identifier + version)) == (canonical, 2 if version else None)


@pytest.mark.parametrize(
    "nonsense",
    [
        "",
        "v1",
        "2504",
        "2504.",
        "2504.041",
        "2504.0417",
        "2504.041789",
        "1412.00001",
        "2513.00001",
        "2500.00001",
        "0703.0001",
        "2504.04178v",
        "2504.04178v0",
        "2504.04178v1234",
        "2504.04178 v2",
        "2504.04178v2v3",
        "2504,04178",
        "25arXiv:04.04178",
        "2504.https://arxiv.org/abs/04178",
        "２５０４.０４１７８",
        "2504.0417٨",
        "hep-th/0704001",
        "hep-th/5001001",
        "hep-th/9913001",
        "hep-th/990100",
        "hep-xx/9901001",
        "hep-th9901001",
        "https://example.org/abs/2504.04178",
        "https://arxiv.org/list/cs.IR/2504",
        "10.48551/arXiv.2504.04178",
        "x" * 100_000,
    ],
)
def test_nonsense_is_refused(nonsense):
    with pytest.raises(InvalidArxivIdError) as caught:
        split_version(nonsense)
    assert caught.value.facts == {"identifier": nonsense}
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("text", "identifier"),
    [
        ("[PDF](https://arxiv.org/pdf/2507.14111)", "2507.14111"),
        ("http://arxiv.org/abs/2605.13741v1.", "2605.13741v1"),
        ("https://www.alphaxiv.org/abs/2504.04178", "2504.04178"),
        ("https://arxiv.org/abs/arXiv:hep-th/9901001v2", "hep-th/9901001v2"),
        ("https://arxiv.org/pdf/math.GT%2F0309136.pdf", "math.GT%2F0309136"),
    ],
)
def test_a_link_in_text_holds_the_identifier(text, identifier):
    match = LINK.search(text)
    assert match is not None
    assert match["id"] == identifier


@pytest.mark.parametrize(
    "number",
    [
        "2605.137411",
        "2605.13741123",
        "2605.13741v1234",
        "2605.13741v1v2",
        "hep-th/99010011",
        "math.GT%2F03091366v1",
    ],
)
def test_the_first_digits_of_a_longer_number_are_no_link(number):
    assert LINK.search(f"[x](https://arxiv.org/abs/{number})") is None


def test_a_good_link_after_a_longer_number_is_found():
    match = LINK.search("https://arxiv.org/abs/2605.137411 https://arxiv.org/pdf/2605.13742v1.pdf")
    assert match is not None
    assert match["id"] == "2605.13742v1"


def test_a_link_with_digits_of_another_script_is_no_link():
    assert LINK.search("https://arxiv.org/abs/２５０４.０４１７８") is None


@pytest.mark.parametrize(
    ("arxiv_id", "month"),
    [
        ("2504.04178", date(2025, 4, 1)),
        ("0704.0001", date(2007, 4, 1)),
        ("9912.00001", date(2099, 12, 1)),
        ("hep-th/9108001", date(1991, 8, 1)),
        ("hep-th/9912001", date(1999, 12, 1)),
        ("math/0001001", date(2000, 1, 1)),
        ("math/0703001", date(2007, 3, 1)),
    ],
)
def test_submitted_month_comes_from_the_identifier(arxiv_id, month):
    assert submitted_month(arxiv_id) == month
