"""Recorded and made-up replies of arXiv, for every test that reads them."""

import csv
import json
import re
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

import pytest

REPOSITORY = Path(__file__).parents[2]
SHARED = REPOSITORY.parent / "shared"
TAXONOMY = REPOSITORY / "seeds" / "reference" / "arxiv_categories.csv"
FEED_HEAD = (
    "<?xml version='1.0' encoding='UTF-8'?>\n"
    '<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns:arxiv="http://arxiv.org/schemas/atom" '
    'xmlns="http://www.w3.org/2005/Atom">\n'
)


@dataclass
class Reply:
    """What the server sends; `act` writes to the socket itself and overrules the rest."""

    body: bytes = b""
    status: int = 200
    content_type: str | None = "application/xml"
    headers: dict[str, str] = field(default_factory=dict)
    act: Callable[[socket.socket], None] | None = None


class Made:
    """Replies made up by the tests, of the same shape as recorded ones."""

    @staticmethod
    def atom_entry(arxiv_id: str, version: int | None = 1, title: str | None = "A title", **facts) -> str:
        tail = "" if version is None else f"v{version}"
        names = "".join(
            f"<author><name>{escape(name)}</name></author>" for name in facts.get("authors", ["A. One"])
        )
        heading = "" if title is None else f"<title>{escape(title)}</title>"
        categories = "".join(f'<category term="{term}"/>' for term in facts.get("categories", ["cs.IR"]))
        return (
            f"  <entry>\n    <id>http://arxiv.org/abs/{arxiv_id}{tail}</id>\n    {heading}\n"
            f"    <updated>2024-02-03T04:05:06Z</updated>\n    <published>2024-01-02T03:04:05Z</published>\n"
            f"    <summary>{escape(facts.get('abstract', 'An abstract.'))}</summary>\n    {categories}\n"
            f'    <arxiv:primary_category term="{facts.get("primary", "cs.IR")}"/>\n'
            f"    {facts.get('more', '')}{names}\n"
            "  </entry>\n"
        )

    @staticmethod
    def atom(entries: list[str], total: int | None = None, start: int = 0, per_page: int = 200) -> bytes:
        total = len(entries) if total is None else total
        counts = (
            f"<opensearch:itemsPerPage>{per_page}</opensearch:itemsPerPage>"
            f"<opensearch:totalResults>{total}</opensearch:totalResults>"
            f"<opensearch:startIndex>{start}</opensearch:startIndex>\n"
        )
        return f"{FEED_HEAD}{counts}{''.join(entries)}</feed>\n".encode()

    @classmethod
    def atom_error(cls, code: str, message: str) -> bytes:
        entry = (
            f"<entry><id>https://arxiv.org/api/errors#{code}</id><title>Error</title>"
            f"<updated>2024-02-03T04:05:06Z</updated><summary>{message}</summary>"
            "<author><name>arXiv api core</name></author></entry>"
        )
        return cls.atom([entry], per_page=1)

    @staticmethod
    def oai_record(  # noqa: PLR0913, PLR0917 - each is a part of a record
        arxiv_id: str,
        stamp: str = "2026-08-01",
        versions: int = 1,
        prefix: str = "arXivRaw",
        more: str = "",
        authors: str | None = None,
        at: str | None = None,
    ) -> str:
        head = (
            f"<record><header><identifier>oai:arXiv.org:{arxiv_id}</identifier><datestamp>{stamp}</datestamp>"
            "<setSpec>cs:cs:IR</setSpec></header>\n"
        )
        body = "".join(
            f'<version version="v{n}"><date>{at or f"Mon, 0{n} Jan 2024 01:02:03 GMT"}</date><size>9kb</size></version>'
            for n in range(1, versions + 1)
        )
        authors = authors or (
            "A. One, B. Two (Univ. X)"
            if prefix == "arXivRaw"
            else "<author><keyname>One</keyname><forenames>A.</forenames></author>"
        )
        return (
            f'{head}<metadata><{prefix} xmlns="http://arxiv.org/OAI/{prefix}/"><id>{arxiv_id}</id>'
            f"{body if prefix == 'arXivRaw' else '<created>2024-01-02</created>'}<title>Title of {arxiv_id}</title>"
            f"<authors>{authors}</authors><categories>cs.IR cs.CL</categories>{more}"
            f"<abstract>  An abstract.\n</abstract></{prefix}></metadata></record>\n"
        )

    @staticmethod
    def oai_deleted(arxiv_id: str, stamp: str = "2026-08-01") -> str:
        return (
            f'<record><header status="deleted"><identifier>oai:arXiv.org:{arxiv_id}</identifier>'
            f"<datestamp>{stamp}</datestamp></header></record>\n"
        )

    @staticmethod
    def oai(inside: str, at: str = "2026-08-03T10:00:00Z") -> bytes:
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">\n'
            f'<responseDate>{at}</responseDate>\n<request verb="ListRecords">https://oaipmh.arxiv.org/oai</request>\n'
            f"{inside}</OAI-PMH>\n"
        ).encode()

    @classmethod
    def oai_list(
        cls, records: list[str], token: str | None = None, at: str = "2026-08-03T10:00:00Z", **sizes
    ) -> bytes:
        attributes = "".join(f' {name}="{value}"' for name, value in sizes.items())
        mark = "" if token is None else f"<resumptionToken{attributes}>{token}</resumptionToken>"
        return cls.oai(f"<ListRecords>{''.join(records)}{mark}</ListRecords>\n", at)

    @classmethod
    def oai_error(cls, code: str) -> bytes:
        return cls.oai(f"<error code='{code}'>in words</error>\n")

    @classmethod
    def oai_one(cls, record: str) -> bytes:
        """A reply to GetRecord."""
        return cls.oai(f"<GetRecord>{record}</GetRecord>\n")

    @staticmethod
    def datacite(arxiv_id: str, **attributes) -> bytes:
        """DataCite's reply about one paper, by its documented schema and samples that others published."""
        doi = f"10.48550/arxiv.{arxiv_id}"
        fos = {
            "subject": "FOS: Computer and information sciences",
            "subjectScheme": "Fields of Science and Technology (FOS)",
        }
        facts = {
            "doi": doi,
            "prefix": "10.48550",
            "suffix": f"arxiv.{arxiv_id}",
            "identifiers": [{"identifier": arxiv_id, "identifierType": "arXiv"}],
            "alternateIdentifiers": [{"alternateIdentifierType": "arXiv", "alternateIdentifier": arxiv_id}],
            "creators": [
                {
                    "name": "One, Kathrin",
                    "nameType": "Personal",
                    "givenName": "Kathrin",
                    "familyName": "One",
                    "affiliation": [],
                    "nameIdentifiers": [],
                },
                {
                    "name": "Two, B.",
                    "nameType": "Personal",
                    "givenName": "B.",
                    "familyName": "Two",
                    "affiliation": [],
                    "nameIdentifiers": [],
                },
            ],
            "titles": [{"title": f"Title of\n  {arxiv_id}"}],
            "publisher": "arXiv",
            "container": {},
            "publicationYear": 2022,
            "subjects": [
                {"lang": "en", "subject": "Information Retrieval (cs.IR)", "subjectScheme": "arXiv"},
                {"lang": "en", "subject": "Computation and Language (cs.CL)", "subjectScheme": "arXiv"},
                fos,
                {**fos, "schemeUri": "http://www.oecd.org/science/inno/38235147.pdf"},
                {"lang": "en", "subject": "65N35, 91G60", "subjectScheme": "MSC"},
            ],
            "contributors": [],
            "dates": [
                {"date": "2022-02-15T13:07:08Z", "dateType": "Submitted", "dateInformation": "v1"},
                {"date": "2023-03-01T09:00:00Z", "dateType": "Submitted", "dateInformation": "v2"},
                {"date": "2024-01-11T01:38:15Z", "dateType": "Updated", "dateInformation": "v2"},
                {"date": "2022-02", "dateType": "Available", "dateInformation": "v1"},
                {"date": "2022", "dateType": "Issued"},
            ],
            "language": None,
            "types": {"resourceType": "Article", "resourceTypeGeneral": "Preprint"},
            "relatedIdentifiers": [
                {
                    "relationType": "IsVersionOf",
                    "relatedIdentifier": "10.3390/math10030489",
                    "relatedIdentifierType": "DOI",
                }
            ],
            "version": "2",
            "rightsList": [
                {"rights": "Creative Commons Attribution 4.0 International", "rightsIdentifier": "cc-by-4.0"}
            ],
            "descriptions": [
                {"description": "An abstract.", "descriptionType": "Abstract"},
                {"description": "6 pages, 3 figures", "descriptionType": "Other"},
            ],
            "state": "findable",
            **attributes,
        }
        relations = {"client": {"data": {"id": "arxiv.content", "type": "clients"}}}
        return json.dumps(
            {"data": {"id": doi, "type": "dois", "attributes": facts, "relationships": relations}}
        ).encode()

    @staticmethod
    def datacite_unknown() -> bytes:
        return b'{"errors":[{"status":"404","title":"The resource you are looking for doesn\'t exist."}]}'

    @staticmethod
    def rss_item(
        arxiv_id: str, kind: str = "new", day: str = "Mon, 03 Aug 2026 00:00:00 -0400", **facts
    ) -> str:
        said = facts.get("said", f"arXiv:{arxiv_id} Announce Type: {kind} \nAbstract: About it.\nAnd more.")
        return (
            f"<item><title>{facts.get('title', 'A title')}</title><link>https://arxiv.org/abs/{arxiv_id[:10]}</link>"
            f"<description>{said}</description>"
            f'<guid isPermaLink="false">oai:arXiv.org:{arxiv_id}</guid>'
            "<category>cs.IR</category><category>cs.CL</category>"
            f"<pubDate>{day}</pubDate><arxiv:announce_type>{kind}</arxiv:announce_type>"
            "<dc:rights>http://creativecommons.org/licenses/by/4.0/</dc:rights>"
            "<dc:creator>A. One (Univ. X), B. Two</dc:creator></item>\n"
        )

    @staticmethod
    def rss(items: list[str], day: str = "Mon, 03 Aug 2026 00:00:00 -0400", of: str = "cs.IR") -> bytes:
        return (
            "<?xml version='1.0' encoding='UTF-8'?>\n"
            '<rss xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/" '
            'version="2.0">'
            f"<channel><title>{of} updates</title><lastBuildDate>Fri, 07 Aug 2026 04:00:00 +0000</lastBuildDate>"
            f"<pubDate>{day}</pubDate>{''.join(items)}</channel></rss>\n"
        ).encode()

    @staticmethod
    def atom_feed(items: list[tuple[str, str]]) -> bytes:
        entries = "".join(
            f"<entry><id>oai:arXiv.org:{arxiv_id}</id><title>A title</title>"
            "<updated>2026-08-03T04:00:00+00:00</updated>"
            f"<summary>arXiv:{arxiv_id} Announce Type: {kind}\nAbstract: About it.</summary>"
            f'<category term="cs.IR"/><published>2026-08-03T00:00:00-04:00</published><rights>CC</rights>'
            f"<arxiv:announce_type>{kind}</arxiv:announce_type><dc:creator>A. One</dc:creator></entry>"
            for arxiv_id, kind in items
        )
        return (
            '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:arxiv="http://arxiv.org/schemas/atom" '
            f'xmlns:dc="http://purl.org/dc/elements/1.1/"><updated>2026-08-03T04:00:00+00:00</updated>{entries}</feed>'
        ).encode()

    @classmethod
    def api(cls, held: dict[str, str]) -> Callable[[str], Reply]:
        """A query API that holds these entries by identifier, and answers as many as it knows."""

        def answer(path: str) -> Reply:
            query = parse_qs(urlsplit(path).query)
            ids = [one.partition("v")[0] for one in query["id_list"][0].split(",")]
            entries = [held[one] for one in ids if one in held]
            start, size = int(query["start"][0]), int(query["max_results"][0])
            body = cls.atom(entries[start : start + size], len(entries), start, size)
            return Reply(body, content_type="application/atom+xml; charset=utf-8")

        return answer


@pytest.fixture(scope="session")
def made() -> type[Made]:
    return Made


@pytest.fixture(scope="session")
def known() -> frozenset[str]:
    with TAXONOMY.open(encoding="utf-8", newline="") as file:
        return frozenset(row["category"] for row in csv.DictReader(file))


@pytest.fixture(scope="session")
def recorded_oai() -> dict[str, bytes]:
    """Recorded OAI-PMH replies by file name."""
    folder = SHARED / "arxiv-oai"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not here: recorded OAI-PMH replies are not compared")
    return {
        path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.suffix in (".xml", ".html")
    }


@pytest.fixture(scope="session")
def oai_requests() -> list[dict]:
    """What was asked for each recorded OAI-PMH reply."""
    manifest = SHARED / "arxiv-oai" / "manifest.json"
    if not manifest.is_file():
        pytest.skip(f"{manifest} is not here: recorded OAI-PMH replies are not replayed")
    return json.loads(manifest.read_text("utf-8"))["responses"]


@pytest.fixture(scope="session")
def recorded_api() -> list[dict]:
    """Recorded replies of the query API: url, status_code, body."""
    folder = SHARED / "arxiv-api"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not here: recorded replies of the query API are not compared")
    return [json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))]


@pytest.fixture(scope="session")
def recorded_entries(recorded_api) -> dict[str, str]:
    """Entry elements of all recorded replies of the query API, by identifier."""
    held = {}
    for one in recorded_api:
        for entry in re.findall(r"  <entry>.*?</entry>\n", one["body"], re.DOTALL):
            found = re.search(r"<id>http://arxiv\.org/abs/(\S+?)v\d+</id>", entry)
            if found:
                held[found[1]] = entry
    return held


@pytest.fixture(scope="session")
def utc() -> Callable[..., datetime]:
    return lambda *parts: datetime(*parts, tzinfo=UTC)
