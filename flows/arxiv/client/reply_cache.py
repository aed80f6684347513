"""Raw replies under the home: each body once by its content hash, and an index that says who answered what when.

`<sha256>.gz` is complete or not there. `index.jsonl` gets one line a reply, after its body is on disk. A line
that a crash cut off is passed over, and its body goes with the next pruning.
"""

import gzip
import hashlib
import json
import os
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from paperhouse.transforms.errors import ReplyError
from paperhouse.warehouse.storage.atomic_files import fsync_path, replace_durably
from paperhouse.warehouse.storage.flock import locked

INDEX_NAME: Final = "index.jsonl"
_LOCK_NAME: Final = "index.lock"


@dataclass(frozen=True, slots=True)
class StoredReply:
    """One line of the index: `sha256` and `n_bytes` are of the body as it was before compression here."""

    sha256: str
    url: str
    fetched_at: datetime
    status: int
    content_type: str
    n_bytes: int


class ReplyStore:
    """The folder `http/` of a home."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def save(
        self, url: str, body: bytes, *, fetched_at: datetime, status: int, content_type: str
    ) -> StoredReply:
        """Keep a reply; when this returns it survives a crash."""
        sha256 = hashlib.sha256(body).hexdigest()
        reply = StoredReply(sha256, url, fetched_at, status, content_type, len(body))
        self.folder.mkdir(parents=True, exist_ok=True)
        with locked(self.folder / _LOCK_NAME):
            if not self._path(sha256).exists():
                self._write_body(sha256, body)
            self._append(reply)
        return reply

    def name_again(self, reply: StoredReply, url: str) -> StoredReply:
        """Keep a reply under another address too; when this returns it survives a crash."""
        again = replace(reply, url=url)
        with locked(self.folder / _LOCK_NAME):
            self._append(again)
        return again

    def read(self, sha256: str) -> bytes:
        """Body of a stored reply.

        Raises:
            ReplyError: it is not there any more, or is damaged.
        """
        path = self._path(sha256)
        try:
            body = gzip.decompress(path.read_bytes())
        except (OSError, EOFError, ValueError) as error:
            msg = f"{path}: cannot be read ({error}); run online to ask arXiv again"
            raise ReplyError(msg, path=str(path), is_retryable=False) from error
        if hashlib.sha256(body).hexdigest() != sha256:
            msg = f"{path}: does not hold what its name says; delete it, and run online to ask arXiv again"
            raise ReplyError(msg, path=str(path), is_retryable=False)
        return body

    def replies(self) -> list[StoredReply]:
        """Every reply of the index, oldest first; lines that were cut off are passed over."""
        path = self.folder / INDEX_NAME
        if not path.exists():
            return []
        lines = path.read_bytes().split(b"\n")
        found = [reply for line in lines if line and (reply := _read_line(line)) is not None]
        return sorted(found, key=lambda reply: reply.fetched_at)

    def find(self, url: str) -> list[StoredReply]:
        """Replies to a request, newest first."""
        return [reply for reply in reversed(self.replies()) if reply.url == url]

    def prune(self, before: datetime) -> int:
        """Delete replies older than that, and bodies that no line names; return the number of bodies deleted."""
        if not self.folder.exists():
            return 0
        with locked(self.folder / _LOCK_NAME):
            kept = [reply for reply in self.replies() if reply.fetched_at >= before]
            draft = self.folder / f"{INDEX_NAME}.new"
            draft.write_bytes(b"".join(_line_of(reply) for reply in kept))
            fsync_path(draft)
            replace_durably(draft, self.folder / INDEX_NAME)
            names = {self._path(reply.sha256).name for reply in kept}
            old = [path for path in self.folder.glob("*.gz*") if path.name not in names]
            for path in old:
                path.unlink()
        return len(old)

    def _path(self, sha256: str) -> Path:
        return self.folder / f"{sha256}.gz"

    def _write_body(self, sha256: str, body: bytes) -> None:
        draft = self.folder / f"{sha256}.gz.new"
        draft.write_bytes(gzip.compress(body, mtime=0))
        fsync_path(draft)
        replace_durably(draft, self._path(sha256))

    def _append(self, reply: StoredReply) -> None:
        handle = os.open(self.folder / INDEX_NAME, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        try:
            size = os.fstat(handle).st_size
            is_whole = size == 0 or os.pread(handle, 1, size - 1) == b"\n"
            os.write(handle, (b"" if is_whole else b"\n") + _line_of(reply))
            os.fsync(handle)
        finally:
            os.close(handle)
        fsync_path(self.folder)


def _line_of(reply: StoredReply) -> bytes:
    facts = {
        "url": reply.url,
        "fetched_at": reply.fetched_at.isoformat(),
        "status": reply.status,
        "content_type": reply.content_type,
        "n_bytes": reply.n_bytes,
        "sha256": reply.sha256,
    }
    return json.dumps(facts).encode() + b"\n"


def _read_line(line: bytes) -> StoredReply | None:
    try:
        facts = json.loads(line)
        facts["fetched_at"] = datetime.fromisoformat(facts["fetched_at"])
        return StoredReply(**facts)
    except (ValueError, TypeError, KeyError):
        return None
