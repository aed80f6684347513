"""The only place that opens a connection: one request, on a connection of its own, within limits.

The connection is closed before the function returns, and so before the limiter's lock is given back: one kept
alive would be a second connection as soon as another process gets its turn.
"""

import gzip
import io
import socket
import zlib
from dataclasses import dataclass
from functools import partial
from http.client import HTTPResponse
from time import monotonic
from typing import Any, BinaryIO, Final, cast

import urllib3
from requests import Session
from requests.adapters import HTTPAdapter
from requests.exceptions import RequestException
from urllib3.exceptions import HTTPError

from paperhouse.flows.arxiv.client.allowlist import Addresses
from paperhouse.flows.arxiv.client.retry import Policy
from paperhouse.transforms.errors import RemoteError, ReplyError

_CHUNK: Final = 65_536


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
    ends_at = monotonic() + policy.total_seconds
    headers = {"User-Agent": agent, "Accept": "*/*", "Accept-Encoding": "gzip", "Connection": "close"}
    timeout = (min(policy.connect_seconds, policy.total_seconds), policy.read_seconds)
    try:
        with (
            _open_session(ends_at, policy.read_seconds) as session,
            session.get(url, headers=headers, timeout=timeout, allow_redirects=False, stream=True) as reply,
        ):
            return _read_answer(reply.raw, policy.max_bytes, statuses)
    except (RequestException, HTTPError, OSError, ReplyError) as error:
        if monotonic() >= ends_at:
            msg = f"the reply was not complete after {policy.total_seconds:g} s"
            raise RemoteError(msg, seconds=policy.total_seconds, is_retryable=True) from error
        raise _failure(error) from error


def _open_session(ends_at: float, read_seconds: float) -> Session:
    """A session that takes nothing from the environment, and whose reads end at `ends_at`."""
    session = Session()
    session.trust_env = False
    for scheme in ("http://", "https://"):
        session.mount(scheme, _TimedAdapter(ends_at, read_seconds))
    return session


class _TimedAdapter(HTTPAdapter):
    """Connections whose reads end at one time, whatever they wait for: headers, body, a drip."""

    def __init__(self, ends_at: float, read_seconds: float) -> None:
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)
        self._reply_class = staticmethod(partial(_TimedReply, ends_at=ends_at, read_seconds=read_seconds))

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> urllib3.HTTPConnectionPool:
        """The pool of an address, whose connections make timed replies."""
        pool = super().get_connection_with_tls_context(*args, **kwargs)
        pool.ConnectionCls = type(
            "TimedConnection", (pool.ConnectionCls,), {"response_class": self._reply_class}
        )
        return pool


class _TimedReply(HTTPResponse):
    """A reply whose every read waits for what is left of the whole time, and no longer than one read may."""

    def __init__(
        self, sock: socket.socket, *args: Any, ends_at: float, read_seconds: float, **kwargs: Any
    ) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_TimedStream(self.fp.detach(), sock, ends_at, read_seconds))


class _TimedStream(io.RawIOBase):
    def __init__(self, raw: io.RawIOBase, sock: socket.socket, ends_at: float, read_seconds: float) -> None:
        super().__init__()
        self._raw, self._sock, self._ends_at, self._read_seconds = raw, sock, ends_at, read_seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._ends_at - monotonic()
        if left <= 0:
            msg = "the time for the whole reply is over"
            raise TimeoutError(msg)
        self._sock.settimeout(min(left, self._read_seconds))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


def _failure(error: Exception) -> RemoteError:
    """What a broken request means to the user, and whether another attempt may help."""
    if isinstance(error, RemoteError):
        return error
    is_lasting = isinstance(error, ValueError) or "CERTIFICATE_VERIFY_FAILED" in str(error)
    msg = f"the connection failed ({type(error).__name__}: {error})"[:300]
    return RemoteError(msg, is_retryable=not is_lasting)


def _read_answer(reply: urllib3.BaseHTTPResponse, max_bytes: int, statuses: frozenset[int]) -> Answer:
    headers = {name.lower(): value for name, value in reply.headers.items()}
    if reply.status not in statuses:
        return Answer(reply.status, headers)
    return Answer(reply.status, headers, _read_body(_stream_of(reply, headers), max_bytes))


def _read_body(stream: BinaryIO, max_bytes: int) -> bytes:
    """Read to the end, piece by piece: so a bomb is met by the limit and not by the memory, and a cut end is seen."""
    body = bytearray()
    try:
        while chunk := stream.read(_CHUNK):
            body += chunk
            if len(body) > max_bytes:
                remedy = "raise PAPERHOUSE_ARXIV_MAX_REPLY_BYTES if it should be"
                msg = f"the reply is larger than {max_bytes:,} bytes; {remedy}"
                raise ReplyError(msg, max_bytes=max_bytes, is_retryable=False)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        msg = f"the compressed reply is cut off or damaged ({error})"
        raise ReplyError(msg, is_retryable=True) from error
    return bytes(body)


def _stream_of(reply: urllib3.BaseHTTPResponse, headers: dict[str, str]) -> BinaryIO:
    """The body, decompressed; fewer bytes than announced are an error of the connection."""
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding in ("gzip", "x-gzip"):
        return cast("BinaryIO", gzip.GzipFile(fileobj=cast("BinaryIO", reply)))
    if encoding in ("", "identity"):
        return cast("BinaryIO", reply)
    msg = f"the reply is compressed as {encoding[:40]!r}, which was not asked for"
    raise ReplyError(msg, is_retryable=False)
