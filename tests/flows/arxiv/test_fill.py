"""`paperhouse fill` against a server on loopback: what digests missed comes in as answers, and no listing is made up."""

# ruff: noqa: PLR0913, PLR0917 - pytest passes fixtures by name

import json
from datetime import date, timedelta

import pytest

from paperhouse.transforms.arxiv.category_sets import category_set
from paperhouse.transforms.calendar.announcement_days import announcement_days

ATOM = "application/atom+xml; charset=utf-8"
DAYS = list(announcement_days(date(2026, 7, 5), date(2026, 8, 3)))
GONE = DAYS[-1]


def papers_of(day):
    return [f"2607.{DAYS.index(day) * 100 + place:05}" for place in range(12)]


def submitted_for(day):
    """A time of submission that is announced on this day: the morning before the evening before."""
    before = day - timedelta(days=3 if day.weekday() == 0 else 1)
    return f"{before:%a, %d %b %Y} 10:00:00 GMT"


def section(arxiv_id):
    return f"# Paper {arxiv_id}\n\n**Authors**: Ann Lee  \n\n**Link**: [PDF](https://arxiv.org/pdf/{arxiv_id})  \n\n**Abstract**: Text.  \n\n---\n"


def write_digests(folder, without):
    """A list of every day but those that are left out; a day may lack some of its papers."""
    for day in DAYS:
        shown = [paper for paper in papers_of(day) if paper not in without]
        if day in without:
            continue
        path = folder / f"{day.day}-{day:%b-%Y}" / "IR" / "README.md"
        path.parent.mkdir(parents=True)
        path.write_text("".join(map(section, shown)))


@pytest.fixture
def load_digests(bench, tmp_path):
    def load(*without):
        write_digests(tmp_path / "digests", without)
        bench.loaded(tmp_path / "home", tmp_path / "digests")

    return load


@pytest.fixture
def read_feed(run, server, made, reply, monkeypatch):
    """Read a day's feed of cs.IR, which announces these papers."""

    def read(day, papers):
        stamp = f"{day:%a, %d %b %Y} 00:00:00 -0400"
        items = [made.rss_item(f"{paper}v1", day=stamp) for paper in papers]
        server.answer = lambda _: reply(made.rss(items, day=stamp), content_type="application/rss+xml")
        monkeypatch.setattr("paperhouse.flows.arxiv.announcements.announcement_day", lambda _: day)
        assert run("feed", "cs.IR").exit_code == 0

    return read


def test_a_paper_that_the_feed_announced_and_no_digest_lists_is_looked_up(
    run, load_digests, read_feed, server, made, bench, tmp_path
):
    missed = papers_of(DAYS[-2])[3]
    load_digests(missed)
    read_feed(DAYS[-2], papers_of(DAYS[-2]))
    listed = "select count(*) from listings join digests using (digest_id) where format = 'reporter'"
    before = bench.rows(tmp_path / "home", listed)
    n_seen = len(server.seen)
    planned = run("fill", "--dry-run")
    assert "would ask for 1 papers in 1 request" in planned.stdout
    assert f"first      {missed}" in planned.stdout
    assert len(server.seen) == n_seen
    server.answer = made.api({missed: made.atom_entry(missed, 2)})
    done = run("fill")
    assert (done.exit_code, done.stderr) == (0, "")
    assert "1 answered" in done.stdout
    home = tmp_path / "home"
    assert bench.rows(home, "select arxiv_id from answers") == [(missed,)]
    assert bench.rows(home, listed) == before
    found = "select n_announced, n_listed, n_missing, n_filled, reason from coverage where category = 'cs.IR'"
    assert bench.rows(home, found) == [(12, 11, 1, 1, "papers_missing")]
    assert "nothing to ask arXiv for" in run("fill").stdout


def test_a_day_of_which_only_lists_tell_is_harvested_and_then_known_exactly(
    run, load_digests, server, made, reply, bench, tmp_path
):
    gone = DAYS[-3]
    load_digests(gone)
    unknown = run("fill", "--dry-run")
    assert f"1 day since {gone} cannot be filled: nothing says of which categories" in unknown.stderr
    planned = json.loads(run("fill", "--dry-run", "--json", "--category", "cs.IR").stdout)
    (harvest,) = planned["harvests"]
    assert (harvest["set"], harvest["from"], harvest["until"]) == ("cs:cs:IR", str(gone), None)
    records = [
        made.oai_record(paper, stamp=str(day), at=submitted_for(day))
        for day in DAYS[-3:]
        for paper in papers_of(day)
    ]
    server.answer = lambda _: reply(
        made.oai_list(records, at=f"{DAYS[-1]}T10:00:00Z"), content_type="text/xml"
    )
    done = run("fill", "--category", "cs.IR")
    assert (done.exit_code, done.stderr) == (0, "")
    assert f"harvested  cs:cs:IR from {gone}" in done.stdout
    found = (
        "select announced_date::varchar, n_announced, n_listed, n_missing, n_filled, reason from coverage "
        "where category = 'cs.IR' order by all"
    )
    assert bench.rows(tmp_path / "home", found) == [
        (str(DAYS[-3]), 12, 0, 12, 12, "no_digest"),
        (str(DAYS[-2]), 12, 12, 0, 0, "complete"),
        (str(DAYS[-1]), 12, 12, 0, 0, "complete"),
    ]
    assert len(server.seen) == 1  # what the harvest brought need not be looked up


def test_nothing_is_asked_where_nothing_is_missing(run, load_digests, server):
    load_digests()
    done = run("fill")
    assert (done.exit_code, server.seen) == (0, [])
    assert "nothing to ask arXiv for" in done.stdout


def test_a_category_that_arxiv_does_not_have_is_refused(run, load_digests):
    load_digests()
    wrong = run("fill", "--category", "cs.NOPE")
    assert (wrong.exit_code, "cs.NOPE is no category of arXiv" in wrong.stderr) == (1, True)


@pytest.mark.parametrize(
    ("category", "archive", "group", "expected"),
    [
        ("cs.IR", "cs", "Computer Science", "cs:cs:IR"),
        ("hep-ph", "hep-ph", "Physics", "physics:hep-ph"),
        ("astro-ph.GA", "astro-ph", "Physics", "physics:astro-ph:GA"),
        ("math.NT", "math", "Mathematics", "math:math:NT"),
    ],
)
def test_the_set_of_a_category(category, archive, group, expected):
    assert category_set(category, archive, group) == expected
