"""The commands that ask arXiv, against a server on loopback: what they bring in, and what they leave alone."""

# ruff: noqa: PLR0913, PLR0917 - pytest passes fixtures by name

import json
import shutil
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from paperhouse.flows.arxiv.client.query_api import look_up
from paperhouse.flows.arxiv.client.reply_cache import ReplyStore
from paperhouse.flows.arxiv.client.stored_replies import ReplayClient, StoredReplies
from paperhouse.flows.arxiv.query_api_door import replies_of
from paperhouse.flows.arxiv.replies import load_replies, reply_store
from paperhouse.flows.settings import Settings
from paperhouse.warehouse.read.lookup_candidates import lookup_candidates
from paperhouse.warehouse.storage.lock import exclusive_lock

ATOM = "application/atom+xml; charset=utf-8"
PAPERS = "select count(*), count(primary_category), count(version), count(published_at) from papers"


@pytest.fixture
def home(seed_home, tmp_path):
    return shutil.copytree(seed_home, tmp_path / "home")


@pytest.fixture
def seed_ids(seed_home, bench):
    return [arxiv_id for (arxiv_id,) in bench.rows(seed_home, "select arxiv_id from papers order by 1")]


def ids_asked(server):
    return [parse_qs(urlsplit(one.path).query)["id_list"][0].split(",") for one in server.seen]


def queries(server):
    return [dict(parse_qsl(urlsplit(one.path).query)) for one in server.seen]


# enrich


def test_seeds_are_enriched_and_lookups_are_no_listings(home, run, server, made, seed_ids, bench):
    before = bench.rows(
        home, "select arxiv_id, first_listed_date, last_listed_date, n_listings from papers order by 1"
    )
    server.answer = made.api(
        {one: made.atom_entry(one, 2, categories=["cs.IR", "H.3.3", "68T50"]) for one in seed_ids}
    )
    done = run("enrich")
    assert (done.exit_code, done.stderr) == (0, "")
    assert "replies    1 asked for\nasked      54 answered\n" in done.stdout
    assert "papers     0 new, 54 changed" in done.stdout
    assert bench.rows(home, PAPERS) == [(54, 54, 54, 54)]
    listed = bench.rows(
        home, "select arxiv_id, first_listed_date, last_listed_date, n_listings from papers order by 1"
    )
    assert listed == before
    assert bench.rows(home, "select scheme, code, count(*) from paper_classes group by all order by all") == [
        ("acm", "H.3.3", 54),
        ("msc", "68T50", 54),
    ]
    assert bench.rows(home, "select category, count(*) from paper_categories group by all") == [("cs.IR", 54)]
    (digest,) = bench.rows(
        home,
        "select path, format, source, digest_date, unit, n_lines, n_entry_lines, n_ids_seen, n_ids_unaccounted, "
        "load_id = (select max(load_id) from loads where trigger = 'enrich') from digests where source = 'arxiv'",
    )
    assert digest[1:] == ("arxiv_api", "arxiv", None, "record", 54, 54, 54, 0, True)
    assert (home / digest[0]).is_file()
    traced = bench.rows(
        home, "select count(*) from papers join paper_sources using (arxiv_id) where path like 'http/%'"
    )
    assert traced == [(54,)]


def test_what_is_complete_or_was_asked_lately_is_not_asked_again(home, run, server, made, seed_ids, bench):
    server.answer = made.api({one: made.atom_entry(one) for one in seed_ids[2:]})
    assert "52 answered, 2 unknown" in run("enrich").stdout
    again = run("enrich")
    assert (again.exit_code, len(server.seen)) == (0, 1)
    assert "the warehouse is unchanged" in again.stdout
    assert run("enrich", "--dry-run", "--json").json["n_asked_lately"] == 2
    (asked_at,) = bench.rows(home, "select max(asked_at) from lookups")[0]
    live = home / "paperhouse.duckdb"
    assert lookup_candidates(live, asked_at + timedelta(days=29)).arxiv_ids == []
    assert sorted(lookup_candidates(live, asked_at + timedelta(days=31)).arxiv_ids) == seed_ids[:2]
    assert "2 unknown" in run("enrich", "--ids", ",".join(seed_ids[:2])).stdout


@pytest.mark.usefixtures("home")
def test_newest_first_up_to_the_limit_since_a_day(run, server, made, seed_ids):
    server.answer = made.api({one: made.atom_entry(one) for one in seed_ids})
    plan = run("enrich", "--limit", "3", "--dry-run", "--json", interval="3").json
    assert (plan["n_papers"], plan["n_requests"], plan["n_left"], server.seen) == (3, 1, 51, [])
    assert "left       51 papers still to ask for" in run("enrich", "--limit", "3").stdout
    assert ids_asked(server) == [["2504.20013", "2504.20006", "2504.20000"]]
    since = run("enrich", "--since", "2025-04-30", "--dry-run", "--json").json
    assert since["n_papers"] == 10  # thirteen are listed on that day, of which three are known by now


def test_a_dry_run_says_how_long_it_takes_and_asks_nothing(home, run, server):
    many = ",".join(f"2401.{number:05}" for number in range(1, 1001))
    done = run("enrich", "--ids", many, "--dry-run", interval="3")
    assert done.stdout.startswith("would ask for 1,000 papers in 5 requests: about 15 s\n")
    assert server.seen == []
    assert not (home / "http").exists()


def test_without_a_warehouse_nothing_is_lacking_but_papers_can_be_named(run, server, made, tmp_path, bench):
    done = run("enrich")
    assert (done.exit_code, server.seen) == (1, [])
    assert "there is no warehouse yet" in done.stderr
    server.answer = made.api({"hep-th/9901001": made.atom_entry("hep-th/9901001", 3)})
    assert run("enrich", "--ids", "hep-th/9901001v3").exit_code == 0
    assert bench.rows(tmp_path / "home", "select version, n_listings, n_variants from papers") == [(3, 0, 1)]
    wrong = run("enrich", "--ids", "abc")
    assert (wrong.exit_code, len(server.seen)) == (1, 1)
    assert "'abc' is no arXiv identifier" in wrong.stderr


def test_withdrawn_and_malformed_papers_are_recorded_as_such(home, run, server, made, bench):
    entries = {
        "2504.20013": made.atom_entry(
            "2504.20013",
            2,
            more="<arxiv:comment>This paper has been withdrawn by the authors</arxiv:comment>",
        ),
        "2504.20006": made.atom_entry("2504.20006", title=None),
        "2504.20000": made.atom_entry("2504.20000", title="vis-Ã\xa0-vis"),
    }
    server.answer = made.api(entries)
    done = run("enrich", "--limit", "3")
    assert "1 answered, 1 unread, 1 withdrawn" in done.stdout
    assert "rejects    1" in done.stdout
    assert "repairs    1 field mended" in done.stdout
    assert bench.rows(home, "select arxiv_id, outcome from lookups order by 1 desc") == [
        ("2504.20013", "withdrawn"),
        ("2504.20006", "unread"),
        ("2504.20000", "answered"),
    ]
    assert bench.rows(home, "select reason, text like '%2504.20006%' from rejects") == [("no_title", True)]
    assert bench.rows(home, "select title from papers where arxiv_id = '2504.20000'") == [("vis-à-vis",)]


def test_an_identifier_whose_form_arxiv_refuses_is_unknown_and_its_reply_a_digest_without_papers(
    home, run, server, made, bench, reply
):
    def answer(path):
        if "2504.20006" in path:
            code = "incorrect_id_format_for_2504.20006"
            error = made.atom_error(code, "incorrect id format for 2504.20006")
            return reply(error, status=400, content_type=ATOM)
        return made.api({"2504.20013": made.atom_entry("2504.20013")})(path)

    server.answer = answer
    assert "1 answered, 1 unknown" in run("enrich", "--limit", "2").stdout
    rows = bench.rows(
        home,
        "select n_lines, n_entry_lines, n_furniture_lines from digests where source = 'arxiv' order by 2",
    )
    assert rows == [(1, 0, 1), (1, 1, 0)]


def test_the_newer_answer_wins_over_older_ones_of_the_same_version_in_whatever_order_they_are_loaded(
    home, run, made, bench, known
):
    settings = Settings(home=home)
    store = reply_store(settings)
    base = "https://export.arxiv.org/api/query"
    for days_ago, title in ((3, "First"), (2, "Corrected"), (1, "Corrected twice")):
        more = f"<arxiv:doi>10.1/{title.replace(' ', '-')}</arxiv:doi>"
        body = made.atom([made.atom_entry("2504.20013", 1, title=title, more=more)], per_page=1)
        when = datetime.now(UTC) - timedelta(days=days_ago)
        url = f"{base}?id_list=2504.20013&start=0&max_results=1"
        store.save(url, body, fetched_at=when, status=200, content_type=ATOM)
    stored = StoredReplies(store.replies())
    for number in (1, 2, 0):
        client = ReplayClient(store, stored, number)
        (found,) = look_up(client, ["2504.20013"], base_url=base, known=known)
        load_replies(settings, "enrich", list(replies_of(found, known, is_repairing=True)))
        if number == 1:
            assert bench.rows(home, "select title from papers where version = 1") == [("Corrected",)]
    query = "select title, doi, n_variants from papers where arxiv_id = '2504.20013'"
    assert bench.rows(home, query) == [("Corrected twice", "10.1/Corrected-twice", 4)]
    before = bench.hash_of(home)
    assert run("rebuild").exit_code == 0
    assert bench.hash_of(home) == before


# harvest


@pytest.fixture
def say(server, reply):
    """Let the server answer with these bodies, one after the other."""

    def say(*bodies):
        server.script = [reply(body, content_type="text/xml") for body in bodies]

    return say


HARVEST = ("harvest", "--set", "cs:cs:IR")
POINTS = "select set_spec, prefix, from_date::varchar, point_at::varchar, n_replies from harvest_points order by point_at"


def test_a_harvest_brings_versions_affiliations_and_its_cursor_and_the_next_goes_on_from_there(
    run, say, made, server, bench, tmp_path
):
    home = tmp_path / "home"
    records = [made.oai_record("2608.00001", versions=3), made.oai_deleted("2608.00002")]
    withdrawn = made.oai_record("2608.00003").replace("9kb</size>", "0kb</size><source_type>I</source_type>")
    say(made.oai_list(records, token="t1"), made.oai_list([withdrawn], token=""))
    done = run(*HARVEST, "--from", "2026-08-01")
    assert done.exit_code == 0
    assert (
        "records    2, 1 deleted\nharvested  cs:cs:IR from 2026-08-01 to 2026-08-03 10:00 UTC\n"
        in done.stdout
    )
    assert bench.rows(
        home, "select arxiv_id, version, size_kb, is_withdrawn from paper_versions order by all"
    ) == [
        ("2608.00001", 1, 9, False),
        ("2608.00001", 2, 9, False),
        ("2608.00001", 3, 9, False),
        ("2608.00003", 1, 0, True),
    ]
    # As arXiv reads it, the affiliation behind the second name is that of both.
    assert bench.rows(
        home, "select * from author_affiliations where arxiv_id = '2608.00001' order by all"
    ) == [
        ("2608.00001", 1, "Univ. X"),
        ("2608.00001", 2, "Univ. X"),
    ]
    assert bench.rows(home, "select arxiv_id, outcome from lookups order by all") == [
        ("2608.00002", "deleted"),
        ("2608.00003", "withdrawn"),
    ]
    assert bench.rows(
        home, "select n_listings, first_listed_date, version from papers order by arxiv_id"
    ) == [
        (0, None, 3),
        (0, None, 1),
    ]
    assert bench.rows(home, POINTS) == [("cs:cs:IR", "arXivRaw", "2026-08-01", "2026-08-03 10:00:00+00", 2)]
    say(made.oai_list([made.oai_record("2608.00001", "2026-08-04", versions=4)], at="2026-08-05T00:00:00Z"))
    assert run(*HARVEST).exit_code == 0
    assert queries(server)[-1]["from"] == "2026-08-01"
    assert bench.rows(home, "select version from papers where arxiv_id = '2608.00001'") == [(4,)]
    assert len(bench.rows(home, POINTS)) == 2
    before = bench.hash_of(home)
    assert run("rebuild").exit_code == 0
    assert bench.hash_of(home) == before


def test_a_first_harvest_needs_a_day_to_begin_with(run, server):
    done = run(*HARVEST)
    assert (done.exit_code, server.seen) == (1, [])
    assert "cs:cs:IR, arXivRaw: no harvest was published yet; say with --from where to begin" in done.stderr
    wrong = run(*HARVEST, "--from", "2026-08-02", "--until", "2026-08-01")
    assert "ends on 2026-08-01, before it begins" in wrong.stderr


def test_the_point_of_a_window_with_an_end_is_no_later_than_that_end(run, say, made, bench, tmp_path):
    say(made.oai_list([made.oai_record("2608.00001")]))
    run(*HARVEST, "--from", "2026-07-01", "--until", "2026-07-20")
    assert bench.rows(tmp_path / "home", POINTS)[0][3] == "2026-07-20 00:00:00+00"
    plan = run(*HARVEST, "--dry-run", "--json").json
    assert (plan["from"], plan["until"]) == ("2026-07-18", None)
    assert plan["n_requests"] >= 1
    gap = run(*HARVEST, "--from", "2026-07-25", "--dry-run")
    assert "nothing between 2026-07-20 and 2026-07-25 is harvested" in gap.stdout


def test_a_quiet_day_moves_the_cursor_and_brings_nothing_else(run, say, made, bench, tmp_path):
    say(made.oai_error("noRecordsMatch"))
    done = run(*HARVEST, "--from", "2026-08-01")
    assert done.exit_code == 0
    assert bench.rows(tmp_path / "home", "select count(*) from papers") == [(0,)]
    assert len(bench.rows(tmp_path / "home", POINTS)) == 1
    state = run("status", "--json").json
    assert [row for row in state["sources"] if row["needs_attention"]] == []


def test_a_token_that_dies_midway_loads_no_fact_twice(run, say, made, bench, tmp_path, server):
    one, two = made.oai_record("2608.00001", "2026-08-01"), made.oai_record("2608.00002", "2026-08-02")
    three = made.oai_record("2608.00003", "2026-08-02")
    say(
        made.oai_list([one, two], token="t1"),
        made.oai_error("badResumptionToken"),
        made.oai_list([two, three], token=""),
    )
    done = run(*HARVEST, "--from", "2026-08-01")
    assert "records    3, 0 deleted, 1 stated by two pages" in done.stdout
    assert [query.get("from") for query in queries(server)] == ["2026-08-01", None, "2026-08-02"]
    counts = "select (select count(*) from papers), (select count(*) from variants), (select count(*) from paper_versions)"
    assert bench.rows(tmp_path / "home", counts) == [(3, 3, 3)]


def test_a_failed_harvest_publishes_nothing_and_the_next_run_asks_only_for_what_is_missing(
    run, say, made, server, bench, tmp_path, reply
):
    page = made.oai_list([made.oai_record("2608.00001")], token="t1")
    say(page)
    server.answer = lambda _: reply(status=404)
    failed = run(*HARVEST, "--from", "2026-08-01")
    assert failed.exit_code == 1
    assert "status 404" in failed.stderr
    assert not (tmp_path / "home" / "paperhouse.duckdb").exists()
    say(made.oai_list([made.oai_record("2608.00002")], token=""))
    done = run(*HARVEST, "--from", "2026-08-01")
    assert "replies    1 asked for, and 1 kept from earlier" in done.stdout
    assert [query.get("resumptionToken") for query in queries(server)] == [None, "t1", "t1"]
    assert bench.rows(tmp_path / "home", "select count(*) from papers") == [(2,)]
    assert bench.rows(tmp_path / "home", "select n_replies from harvest_points") == [(2,)]


def test_kept_pages_that_lead_in_a_circle_are_asked_for_anew(run, say, made, server, bench, tmp_path):
    circle = [made.oai_list([made.oai_record(f"2608.0000{n}")], token="same") for n in (1, 2)]
    say(*circle)
    failed = run(*HARVEST, "--from", "2026-08-01")
    assert "runs in a circle" in failed.stderr
    say(made.oai_list([made.oai_record("2608.00003")]))
    assert run(*HARVEST, "--from", "2026-08-01").exit_code == 0
    assert bench.rows(tmp_path / "home", "select arxiv_id from papers") == [("2608.00003",)]
    assert len(server.seen) == 3


# feed

MONDAY = datetime(2026, 8, 3, 12, tzinfo=UTC)


@pytest.fixture
def read_feed_at(monkeypatch, run):
    """Run the feed command as if at this time: its day is what warnings are about."""

    def read(now, *categories):
        monkeypatch.setattr("paperhouse.flows.arxiv.announcements.announcement_day", lambda _: now.date())
        return run("feed", *(categories or ("cs.IR", "cs.CL")))

    return read


def test_only_new_papers_of_a_feed_are_new(read_feed_at, made, server, bench, tmp_path, reply):
    items = [
        made.rss_item(f"2608.0000{n}v{n}", kind)
        for n, kind in enumerate(("new", "cross", "replace", "replace-cross"), 1)
    ]
    server.answer = lambda path: reply(made.rss(items, of=path[5:]), content_type="application/rss+xml")
    done = read_feed_at(MONDAY)
    assert (done.exit_code, done.stderr) == (0, "")
    assert "announced  2 cross, 2 new, 2 replace, 2 replace-cross; only new are new papers" in done.stdout
    assert [seen.path for seen in server.seen] == ["/rss/cs.IR", "/rss/cs.CL"]
    home = tmp_path / "home"
    daily = "select digest_date::varchar, list_name, n_papers, n_new_papers from daily_counts"
    assert sorted(bench.rows(home, daily)) == [("2026-08-03", "cs.CL", 4, 1), ("2026-08-03", "cs.IR", 4, 1)]
    listed = "select arxiv_id, announce_type, stated_date::varchar from listings order by 1"
    assert bench.rows(home, listed)[6] == ("2608.00004", "replace-cross", "2026-08-03")
    assert bench.rows(home, "select distinct n_listings, first_listed_date::varchar from papers") == [
        (2, "2026-08-03")
    ]


def test_a_stale_category_is_named_though_another_is_fresh_and_each_has_its_own_date(
    read_feed_at, made, server, bench, tmp_path, reply
):
    fresh = made.rss([made.rss_item("2608.00001v1")])
    friday = "Fri, 31 Jul 2026 00:00:00 -0400"
    stale = made.rss([made.rss_item("2607.00001v1", day=friday)], day=friday, of="cs.CL")
    server.answer = lambda path: reply(
        stale if path.endswith("cs.CL") else fresh, content_type="application/rss+xml"
    )
    done = read_feed_at(MONDAY)
    (warning,) = done.stderr.strip().splitlines()
    assert "/cs.CL: the feed is of Friday 2026-07-31, expected Monday 2026-08-03" in warning
    dates = "select list_name, digest_date::varchar from digests order by all"
    assert bench.rows(tmp_path / "home", dates) == [("cs.CL", "2026-07-31"), ("cs.IR", "2026-08-03")]


def test_feeds_that_were_read_before_arxiv_failed_are_published(
    read_feed_at, made, server, bench, tmp_path, reply
):
    fresh = made.rss([made.rss_item("2608.00001v1")])
    server.answer = lambda path: (
        reply(fresh, content_type="application/rss+xml") if path.endswith("cs.IR") else reply(status=404)
    )
    done = read_feed_at(MONDAY)
    assert (done.exit_code, "404" in done.stderr) == (1, True)
    assert bench.rows(tmp_path / "home", "select list_name from digests") == [("cs.IR",)]
    assert "left       1" in done.stdout


def test_a_feed_that_is_read_twice_a_day_lists_each_paper_once(
    read_feed_at, made, server, bench, tmp_path, reply
):
    feed = made.rss([made.rss_item("2608.00001v1")])
    for body in (feed, feed.replace(b"04:00:00 +0000", b"05:00:00 +0000")):
        server.answer = lambda _, body=body: reply(body, content_type="application/rss+xml")
        assert read_feed_at(MONDAY, "cs.IR").exit_code == 0
    assert bench.rows(tmp_path / "home", "select n_listings, (select count(*) from repeats) from papers") == [
        (1, 1)
    ]


def test_an_empty_weekend_is_fine_and_an_empty_or_stale_weekday_is_a_warning(
    read_feed_at, made, server, bench, tmp_path, reply
):
    saturday = made.rss([], day="Sat, 08 Aug 2026 00:00:00 -0400")
    server.answer = lambda _: reply(saturday, content_type="application/rss+xml")
    quiet = read_feed_at(datetime(2026, 8, 8, 12, tzinfo=UTC), "cs.IR")
    assert (quiet.exit_code, quiet.stderr) == (0, "")
    assert "the warehouse is unchanged" in quiet.stdout
    server.answer = lambda _: reply(made.rss([]), content_type="application/rss+xml")
    empty = read_feed_at(MONDAY, "cs.IR")
    assert (empty.exit_code, "nothing was announced on Monday 2026-08-03" in empty.stderr) == (0, True)
    assert bench.rows(tmp_path / "home", "select n_entries, digest_date::varchar from digests") == [
        (0, "2026-08-03")
    ]
    server.answer = lambda _: reply(
        made.rss([made.rss_item("2608.00001v1")]), content_type="application/rss+xml"
    )
    stale = read_feed_at(datetime(2026, 8, 7, 12, tzinfo=UTC), "cs.IR")
    assert "the feed is of Monday 2026-08-03, expected Friday 2026-08-07" in stale.stderr


def test_categories_come_from_the_settings_where_none_are_named(run, server, made, reply):
    server.answer = lambda _: reply(made.rss([]), content_type="application/rss+xml")
    assert run("feed").exit_code == 2
    assert run("feed", "--dry-run", feed_categories="cs.IR math.GT").stdout.startswith(
        "would read cs.IR, math.GT in 2 requests: about 0 s"
    )
    wrong = run("feed", "cs.NOPE")
    assert (wrong.exit_code, server.seen) == (1, [])
    assert "cs.NOPE is no category of arXiv" in wrong.stderr


# replay and forget


@pytest.fixture
def asked_home(home, run, say, made, server, reply, seed_ids, read_feed_at):
    """The seeds, enriched, with a harvest and a feed."""
    server.answer = made.api({one: made.atom_entry(one, 2) for one in seed_ids[1:]})
    assert run("enrich").exit_code == 0
    say(
        made.oai_list([made.oai_record(seed_ids[0], versions=2), made.oai_deleted("2608.00002")], token="t1"),
        made.oai_error("badResumptionToken"),
        made.oai_list([made.oai_record("2608.00003")]),
    )
    assert run(*HARVEST, "--from", "2026-08-01").exit_code == 0
    server.answer = lambda _: reply(
        made.rss([made.rss_item("2608.00009v1")]), content_type="application/rss+xml"
    )
    assert read_feed_at(MONDAY, "cs.IR").exit_code == 0
    return home


def test_replaying_the_stored_replies_gives_the_same_rows_and_they_are_forgotten_like_any_digest(
    asked_home, run, seed_home, bench, server, tmp_path
):
    before, n_requests = bench.hash_of(asked_home), len(server.seen)
    again = run("replay")
    assert "the warehouse is unchanged" in again.stdout
    shutil.move(asked_home / "http", tmp_path / "http")
    shutil.rmtree(asked_home)
    shutil.copytree(seed_home, asked_home)
    shutil.move(tmp_path / "http", asked_home / "http")
    done = run("replay")
    assert (done.exit_code, len(server.seen)) == (0, n_requests)
    assert "replies    0 asked for, and 4 kept from earlier" in done.stdout
    assert bench.hash_of(asked_home) == before
    ids = [
        digest_id
        for (digest_id,) in bench.rows(asked_home, "select digest_id from digests where source = 'arxiv'")
    ]
    assert len(ids) == 4
    assert run("forget", *ids).exit_code == 0
    assert bench.hash_of(asked_home) == bench.hash_of(seed_home)


def test_old_replies_go_after_they_are_published(home, run, server, made, seed_ids):
    store = ReplyStore(home / "http")
    long_ago = datetime.now(UTC) - timedelta(days=91)
    store.save(
        "https://export.arxiv.org/api/query?x", b"old", fetched_at=long_ago, status=200, content_type=ATOM
    )
    server.answer = made.api({one: made.atom_entry(one) for one in seed_ids})
    assert run("enrich").exit_code == 0
    assert [one.n_bytes > 3 for one in store.replies()] == [True]


def test_a_load_that_is_held_up_loses_nothing_that_was_answered(home, run, server, made, seed_ids, bench):
    server.answer = made.api({one: made.atom_entry(one) for one in seed_ids})
    with exclusive_lock(home / "paperhouse.lock"):
        done = run("enrich")
    assert (done.exit_code, len(server.seen)) == (1, 1)
    assert "has been loading since" in done.stderr
    assert "replies    0 asked for, and 1 kept from earlier" in run("enrich").stdout
    assert len(server.seen) == 1
    assert bench.rows(home, "select count(primary_category) from papers") == [(54,)]


@pytest.mark.usefixtures("quick")
def test_progress_tells_the_time_left_at_one_request_in_three_seconds(run, server, made, monkeypatch):
    held = {f"2401.{n:05}": made.atom_entry(f"2401.{n:05}") for n in range(1, 451)}
    server.answer = made.api(held)
    monkeypatch.setattr("paperhouse.flows.cli.arxiv._SECONDS_BETWEEN_LINES", 0.0)
    assert run("enrich", "--ids", " ".join(held)).stderr.splitlines() == [
        "request 1 of 3, 200 papers asked for, 6 s left",
        "request 2 of 3, 400 papers asked for, 3 s left",
        "request 3 of 3, 450 papers asked for, 0 s left",
    ]


@pytest.mark.usefixtures("home")
def test_summaries_are_json_too(run, server, made, seed_ids):
    server.answer = made.api({one: made.atom_entry(one) for one in seed_ids[1:]})
    summary = run("enrich", "--json").json
    assert (summary["n_requests"], summary["outcomes"]) == (1, {"answered": 53, "unknown": 1})
    assert summary["load"]["n_lines"] == summary["load"]["n_lines_accounted"] == 53
    assert json.loads(json.dumps(summary)) == summary
