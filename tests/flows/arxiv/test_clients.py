"""Looking up, harvesting and reading the feed against a server: complete, or an error that says why not."""

# ruff: noqa: PLR0913, PLR0917 - pytest passes fixtures by name

from datetime import date
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from paperhouse.flows.arxiv.client.oai_pmh import Window, harvest, next_from_date
from paperhouse.flows.arxiv.client.query_api import batches_of, look_up
from paperhouse.flows.arxiv.client.rss import announcement_day, read_feed
from paperhouse.flows.arxiv.client.stored_replies import ReplayClient
from paperhouse.transforms.errors import InvalidArxivIdError, RemoteError, ReplyError

ATOM = "application/atom+xml; charset=utf-8"


@pytest.fixture
def find(server, make_client, known):
    def find(*ids, client=None, **options):
        return list(
            look_up(client or make_client(), ids, base_url=f"{server.url}/api/query", known=known, **options)
        )

    return find


@pytest.fixture
def held(made):
    return {f"2401.{n:05}": made.atom_entry(f"2401.{n:05}", version=n % 3 + 1) for n in range(1, 251)}


# Query API


def test_250_papers_are_found_in_two_batches(find, server, made, held):
    server.answer = made.api(held)
    first, second = find(*held)
    assert [len(one.records) for one in (first, second)] == [200, 50]
    assert len(server.seen) == 2
    assert {record.entry.arxiv_id for one in (first, second) for record in one.records} == held.keys()
    assert (first.unknown, first.unread, len(first.pages)) == ([], [], 1)


def test_identifiers_are_asked_once_and_in_canonical_form(find, server, made, held):
    server.answer = made.api(held)
    (found,) = find("arXiv:2401.00001", "2401.00001", "http://arxiv.org/abs/2401.00002")
    assert found.asked == ("2401.00001", "2401.00002")
    with pytest.raises(InvalidArxivIdError):
        batches_of(["2401.00001", "abc"])


def test_what_arxiv_does_not_know_is_listed(find, server, made, held):
    server.answer = made.api(held)
    (found,) = find("2401.00001", "2401.09999", "hep-th/9901001")
    assert found.unknown == ["2401.09999", "hep-th/9901001"]
    assert len(server.seen) == 1


def test_an_answer_without_any_paper_is_believed_only_when_it_comes_twice(find, server, made, held, reply):
    server.answer = made.api(held)
    server.script = [reply(made.atom([]), content_type=ATOM)]
    (found,) = find("2401.00001", "2401.00002")
    assert (len(found.records), found.unknown, len(server.seen)) == (2, [], 2)
    (found,) = find("2401.09999")
    assert (found.records, found.unknown, len(server.seen)) == ([], ["2401.09999"], 4)


def test_a_version_that_was_asked_for_must_be_the_one_that_comes(find, server, made, held):
    server.answer = made.api(held)
    (found,) = find("2401.00001v2", "2401.00002")
    assert [record.entry.version for record in found.records] == [2, 3]
    with pytest.raises(ReplyError, match=r"2401\.00001v2, which was not asked for; asked 5 times"):
        find("2401.00001v1")


# ruff: noqa: ARG005 - all take the same
WRONG_PAGES = {
    "empty though the total says more": (lambda made, one: made.atom([], total=2), "empty, though arXiv says"),
    "starts elsewhere": (lambda made, one: made.atom([one], total=9, start=3), "starts at 3"),
    "more than asked": (lambda made, one: made.atom([one], total=3), "3 papers for 2 identifiers"),
    "a paper nobody asked for": (
        lambda made, one: made.atom([one, made.atom_entry("2402.00001")]), "2402.00001v1, which was not asked for",
    ),
    "the same twice": (lambda made, one: made.atom([one, one]), "twice"),
    "Rate exceeded.": (lambda made, one: b"Rate exceeded.", "Rate exceeded"),
    "a web page": (lambda made, one: b"<html>busy</html>", "web page"),
    "cut off": (lambda made, one: made.atom([one])[:-40], "cut off"),
}  # fmt: skip


@pytest.mark.parametrize("fault", WRONG_PAGES)
@pytest.mark.parametrize("is_lasting", [False, True])
def test_a_page_that_is_no_answer_is_asked_for_again_and_then_an_error(
    fault, is_lasting, find, server, made, held, reply, fake
):
    build, message = WRONG_PAGES[fault]
    page = reply(build(made, held["2401.00001"]), content_type=ATOM)
    server.answer = made.api(held)
    server.script = [page] * (9 if is_lasting else 1)
    if is_lasting:
        with pytest.raises(ReplyError, match=f"{message}.*asked 5 times"):
            find("2401.00001", "2401.00002")
        assert (len(server.seen), sum(fake.slept)) == (5, 75.0)
    else:
        (found,) = find("2401.00001", "2401.00002")
        assert (len(found.records), found.unknown, len(server.seen)) == (2, [], 2)


def test_pages_shorter_than_the_batch_are_followed(find, server, made, held, reply):
    entries = list(held.values())[:3]
    server.script = [
        reply(made.atom(entries[:2], total=3), content_type=ATOM),
        reply(made.atom([], total=3, start=2), content_type=ATOM),
        reply(made.atom(entries[2:], total=3, start=2), content_type=ATOM),
    ]
    (found,) = find(*list(held)[:3])
    assert (len(found.records), len(found.pages)) == (3, 2)


def test_a_total_that_drifts_between_pages_is_an_error(find, server, made, held, reply):
    entries = list(held.values())[:2]
    server.script = [reply(made.atom(entries[:1], total=2), content_type=ATOM)]
    server.answer = lambda _: reply(made.atom(entries[1:], total=3, start=1), content_type=ATOM)
    with pytest.raises(ReplyError, match="total changed from 2 to 3"):
        find(*list(held)[:3])


def test_pages_that_repeat_a_paper_are_not_complete(find, server, made, held, reply):
    entry = held["2401.00001"]
    server.script = [reply(made.atom([entry], 2, start, 1), content_type=ATOM) for start in (0, 1)]
    with pytest.raises(ReplyError, match="1 distinct papers came, but arXiv says it has 2"):
        find("2401.00001", "2401.00002")


def test_an_identifier_that_arxiv_refuses_is_unknown_and_the_others_are_asked_again(
    find, server, made, held, reply
):
    def answer(path):
        if "2401.00002" in path:
            error = made.atom_error(
                "incorrect_id_format_for_2401.00002", "incorrect id format for 2401.00002"
            )
            return reply(error, status=400, content_type=ATOM)
        return made.api(held)(path)

    server.answer = answer
    (found,) = find("2401.00001", "2401.00002", "2401.00003")
    assert ([record.entry.arxiv_id for record in found.records], found.unknown) == (
        ["2401.00001", "2401.00003"],
        ["2401.00002"],
    )
    (alone,) = find("2401.00002")
    assert (alone.records, alone.unknown) == ([], ["2401.00002"])


def test_another_error_entry_ends_the_lookup(find, server, made, reply):
    server.answer = lambda _: reply(made.atom_error("max_results", "too many"), content_type=ATOM)
    with pytest.raises(ReplyError, match="arXiv refuses the question: too many"):
        find("2401.00001")
    server.answer = lambda _: reply(
        made.atom_error("incorrect_id_format_for_x", "incorrect id format for x"), content_type=ATOM
    )
    with pytest.raises(ReplyError, match="arXiv refuses the question"):
        find("2401.00001")


def test_a_paper_whose_entry_is_malformed_is_unread_not_unknown(find, server, made, reply):
    entries = [made.atom_entry("2401.00001", title=None), made.atom_entry("2401.00002")]
    server.answer = lambda _: reply(made.atom(entries), content_type=ATOM)
    (found,) = find("2401.00001", "2401.00002", "2401.00003")
    assert (found.unread, found.unknown, len(found.rejects)) == (["2401.00001"], ["2401.00003"], 1)
    entries[0] = made.atom_entry("nonsense")
    (found,) = find("2401.00001", "2401.00002", "2401.00003")
    assert (found.unread, found.unknown) == (["2401.00001", "2401.00003"], [])


def test_a_lookup_that_stops_amid_has_given_the_batches_before(server, make_client, made, held, reply, known):
    server.answer = made.api(held)
    lookup = look_up(make_client(), list(held), base_url=server.url, known=known, batch_size=100)
    assert len(next(lookup).records) == 100
    server.answer = lambda _: reply(status=503)
    with pytest.raises(RemoteError, match="What was published stays"):
        next(lookup)


def test_recorded_papers_are_found_and_replayed_offline(find, server, made, recorded_entries, store):
    server.answer = made.api(recorded_entries)
    online = find(*recorded_entries, "0712.9999")
    assert sum(len(one.records) for one in online) == len(recorded_entries) == 64
    assert online[0].unknown == ["0712.9999"]
    n_requests = len(server.seen)
    offline = find(*recorded_entries, "0712.9999", client=ReplayClient(store))
    assert len(server.seen) == n_requests
    assert [one.records for one in offline] == [one.records for one in online]


def test_recorded_replies_as_they_were_asked_for(find, server, reply, recorded_api):
    bodies = {
        parse_qs(urlsplit(one["url"]).query)["id_list"][0]: (one["status_code"], one["body"])
        for one in recorded_api
        if "id_list" in parse_qs(urlsplit(one["url"]).query)
    }

    def answer(path):
        status, body = bodies[parse_qs(urlsplit(path).query)["id_list"][0]]
        return reply(body.encode(), status=status, content_type=ATOM)

    server.answer = answer
    for arxiv_id in ("1605.08386", "2104.12255v1", "astro-ph/0601001", "quant-ph/0201082v1"):
        (found,) = find(arxiv_id)
        assert (len(found.records), found.unknown) == (1, [])


# OAI-PMH


@pytest.fixture
def reap(server, make_client, known):
    def reap(client=None, **window):
        window = Window(**{"from_date": date(2026, 8, 1), "set_spec": "cs:cs:IR", **window})
        return list(harvest(client or make_client(), window, base_url=f"{server.url}/oai", known=known))

    return reap


@pytest.fixture
def say(server, reply):
    """Let the server answer with these bodies, one after the other."""

    def say(*bodies):
        server.script = [reply(body, content_type="text/xml") for body in bodies]

    return say


def ids_of(pages):
    return [record.entry.arxiv_id for page in pages for record in page.records]


def asked(server):
    return [dict(parse_qsl(urlsplit(one.path).query)) for one in server.seen]


@pytest.mark.parametrize("token", ["", None, "  "])
def test_an_empty_and_an_absent_token_both_end_the_list(token, reap, say, made, server):
    say(
        made.oai_list([made.oai_record("2401.00001")], token="verb%3DListRecords%26skip%3D1"),
        made.oai_list([made.oai_record("2401.00002")], token=token, at="2026-08-04T00:00:01Z"),
    )
    pages = reap(until_date=date(2026, 8, 2))
    assert ids_of(pages) == ["2401.00001", "2401.00002"]
    assert [page.is_last for page in pages] == [False, True]
    assert {page.cursor.isoformat() for page in pages} == {"2026-08-03T10:00:00+00:00"}
    assert asked(server) == [
        {
            "verb": "ListRecords",
            "metadataPrefix": "arXivRaw",
            "from": "2026-08-01",
            "until": "2026-08-02",
            "set": "cs:cs:IR",
        },
        {"verb": "ListRecords", "resumptionToken": "verb%3DListRecords%26skip%3D1"},
    ]


def test_a_quiet_day_is_one_page_without_records(reap, say, made):
    say(made.oai_error("noRecordsMatch"))
    (page,) = reap()
    assert (page.records, page.is_last, page.cursor.isoformat()) == ([], True, "2026-08-03T10:00:00+00:00")


@pytest.mark.parametrize(
    "code", ["badArgument", "cannotDisseminateFormat", "idDoesNotExist", "badResumptionToken"]
)
def test_other_errors_with_status_200_end_the_harvest(code, reap, say, made, server):
    say(made.oai_error(code))
    with pytest.raises(ReplyError, match=rf"arXiv refuses the harvest: in words \({code}\)"):
        reap()
    assert len(server.seen) == 1


def test_a_token_that_dies_midway_starts_again_from_the_last_safe_day_and_nothing_comes_twice(
    reap, say, made, server
):
    one, two = made.oai_record("2401.00001", "2026-08-01"), made.oai_record("2401.00002", "2026-08-02")
    three, gone = made.oai_record("2401.00003", "2026-08-02"), made.oai_deleted("2401.00004", "2026-08-02")
    broken = made.oai_record("2401.00006", "2026-08-02").replace("title>", "heading>")
    moved = made.oai_record("2401.00001", "2026-08-03", versions=2)
    say(
        made.oai_list([one, two, gone, broken], token="t1"),
        made.oai_error("badResumptionToken"),
        made.oai_list([two, gone, broken, three], token="t1"),
        made.oai_list([moved], token=""),
    )
    pages = reap()
    assert ids_of(pages) == ["2401.00001", "2401.00002", "2401.00003", "2401.00001"]
    assert [len(page.deleted) for page in pages] == [1, 0, 0]
    assert [len(page.rejects) for page in pages] == [1, 0, 0]
    assert [page.n_repeated for page in pages] == [0, 3, 0]
    assert [query.get("from") for query in asked(server)] == ["2026-08-01", None, "2026-08-02", None]


def test_a_list_that_is_not_in_order_starts_again_from_its_beginning(reap, say, made, server):
    records = [made.oai_record("2401.00001", "2026-08-02"), made.oai_record("2401.00002", "2026-08-01")]
    say(made.oai_list(records, token="t1"), made.oai_error("badResumptionToken"), made.oai_list(records))
    assert len(ids_of(reap())) == 2
    assert asked(server)[2]["from"] == "2026-08-01"


def test_tokens_that_die_again_and_again_end_the_harvest(reap, server, made, reply):
    def answer(path):
        body = (
            made.oai_error("badResumptionToken")
            if "resumptionToken" in path
            else made.oai_list([made.oai_record("2401.00001")], token="t")
        )
        return reply(body, content_type="text/xml")

    server.answer = answer
    with pytest.raises(ReplyError, match="died 6 times"):
        reap()


def test_a_token_that_comes_twice_is_a_circle(reap, say, made):
    say(*(made.oai_list([made.oai_record(f"2401.0000{n}")], token="same") for n in range(1, 4)))
    with pytest.raises(ReplyError, match="runs in a circle"):
        reap()


def test_new_tokens_without_new_records_do_not_go_on_for_ever(reap, server, made, reply):
    pages = iter(range(1000))
    server.answer = lambda _: reply(
        made.oai_list([made.oai_record("2401.00001")], token=f"t{next(pages)}"), content_type="text/xml"
    )
    with pytest.raises(ReplyError, match="does not end"):
        reap()
    assert len(server.seen) < 6


def test_records_that_move_between_pages_come_once(reap, say, made):
    say(
        made.oai_list([made.oai_record("2401.00001"), made.oai_record("2401.00002")], token="t1"),
        made.oai_list([made.oai_record("2401.00002"), made.oai_record("2401.00003")]),
    )
    assert ids_of(reap()) == ["2401.00001", "2401.00002", "2401.00003"]


def test_a_page_cut_off_before_its_end_does_not_end_the_harvest(reap, say, made, server):
    whole = made.oai_list([made.oai_record("2401.00001"), made.oai_record("2401.00002")])
    say(whole.replace(b"</OAI-PMH>", b""), whole[: len(whole) // 2], whole)
    assert ids_of(reap()) == ["2401.00001", "2401.00002"]
    assert len(server.seen) == 3


def test_an_empty_list_with_a_token_is_asked_for_again(reap, say, made):
    say(made.oai_list([], token="t1"), made.oai_list([made.oai_record("2401.00001")]))
    assert ids_of(reap()) == ["2401.00001"]


@pytest.mark.parametrize("size", [2, 3])
def test_a_length_that_is_stated_must_be_met(size, reap, say, made):
    say(
        made.oai_list([made.oai_record("2401.00001")], token="t1", completeListSize=size),
        made.oai_list([made.oai_record("2401.00002")], token="", completeListSize=size),
    )
    if size == 2:
        assert len(ids_of(reap())) == 2
        return
    with pytest.raises(ReplyError, match="2 distinct papers came, but the list is said to hold 3"):
        reap()


def test_a_day_before_the_first_is_asked_as_the_first(reap, say, made, server):
    say(made.oai_list([made.oai_record("2401.00001")]))
    reap(from_date=date(1991, 1, 1), set_spec=None, prefix="arXivRaw")
    assert asked(server)[0]["from"] == "2005-09-16"
    assert "set" not in asked(server)[0]


def test_the_next_harvest_overlaps_by_two_days(utc):
    assert next_from_date(utc(2026, 8, 3, 0, 10)) == date(2026, 8, 1)
    assert next_from_date(utc(2005, 9, 16)) == date(2005, 9, 16)


@pytest.mark.parametrize(
    ("name", "n_pages", "n_records", "window"),
    [
        ("arXivRaw.paged", 13, 503, {"from_date": date(2005, 9, 16)}),
        (
            "arXiv.oneday",
            3,
            103,
            {"from_date": date(2011, 2, 3), "until_date": date(2011, 2, 3), "prefix": "arXiv"},
        ),
        ("arXivRaw.window", 1, 10, {"from_date": date(2015, 3, 13), "until_date": date(2015, 3, 16)}),
    ],
)
def test_recorded_lists_are_harvested_to_the_end_and_replayed(
    name, n_pages, n_records, window, reap, server, reply, recorded_oai, oai_requests, store
):
    answers = {}
    for one in oai_requests:
        if one["file"].startswith(f"ListRecords.{name}"):
            query = dict(parse_qsl(urlsplit(one["request"]).query))
            key = query.get("resumptionToken", "first")
            answers[key.replace("%25", "%") if key != "first" else key] = recorded_oai[one["file"]]

    def answer(path):
        query = dict(parse_qsl(urlsplit(path).query))
        return reply(answers[query.get("resumptionToken", "first")], content_type="text/xml")

    server.answer = answer
    online = reap(set_spec=None, **window)
    assert (len(online), len(ids_of(online)), len(set(ids_of(online)))) == (n_pages, n_records, n_records)
    assert [page.is_last for page in online] == [False] * (n_pages - 1) + [True]
    n_requests = len(server.seen)
    offline = reap(client=ReplayClient(store), set_spec=None, **window)
    assert [page.records for page in offline] == [page.records for page in online]
    assert len(server.seen) == n_requests


# Feed


@pytest.fixture
def feed(server, make_client, known, reply):
    def feed(body, today, *categories):
        server.answer = lambda _: reply(body, content_type="application/rss+xml")
        return read_feed(
            make_client(), categories or ("cs.IR", "cs.CL"), today, base_url=f"{server.url}/rss", known=known
        )

    return feed


MONDAY, SATURDAY = date(2026, 8, 3), date(2026, 8, 8)


def test_a_feed_of_today_brings_no_warning_and_only_new_is_a_new_paper(feed, made, server):
    kinds = ("new", "cross", "replace", "replace-cross")
    items = [made.rss_item(f"2608.0000{n}v{n}", kind) for n, kind in enumerate(kinds, 1)]
    reading = feed(made.rss(items), MONDAY)
    assert (len(reading.records), len(reading.new_papers), reading.warnings) == (4, 1, [])
    assert (reading.announced_on, server.seen[0].path) == (MONDAY, "/rss/cs.IR+cs.CL")


@pytest.mark.parametrize("today", [SATURDAY, date(2026, 8, 9)])
def test_an_empty_weekend_is_fine(today, feed, made):
    assert feed(made.rss([]), today).warnings == []
    friday = "Fri, 07 Aug 2026 00:00:00 -0400"
    assert feed(made.rss([made.rss_item("2608.00001v1", day=friday)]), today).warnings == []
    (stale,) = feed(made.rss([made.rss_item("2608.00001v1")]), today).warnings
    assert "the feed is of Monday 2026-08-03, expected Friday 2026-08-07" in stale


def test_a_holiday_is_fine_empty_or_with_the_day_before(feed, made):
    holiday = date(2026, 9, 8)  # after the evening of Labor Day
    monday = "Mon, 07 Sep 2026 00:00:00 -0400"
    assert feed(made.rss([]), holiday).warnings == []
    assert feed(made.rss([made.rss_item("2609.00001v1", day=monday)], day=monday), holiday).warnings == []


def test_an_empty_weekday_is_a_warning(feed, made):
    assert "nothing was announced on Monday 2026-08-03" in feed(made.rss([]), MONDAY).warnings[0]


def test_a_stale_feed_with_a_fresh_build_date_is_a_warning(feed, made):
    reading = feed(made.rss([made.rss_item("2608.00001v1")]), date(2026, 8, 7))
    assert "the feed is of Monday 2026-08-03, expected Friday 2026-08-07" in reading.warnings[0]
    assert len(reading.records) == 1


def test_some_items_of_another_day_and_rejects_are_warnings(feed, made):
    items = [
        made.rss_item("2608.00001v1"),
        made.rss_item("2608.00002v1", day="Fri, 31 Jul 2026 00:00:00 -0400"),
        made.rss_item("2608.00003v1", "sold"),
    ]
    first, second = feed(made.rss(items), MONDAY).warnings
    assert "1 of 3 announcements could not be read" in first
    assert "1 of 3 announcements are of another day" in second


def test_an_atom_feed_without_items_says_no_day(feed, made):
    assert "the feed is of Monday" not in "".join(
        feed(made.atom_feed([("2608.00001v1", "new")]), MONDAY).warnings
    )
    reading = feed(made.rss([made.rss_item("x")], day="Fri, 31 Jul 2026 00:00:00 -0400"), MONDAY)
    assert "the feed is of Friday 2026-07-31" in reading.warnings[1]


@pytest.mark.parametrize("categories", [("cs.IR", "cs.NOPE"), ("../api",), ("",)])
def test_only_categories_of_arxiv_are_asked_for(categories, feed, made, server):
    with pytest.raises(ReplyError, match="is no category of arXiv"):
        feed(made.rss([]), MONDAY, *categories)
    assert server.seen == []


def test_a_whole_archive_has_a_feed_too(feed, made):
    assert feed(made.rss([made.rss_item("2608.00001v1")]), MONDAY, "cs").warnings == []


def test_the_day_is_that_of_arxivs_clock(utc):
    assert announcement_day(utc(2026, 8, 4, 4, 59)) == MONDAY
    assert announcement_day(utc(2026, 8, 4, 5, 0)) == date(2026, 8, 4)
