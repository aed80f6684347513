"""Raw replies on disk: whole or not there, found again, and pruned by age."""

import gzip
import hashlib
import json
from datetime import timedelta

import pytest

from paperhouse.transforms.errors import ReplyError


@pytest.fixture
def save(store, utc):
    def save(body: bytes, day: int = 1, url: str = "https://export.arxiv.org/x"):
        return store.save(url, body, fetched_at=utc(2026, 8, day), status=200, content_type="text/xml")

    return save


def test_a_reply_is_kept_compressed_by_content_hash_with_an_index_line(save, store):
    reply = save(b"<a/>")
    assert reply.sha256 == hashlib.sha256(b"<a/>").hexdigest()
    assert gzip.decompress((store.folder / f"{reply.sha256}.gz").read_bytes()) == b"<a/>"
    line = json.loads((store.folder / "index.jsonl").read_text())
    assert line == {
        "url": "https://export.arxiv.org/x", "fetched_at": "2026-08-01T00:00:00+00:00", "status": 200,
        "content_type": "text/xml", "n_bytes": 4, "sha256": reply.sha256,
    }  # fmt: skip
    assert store.replies() == [reply]
    assert store.read(reply.sha256) == b"<a/>"


def test_the_same_body_is_kept_once_and_indexed_twice(save, store):
    save(b"<a/>", 1)
    save(b"<a/>", 2)
    assert len(list(store.folder.glob("*.gz"))) == 1
    assert [one.fetched_at.day for one in store.find("https://export.arxiv.org/x")] == [2, 1]
    assert store.find("https://export.arxiv.org/y") == []


def test_a_line_that_a_crash_cut_off_is_passed_over_and_does_not_swallow_the_next(save, store):
    save(b"<a/>", 1)
    with (store.folder / "index.jsonl").open("ab") as index:
        index.write(b'{"url": "https://exp')
    save(b"<b/>", 2)
    assert [store.read(one.sha256) for one in store.replies()] == [b"<a/>", b"<b/>"]


def test_damaged_and_missing_bodies_are_said(save, store):
    reply = save(b"<a/>")
    path = store.folder / f"{reply.sha256}.gz"
    path.write_bytes(gzip.compress(b"<b/>"))
    with pytest.raises(ReplyError, match="does not hold what its name says"):
        store.read(reply.sha256)
    path.write_bytes(b"no gzip")
    with pytest.raises(ReplyError, match="cannot be read"):
        store.read(reply.sha256)
    path.unlink()
    with pytest.raises(ReplyError, match="cannot be read"):
        store.read(reply.sha256)


def test_pruning_deletes_what_is_old_and_what_no_line_names(save, store, utc):
    old, new = save(b"<old/>", 1), save(b"<new/>", 20)
    save(b"<both/>", 1)
    both = save(b"<both/>", 21)
    (store.folder / f"{'0' * 64}.gz").write_bytes(b"an orphan of a crash")
    (store.folder / f"{'1' * 64}.gz.new").write_bytes(b"half of a body")
    assert store.prune(utc(2026, 8, 21) - timedelta(days=10)) == 3
    assert [one.sha256 for one in store.replies()] == [new.sha256, both.sha256]
    assert not (store.folder / f"{old.sha256}.gz").exists()
    assert store.read(both.sha256) == b"<both/>"


def test_an_empty_store_is_no_error(store, utc):
    assert store.replies() == []
    assert store.prune(utc(2026, 8, 1)) == 0
