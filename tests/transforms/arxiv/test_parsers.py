"""Replies that arXiv did not record for us: hostile, cut off, contradictory, and the parts that recorded ones lack."""

# ruff: noqa: PLR0913, PLR0917 - pytest passes fixtures by name

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paperhouse.transforms.arxiv.atom import read_query_reply
from paperhouse.transforms.arxiv.oai_pmh import read_oai_reply
from paperhouse.transforms.arxiv.records import read_time, says_withdrawn, settle_abstract, sort_codes
from paperhouse.transforms.arxiv.rss import read_feed_reply
from paperhouse.transforms.arxiv.xml import one_line, parse_reply, text_of_element
from paperhouse.transforms.errors import ReplyError

BOMB = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><feed>&b;</feed>'
EXTERNAL = b'<!DOCTYPE f [<!ENTITY x SYSTEM "file:///etc/passwd">]><feed>&x;</feed>'
REFUSED = {
    "doctype": (b'<!DOCTYPE feed><feed xmlns="http://www.w3.org/2005/Atom"/>', "DOCTYPE", False),
    "entity bomb": (BOMB, "DOCTYPE", False),
    "external entity": (EXTERNAL, "DOCTYPE", False),
    "undefined entity": (b"<feed>&nbsp;</feed>", "no XML", True),
    "rate exceeded": (b"Rate exceeded.", "Rate exceeded", True),
    "rate exceeded after a mark": (b"\xef\xbb\xbf\nRate exceeded.\n", "Rate exceeded", True),
    "web page": (b"<!DOCTYPE html><html><body>Down</body></html>", "web page", True),
    "web page in capitals": (b"\n<HTML><body>Down</body></HTML>", "web page", True),
    "empty": (b" \n", "empty", True),
    "prose": (b"try again later", "no XML", True),
    "cut off": (b'<feed xmlns="http://www.w3.org/2005/Atom"><entry>', "cut off", True),
    "two roots": (b"<feed/><feed/>", "no XML", True),
    "another root": (b"<feed/>", "root is 'feed'", False),
    "another name space": (b'<feed xmlns="http://example.org/"/>', "root is", False),
    "unknown encoding": (b'<?xml version="1.0" encoding="klingon"?><feed/>', "no XML", True),
    "multi-byte encoding": (b'<?xml version="1.0" encoding="shift_jis"?><feed/>', "no XML", True),
    "broken bytes": (b"<feed>\xff</feed>", "no XML", True),
    "nul": (b"<feed>\x00</feed>", "no XML", True),
    "nested": (b"<a>" * 40 + b"</a>" * 40, "nested deeper", False),
}


@pytest.mark.parametrize("fault", REFUSED)
def test_nothing_is_believed_of(fault, known):
    content, said, is_retryable = REFUSED[fault]
    with pytest.raises(ReplyError, match=said) as caught:
        read_query_reply(content, known)
    assert caught.value.is_retryable is is_retryable


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_and_never_crash_the_parsers(content):
    for read in (read_query_reply, read_feed_reply):
        with pytest.raises(ReplyError):
            read(content, frozenset())
    with pytest.raises(ReplyError):
        read_oai_reply(content, "arXivRaw", frozenset())


@given(cut=st.integers(1, 600))
def test_a_feed_that_is_cut_anywhere_gives_no_paper(cut, made, known):
    whole = made.atom([made.atom_entry(f"2401.0000{n}") for n in range(1, 6)])
    with pytest.raises(ReplyError) as caught:
        read_query_reply(whole.rstrip()[:-cut], known)
    assert caught.value.is_retryable


def test_utf_16_is_read(known, made):
    text = made.atom([made.atom_entry("2401.00001", title="Größe")]).decode().replace("'UTF-8'", "'UTF-16'")
    assert read_query_reply(text.encode("utf-16"), known).records[0].entry.title == "Größe"


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (">2<", ">3<", None),
        (">2</opensearch:totalResults>", ">1</opensearch:totalResults>", "holds 2 entries, but says 1"),
        (">200<", ">1<", "1 a page"),
        ("<opensearch:startIndex>0<", "<opensearch:startIndex>1<", "from 1"),
        ("<opensearch:startIndex>0<", "<opensearch:startIndex>-1<", "expected a number"),
        ("<opensearch:startIndex>0<", "<opensearch:startIndex>²<", "expected a number"),
        ("<opensearch:startIndex>0</opensearch:startIndex>", "", "no <startIndex>"),
        ("</feed>", "<opensearch:startIndex>0</opensearch:startIndex></feed>", "stands 2 times"),
        ("2401.00002", "2401.00001", "twice"),
        ("http://a9.com/-/spec/opensearch/1.1/", "http://a9.com/", "no <totalResults>"),
    ],
)  # fmt: skip
def test_counts_of_the_query_api_are_checked(before, after, said, made, known):
    whole = made.atom([made.atom_entry("2401.00001"), made.atom_entry("2401.00002")]).decode()
    assert before in whole
    content = whole.replace(before, after).encode()
    if said is None:
        assert read_query_reply(content, known).total == 3
        return
    with pytest.raises(ReplyError, match=said):
        read_query_reply(content, known)


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ({"arxiv_id": "2401.99", "version": 1}, "no_arxiv_id"),
        ({"arxiv_id": "2401.00001", "version": None}, "no_arxiv_id"),
        ({"arxiv_id": "2401.00001", "title": None}, "no_title"),
        ({"arxiv_id": "2401.00001", "title": " \n "}, "no_title"),
        (
            {"arxiv_id": "2401.00001", "more": "<published>2024-01-02T03:04:05Z</published>"},
            "malformed_record",
        ),
        ({"arxiv_id": "2401.00001", "more": "<title>Again</title>"}, "malformed_record"),
    ],
)
def test_an_entry_that_lacks_what_every_paper_has_is_a_reject_and_the_others_stay(entry, reason, made, known):
    content = made.atom([made.atom_entry(**entry), made.atom_entry("2402.00002")])
    page = read_query_reply(content, known)
    assert [record.entry.arxiv_id for record in page.records] == ["2402.00002"]
    assert [reject.reason for reject in page.rejects] == [reason]
    assert page.n_records == len(page.records) + len(page.rejects)
    assert page.rejects[0].text.strip().startswith("<entry>")


@pytest.mark.parametrize("stamp", ["2024-01-02T03:04:05", "yesterday", ""])
def test_a_time_that_is_none_makes_a_reject(stamp, made, known):
    content = made.atom([made.atom_entry("2401.00001")]).replace(b"2024-01-02T03:04:05Z", stamp.encode())
    assert [reject.reason for reject in read_query_reply(content, known).rejects] == ["malformed_record"]


def test_title_one_is_a_title_and_whitespace_is_layout(made, known):
    entry = made.atom_entry(
        "2401.00001", title="0", authors=["A.\n One", " "],
        abstract="  First line\nand second.\n  A paragraph\n\nand one after a blank line. \n",
    )  # fmt: skip
    record = read_query_reply(made.atom([entry]), known).records[0]
    assert record.entry.title == "0"
    assert record.entry.authors == ["A. One"]
    assert record.entry.abstract == "First line and second.\n  A paragraph\n  and one after a blank line."


def test_codes_of_acm_and_msc_are_kept_apart_and_foreign_links_are_kept(made, known):
    entry = made.atom_entry(
        "2401.00001", categories=["cs.IR", "H.3.3; 68P20", "astro-ph", "math.NA", "I.2.m"], primary="cs.NOPE",
        abstract="", authors=[],
        more='<link href="https://example.org/x"/><link href="http://arxiv.org/pdf/2401.00001v1"/><link/>',
    )  # fmt: skip
    record = read_query_reply(made.atom([entry]), known).records[0]
    assert record.entry.categories == ["cs.IR", "astro-ph", "math.NA"]
    assert record.entry.primary_category is None
    assert (record.acm_classes, record.msc_classes) == (["H.3.3", "I.2.m"], ["68P20"])
    assert record.other_codes == ["cs.NOPE"]
    assert record.entry.links == [("https://example.org/x", None)]
    assert (record.entry.abstract, record.entry.authors_completeness) == (None, "none")


@pytest.mark.parametrize("status", ["mixed", "alone"])
def test_an_error_never_becomes_a_paper(status, made, known):
    error = made.atom_error("incorrect_id_format_for_abc", "incorrect id format for abc")
    if status == "alone":
        page = read_query_reply(error, known)
        assert (page.records, page.error.message) == ([], "incorrect id format for abc")
        return
    with pytest.raises(ReplyError, match="mixes an error"):
        read_query_reply(
            error.replace(b"</feed>", made.atom_entry("2401.00001").encode() + b"</feed>"), known
        )


# OAI-PMH


def test_deleted_headers_tokens_sizes_and_rejects(made, known):
    content = made.oai_list(
        [
            made.oai_record("2401.00001", versions=3),
            made.oai_deleted("2401.00002"),
            made.oai_record("2401.00003").replace("<title>", "<heading>").replace("</title>", "</heading>"),
            made.oai_record("2401.00004").replace("oai:arXiv.org:2401.00004", "oai:arXiv.org:nothing"),
        ],
        token=" next ", expirationDate="2026-08-04T00:00:00Z", completeListSize="4",
    )  # fmt: skip
    page = read_oai_reply(content, "arXivRaw", known)
    assert [record.entry.version for record in page.records] == [3]
    assert page.records[0].affiliations == [(1, "Univ. X"), (2, "Univ. X")]
    assert [(gone.arxiv_id, gone.datestamp) for gone in page.deleted] == [("2401.00002", date(2026, 8, 1))]
    assert [reject.reason for reject in page.rejects] == ["malformed_record", "no_arxiv_id"]
    assert (page.n_records, page.token, page.complete_size) == (4, "next", 4)
    assert page.token_expires_at.isoformat() == "2026-08-04T00:00:00+00:00"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<id>2401.00001</id>", "<id>2401.00002</id>"),
        ('version="v1"', 'version="v2"'),
        ('version="v1"', 'version="1"'),
        ("GMT", "never"),
        ("<metadata>", "<metadata/><metadata>"),
        ("http://arxiv.org/OAI/arXivRaw/", "http://arxiv.org/OAI/arXiv/"),
        ("2026-08-01", "soon"),
        ("Title of 2401.00001", " "),
    ],
)
def test_a_record_that_contradicts_itself_is_a_reject(before, after, made, known):
    record = made.oai_record("2401.00001", versions=2)
    assert before in record
    page = read_oai_reply(made.oai_list([record.replace(before, after)]), "arXivRaw", known)
    assert (page.records, len(page.rejects)) == ([], 1)


def test_no_versions_is_a_reject_and_a_missing_first_one_leaves_the_date_open(made, known):
    records = [
        made.oai_record("2401.00001", versions=0),
        made.oai_record("2401.00002").replace('version="v1"', 'version="v4"'),
    ]
    page = read_oai_reply(made.oai_list(records), "arXivRaw", known)
    assert (len(page.rejects), page.records[0].entry.version) == (1, 4)
    assert page.records[0].entry.published_at is None


@pytest.mark.parametrize(
    ("inside", "said"),
    [
        ("", "0 answers and 0 errors"),
        ("<ListRecords/>", "no record"),
        ("<ListRecords/><error code='badVerb'/>", "1 answers and 1 errors"),
        ("<ListRecords/><GetRecord/>", "2 answers"),
        ("<responseDate>2026-08-03T10:00:00Z</responseDate>", "stands 2 times"),
    ],
)
def test_oai_replies_that_are_no_answer_are_refused(inside, said, made, known):
    with pytest.raises(ReplyError, match=said):
        read_oai_reply(made.oai(inside), "arXivRaw", known)


def test_oai_dates_must_be_dates(made, known):
    with pytest.raises(ReplyError, match="responseDate"):
        read_oai_reply(made.oai_list([made.oai_record("2401.00001")], at="now"), "arXivRaw", known)
    listed = made.oai_list([made.oai_record("2401.00001")], token="t", expirationDate="soon")
    with pytest.raises(ReplyError, match="expires"):
        read_oai_reply(listed, "arXivRaw", known)


def test_split_authors_may_be_missing_or_state_affiliations(made, known):
    author = (
        "<author><keyname>One</keyname><affiliation>Univ. X</affiliation></author>"
        "<author><keyname>LHCb Collaboration</keyname></author>"
    )
    records = [
        made.oai_record("2401.00001", prefix="arXiv", authors=author),
        made.oai_record("2401.00002", prefix="arXiv")
        .replace("authors>", "people>")
        .replace("<created>2024-01-02</created>", ""),
    ]  # fmt: skip
    page = read_oai_reply(made.oai_list(records), "arXiv", known)
    assert page.records[0].entry.authors == ["One", "LHCb Collaboration"]
    assert page.records[0].affiliations == [(1, "Univ. X")]
    assert page.records[1].entry.authors_completeness == "none"
    assert page.records[1].entry.stated_date is None


# Feed


def test_rss_items_have_type_version_and_day(made, known):
    items = [made.rss_item("2608.00001v1"), made.rss_item("2203.01250v3", "replace-cross")]
    page = read_feed_reply(made.rss(items), known)
    first, second = page.records
    assert (first.entry.arxiv_id, first.entry.version, first.entry.announce_type) == ("2608.00001", 1, "new")
    assert (second.entry.version, second.entry.announce_type) == (3, "replace-cross")
    assert (first.entry.stated_date, first.entry.stated_date_kind) == (date(2026, 8, 3), "announced")
    assert first.entry.abstract == "About it. And more."
    assert first.entry.authors == ["A. One", "B. Two"]
    assert first.affiliations == [(1, "Univ. X")]
    assert first.entry.categories == ["cs.IR", "cs.CL"]
    assert first.license == "http://creativecommons.org/licenses/by/4.0/"
    assert (page.announced_on, page.n_records, page.rejects) == (date(2026, 8, 3), 2, [])


def test_an_atom_feed_says_the_same(made, known):
    page = read_feed_reply(made.atom_feed([("2608.00001v1", "new"), ("2608.00002v2", "replace")]), known)
    assert [one.entry.announce_type for one in page.records] == ["new", "replace"]
    assert [one.entry.version for one in page.records] == [1, 2]
    assert {one.entry.stated_date for one in page.records} == {date(2026, 8, 3)}
    assert page.announced_on is None


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ({"kind": "sold"}, "malformed_record"),
        ({"title": ""}, "no_title"),
        ({"said": "arXiv:2608.00009v1 Announce Type: new"}, "malformed_record"),
        ({"said": "arXiv:2608.00001v1 Announce Type: cross"}, "malformed_record"),
        ({"day": "someday"}, "malformed_record"),
        ({"arxiv_id": "nothing"}, "no_arxiv_id"),
    ],
)
def test_an_announcement_that_contradicts_itself_is_a_reject(item, reason, made, known):
    page = read_feed_reply(made.rss([made.rss_item(**{"arxiv_id": "2608.00001v1", **item})]), known)
    assert (page.records, [one.reason for one in page.rejects]) == ([], [reason])


def test_an_announcement_without_abstract_is_one(made, known):
    page = read_feed_reply(made.rss([made.rss_item("2608.00001v1", said="words")]), known)
    assert page.records[0].entry.abstract_completeness == "none"


def test_a_feed_whose_own_day_is_none_is_refused(made, known):
    with pytest.raises(ReplyError, match="pubDate"):
        read_feed_reply(made.rss([], day="someday"), known)
    assert read_feed_reply(b"<rss><channel/></rss>", known).announced_on is None
    with pytest.raises(ReplyError, match="no <channel>"):
        read_feed_reply(b"<rss/>", known)


# Values


@pytest.mark.parametrize(
    ("terms", "categories", "acm", "msc", "others"),
    [
        (["math.NA", "math.PR"], ["math.NA", "math.PR"], [], [], []),
        (["35L45, 65M15 (Primary) 60J10 (Secondary)"], [], [], ["35L45", "65M15", "60J10"], []),
        (["D.3.0"], [], ["D.3.0"], [], []),
        (["H.5.m; I.2.7."], [], ["H.5.m", "I.2.7"], [], []),
        (["16-xx, 18Axx"], [], [], ["16-xx", "18Axx"], []),
        (["Differential Geometry", " "], [], [], [], ["Differential Geometry"]),
    ],
)
def test_codes_are_told_apart_by_taxonomy_and_shape(terms, categories, acm, msc, others, known):
    codes = sort_codes(terms, known)
    assert (codes.categories, codes.acm_classes, codes.msc_classes, codes.other_codes) == (
        categories,
        acm,
        msc,
        others,
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("This paper has been withdrawn by the authors", True),
        ("Withdrawn", True),
        ("The paper has been withdrawn by the author due to", True),
        ("This paper and abstract have been withdrawn.", True),
        ("We study withdrawn liquidity", False),
        ("5 pages. Withdrawn", False),
        (None, False),
    ],
)
def test_what_says_withdrawn(text, expected):
    assert says_withdrawn(None, text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, None),
        (" \n ", None),
        ("a\nb", "a b"),
        ("a\n  b", "a\n  b"),
        ("a  b", "a  b"),
        ("a\u2028b", "a\u2028b"),
    ],
)
def test_abstracts_are_settled(text, expected):
    assert settle_abstract(text) == expected


@given(st.text(alphabet="ab \n\t", max_size=40))
def test_a_settled_abstract_is_settled(text):
    settled = settle_abstract(text)
    assert settle_abstract(settled) == settled


def test_times_are_read_in_both_forms_and_need_a_zone():
    assert read_time("Wed, 19 Dec 2007 15:55:54 GMT").isoformat() == "2007-12-19T15:55:54+00:00"
    assert read_time("2026-08-03T00:00:00-04:00").isoformat() == "2026-08-03T04:00:00+00:00"
    with pytest.raises(ValueError, match="no time zone"):
        read_time("2026-08-03T00:00:00")


def test_text_of_an_element_is_that_of_its_lines():
    content = b"<a>\n<b>one\ntwo</b>\n</a>"
    node = parse_reply(content, "a").children[0]
    assert (node.line_start, node.line_end) == (2, 3)
    assert text_of_element(content, node) == "<b>one\ntwo</b>"
    assert one_line(node.text) == "one two"
