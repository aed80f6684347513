"""DataCite's record of an arXiv DOI. No reply was recorded: these follow DataCite's documented schema and public samples."""

import json

import pytest

from paperhouse.transforms.arxiv.datacite import read_datacite_reply
from paperhouse.transforms.digests.arxiv_replies import Body, datacite_answer
from paperhouse.transforms.errors import ReplyError


@pytest.fixture
def read(made, known):
    """The only record of a made-up reply; attributes given replace those of the reply."""

    def read(arxiv_id="2202.07378", **attributes):
        page = read_datacite_reply(made.datacite(arxiv_id, **attributes), known)
        (record,) = page.records
        return record

    return read


def test_a_record_states_what_arxiv_registered(read, utc):
    record = read()
    entry = record.entry
    assert (entry.arxiv_id, entry.version, entry.title) == ("2202.07378", 2, "Title of 2202.07378")
    assert entry.authors == ["Kathrin One", "B. Two"]
    assert (entry.authors_completeness, entry.abstract_completeness) == ("full", "full")
    assert (entry.primary_category, entry.categories) == ("cs.IR", ["cs.IR", "cs.CL"])
    assert (entry.published_at, entry.updated_at) == (
        utc(2022, 2, 15, 13, 7, 8),
        utc(2023, 3, 1, 9, 0, 0),
    )
    assert (entry.comment, entry.doi, entry.journal_ref) == (
        "6 pages, 3 figures",
        "10.3390/math10030489",
        None,
    )
    assert (record.msc_classes, record.acm_classes, record.other_codes) == (["65N35", "91G60"], [], [])
    assert not record.is_withdrawn


def test_affiliations_and_orcids_are_those_of_their_author(read):
    orcid = {"nameIdentifier": "https://orcid.org/0000-0002-1694-233x", "nameIdentifierScheme": "ORCID"}
    record = read(
        creators=[
            {"name": "One", "affiliation": None, "nameIdentifiers": None},
            {
                "name": "Two",
                "affiliation": ["Univ. X", {"name": "Univ.\n Y"}, ""],
                "nameIdentifiers": [orcid],
            },
            {"name": "Three", "nameIdentifiers": [{**orcid, "nameIdentifierScheme": "ISNI"}]},
        ]
    )
    stated = ["Univ. X", "Univ. Y", "https://orcid.org/0000-0002-1694-233X"]
    assert record.affiliations == [(2, one) for one in stated]


def test_an_old_identifier_keeps_its_slash(read):
    assert read("hep-th/9711200").entry.arxiv_id == "hep-th/9711200"


@pytest.mark.parametrize(
    ("creator", "name"),
    [
        ({"name": "Smith, John", "nameType": "Personal", "givenName": "John", "familyName": "Smith"}, "John Smith"),
        ({"name": "Smith, John", "nameType": "Personal"}, "John Smith"),
        ({"name": "Yu", "nameType": "Personal", "familyName": "Yu"}, "Yu"),
        ({"name": "Hao", "nameType": "Organizational"}, "Hao"),
        ({"name": "The ATLAS Collaboration"}, "The ATLAS Collaboration"),
        ({"name": "Deep, Learning, Group", "nameType": "Organizational"}, "Deep, Learning, Group"),
        ({"name": "R&amp;D Group"}, "R&D Group"),
    ],
)  # fmt: skip
def test_names_read_as_arxiv_writes_them(creator, name, read):
    assert read(creators=[creator]).entry.authors == [name]


def test_character_references_are_decoded_once(read):
    abstract = [
        {"descriptionType": "Abstract", "description": "H-&gt;ZZ, &amp;lt; and $a&lt;b$ &quot;x&#39;s"}
    ]
    assert read(descriptions=abstract).entry.abstract == "H->ZZ, &lt; and $a<b$ \"x's"


def test_what_a_record_leaves_out_is_none_and_not_guessed(read):
    names = ("creators", "descriptions", "subjects", "dates", "relatedIdentifiers")
    bare = {name: [] for name in names}
    entry = read(**bare, version=None).entry
    assert (entry.version, entry.published_at, entry.updated_at) == (None, None, None)
    assert (entry.authors, entry.authors_completeness) == ([], "none")
    assert (entry.abstract, entry.abstract_completeness) == (None, "none")
    assert (entry.categories, entry.primary_category, entry.comment, entry.doi) == ([], None, None, None)


def test_the_version_is_that_of_the_last_submission_or_else_as_stated(read):
    assert read(dates=[], version="3").entry.version == 3
    dates = [
        {"date": f"2020-01-0{number}T00:00:00Z", "dateType": "Submitted", "dateInformation": f"v{version}"}
        for number, version in enumerate((1, 9, 10), start=1)
    ]
    assert read(dates=dates, version="1").entry.version == 10


def test_an_unknown_doi_is_an_error_and_no_paper(made, known):
    page = read_datacite_reply(made.datacite_unknown(), known)
    assert (page.n_records, page.records, page.rejects) == (0, [], [])
    assert "doesn't exist" in page.error


@pytest.mark.parametrize(
    ("attributes", "reason"),
    [
        ({"titles": []}, "malformed_record"),
        ({"titles": [{"title": " "}]}, "malformed_record"),
        ({"titles": "a title"}, "malformed_record"),
        ({"titles": [{"title": 7}]}, "malformed_record"),
        ({"titles": [{"title": "half \ud800"}]}, "malformed_record"),
        ({"creators": [{"name": ""}]}, "malformed_record"),
        ({"creators": [["Smith, John"]]}, "malformed_record"),
        ({"dates": [{"date": "soon", "dateType": "Submitted", "dateInformation": "v1"}]}, "malformed_record"),
        ({"doi": "10.5281/zenodo.1"}, "no_arxiv_id"),
        ({"doi": "10.48550/arxiv.nonsense"}, "no_arxiv_id"),
        ({"doi": None}, "no_arxiv_id"),
    ],
)
def test_a_record_that_lacks_what_every_paper_has_is_a_reject(attributes, reason, made, known):
    page = read_datacite_reply(made.datacite("2202.07378", **attributes), known)
    assert (page.n_records, page.records, [one.reason for one in page.rejects]) == (1, [], [reason])


@pytest.mark.parametrize(
    ("content", "is_retryable"),
    [
        (b"", True),
        (b"Rate exceeded.", True),
        (b'{"data": {"id"', True),
        (b"\xff\xfe\x00", True),
        (b"[" * 200_000, True),
        (b"[]", False),
        (b"{}", False),
        (b'{"data": null}', False),
        (b'{"data": {"type": "dois"}}', False),
        (b'{"data": {"type": "works", "attributes": {}}}', False),
        (b'{"errors": [{"status": "500", "title": "oops"}]}', False),
        (b'{"errors": ["404"]}', False),
    ],
)
def test_what_is_no_reply_about_a_doi_is_not_believed(content, is_retryable, known):
    with pytest.raises(ReplyError) as caught:
        read_datacite_reply(content, known)
    assert caught.value.is_retryable == is_retryable


def test_a_reply_is_a_digest_of_one_record_that_adds_up(made, known, utc):
    content = made.datacite("2202.07378")
    for body, n_entries, n_seen in ((content, 1, 1), (made.datacite_unknown(), 0, 0)):
        answer = datacite_answer(Body(body, "a" * 64, utc(2026, 8, 3)), read_datacite_reply(body, known), [])
        digest = answer.digest
        assert (digest.format, digest.source, digest.n_lines, len(digest.entries)) == (
            "datacite",
            "datacite",
            n_entries,
            n_entries,
        )
        assert (digest.n_ids_seen, digest.n_ids_unaccounted) == (n_seen, 0)
    assert json.loads(content)["data"]["id"] == "10.48550/arxiv.2202.07378"
