"""A watch followed over thirty real days: a load and a delivery a day, with a refused mail and a day that comes late.

`pytest -m slow -s tests/flows/watches/test_thirty_real_days.py` prints what came on each day.
"""

import re
import tarfile
from datetime import UTC, date, datetime, timedelta

import pytest

from paperhouse.flows.settings import Settings, Watch
from paperhouse.flows.watches.deliver import deliver_watches
from paperhouse.warehouse.read.query import open_locked
from paperhouse.warehouse.read.watch_matches import matching_papers
from paperhouse.warehouse.storage.home import Home

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
FIRST = date(2025, 3, 10)
N_DAYS = 30
REFUSED = {FIRST + timedelta(days=number) for number in (4, 15)}
LATE_DAY, CAME_ON = date(2025, 3, 19), date(2025, 3, 24)


@pytest.fixture(scope="module")
def real_days(shared_corpus, tmp_path_factory):
    """The list IR of each day that has one, as files by date."""
    root = tmp_path_factory.mktemp("real")
    archive = shared_corpus / "reporter-2025h1.tar.gz"
    if not archive.exists():
        pytest.skip(f"{archive} is not here: no watch is followed over real days")
    days = {}
    with tarfile.open(archive) as packed:
        for member in packed:
            match = re.fullmatch(r"(\d+-\w+-2025)/IR/README\.md", member.name)
            day = datetime.strptime(match[1], "%d-%b-%Y").replace(tzinfo=UTC).date() if match else None
            if day and FIRST <= day < FIRST + timedelta(days=N_DAYS):
                packed.extract(member, root, filter="data")
                days[day] = root / member.name
    return root, days


@pytest.mark.slow
def test_each_paper_comes_once_in_thirty_real_days(real_days, tmp_path, bench, mailbox):
    root, days = real_days
    home = tmp_path / "home"
    watch = Watch(
        name="recsys", lists=["IR"], sql="title ilike '%recommend%'", to=[mailbox.address], send_empty=True
    )
    settings = Settings(home=home, watches=[watch])
    loads = {day: [day] for day in days if day != LATE_DAY}
    loads[CAME_ON].append(LATE_DAY)
    lines = []
    for number in range(N_DAYS):
        today = FIRST + timedelta(days=number)
        for day in loads.get(today, ()):
            target = tmp_path / "digests" / days[day].relative_to(root)
            target.parent.mkdir(parents=True)
            target.write_bytes(days[day].read_bytes())
            bench.ingest(home, tmp_path / "digests")
        mailbox.reply = "451 try again later" if today in REFUSED else None
        (delivery,) = deliver_watches(settings, datetime.combine(today, datetime.min.time(), UTC))
        lines.append(f"{today:%a %Y-%m-%d}  {delivery.line.partition(': ')[2][:90]}")
    print("\n" + "\n".join(lines))  # noqa: T201 - the figure
    delivered = [
        arxiv_id
        for mail in mailbox.mails
        for arxiv_id in set(re.findall(r"arxiv\.org/abs/([0-9.]+)", mail.get_body(("html",)).get_content()))
    ]
    with open_locked(Home(home).live) as connection:
        matches = matching_papers(connection, watch.criteria)
    counts = f"{len(delivered)} papers delivered, {len(matches)} match"
    print(f"{len(days)} digests, {len(mailbox.mails)} mails, {counts}")  # noqa: T201 - the figure
    assert sorted(delivered) == sorted(matches)
    late = [mail for mail in mailbox.mails if "late" in mail["Subject"]]
    assert len(late) == 1
    assert f"{LATE_DAY.isoformat()}, late" in late[0].get_body(("html",)).get_content()
    assert len({mail["Message-ID"] for mail in mailbox.mails}) == len(mailbox.mails)
    reasons = "".join(
        mail.get_body(("html",)).get_content() for mail in mailbox.mails if "no new papers" in mail["Subject"]
    )
    assert "is a weekend" in reasons
    assert "No digest yet: arXiv announced papers for 2025-03-19" in reasons
