"""Watches delivered to a real mail server: once a paper, marked when accepted, caught up, late ones marked late."""

import re
import shutil
from datetime import UTC, date, datetime, timedelta

import pytest

from paperhouse.flows.settings import Settings, Watch
from paperhouse.flows.watches.channels import AppriseChannel
from paperhouse.flows.watches.deliver import deliver_watches
from paperhouse.transforms.errors import WarehouseError

# apprise asks for a module that Python drops after 3.12.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
DAYS = [date(2025, 4, day) for day in (1, 2, 3, 4, 7, 8)]
NOW = datetime(2025, 4, 8, 7, tzinfo=UTC)


class Growth:
    """A home to which days are added, and its deliveries."""

    def __init__(self, root, bench):
        self.root, self.bench = root, bench

    def add(self, day, *ids, list_name="RAG", **facts):
        entries = [
            self.bench.entry(arxiv_id, f"Title of {arxiv_id}", authors=["A One"], **facts) for arxiv_id in ids
        ]
        self.bench.published(self.root, [self.bench.digest(entries, day, list_name)])

    def deliver(self, *watches, now=NOW, channels_of=None):
        settings = Settings(home=self.root, watches=list(watches))
        return deliver_watches(settings, now, *([channels_of] if channels_of else []))


@pytest.fixture(scope="module")
def two_days(tmp_path_factory, bench):
    grown = Growth(tmp_path_factory.mktemp("two") / "home", bench)
    grown.add(DAYS[0], "2504.00001", "2504.00002")
    grown.add(DAYS[1], "2504.00003")
    return grown.root


@pytest.fixture
def growth(two_days, tmp_path, bench):
    return Growth(shutil.copytree(two_days, tmp_path / "home"), bench)


def text_of(mail):
    return mail.get_body(("html",)).get_content()


def ids_in(mail):
    return sorted(set(re.findall(r"arxiv\.org/abs/([0-9.]+)", text_of(mail))))


def test_a_watch_begins_with_the_newest_day_and_gives_each_paper_once(growth, mailbox):
    watch = Watch(name="rag", lists=["RAG"], to=[mailbox.address])
    (first,) = growth.deliver(watch)
    assert first.line.endswith(": 1 new paper")
    assert [ids_in(mail) for mail in mailbox.mails] == [["2504.00003"]]
    (again,) = growth.deliver(watch)
    assert again.line.endswith(": nothing new")
    growth.add(DAYS[2], "2504.00003", "2504.00004")  # a paper that is listed again is none
    growth.deliver(watch)
    assert [ids_in(mail) for mail in mailbox.mails] == [["2504.00003"], ["2504.00004"]]
    mail = mailbox.mails[1]
    assert mail["Subject"] == "rag: 1 new paper"
    assert mail["To"] == "me@example.org"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert "2025-04-03/RAG/README.md:2" in text_of(mail)


def test_missed_days_are_caught_up_in_one_mail(growth, mailbox):
    watch = Watch(name="rag", lists=["RAG"], to=[mailbox.address])
    growth.deliver(watch)
    for number, day in enumerate(DAYS[2:5], start=4):
        growth.add(day, f"2504.0000{number}")
    growth.deliver(watch)
    assert ids_in(mailbox.mails[1]) == ["2504.00004", "2504.00005", "2504.00006"]
    assert [day in text_of(mailbox.mails[1]) for day in ("2025-04-03", "2025-04-04", "2025-04-07")] == [
        True
    ] * 3
    assert "late" not in text_of(mailbox.mails[1])


def test_a_back_fill_is_called_late(growth, mailbox):
    watch = Watch(name="rag", lists=["RAG"], to=[mailbox.address])
    growth.add(DAYS[4], "2504.00006")
    growth.deliver(watch)
    growth.add(DAYS[2], "2504.00004")
    growth.add(DAYS[5], "2504.00007")
    growth.deliver(watch)
    mail = mailbox.mails[1]
    assert ids_in(mail) == ["2504.00004", "2504.00007"]
    assert mail["Subject"] == "rag: 2 new papers, 1 of them late"
    assert "2025-04-03, late" in text_of(mail)
    assert "2025-04-08, late" not in text_of(mail)


def test_a_refused_mail_is_sent_again_as_it_was_with_its_message_id(growth, mailbox):
    watch = Watch(name="rag", lists=["RAG"], to=[mailbox.address])
    mailbox.reply = "451 try again later"
    (refused,) = growth.deliver(watch)
    assert "451" in refused.error
    assert "sent again after the next load" in refused.error
    assert "127.0.0.1" not in refused.error
    mailbox.reply = None
    growth.add(DAYS[2], "2504.00004")
    growth.deliver(watch)
    assert [ids_in(mail) for mail in mailbox.mails] == [["2504.00003"], ["2504.00004"]]
    assert len({mail["Message-ID"] for mail in mailbox.mails}) == 2
    assert all(len(mail.get_all("Message-ID")) == 1 for mail in mailbox.mails)


def test_a_mail_that_was_accepted_but_not_marked_comes_again_under_the_same_id(growth, mailbox, monkeypatch):
    from paperhouse.warehouse.storage.delivery_ledger import DeliveryLedger

    watch = Watch(name="rag", lists=["RAG"], to=[mailbox.address])

    def die(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(DeliveryLedger, "mark_delivered", die)
        with pytest.raises(KeyboardInterrupt):
            growth.deliver(watch)
    growth.deliver(watch)
    growth.deliver(watch)
    first, second = mailbox.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert ids_in(first) == ids_in(second)


def test_a_server_that_is_not_there_costs_the_other_channels_nothing(growth, mailbox):
    gone = "mailto://127.0.0.1:1?from=house@example.org&to=me@example.org"
    watch = Watch(name="rag", lists=["RAG"], to=[gone, mailbox.address])
    failed, accepted = growth.deliver(watch)
    assert "ConnectionRefusedError" in failed.error
    assert accepted.error is None
    assert len(mailbox.mails) == 1
    growth.deliver(watch)
    assert len(mailbox.mails) == 1


def test_an_empty_mail_says_why_once_a_day(growth, mailbox):
    watch = Watch(name="rag", lists=["RAG"], to=[mailbox.address], send_empty=True)
    growth.deliver(watch, now=datetime(2025, 4, 2, 7, tzinfo=UTC))
    for hour in (7, 8):
        growth.deliver(watch, now=datetime(2025, 4, 3, hour, tzinfo=UTC))
    growth.deliver(watch, now=datetime(2025, 4, 5, 7, tzinfo=UTC))
    growth.add(DAYS[4], "2504.00001")
    growth.deliver(watch, now=datetime(2025, 4, 7, 7, tzinfo=UTC))
    subjects = [mail["Subject"] for mail in mailbox.mails]
    assert subjects == ["rag: 1 new paper", *["rag: no new papers"] * 3]
    assert "No digest yet: arXiv announced papers for 2025-04-03" in text_of(mailbox.mails[1])
    assert "No digest yet: arXiv announced papers for 2025-04-03, 2025-04-04" in text_of(mailbox.mails[2])
    assert "Nothing matched: the digests of 2025-04-07 list 1 paper." in text_of(mailbox.mails[3])
    assert len({mail["Message-ID"] for mail in mailbox.mails}) == 4


def test_other_criteria_begin_a_watch_anew_without_mailing_what_is_old(growth, mailbox):
    growth.add(DAYS[1], "2504.00009", list_name="AI")
    growth.deliver(Watch(name="w", lists=["RAG"], to=[mailbox.address]))
    growth.deliver(Watch(name="w", lists=["RAG", "AI"], to=[mailbox.address]))
    growth.deliver(Watch(name="w", to=[mailbox.address]))
    assert [ids_in(mail) for mail in mailbox.mails] == [["2504.00003"], ["2504.00009"]]


def test_a_rebuild_mails_nobody_again(growth, mailbox):
    from paperhouse.flows.load.pipeline import rebuild

    watch = Watch(name="rag", lists=["RAG"], to=[mailbox.address])
    growth.deliver(watch)
    rebuild(growth.root)
    (again,) = growth.deliver(watch)
    assert again.line.endswith("nothing new")
    assert len(mailbox.mails) == 1


def test_a_watch_that_is_not_understood_stops_no_other(growth, mailbox):
    bad = Watch(name="bad", sql="nonsense(", to=[mailbox.address])
    refused = Watch(
        name="files", sql="arxiv_id in (select content from read_text('/etc/passwd'))", to=[mailbox.address]
    )
    good = Watch(name="good", sql="n_authors = 1 -- a comment", to=[mailbox.address])
    outcomes = growth.deliver(bad, refused, good)
    assert "the SQL condition is not understood" in outcomes[0].error
    assert "read_text() is refused" in outcomes[1].error
    assert outcomes[2].error is None
    assert [mail["Subject"] for mail in mailbox.mails] == ["good: 1 new paper"]


def test_a_channel_that_breaks_stops_no_other(growth):
    class Broken:
        key = "broken"

        def send(self, message, _batch_id):
            raise KeyError(message.subject)

    class Sound(Broken):
        key = "sound"

        def send(self, message, _batch_id):
            self.got = message

    sound = Sound()
    broken, accepted = growth.deliver(Watch(name="w"), channels_of=lambda _: [Broken(), sound])
    assert broken.error == "KeyError: 'w: 1 new paper'"
    assert (accepted.error, sound.got.papers[0].paper.arxiv_id) == (None, "2504.00003")


def test_papers_that_left_the_warehouse_are_not_sent(growth, mailbox):
    from paperhouse.warehouse.storage.delivery_ledger import open_ledger

    watch = Watch(name="rag", lists=["RAG"], to=[mailbox.address])
    growth.deliver(watch)
    with open_ledger(growth.root / "watches" / "ledger.sqlite") as ledger:
        key = AppriseChannel(watch.to[0]).key
        ledger.make_batch(ledger.subscription("rag", key), ["2504.99999"], frozenset(), DAYS[1], NOW)
        assert [batch.arxiv_ids for batch in ledger.waiting("rag", key)] == [("2504.99999",)]
        (after,) = growth.deliver(watch)
        assert (after.error, after.messages) == (None, ())
        assert ledger.waiting("rag", key) == []
    assert len(mailbox.mails) == 1


def test_a_damaged_ledger_is_refused_with_what_to_do(growth, mailbox):
    folder = growth.root / "watches"
    folder.mkdir()
    (folder / "ledger.sqlite").write_bytes(b"no database at all, but long enough to be taken for one" * 100)
    with pytest.raises(WarehouseError, match="ledger of deliveries cannot be used"):
        growth.deliver(Watch(name="rag", to=[mailbox.address]))
    assert mailbox.mails == []


@pytest.mark.parametrize(
    ("criteria", "found"),
    [
        ({"authors": ["a one"]}, ["2504.00001", "2504.00002", "2504.00003"]),
        ({"authors": ["Nobody"]}, []),
        ({"categories": ["cs.IR"]}, ["2504.00004"]),
        ({"categories": ["cs.IR"], "lists": ["RAG"]}, []),
        ({"sql": "title like '%00002'"}, ["2504.00002"]),
        ({"lists": ["AI"]}, ["2504.00004"]),
        ({"words": "TITLE of"}, ["2504.00001", "2504.00002", "2504.00003"]),
        ({"words": "titl* -of"}, []),
        ({"words": "titl* -2504.00002"}, ["2504.00001", "2504.00003"]),
        ({"words": "titl"}, []),
    ],
)
def test_criteria(growth, criteria, found):
    from paperhouse.warehouse.read.query import open_locked
    from paperhouse.warehouse.read.watch_matches import matching_papers
    from paperhouse.warehouse.storage.home import Home

    growth.bench.published(
        growth.root,
        [growth.bench.digest([growth.bench.entry("2504.00004", "T", categories=["cs.IR"])], DAYS[1], "AI")],
    )
    with open_locked(Home(growth.root).live) as connection:
        assert list(matching_papers(connection, Watch(name="w", **criteria).criteria)) == found


def test_persons_are_followed_under_ids_that_they_had(growth):
    from paperhouse.warehouse.read.query import open_locked
    from paperhouse.warehouse.read.watch_matches import matching_papers
    from paperhouse.warehouse.storage.home import Home

    ids = growth.bench.rows(
        growth.root, "select person_id from persons union all select retired_person_id from person_redirects"
    )
    with open_locked(Home(growth.root).live) as connection:
        for (person_id,) in ids:
            assert matching_papers(connection, Watch(name="w", persons=[person_id]).criteria)


def test_papers_like_given_ones_are_found_as_they_come(growth, mailbox):
    graph = "A graph neural network learns node embeddings for link prediction in citation graphs. " * 5
    stars = "A telescope measures the redshift of distant galaxies and their dark matter halos. " * 5
    growth.add(DAYS[2], "2504.00010", abstract=graph)
    watch = Watch(name="like", like=["arXiv:2504.00010v2"], to=[mailbox.address])
    growth.deliver(watch)
    growth.add(DAYS[3], "2504.00011", abstract=graph.replace("citation", "social"))
    growth.add(DAYS[4], "2504.00012", abstract=stars)
    growth.deliver(watch)
    assert [ids_in(mail) for mail in mailbox.mails] == [["2504.00011"]]


def test_papers_to_be_like_are_named_by_identifiers():
    with pytest.raises(ValueError, match="no arXiv identifier"):
        Watch(name="w", like=["nonsense"])


def test_an_empty_mail_of_a_holiday_says_so(growth, mailbox):
    watch = Watch(name="rag", lists=["RAG"], to=[mailbox.address], send_empty=True)
    growth.add(date(2025, 7, 4), "2507.00001")
    for day in (4, 5, 7):  # the fourth's papers were announced, and those of the seventh fall out
        growth.deliver(watch, now=datetime(2025, 7, day, 7, tzinfo=UTC))
    weekend, holiday = (text_of(mail) for mail in mailbox.mails[1:])
    assert "Nothing was announced: 2025-07-05 is a weekend." in weekend
    assert "Nothing was announced: 2025-07-07 is a holiday or the day after one." in holiday


def test_files_are_written_where_they_change(growth):
    watch = Watch(name="rag", lists=["RAG"])
    growth.deliver(watch)
    folder = growth.root / "watches"
    names = {"rag.atom", "rag.html", "rag.json", "rag.md"}
    assert names <= {path.name for path in folder.iterdir()}
    before = {name: (folder / name).stat().st_ino for name in names}
    growth.deliver(watch)
    assert {name: (folder / name).stat().st_ino for name in names} == before
    growth.add(DAYS[2], "2504.00004")
    growth.deliver(watch)
    assert "2504.00004" in (folder / "rag.atom").read_text()


def test_a_channel_is_known_by_its_address_without_its_password():
    keys = {
        AppriseChannel(Watch(name="w", to=[address]).to[0]).key
        for address in (
            "mailto://me:old@example.org",
            "mailto://me:new@example.org",
            "mailto://me:new@example.com",
        )
    }
    assert len(keys) == 2
    assert not any("new" in key for key in keys)


@pytest.mark.slow
def test_a_watch_of_thirty_days_gives_every_paper_once(tmp_path, bench, mailbox):
    """A month of loads with gaps, repeats, a back-fill and a mail server that fails on some days."""
    grown = Growth(tmp_path / "home", bench)
    watch = Watch(name="rag", lists=["RAG"], to=[mailbox.address])
    first = date(2025, 3, 3)
    expected = set()
    for number in range(30):
        day = first + timedelta(days=number)
        mailbox.reply = "451 later" if number % 7 == 3 else None
        if day.weekday() < 5 and number != 10:
            ids = [f"2503.{number:02}{place:03}" for place in range(3)]
            expected.update(ids)
            grown.add(day, *ids, *([f"2503.{number - 1:02}001"] if number else []))
            expected.update([f"2503.{number - 1:02}001"] if number else [])
        if number == 12:
            grown.add(first + timedelta(days=10), "2503.10000")
            expected.add("2503.10000")
        grown.deliver(watch, now=datetime.combine(day, datetime.min.time(), UTC))
    mailbox.reply = None
    grown.deliver(watch)
    delivered = [arxiv_id for mail in mailbox.mails for arxiv_id in ids_in(mail)]
    assert sorted(delivered) == sorted(expected)
    assert sum("late" in mail["Subject"] for mail in mailbox.mails) == 1
