"""Every recorded real reply, read with every field compared with an independent reading by xml.etree."""

import re
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from xml.etree import ElementTree as ET

import pytest

from paperhouse.transforms.arxiv.atom import read_query_reply
from paperhouse.transforms.arxiv.categories import CLOSED_CATEGORIES
from paperhouse.transforms.arxiv.oai_pmh import read_oai_reply
from paperhouse.transforms.errors import ReplyError
from paperhouse.transforms.papers.author_names import name_key

A = "{http://www.w3.org/2005/Atom}"
X = "{http://arxiv.org/schemas/atom}"
S = "{http://a9.com/-/spec/opensearch/1.1/}"
O = "{http://www.openarchives.org/OAI/2.0/}"  # noqa: E741 - as in O(AI)
MSC = re.compile(r"(?<![\w.])\d\d(?:[A-Z]|-)?(?:(?<=[A-Z-])(?:\d\d|xx|XX))(?![\w])")
ACM = re.compile(r"\b[A-K]\.\d(?:\.\d+)?")


def joined(text):
    return re.sub(r"\s+", " ", text).strip() if text and text.strip() else None


def paragraphs(text):
    """Another way to the same: all breaks become spaces but those before an indented line."""
    if not text or not text.strip():
        return None
    return re.sub(r"\n(?! )", " ", re.sub(r"\n[ \t]+", "\n  ", text.strip()))


def iso(text):
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def test_every_field_of_every_query_api_reply(recorded_api, known):
    n_papers = 0
    for one in recorded_api:
        page = read_query_reply(one["body"].encode(), known)
        root = ET.fromstring(one["body"])
        entries = root.findall(f"{A}entry")
        counts = [int(root.findtext(f"{S}{name}")) for name in ("totalResults", "startIndex", "itemsPerPage")]
        assert [page.total, page.start, page.per_page, page.n_records] == [*counts, len(entries)]
        assert page.rejects == []
        if one["status_code"] == 400:
            assert page.records == []
            assert page.error.code == "incorrect_id_format_for_abc"
            assert page.error.message == entries[0].findtext(f"{A}summary")
            continue
        assert page.error is None
        assert len(page.records) == len(entries)
        for record, entry in zip(page.records, entries, strict=True):
            n_papers += 1
            check_atom_record(record, entry, known)
            lines = one["body"].split("\n")
            assert "<entry>" in lines[record.entry.line_start - 1]
            assert "</entry>" in lines[record.entry.line_end - 1]
    assert n_papers == 64


def check_atom_record(record, entry, taxonomy):
    got = record.entry
    known = taxonomy | CLOSED_CATEGORIES
    written = entry.findtext(f"{A}id").removeprefix("http://arxiv.org/abs/")
    assert f"{got.arxiv_id}v{got.version}" == written
    assert got.title == joined(entry.findtext(f"{A}title"))
    assert got.abstract == paragraphs(entry.findtext(f"{A}summary"))
    assert (got.authors_completeness, got.abstract_completeness) == ("full", "full")
    assert got.authors == [joined(author.findtext(f"{A}name")) for author in entry.findall(f"{A}author")]
    assert record.affiliations == [
        (position, joined(place.text))
        for position, author in enumerate(entry.findall(f"{A}author"), 1)
        for place in author.findall(f"{X}affiliation")
    ]
    terms = [category.get("term") for category in entry.findall(f"{A}category")]
    assert got.categories == [term for term in terms if term in known]
    assert record.acm_classes == record.msc_classes == []
    assert record.other_codes == [term for term in terms if term not in known]
    primary = entry.find(f"{X}primary_category").get("term")
    assert got.primary_category == (primary if primary in known else None)
    assert got.comment == joined(entry.findtext(f"{X}comment"))
    assert got.doi == joined(entry.findtext(f"{X}doi"))
    assert got.journal_ref == joined(entry.findtext(f"{X}journal_ref"))
    assert got.published_at == iso(entry.findtext(f"{A}published"))
    assert got.updated_at == iso(entry.findtext(f"{A}updated"))
    hosts = re.compile("https://(arxiv|doi).org/")
    assert got.links == [
        (link.get("href"), None) for link in entry.findall(f"{A}link") if not hosts.match(link.get("href"))
    ]
    assert (got.announce_type, got.stated_date, record.versions, record.datestamp) == (None, None, [], None)


@pytest.mark.parametrize("prefix", ["arXivRaw", "arXiv"])
def test_every_field_of_every_oai_record(prefix, recorded_oai, known):
    n_records = n_versions = 0
    for name, content in recorded_oai.items():
        if not re.match(rf"(?:GetRecord|ListRecords)\.{prefix}\.", name):
            continue
        page = read_oai_reply(content, prefix, known)
        root = ET.fromstring(content)
        nodes = root.findall(f".//{O}record")
        assert (page.n_records, page.rejects, page.deleted, page.error) == (len(nodes), [], [], None)
        assert page.response_at == iso(root.findtext(f"{O}responseDate"))
        mark = root.find(f".//{O}resumptionToken")
        assert page.token == (mark.text if mark is not None and mark.text else None)
        expires = None if mark is None else mark.get("expirationDate")
        assert page.token_expires_at == (iso(expires) if expires else None)
        assert page.complete_size is None
        for record, node in zip(page.records, nodes, strict=True):
            n_records += 1
            n_versions += len(record.versions)
            check_oai_record(record, node, prefix, known)
    assert (n_records, n_versions) == ((519, 1082) if prefix == "arXivRaw" else (107, 0))


def check_oai_record(record, node, prefix, taxonomy):
    known = taxonomy | CLOSED_CATEGORIES
    space = f"{{http://arxiv.org/OAI/{prefix}/}}"
    stated = node.find(f"{O}metadata/{space}{prefix}")
    got = record.entry

    def text(name):
        return joined(stated.findtext(f"{space}{name}"))

    assert f"oai:arXiv.org:{got.arxiv_id}" == node.findtext(f"{O}header/{O}identifier")
    assert got.arxiv_id == text("id")
    assert record.datestamp == date.fromisoformat(node.findtext(f"{O}header/{O}datestamp"))
    assert record.sets == [one.text for one in node.findall(f"{O}header/{O}setSpec")]
    assert got.title == text("title")
    assert got.abstract == paragraphs(stated.findtext(f"{space}abstract"))
    terms = text("categories").split()
    assert got.categories == [term for term in dict.fromkeys(terms) if term in known]
    assert got.primary_category == (terms[0] if terms[0] in known else None)
    assert got.comment == text("comments")
    assert got.doi == text("doi")
    assert got.journal_ref == text("journal-ref")
    assert record.report_no == text("report-no")
    assert record.license == text("license")
    classes = " ".join(text(name) or "" for name in ("acm-class", "msc-class"))
    assert record.msc_classes == list(dict.fromkeys(MSC.findall(classes)))
    assert record.acm_classes == list(dict.fromkeys(ACM.findall(classes)))
    if prefix == "arXivRaw":
        check_raw_part(record, stated, space)
    else:
        check_split_part(record, stated, space)


def check_raw_part(record, stated, space):
    got = record.entry
    versions = [
        (
            int(one.get("version")[1:]),
            parsedate_to_datetime(one.findtext(f"{space}date")),
            one.findtext(f"{space}size"),
            one.findtext(f"{space}source_type"),
        )
        for one in stated.findall(f"{space}version")
    ]
    held = [(one.version, one.submitted_at, one.size, one.source_type) for one in record.versions]
    assert held == versions
    assert got.version == max(one[0] for one in versions)
    assert got.published_at == versions[0][1]
    assert got.updated_at == versions[-1][1]
    assert record.is_withdrawn == (versions[-1][2:] == ("0kb", "I"))
    assert record.submitter == joined(stated.findtext(f"{space}submitter"))
    assert record.split_names == []
    assert not re.search(r"(?<!\\)~", stated.findtext(f"{space}authors"))
    line = re.sub(r", ?(Jr\.?)(?=,|$| and)", r" \1", joined(stated.findtext(f"{space}authors")))
    assert got.authors_completeness == ("truncated" if line.endswith(", et al") else "full")
    assert [name for name in got.authors if name not in line] == []
    if "(" not in line and ":" not in line:
        assert got.authors == [one for one in re.split(r",? and (?:and )?|, ?", line) if one]
        assert record.affiliations == []
    assert all(1 <= position <= len(got.authors) and place in line for position, place in record.affiliations)


def check_split_part(record, stated, space):
    got = record.entry
    authors = stated.findall(f"{space}authors/{space}author")
    parts = [
        [one.findtext(f"{space}{name}") for name in ("forenames", "keyname", "suffix")] for one in authors
    ]
    assert got.authors == [joined(" ".join(part for part in one if part)) for one in parts]
    assert [[one.forenames, one.keyname, one.suffix] for one in record.split_names] == parts
    assert (got.version, got.published_at, got.updated_at) == (None, None, None)
    assert got.stated_date == date.fromisoformat(stated.findtext(f"{space}created"))
    assert got.stated_date_kind == "updated"
    assert record.affiliations == []


def test_both_oai_formats_give_the_same_name_keys_for_each_of_107_papers(recorded_oai, known):
    keys = {"arXivRaw": {}, "arXiv": {}}
    for name, content in recorded_oai.items():
        match = re.match(r"(?:GetRecord|ListRecords)\.(arXivRaw|arXiv)\.", name)
        if match:
            for record in read_oai_reply(content, match[1], known).records:
                keys[match[1]][record.entry.arxiv_id] = record.entry.authors
    both = keys["arXivRaw"].keys() & keys["arXiv"].keys()
    assert len(both) == 107
    for arxiv_id in both:
        raw = [name_key(undumped(name)) for name in keys["arXivRaw"][arxiv_id]]
        split = [name_key(re.sub(r"\\(?=[^\x00-\x7f\\]|\\)", "", name)) for name in keys["arXiv"][arxiv_id]]
        assert raw == split, arxiv_id


def undumped(name):
    r"""The test database was dumped with every backslash and quote escaped: `\\'e` stands for `\'e`."""
    return re.sub(r"\\(.)", r"\1", name)


def test_recorded_errors_are_data_and_other_verbs_are_refused(recorded_oai, known):
    codes = {}
    for name, content in recorded_oai.items():
        if name.startswith("error."):
            page = read_oai_reply(content, "arXiv", known)
            assert (page.n_records, page.records, page.token) == (0, [], None)
            codes[name.split(".")[1]] = page.error.code
        elif not name.startswith(("ListRecords.", "GetRecord.")):
            with pytest.raises(ReplyError):
                read_oai_reply(content, "arXiv", known)
    assert len(codes) == 5
    assert all(code == stated for code, stated in codes.items())


def test_recorded_html_pages_are_refused_and_may_be_asked_again(recorded_oai, known):
    for name in ("http.404.html", "http.500.html"):
        with pytest.raises(ReplyError, match="web page") as caught:
            read_oai_reply(recorded_oai[name], "arXivRaw", known)
        assert caught.value.is_retryable
