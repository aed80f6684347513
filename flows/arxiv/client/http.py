"""The only place that opens a connection: one request, on a connection of its own, within limits.

The connection is closed before the function returns, and so before the limiter's lock is given back: one kept
alive would be a second connection as soon as another process gets its turn.
"""

import socket
import threading
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Self

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from paperhouse.flows.arxiv.client.allowlist import Addresses
from paperhouse.flows.arxiv.client.retry import Policy
from paperhouse.transforms.errors import RemoteError, ReplyError

_CHUNK: Final = 65_536
_GZIP: Final = 16 + zlib.MAX_WBITS


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of a server. The body is empty for statuses that were not wanted."""

    status: int
    headers: dict[str, str]
    body: bytes = b""

    @property
    def content_type(self) -> str:
        """Media type, lower case, without parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


def request_once(
    url: str, agent: str, policy: Policy, addresses: Addresses, statuses: frozenset[int]
) -> Answer:
    """Make one request on a connection of its own; the body is read for these statuses only.

    Raises:
        AddressRefusedError: the address is not on the list.
        ReplyError: the body is too large, cut off or damaged.
        RemoteError: no answer came, or not all of it before the deadline.
    """
    addresses.require_allowed(url)
    with _Deadline(policy.total_seconds) as deadline, requests.Session() as session:
        session.trust_env = False  # only settings.py reads the environment: no proxy, no .netrc from there
        adapter = _OneConnection(deadline)
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        headers = {"User-Agent": agent, "Accept": "*/*", "Accept-Encoding": "gzip", "Connection": "close"}
        try:
            with session.get(
                url,
                headers=headers,
                stream=True,
                allow_redirects=False,
                timeout=(policy.connect_seconds, policy.read_seconds),
            ) as response:
                answer = _read_answer(response, policy.max_bytes, statuses)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ReplyError) as error:
            deadline.require_time_left(error)
            raise _failure(error) from error
        deadline.require_time_left(None)
        return answer


def _failure(error: Exception) -> RemoteError:
    """What a broken request means to the user, and whether another attempt may help."""
    if isinstance(error, RemoteError):
        return error
    is_lasting = isinstance(error, ValueError) or "CERTIFICATE_VERIFY_FAILED" in str(error)
    return RemoteError(f"the connection failed ({_plain(error)})", is_retryable=not is_lasting)


def _plain(error: Exception) -> str:
    reason: Any = error.args[0] if error.args else error
    return f"{type(error).__name__}: {getattr(reason, 'reason', reason)}"[:200]


def _read_answer(response: requests.Response, max_bytes: int, statuses: frozenset[int]) -> Answer:
    headers = {name.lower(): value for name, value in response.headers.items()}
    if response.status_code not in statuses:
        return Answer(response.status_code, headers)
    encoding = headers.get("content-encoding", "identity").strip().lower()
    stream = _limited(_raw_chunks(response, headers), max_bytes, "compressed ")
    if encoding in ("gzip", "x-gzip"):
        stream = _limited(_gunzipped(stream), max_bytes, "")
    elif encoding not in ("", "identity"):
        msg = f"the reply is compressed as {encoding[:40]!r}, which was not asked for"
        raise ReplyError(msg, is_retryable=False)
    return Answer(response.status_code, headers, b"".join(stream))


def _raw_chunks(response: requests.Response, headers: dict[str, str]) -> Iterator[bytes]:
    """Bytes as they come over the wire; fewer than announced are an error."""
    n_bytes = 0
    # read1 gives what is there: read would wait for a whole chunk, and a slow drip outlive every timeout.
    while chunk := response.raw.read1(_CHUNK, decode_content=False):
        n_bytes += len(chunk)
        yield chunk
    announced = headers.get("content-length", "")
    if announced.isdigit() and "transfer-encoding" not in headers and n_bytes != int(announced):
        msg = f"the reply is cut off after {n_bytes:,} of {int(announced):,} bytes"
        raise ReplyError(msg, n_bytes=n_bytes, is_retryable=True)


def _limited(chunks: Iterator[bytes], max_bytes: int, what: str) -> Iterator[bytes]:
    n_bytes = 0
    for chunk in chunks:
        n_bytes += len(chunk)
        if n_bytes > max_bytes:
            msg = (
                f"the {what}reply is larger than {max_bytes:,} bytes; "
                "raise PAPERHOUSE_ARXIV_MAX_REPLY_BYTES if it should be"
            )
            raise ReplyError(msg, max_bytes=max_bytes, is_retryable=False)
        yield chunk


def _gunzipped(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Decompress piece by piece, so that a bomb is met by the limit and not by the memory."""
    inflater = zlib.decompressobj(_GZIP)
    for chunk in chunks:
        pending = chunk
        while pending:
            if inflater.eof:
                inflater = zlib.decompressobj(_GZIP)  # another member: gzip files may be concatenated
            try:
                yield inflater.decompress(pending, _CHUNK)
            except zlib.error as error:
                msg = f"the compressed reply is damaged ({error})"
                raise ReplyError(msg, is_retryable=True) from error
            pending = inflater.unconsumed_tail or inflater.unused_data
    if not inflater.eof:
        msg = "the compressed reply is cut off"
        raise ReplyError(msg, is_retryable=True)


class _Deadline:
    """Cuts the connection when the time for one request is over, whatever it waits for: headers, body, a drip."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True
        self._spare: socket.socket | None = None
        self._is_over = False

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self._timer.join()
        if self._spare is not None:
            self._spare.close()

    def watch(self, connection: socket.socket) -> None:
        """Remember the connection. A duplicate stays valid when TLS takes the socket over."""
        self._spare = connection.dup()
        if self._is_over:
            self._cut()

    def require_time_left(self, cause: Exception | None) -> None:
        """Say that time was over, rather than what the cut looked like from inside.

        Raises:
            RemoteError: it was.
        """
        if self._is_over:
            msg = f"the reply was not complete after {self._seconds:g} s"
            raise RemoteError(msg, seconds=self._seconds, is_retryable=True) from cause

    def _cut(self) -> None:
        self._is_over = True
        if self._spare is not None:
            with suppress(OSError):
                self._spare.shutdown(socket.SHUT_RDWR)


class _OneConnection(HTTPAdapter):
    """Connections that a deadline can cut; no retries of its own, and none kept."""

    def __init__(self, deadline: _Deadline) -> None:
        self._deadline = deadline
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)
        deadline = self._deadline

        class Plain(HTTPConnection):
            def _new_conn(self) -> socket.socket:
                connection = super()._new_conn()
                deadline.watch(connection)
                return connection

        class Secure(HTTPSConnection):
            def _new_conn(self) -> socket.socket:
                connection = super()._new_conn()
                deadline.watch(connection)
                return connection

        plain_pool = type("PlainPool", (HTTPConnectionPool,), {"ConnectionCls": Plain})
        secure_pool = type("SecurePool", (HTTPSConnectionPool,), {"ConnectionCls": Secure})
        self.poolmanager.pool_classes_by_scheme = {"http": plain_pool, "https": secure_pool}
