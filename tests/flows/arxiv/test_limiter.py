"""Spacing: of one process, of two, after crashes, reboots and clocks that jump."""

import fcntl
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from paperhouse.flows.arxiv.client.limiter import Clock, Limiter, lock_paths
from paperhouse.transforms.errors import BusyError, SettingsError

REPOSITORY = Path(__file__).parents[3]
WORKER = """
import sys
from pathlib import Path
from paperhouse.flows.arxiv.client.allowlist import Addresses
from paperhouse.flows.arxiv.client.polite_client import PoliteClient
from paperhouse.flows.arxiv.client.limiter import Limiter
from paperhouse.flows.arxiv.client.reply_cache import ReplyStore
home, url, interval, number = Path(sys.argv[1]), sys.argv[2], float(sys.argv[3]), int(sys.argv[4])
client = PoliteClient(limiter=Limiter([home / "arxiv.lock"], interval), store=ReplyStore(home), agent="test",
                      addresses=Addresses(is_loopback_allowed=True))
for n in range(number):
    client.fetch(f"{url}/{n}", len, content_types=frozenset({"application/xml"}))
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "arxiv.lock"


def slept_by(path, fake, **options):
    before = len(fake.slept)
    with Limiter([path], 3.0, fake.clock(**options), courtesy_seconds=0).slot():
        pass
    return sum(fake.slept[before:])


def test_the_first_request_does_not_wait_and_the_next_waits_three_seconds_from_its_end(path, fake):
    assert slept_by(path, fake) == 0
    fake.now += 1.0
    assert slept_by(path, fake) == pytest.approx(2.0)
    fake.now += 60.0
    assert slept_by(path, fake) == 0


def test_time_counts_from_the_end_of_the_request_not_of_what_came_after(path, fake):
    with Limiter([path], 3.0, fake.clock(), courtesy_seconds=0).slot() as slot:
        fake.now += 10.0
        slot.end()
        fake.now += 2.0
    assert slept_by(path, fake) == pytest.approx(1.0)


def test_a_process_that_died_amid_a_request_is_taken_to_have_ended_it_just_now(path, fake):
    slept_by(path, fake)
    state = json.loads(path.read_text())
    path.write_text(json.dumps({**state, "is_open": True}))
    fake.now += 100.0
    assert slept_by(path, fake) == pytest.approx(3.0)


@pytest.mark.parametrize(
    "text",
    [
        "garbage",
        "{}",
        '{"uptime": "x"}',
        "[1]",
        '{"uptime": NaN, "wall": 1, "rest": 0, "is_open": false, "boot": ""}',
    ],
)
def test_a_file_that_makes_no_sense_costs_the_whole_interval_once(text, path, fake):
    path.write_text(text)
    assert slept_by(path, fake) == pytest.approx(3.0)
    fake.now += 3.0
    assert slept_by(path, fake) == 0


def test_within_one_boot_a_wall_clock_that_jumps_changes_nothing(path, fake):
    slept_by(path, fake)
    fake.start_wall += 86_400.0
    assert slept_by(path, fake) == pytest.approx(3.0)
    fake.start_wall -= 2 * 86_400.0
    fake.now += 3.0
    assert slept_by(path, fake) == 0


def test_after_a_reboot_the_wall_clock_counts_and_if_it_went_back_the_interval_is_waited(path, fake):
    slept_by(path, fake)
    fake.start_wall += 1.0
    assert slept_by(path, fake, boot_id="boot-2") == pytest.approx(2.0)
    fake.start_wall -= 500.0
    assert slept_by(path, fake, boot_id="boot-3") == pytest.approx(3.0)


def test_without_a_boot_id_the_wall_clock_counts(path, fake):
    slept_by(path, fake, boot_id="")
    fake.start_wall += 3.0
    assert slept_by(path, fake, boot_id="") == 0


def test_the_process_that_asked_last_lets_others_go_first(path, fake):
    for pid, waits in ((os.getpid(), 3.05), (1, 3.0)):
        with Limiter([path], 3.0, fake.clock()).slot():
            pass
        path.write_text(json.dumps({**json.loads(path.read_text()), "pid": pid}))
        before = len(fake.slept)
        with Limiter([path], 3.0, fake.clock()).slot():
            fake.now += 60.0
        assert sum(fake.slept[before:]) == pytest.approx(waits, abs=0.01)
        fake.now += 60.0


def test_a_rest_is_kept_by_all_and_said(path, fake):
    said = []
    with Limiter([path], 3.0, fake.clock(), courtesy_seconds=0).slot() as slot:
        slot.rest(50.0)
        slot.rest(1e9)
    with Limiter([path], 3.0, fake.clock(), courtesy_seconds=0, tell=said.append).slot():
        pass
    assert sum(fake.slept) == pytest.approx(3600.0)
    assert said == ["waiting 3600 s before arXiv is asked again"]


def test_a_lock_that_is_held_for_ever_is_said(path, fake):
    handle = os.open(path, os.O_RDWR | os.O_CREAT)
    fcntl.flock(handle, fcntl.LOCK_EX)
    with (
        pytest.raises(BusyError, match="another process has been talking"),
        Limiter([path], 3.0, fake.clock(), courtesy_seconds=0, wait_seconds=5.0).slot(),
    ):
        pass
    os.close(handle)


def test_two_homes_of_one_machine_share_its_lock(tmp_path, fake):
    machine = tmp_path / "machine" / "arxiv.lock"
    for name in ("one", "two"):
        with Limiter(lock_paths(tmp_path / name, machine), 3.0, fake.clock(), courtesy_seconds=0).slot():
            pass
    assert sum(fake.slept) == pytest.approx(3.0)


def test_the_default_lock_lies_in_a_folder_of_the_users_own(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    first, second = lock_paths(tmp_path / "http", None)
    assert first == tmp_path / f"paperhouse-{os.getuid()}" / "arxiv.lock"
    assert first.parent.stat().st_mode & 0o777 == 0o700
    assert second == tmp_path / "http" / "arxiv.lock"
    first.parent.rmdir()
    first.parent.symlink_to(tmp_path / "http")
    with pytest.raises(SettingsError, match="PAPERHOUSE_ARXIV_LOCK"):
        lock_paths(tmp_path / "http", None)


def test_threads_of_one_process_take_turns(path):
    inside, most = 0, 0
    clock = Clock()

    def work():
        nonlocal inside, most
        for _ in range(5):
            with Limiter([path], 0.0, clock).slot():
                inside += 1
                most = max(most, inside)
                inside -= 1

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1


def two_processes(tmp_path, server, interval, number):
    environment = {**os.environ}
    command = [sys.executable, "-c", WORKER, str(tmp_path), server.url, str(interval), str(number)]
    running = [subprocess.Popen(command, env=environment, stderr=subprocess.PIPE) for _ in range(2)]
    errors = [process.communicate(timeout=120)[1] for process in running]
    assert [process.returncode for process in running] == [0, 0], errors
    assert len(server.seen) == 2 * number
    assert server.most_open == 1
    return server.gaps()


def test_two_processes_keep_the_interval_as_the_server_sees_it(tmp_path, server, reply):
    server.answer = lambda _: reply(b"<ok/>")
    gaps = two_processes(tmp_path, server, 0.3, 4)
    assert min(gaps) >= 0.295


@pytest.mark.slow
def test_two_processes_leave_three_seconds_as_the_server_sees_it(tmp_path, server, reply):
    server.answer = lambda _: reply(b"<ok/>")
    gaps = two_processes(tmp_path, server, 3.0, 4)
    assert min(gaps) >= 2.995
    assert len({one.path for one in server.seen[:4]}) < 4, "one process kept the other from its turn"
