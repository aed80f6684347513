import errno
import os

import pytest

from paperhouse.warehouse.storage.atomic_files import copy_file, replace_durably

CONTENT = os.urandom(3 << 20)


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "source"
    path.write_bytes(CONTENT)
    return path


@pytest.mark.parametrize("content", [b"", b"x", CONTENT], ids=["empty", "one_byte", "3_MB"])
def test_a_copy_is_the_same(tmp_path, source, content):
    source.write_bytes(content)
    (tmp_path / "target").write_bytes(b"what was there before, and longer than one byte")
    copy_file(source, tmp_path / "target")
    assert (tmp_path / "target").read_bytes() == content


@pytest.mark.parametrize("number", [errno.ENOSYS, errno.EOPNOTSUPP, errno.EXDEV])
def test_a_system_without_the_call_copies_by_reading_and_writing(tmp_path, source, monkeypatch, number):
    calls = []
    in_kernel = os.copy_file_range

    def half_then_fail(reader, writer, count):
        if calls:
            raise OSError(number, os.strerror(number))
        calls.append(count)
        return in_kernel(reader, writer, count // 2)

    monkeypatch.setattr(os, "copy_file_range", half_then_fail)
    copy_file(source, tmp_path / "target")
    assert (tmp_path / "target").read_bytes() == CONTENT


def test_a_system_that_does_not_know_the_call_copies_too(tmp_path, source, monkeypatch):
    monkeypatch.delattr(os, "copy_file_range")
    copy_file(source, tmp_path / "target")
    assert (tmp_path / "target").read_bytes() == CONTENT


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_a_full_or_broken_disk_is_an_error(tmp_path, source, monkeypatch, number):
    def fail(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "copy_file_range", fail)
    with pytest.raises(OSError, match=os.strerror(number)):
        copy_file(source, tmp_path / "target")


def test_a_file_that_shrinks_meanwhile_is_an_error(tmp_path, source, monkeypatch):
    monkeypatch.setattr(os, "copy_file_range", lambda *_: 0)
    with pytest.raises(OSError, match="became shorter"):
        copy_file(source, tmp_path / "target")


def test_a_replaced_file_has_its_new_content(tmp_path, source):
    (tmp_path / "target").write_bytes(b"old")
    replace_durably(source, tmp_path / "target")
    assert (tmp_path / "target").read_bytes() == CONTENT
    assert not source.exists()
