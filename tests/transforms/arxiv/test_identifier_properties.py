from random import Random

from hypothesis import given
from hypothesis import strategies as st

from paperhouse.transforms.arxiv.identifiers import LINK, OLD_ARCHIVES, split_version, submitted_month
from paperhouse.transforms.errors import InvalidArxivIdError

FORMS = (
    "{}",
    "arXiv:{}",
    "oai:arXiv.org:{}",
    "http://arxiv.org/abs/{}",
    "https://export.arxiv.org/pdf/{}.pdf",
)


def some_identifier(random: Random) -> tuple[str, int, int]:
    """An identifier of either era with the year and month it tells."""
    month = random.randint(1, 12)
    if random.random() < 0.5:
        year = random.randint(1992, 2006)
        return (
            f"{random.choice(OLD_ARCHIVES.split('|'))}/{year % 100:02}{month:02}{random.randint(1, 999):03}",
            year,
            month,
        )
    year = random.randint(2008, 2090)
    width = 5 if year >= 2015 else 4
    return f"{year % 100:02}{month:02}.{random.randint(1, 10**width - 1):0{width}}", year, month


def test_10000_identifiers_of_both_eras_survive_the_round_trip():
    random = Random(20250407)
    for _ in range(10_000):
        arxiv_id, year, month = some_identifier(random)
        version = random.choice([None, *range(1, 13)])
        written = random.choice(FORMS).format(arxiv_id if version is None else f"{arxiv_id}v{version}")
        assert split_version(written) == (arxiv_id, version)
        assert split_version(arxiv_id) == (arxiv_id, None)
        assert (submitted_month(arxiv_id).year, submitted_month(arxiv_id).month) == (year, month)


@given(st.text(max_size=60) | st.text("0123456789./vV:-arXivhepth%2Fpdf٣", max_size=30))
def test_any_text_is_an_identifier_or_is_refused(text):
    try:
        arxiv_id, version = split_version(text)
    except InvalidArxivIdError:
        return
    assert arxiv_id.isascii()
    assert split_version(arxiv_id) == (arxiv_id, None)
    assert version is None or version > 0
    assert submitted_month(arxiv_id).day == 1


@given(st.randoms(use_true_random=False), st.sampled_from(["abs", "pdf", "html", "ABS"]), st.text(max_size=5))
def test_a_link_is_found_in_any_text_around_it(random, page, around):
    arxiv_id, _, _ = some_identifier(random)
    match = LINK.search(f"{around} [x](https://arxiv.org/{page}/{arxiv_id}v2) {around}")
    assert match is not None
    assert split_version(match["id"]) == (arxiv_id, 2)
