"""Doors to arXiv's metadata, by the command: the order, what each gives, faults of each, windows and dry runs."""

# ruff: noqa: PLR0913, PLR0917 - pytest passes fixtures by name

import json
import re
import shutil
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest

from paperhouse.flows.arxiv.windows import pages_left, plan_requests

ALL = "query_api arXivRaw arXiv datacite"
ATOM = "application/atom+xml; charset=utf-8"
JSON = "application/vnd.api+json; charset=utf-8"
IDS = ("2504.20013", "2504.20006", "2504.20000")
LOOKUPS = "select arxiv_id, outcome, door, lacks from lookups order by arxiv_id desc, asked_at"


@pytest.fixture
def home(seed_home, tmp_path):
    return shutil.copytree(seed_home, tmp_path / "home")


@pytest.fixture
def doors(server, made, reply, quick, monkeypatch):  # noqa: C901 - one method for each door
    """Every service on one server: each door answers about the papers it holds, unless `broken` says otherwise."""

    del quick  # its clock is the commands'

    class Doors:
        def __init__(self):
            self.held = {name: dict.fromkeys(IDS) for name in ALL.split()}
            self.broken = {}
            self.asked = Counter()

        def order(self, names):
            monkeypatch.setenv("PAPERHOUSE_ENRICH_DOORS", names)

        def answer(self, path):
            name, ids, is_list = self.request_of(path)
            self.asked[name] += 1
            if name in self.broken:
                broken = self.broken[name]
                return broken(self.asked[name]) if callable(broken) else reply(**broken)
            return getattr(self, name)(path, ids, is_list)

        def request_of(self, path):
            query = dict(parse_qsl(urlsplit(path).query))
            if path.startswith("/api"):
                return "query_api", query["id_list"].split(","), True
            if path.startswith("/dois/"):
                return "datacite", [unquote(path).rpartition("arXiv.")[2]], False
            name = query.get("metadataPrefix", "arXivRaw")
            return name, [query.get("identifier", "").rpartition(":")[2]], query["verb"] == "ListRecords"

        def query_api(self, path, _ids, _is_list):
            return made.api({one: made.atom_entry(one, 2) for one in self.held["query_api"]})(path)

        def arXivRaw(self, _path, ids, is_list):  # noqa: N802 - arXiv's own name
            return self._oai("arXivRaw", ids, is_list)

        def arXiv(self, _path, ids, is_list):  # noqa: N802
            return self._oai("arXiv", ids, is_list)

        def _oai(self, prefix, ids, is_list):
            if is_list or ids[0] not in self.held[prefix]:
                body = made.oai_error("noRecordsMatch" if is_list else "idDoesNotExist")
            else:
                record = self.held[prefix][ids[0]] or made.oai_record(ids[0], versions=3, prefix=prefix)
                body = made.oai_one(record)
            return reply(body, content_type="text/xml")

        def datacite(self, _path, ids, _is_list):
            if ids[0] not in self.held["datacite"]:
                return reply(made.datacite_unknown(), status=404, content_type=JSON)
            return reply(self.held["datacite"][ids[0]] or made.datacite(ids[0]), content_type=JSON)

    opened = Doors()
    opened.order(ALL)
    server.answer = opened.answer
    return opened


def enrich(run, *arguments):
    return run("enrich", "--ids", ",".join(IDS), *arguments)


REFUSES = {"status": 429}


def test_the_first_door_that_answers_is_the_only_one_asked(home, run, doors, bench):
    done = enrich(run)
    assert (done.exit_code, done.stderr, doors.asked) == (0, "", {"query_api": 1})
    assert bench.rows(home, LOOKUPS) == [(one, "answered", "query_api", []) for one in IDS]


@pytest.mark.parametrize(
    ("shut", "door", "lacks", "n_requests"),
    [
        (["query_api"], "arXivRaw", [], 5 + 3),
        pytest.param(["query_api", "arXivRaw"], "datacite", [], 5 + 5 + 3, marks=pytest.mark.slow),
        (["query_api", "arXivRaw", "arXiv"], "datacite", [], 5 + 5 + 3),
    ],
)
def test_where_a_door_refuses_the_next_one_is_asked_under_the_same_limiter(
    shut, door, lacks, n_requests, home, run, doors, bench, server, quick
):
    doors.broken = dict.fromkeys(shut, REFUSES)
    done = enrich(run)
    assert (done.exit_code, len(server.seen), server.most_open) == (0, n_requests, 1)
    assert sum(quick.slept) >= 3.0 * (n_requests - 1)
    assert f"asked      3 answered\nanswered   3 by {door}\n" in done.stdout
    assert "status 429; asked 5 times" in done.stderr
    assert bench.rows(home, LOOKUPS) == [(one, "answered", door, lacks) for one in IDS]


def test_both_formats_of_one_service_are_left_alone_together(home, run, doors, bench):
    doors.broken = {"query_api": REFUSES, "arXivRaw": REFUSES}
    assert enrich(run).exit_code == 0
    assert doors.asked == {"query_api": 5, "arXivRaw": 5, "datacite": 3}
    assert bench.rows(home, "select distinct door from lookups") == [("datacite",)]


def test_a_paper_that_is_not_in_one_format_is_asked_for_in_the_other(home, run, doors, made, reply, bench):
    doors.broken = {"query_api": REFUSES}
    error = reply(made.oai_error("cannotDisseminateFormat"), content_type="text/xml")
    doors.broken["arXivRaw"] = lambda _: error
    done = enrich(run)
    assert (done.exit_code, doors.asked) == (0, {"query_api": 5, "arXivRaw": 3, "arXiv": 3})
    rows = bench.rows(home, LOOKUPS)
    assert Counter(row[1:3] for row in rows) == {("unread", "arXivRaw"): 3, ("answered", "arXiv"): 3}
    assert [row[3] for row in rows if row[2] == "arXiv"] == [["version"]] * 3


def test_what_one_door_cannot_read_the_next_one_can(home, run, doors, bench):
    doors.order("arXivRaw datacite")
    broken = "<record><header><identifier>oai:arXiv.org:2504.20006</identifier><datestamp>2026-08-01</datestamp></header></record>"
    doors.held["arXivRaw"]["2504.20006"] = broken
    done = enrich(run)
    assert (done.exit_code, doors.asked) == (0, {"arXivRaw": 3, "datacite": 1})
    assert "asked      3 answered\nanswered   2 by arXivRaw, 1 by datacite\n" in done.stdout
    assert "rejects    1" in done.stdout
    assert ("2504.20006", "unread", "arXivRaw", None) in bench.rows(home, LOOKUPS)
    assert run("verify").exit_code == 0


def test_who_is_unknown_to_arxiv_is_settled_and_who_is_unknown_to_datacite_is_not(home, run, doors, bench):
    doors.order("datacite arXivRaw arXiv")
    doors.held["datacite"] = {}
    del doors.held["arXivRaw"]["2504.20000"]
    done = enrich(run)
    assert "asked      2 answered, 1 unknown" in done.stdout
    assert doors.asked == {"datacite": 3, "arXivRaw": 3}
    assert Counter(row[1:3] for row in bench.rows(home, LOOKUPS)) == {
        ("unknown", "datacite"): 3,
        ("answered", "arXivRaw"): 2,
        ("unknown", "arXivRaw"): 1,
    }


def test_withdrawn_and_deleted_records_are_told_by_oai(home, run, doors, made, bench):
    doors.order("arXivRaw")
    withdrawn = made.oai_record("2504.20013").replace("9kb</size>", "0kb</size><source_type>I</source_type>")
    doors.held["arXivRaw"] |= {"2504.20013": withdrawn, "2504.20006": made.oai_deleted("2504.20006")}
    assert "1 answered, 1 deleted, 1 withdrawn" in enrich(run).stdout
    assert [row[1] for row in bench.rows(home, LOOKUPS)] == ["withdrawn", "deleted", "answered"]


def test_only_the_query_api_answers_about_a_version(run, doors):
    doors.broken = {"query_api": REFUSES}
    done = run("enrich", "--ids", "2504.20013v1,2504.20006")
    assert (done.exit_code, doors.asked["arXivRaw"], doors.asked["datacite"]) == (1, 1, 0)
    assert "left       1 papers still to ask for" in done.stdout
    assert "status 429; asked 5 times" in done.stderr
    doors.order("datacite")
    done = run("enrich", "--ids", "2504.20013v1")
    assert "no door answers about 1 papers, such as 2504.20013v1" in done.stderr


def test_where_every_door_refuses_the_run_fails_and_says_why_each_did(home, run, doors, bench):
    doors.broken = dict.fromkeys(ALL.split(), REFUSES)
    done = enrich(run)
    assert done.exit_code == 1
    assert (
        done.stderr.count("status 429; asked 5 times") == 4
    )  # one of them as the reason why OAI-PMH is left alone
    assert "left       3 papers still to ask for" in done.stdout
    assert bench.rows(home, "select count(*) from lookups") == [(0,)]


def test_a_door_that_fails_midway_keeps_what_it_brought(home, run, doors, reply, made, bench):
    doors.order("arXivRaw datacite")
    good = [reply(made.oai_one(made.oai_record(IDS[0])), content_type="text/xml")]
    doors.broken["arXivRaw"] = lambda number: good[0] if number == 1 else reply(status=503)
    done = enrich(run)
    assert done.exit_code == 0
    assert "answered   1 by arXivRaw, 2 by datacite" in done.stdout
    assert [row[2] for row in bench.rows(home, LOOKUPS)] == ["arXivRaw", "datacite", "datacite"]


# what a fuller or thinner record does


FULL_PAPER = "select title, version, abstract, n_authors, primary_category, comment, journal_ref from papers where arxiv_id = '2504.20013'"


def test_a_thinner_record_never_replaces_a_fuller_one_in_whatever_order_doors_answer(
    seed_home, run, doors, made, bench, tmp_path
):
    more = "<comments>Nine pages</comments><journal-ref>J. 1</journal-ref>"
    doors.held["arXivRaw"]["2504.20013"] = made.oai_record("2504.20013", versions=2, more=more)
    thin = {
        "creators": [{"name": "One, Kathrin", "nameType": "Personal"}],
        "descriptions": [],
        "version": "9",
    }
    submitted = [{"date": "2030-01-01T00:00:00Z", "dateType": "Submitted", "dateInformation": "v9"}]
    doors.held["datacite"]["2504.20013"] = made.datacite("2504.20013", **thin, dates=submitted)
    found = set()
    for number, order in enumerate((["datacite", "arXivRaw", "arXiv"], ["arXiv", "arXivRaw", "datacite"])):
        home = tmp_path / "home"
        shutil.copytree(seed_home, home)
        for door in order:
            doors.order(door)
            assert run("enrich", "--ids", "2504.20013").exit_code == 0
        found.add((bench.rows(home, FULL_PAPER)[0], number < 0))
        assert bench.rows(home, "select door, lacks from lookups where door = 'datacite'") == [
            ("datacite", ["abstract"])
        ]
        shutil.rmtree(home)
    ((paper, _),) = found
    # Rule 1: authors and abstract are whole in both of arXiv's records; the one that states a version goes first.
    assert paper == ("Title of 2504.20013", 2, "An abstract.", 2, "cs.IR", "Nine pages", "J. 1")


def test_a_record_of_datacite_fills_what_a_digest_leaves_out_and_arxivs_own_goes_before_it(
    home, run, doors, made, bench
):
    doors.order("datacite")
    doors.held["datacite"]["2504.20013"] = made.datacite("2504.20013", titles=[{"title": "As registered"}])
    assert run("enrich", "--ids", "2504.20013").exit_code == 0
    query = "select title, version, primary_category, n_listings from papers where arxiv_id = '2504.20013'"
    assert bench.rows(home, query) == [("As registered", 2, "cs.IR", 1)]
    doors.order("query_api")
    assert run("enrich", "--ids", "2504.20013").exit_code == 0
    assert bench.rows(home, query) == [("A title", 2, "cs.IR", 1)]
    kinds = (
        "select source_kind, count(*) from variants where arxiv_id = '2504.20013' group by all order by all"
    )
    assert bench.rows(home, kinds) == [("arxiv", 1), ("digest", 2)]


# faults of each door

HEADER = "<header><identifier>oai:arXiv.org:2504.20013</identifier><datestamp>2026-08-01</datestamp></header>"
FAULTS = {
    # fault: (door, replies before the good one, requests of the door, exit code, part of what is said)
    "OAI: 503, then served": ("arXivRaw", lambda _: [REFUSES], 2, 0, "1 answered"),
    "OAI: 503 for ever": ("arXivRaw", lambda _: [{"status": 503}] * 9, 5, 1, "status 503; asked 5 times"),
    "OAI: another paper": ("arXivRaw", lambda made: [oai(made.oai_one(made.oai_record("2401.00001")))] * 9, 5, 1, "asked for 2504.20013"),
    "OAI: two papers": (
        "arXivRaw", lambda made: [oai(made.oai_one(made.oai_record("2504.20013") + made.oai_record("2401.00001")))] * 9,
        5, 1, "holds 2 records",
    ),
    "OAI: badArgument": ("arXivRaw", lambda made: [oai(made.oai_error("badArgument"))], 1, 1, "arXiv refuses the question: in words (badArgument)"),
    "OAI: idDoesNotExist": ("arXivRaw", lambda made: [oai(made.oai_error("idDoesNotExist"))], 1, 0, "1 unknown"),
    "OAI: the other format": ("arXivRaw", lambda made: [oai(made.oai_one(made.oai_record("2504.20013", prefix="arXiv")))], 1, 0, "1 unread"),
    "OAI: a record without metadata": ("arXiv", lambda made: [oai(made.oai_one(f"<record>{HEADER}</record>"))], 1, 0, "1 unread"),
    "OAI: cut XML": ("arXiv", lambda made: [oai(made.oai_one(made.oai_record("2504.20013", prefix="arXiv"))[:200])], 2, 0, "1 answered"),
    "OAI: HTML with status 200": ("arXiv", lambda _: [{"body": b"<html/>", "content_type": "text/html"}] * 9, 5, 1, "the reply is text/html"),
    "OAI: DOCTYPE": ("arXiv", lambda _: [oai(b"<!DOCTYPE x []><OAI-PMH/>")], 1, 1, "has a DOCTYPE"),
    "DataCite: 429, then served": ("datacite", lambda _: [REFUSES], 2, 0, "1 answered"),
    "DataCite: 429 for ever": ("datacite", lambda _: [REFUSES] * 9, 5, 1, "status 429; asked 5 times"),
    "DataCite: 404": ("datacite", lambda made: [{"body": made.datacite_unknown(), "status": 404, "content_type": JSON}], 1, 0, "1 unknown"),
    "DataCite: 404 of a web server": ("datacite", lambda _: [{"body": b"<html/>", "status": 404, "content_type": "text/html"}] * 9, 5, 1, "the reply is text/html"),
    "DataCite: another paper": ("datacite", lambda made: [doi(made.datacite("2401.00001"))] * 9, 5, 1, "holds 2401.00001, asked for 2504.20013"),
    "DataCite: cut JSON": ("datacite", lambda made: [doi(made.datacite("2504.20013")[:-9])], 2, 0, "1 answered"),
    "DataCite: cut JSON for ever": ("datacite", lambda made: [doi(made.datacite("2504.20013")[:-9])] * 9, 5, 1, "cut off or no JSON"),
    "DataCite: nested without end": ("datacite", lambda _: [doi(b"[" * 100_000)] * 9, 5, 1, "cut off or no JSON"),
    "DataCite: no title": ("datacite", lambda made: [doi(made.datacite("2504.20013", titles=[]))], 1, 0, "1 unread"),
    "DataCite: half a character": ("datacite", lambda made: [doi(made.datacite("2504.20013", titles=[{"title": "\ud800"}]))], 1, 0, "1 unread"),
    "DataCite: another error": ("datacite", lambda _: [doi(b'{"errors": [{"status": "500", "title": "oops"}]}')], 1, 1, "DataCite refuses the question: oops"),
    "DataCite: too large": ("datacite", lambda _: [doi(b"[" + b" " * 300_000)], 1, 1, "larger than 200,000 bytes"),
    "DataCite: redirect to another host": ("datacite", lambda _: [{"status": 302, "headers": {"Location": "https://example.org/"}}], 1, 1, "nothing was asked there"),
}  # fmt: skip


def oai(body):
    return {"body": body, "content_type": "text/xml"}


def doi(body):
    return {"body": body, "content_type": JSON}


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_of_each_door(fault, run, doors, made, reply, server, bench, tmp_path, quick):
    door, build, n_requests, code, said = FAULTS[fault]
    doors.order(door)
    server.script = [reply(**one) for one in build(made)]
    done = run("enrich", "--ids", "2504.20013")
    assert (done.exit_code, len(server.seen), server.most_open) == (code, n_requests, 1)
    assert said in done.stdout + done.stderr
    assert sum(quick.slept) >= 3.0 * (n_requests - 1)
    assert "Traceback" not in done.stderr
    is_published = (tmp_path / "home" / "paperhouse.duckdb").exists()
    assert is_published == (code == 0)
    if is_published:
        n_papers = bench.rows(tmp_path / "home", "select count(*) from papers")
        assert n_papers == [(int("1 answered" in said),)]
        assert run("verify").exit_code == 0


# leaving a door alone


def test_a_door_that_refused_is_left_alone_by_the_next_process_and_told_in_status(
    home, run, doors, quick, bench
):
    doors.broken = {"query_api": REFUSES}
    assert enrich(run).exit_code == 0
    (refusal,) = json.loads((home / "http" / "refusals.json").read_text())
    assert (refusal["service"], refusal["n_refusals"]) == ("query API", 1)
    rests_until = datetime.fromisoformat(refusal["rests_until"])
    assert rests_until - datetime.fromisoformat(refusal["refused_at"]) == timedelta(minutes=15)
    (told,) = run("status", "--json").json["refusals"]
    assert told == refusal
    screen = " ".join(run("status").stdout.split())
    assert "refused query API, 1 time in a row; " in screen
    assert "status 429; asked 5 times" in screen
    doors.asked.clear()
    quick.now += 600
    done = run("enrich", "--ids", "2504.20013")
    assert (done.exit_code, doors.asked) == (0, {"arXivRaw": 1})
    assert "warning: query API is left alone until" in done.stderr
    quick.now += 400
    doors.asked.clear()
    assert run("enrich", "--ids", "2504.20013").exit_code == 0
    assert doors.asked == {"query_api": 1, "arXivRaw": 1}  # one attempt shows that it still refuses
    doors.broken = {}
    quick.now += 1801
    doors.asked.clear()
    assert run("enrich", "--ids", "2504.20013").exit_code == 0
    assert doors.asked == {"query_api": 1}
    assert json.loads((home / "http" / "refusals.json").read_text()) == []
    assert bench.rows(
        home, "select door, count(*) from lookups where arxiv_id = '2504.20013' group by door order by door"
    ) == [
        ("arXivRaw", 1),  # twice the same bytes: nothing new
        ("query_api", 1),
    ]


# answers that an earlier run fetched


@pytest.mark.slow
def test_answers_of_every_door_are_kept_and_replayed(home, run, doors, bench, seed_home, tmp_path, server):
    for door, arxiv_id in zip(("arXivRaw", "arXiv", "datacite"), IDS, strict=True):
        doors.order(door)
        assert run("enrich", "--ids", arxiv_id).exit_code == 0
    before, n_requests = bench.hash_of(home), len(server.seen)
    shutil.move(home / "http", tmp_path / "http")
    shutil.rmtree(home)
    shutil.copytree(seed_home, home)
    shutil.move(tmp_path / "http", home / "http")
    done = run("replay")
    assert (done.exit_code, len(server.seen)) == (0, n_requests)
    assert "and 3 kept from earlier" in done.stdout
    assert bench.hash_of(home) == before
    assert run("rebuild").exit_code == 0
    assert bench.hash_of(home) == before
    assert run("verify").exit_code == 0


@pytest.mark.slow
def test_what_a_door_answered_can_be_forgotten(home, run, doors, bench, seed_home):
    doors.order("datacite")
    assert enrich(run).exit_code == 0
    ids = [one for (one,) in bench.rows(home, "select digest_id from digests where source = 'datacite'")]
    assert len(ids) == 3
    assert run("forget", *ids).exit_code == 0
    assert bench.hash_of(home) == bench.hash_of(seed_home)


# windows


def test_requests_decide_between_a_window_and_single_records():
    today = date(2026, 8, 10)
    few, many = [f"2608.{n:05}" for n in range(1, 21)], [f"2608.{n:05}" for n in range(1, 22)]
    assert plan_requests(few, today, 2.0).from_date is None  # twenty pages: a tie goes to single records
    plan = plan_requests(many, today, 2.0)
    assert (plan.from_date, plan.n_window_requests, plan.singles) == (date(2026, 8, 1), 20, ())
    old = ["0712.3217", "hep-th/9901002", "2501.00001"]
    mixed = plan_requests([*old, *many], today, 2.0)
    assert (mixed.from_date, mixed.n_requests, mixed.singles) == (date(2026, 8, 1), 23, tuple(old))
    ancient = plan_requests([f"hep-th/9901{n:03}" for n in range(1, 999)], today, 0.05)
    assert ancient.from_date == date(2005, 9, 16)
    assert plan_requests([], today).n_requests == 0


def test_no_plan_is_dearer_than_single_records_and_every_paper_is_in_one_part():
    ids = [
        f"{year:02}{month:02}.{n:05}" for year in (25, 26) for month in (1, 5, 9) for n in range(1, 90, month)
    ]
    for rate in (0.01, 0.3, 2.0, 50.0):
        for length in (1, 7, 60, len(ids)):
            plan = plan_requests(ids[:length], date(2026, 11, 25), rate)
            assert plan.n_requests <= length
            assert sorted((*plan.in_window, *plan.singles)) == sorted(ids[:length])


def test_the_length_of_a_list_is_estimated_by_the_days_it_has_come_past():
    assert pages_left(date(2026, 8, 1), None, date(2026, 8, 10), 1) == 0
    assert pages_left(date(2026, 8, 1), date(2026, 8, 1), date(2026, 8, 10), 3) == 0
    assert pages_left(date(2026, 8, 1), date(2026, 8, 3), date(2026, 8, 10), 4) == 16
    assert pages_left(date(2026, 8, 1), date(2026, 8, 10), date(2026, 8, 10), 9) == 1


MANY = [f"2511.{n:05}" for n in range(1, 101)]
TODAY = "2025-11-10"


@pytest.fixture
def listing(doors, made, reply, monkeypatch):
    """A list by OAI-PMH in pages of 60 records: the hundred papers wanted among many that nobody wants."""
    monkeypatch.setattr("paperhouse.flows.arxiv.lookups.today", lambda: date.fromisoformat(TODAY))
    doors.order("arXivRaw datacite")
    doors.held["arXivRaw"] = dict.fromkeys(MANY)
    doors.listed = [(one, f"2025-11-{1 + n // 13:02}") for n, one in enumerate(MANY)]
    doors.listed += [(f"2510.{n:05}", f"2025-11-{1 + n // 13:02}") for n in range(1, 120)]
    doors.listed.sort(key=lambda one: (one[1], one[0]))
    single = doors.arXivRaw

    def answer(path, ids, is_list):
        if not is_list:
            return single(path, ids, is_list)
        doors.asked["list"] += 1
        start = int(dict(parse_qsl(urlsplit(path).query)).get("resumptionToken", "0"))
        page = [made.oai_record(*one) for one in doors.listed[start : start + 60]]
        token = str(start + 60) if start + 60 < len(doors.listed) else None
        return reply(made.oai_list(page, token), content_type="text/xml")

    doors.arXivRaw = answer
    return doors


def test_many_papers_of_one_period_come_by_a_window_and_only_they_are_loaded(
    listing, run, bench, tmp_path, server
):
    home = tmp_path / "home"
    done = run("enrich", "--ids", ",".join(MANY))
    assert done.exit_code == 0
    assert listing.asked == {"arXivRaw": 4, "list": 4}
    first = dict(parse_qsl(urlsplit(server.seen[0].path).query))
    assert first == {"verb": "ListRecords", "metadataPrefix": "arXivRaw", "from": "2025-11-01"}
    assert "#" not in "".join(one.path for one in server.seen)
    assert "answered   100 by arXivRaw" in done.stdout
    assert bench.rows(home, "select count(*), count(*) filter (arxiv_id like '2511%') from papers") == [
        (100, 100)
    ]
    sums = (
        "select sum(n_lines), sum(n_entry_lines), sum(n_furniture_lines), sum(n_ids_unaccounted) from digests"
    )
    assert bench.rows(home, sums) == [(219, 100, 119, 0)]
    assert bench.rows(home, "select count(*) from harvest_points") == [(0,)]
    assert run("verify").exit_code == 0
    before, n_requests = bench.hash_of(home), len(server.seen)
    shutil.move(home / "http", tmp_path / "http")
    shutil.rmtree(home)
    home.mkdir()
    shutil.move(tmp_path / "http", home / "http")
    assert run("replay").exit_code == 0
    assert (bench.hash_of(home), len(server.seen)) == (before, n_requests)


def test_papers_that_a_window_does_not_hold_are_asked_for_one_by_one(listing, run):
    listing.listed = [one for one in listing.listed if one[0] not in MANY[:3]]
    del listing.held["arXivRaw"][MANY[0]]
    done = run("enrich", "--ids", ",".join(MANY))
    assert done.exit_code == 0
    assert listing.asked == {"arXivRaw": 4 + 3, "list": 4}
    assert "asked      99 answered, 1 unknown" in done.stdout
    assert run("verify").exit_code == 0


def test_a_window_that_turns_out_longer_than_foreseen_is_given_up(listing, run, tmp_path, bench):
    others = [(f"2510.{n:05}", "2025-11-02") for n in range(1, 9000)]
    listing.listed = (
        [(one, "2025-11-01") for one in MANY[:30]] + others + [(one, "2025-11-09") for one in MANY[30:]]
    )
    done = run("enrich", "--ids", ",".join(MANY))
    assert done.exit_code == 0
    # The list has 152 pages. With each page that is still of its second day it is estimated longer; at the eighth,
    # seventy single records are cheaper than what it still has.
    assert listing.asked["list"] == 8
    assert listing.asked["arXivRaw"] == 8 + 70
    assert bench.rows(tmp_path / "home", "select count(*) from papers") == [(100,)]


def test_a_window_that_breaks_off_keeps_its_pages_and_the_next_door_has_the_rest(
    listing, run, reply, bench, tmp_path
):
    whole = listing.arXivRaw
    listing.arXivRaw = lambda path, *rest: (
        reply(status=503) if "resumptionToken" in path else whole(path, *rest)
    )
    listing.held["datacite"] = dict.fromkeys(MANY)
    done = run("enrich", "--ids", ",".join(MANY))
    assert done.exit_code == 0
    n_first = bench.rows(tmp_path / "home", "select count(*) from lookups where door = 'arXivRaw'")[0][0]
    assert f"answered   {n_first} by arXivRaw, {100 - n_first} by datacite" in done.stdout
    assert n_first > 20


def test_a_page_of_a_window_is_kept_for_the_next_run(listing, run, bench, tmp_path, monkeypatch):
    from paperhouse.transforms.errors import BusyError

    def busy(*_):
        msg = "another process is loading"
        raise BusyError(msg)

    with monkeypatch.context() as patch:
        patch.setattr("paperhouse.flows.arxiv.lookups.load_replies", busy)
        assert run("enrich", "--ids", ",".join(MANY)).exit_code == 1
    listing.asked.clear()
    done = run("enrich", "--ids", ",".join(MANY))
    assert "replies    0 asked for, and 4 kept from earlier" in done.stdout
    assert listing.asked == {}
    assert bench.rows(tmp_path / "home", "select count(*) from papers") == [(100,)]


# dry runs


def test_a_dry_run_says_what_each_door_would_cost_and_asks_nothing(listing, run, server):
    listing.order(ALL)
    done = run("enrich", "--ids", ",".join([*MANY, "0712.3217"]), "--dry-run")
    assert done.stdout.splitlines()[:5] == [
        "would ask for 101 papers in 1 request: about 3 s",
        "doors      query_api 1 request, 3 s",
        "then       arXivRaw  21 requests, 1 min 3 s; about 20 list all that changed since 2025-11-01, 1 are for single papers",
        "then       arXiv     21 requests, 1 min 3 s; about 20 list all that changed since 2025-11-01, 1 are for single papers",
        "then       datacite  101 requests, 5 min 3 s",
    ]
    facts = run("enrich", "--ids", ",".join(MANY), "--dry-run", "--json").json
    assert [(one["door"], one["n_requests"], one["seconds"]) for one in facts["doors"]] == [
        ("query_api", 1, 3.0),
        ("arXivRaw", 20, 60.0),
        ("arXiv", 20, 60.0),
        ("datacite", 100, 300.0),
    ]
    assert server.seen == []


def test_a_dry_run_names_the_door_that_is_left_alone_and_counts_the_next(home, run, doors, server):
    doors.order(ALL)
    now = datetime.now(UTC)
    refusal = {"service": "query API", "n_refusals": 2, "reason": "status 429", "refused_at": now.isoformat()}
    refusal["rests_until"] = (now + timedelta(hours=1)).isoformat()
    (home / "http").mkdir()
    (home / "http" / "refusals.json").write_text(json.dumps([refusal]))
    done = enrich(run, "--dry-run")
    assert "would ask for 3 papers in 3 requests: about 9 s\n" in done.stdout
    assert (
        f"doors      query_api 1 request, 3 s; left alone until {now + timedelta(hours=1):%Y-%m-%d %H:%M} UTC"
        in done.stdout
    )
    assert server.seen == []


def test_the_rate_of_the_last_harvest_of_everything_counts(listing, run, server, made, reply):
    listing.order("arXivRaw")
    pages = [
        made.oai_list(
            [made.oai_record(f"2511.0010{n}")], token=f"t{n}" if n < 8 else None, at="2025-11-03T10:00:00Z"
        )
        for n in range(1, 9)
    ]
    server.script = [reply(page, content_type="text/xml") for page in pages]
    assert run("harvest", "--from", "2025-11-01").exit_code == 0
    facts = run("enrich", "--ids", ",".join(MANY), "--dry-run", "--json").json
    assert facts["doors"][0]["n_requests"] == 40  # eight pages in two days


@pytest.mark.parametrize("order", ["", "query_api oai", "datacite,arXiv"])
def test_an_order_of_doors_that_are_none_is_refused(order, run, doors, server):
    doors.order(order)
    done = enrich(run)
    assert (done.exit_code, server.seen) == (1, [])
    assert "enrich_doors" in done.stderr


# recorded replies


RECORDED = ["0712.3217", "1101.0600", "2310.08262", "hep-th/9901002"]


@pytest.mark.parametrize("prefix", ["arXivRaw", "arXiv"])
def test_recorded_records_are_looked_up_in_both_formats(
    prefix, doors, run, recorded_oai, reply, bench, tmp_path
):
    def answer(_path, ids, _is_list):
        body = recorded_oai.get(f"GetRecord.{prefix}.{ids[0].replace('/', '_')}.xml")
        return reply(body or recorded_oai["error.idDoesNotExist.unknown.xml"], content_type="text/xml")

    doors.order(prefix)
    setattr(doors, prefix, answer)
    done = run("enrich", "--ids", ",".join([*RECORDED, "2301.99999"]))
    assert done.exit_code == 0
    assert "asked      4 answered, 1 unknown" in done.stdout
    home = tmp_path / "home"
    version = "count(version) = 4" if prefix == "arXivRaw" else "count(version) = 0"
    state = (
        f"select count(*), {version}, bool_and(authors_completeness = 'full'), count(abstract) from papers"
    )
    assert bench.rows(home, state) == [(4, True, True, 4)]
    lacks = [] if prefix == "arXivRaw" else ["version"]
    assert bench.rows(home, "select distinct lacks from lookups where outcome = 'answered'") == [(lacks,)]
    assert bench.rows(home, "select sum(n_ids_seen), sum(n_ids_unaccounted) from digests") == [(4, 0)]
    assert run("verify").exit_code == 0


def test_a_recorded_list_answers_about_the_papers_that_are_wanted(
    doors, run, recorded_oai, oai_requests, reply, made, bench, tmp_path, monkeypatch
):
    answers = {}
    for one in oai_requests:
        query = dict(parse_qsl(urlsplit(one["request"]).query))
        if one["file"].startswith("ListRecords.arXivRaw.paged"):
            key = query.get("resumptionToken", "first").replace("%25", "%")
            answers[key] = recorded_oai[one["file"]]

    def answer(path, ids, is_list):
        if not is_list:
            record = re.search(rf"<record>(?:(?!<record>).)*{ids[0]}<.*?</record>".encode(), pages, re.DOTALL)
            return reply(made.oai_one(record[0].decode()), content_type="text/xml")
        token = dict(parse_qsl(urlsplit(path).query)).get("resumptionToken", "first")
        return reply(answers[token], content_type="text/xml")

    doors.order("arXivRaw")
    doors.arXivRaw = answer
    monkeypatch.setattr("paperhouse.flows.arxiv.door_order.PAGES_PER_DAY", 0.003)
    monkeypatch.setattr("paperhouse.flows.arxiv.lookups.today", lambda: date(2017, 1, 1))
    pages = b"".join(answers.values())
    ids = re.findall(rb"oai:arXiv.org:([0-9.]{9,10})<", pages)
    wanted = sorted({one.decode() for one in ids})[::6]
    done = run("enrich", "--ids", ",".join(wanted))
    assert done.exit_code == 0
    assert f"asked      {len(wanted)} answered" in done.stdout
    assert bench.rows(tmp_path / "home", "select count(*) from papers") == [(len(wanted),)]
    assert doors.asked["arXivRaw"] <= 15  # instead of one for each paper
    assert len(wanted) > 80
    assert run("verify").exit_code == 0
