import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from threading import Timer

import pytest

from paperhouse.transforms.errors import BusyError
from paperhouse.warehouse.storage.lock import exclusive_lock

HOLDER = """
import sys
from pathlib import Path
from paperhouse.warehouse.storage.lock import exclusive_lock
with exclusive_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the lock until it is told to go on."""
    path = tmp_path / "home" / "paperhouse.lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)],
        env={**os.environ},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout.readline() == "held\n"
        yield process, path
        process.kill()


def test_the_second_writer_is_told_who_holds_it_since_when(holder):
    process, path = holder
    with pytest.raises(BusyError) as caught, exclusive_lock(path):
        pytest.fail("two hold the lock")
    found = re.search(r"process (\d+) has been loading since (\S+);", str(caught.value))
    assert int(found[1]) == process.pid == caught.value.facts["pid"]
    assert abs(datetime.now(UTC) - datetime.fromisoformat(found[2])).total_seconds() < 120
    assert "--wait" in str(caught.value)


def test_who_waits_gets_the_lock_when_the_holder_lets_go(holder):
    process, path = holder
    release = Timer(0.3, process.stdin.close)
    release.start()
    with exclusive_lock(path, wait_seconds=30):
        assert json.loads(path.read_text())["pid"] == os.getpid()


def test_a_killed_holder_leaves_nothing_to_clean_up(holder):
    process, path = holder
    process.kill()
    process.wait()
    assert json.loads(path.read_text())["pid"] == process.pid
    with exclusive_lock(path):
        assert json.loads(path.read_text())["pid"] == os.getpid()


def test_the_lock_names_nobody_once_it_is_free(tmp_path):
    path = tmp_path / "paperhouse.lock"
    with exclusive_lock(path):
        pass
    assert path.read_text() == ""
    with pytest.raises(ZeroDivisionError), exclusive_lock(path):
        1 / 0  # noqa: B018 - any error inside
    assert path.read_text() == ""


@pytest.mark.parametrize("text", ["", "no json", "[]", "{}", "7"])
def test_a_holder_that_left_no_name_is_still_a_holder(holder, text):
    _, path = holder
    path.write_text(text)
    with pytest.raises(BusyError, match="another process is loading"), exclusive_lock(path):
        pytest.fail("two hold the lock")


@pytest.mark.parametrize("left", ["", '{"pid": 4194304, "since": "2025-04-08T00:00:00+00:00"}'])
def test_a_holder_that_writes_its_name_just_now_is_waited_for(holder, left):
    process, path = holder
    written = path.read_text()
    path.write_text(left)
    late = Timer(0.2, path.write_text, [written])
    late.start()
    with pytest.raises(BusyError) as caught, exclusive_lock(path):
        pytest.fail("two hold the lock")
    assert caught.value.facts["pid"] == process.pid


def test_a_holder_that_cannot_be_seen_to_run_is_named_all_the_same(holder):
    _, path = holder
    path.write_text('{"pid": 4194304, "since": "2025-04-08T00:00:00+00:00"}')
    with (
        pytest.raises(BusyError, match="process 4194304 has been loading since 2025-04-08"),
        exclusive_lock(path),
    ):
        pytest.fail("two hold the lock")
