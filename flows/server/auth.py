"""What stands before every route of Prefect's server, and `python -m paperhouse.flows.server.auth`, which runs both.

Prefect's own `server.api.auth_string` covers `/api` alone: the UI, `/docs`, `/openapi.json`, `/ui-settings` and
`/api/health` stay open, and any page in the same browser may send requests to it. Here all of it is behind one
password, with the browser's own login, or behind the loopback address if there is no password.
"""

import base64
import binascii
import hmac
import ipaddress
import os
import re
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from paperhouse.flows.settings import load_settings
from paperhouse.warehouse.storage.lock import exclusive_lock

# Set before Prefect is imported: its client reports to its makers from then on, whatever the server's setting is.
os.environ.setdefault("DO_NOT_TRACK", "1")

LOCK_NAME: Final = "server.lock"
"""The server holds this lock in its folder for as long as it lives; what the lock says of its holder is its pid."""
_POLICY_VIOLATION: Final = 1008
_STOP_SECONDS: Final = 3
_WRITING_METHODS: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_AUTHORITY: Final = re.compile(r"(?P<name>\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,255})(?::[0-9]{0,5})?")
_ORIGIN: Final = re.compile(r"[a-z][a-z0-9+.-]*://(?P<authority>.*)")

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


def is_loopback(host: str) -> bool:
    """Whether only programs of this machine can reach `host`, an address or a name."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class Guard:
    """An ASGI application that lets through to `app` only who may ask it.

    With `auth` (`user:password`) that is who shows it as basic authentication. Without, it is who names this machine
    by a loopback address, which keeps out pages whose name was made to point here. In both cases a page of
    another origin is refused: the browser would send the password along.
    """

    def __init__(self, app: App, auth: str | None) -> None:
        self._app = app
        self._auth = auth

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let `app` answer."""
        status = None if scope["type"] == "lifespan" else self._refusal_of_request(scope)
        if status is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
        else:
            await _answer(status, send)

    def _refusal_of_request(self, scope: Scope) -> HTTPStatus | None:
        headers = dict(scope["headers"])
        if len({value for name, value in scope["headers"] if name == b"host"}) > 1:
            return HTTPStatus.BAD_REQUEST
        # A websocket can write whatever its handshake looks like.
        writes = scope["type"] == "websocket" or scope.get("method", "").upper() in _WRITING_METHODS
        if writes and headers.get(b"sec-fetch-site", b"").strip().lower() == b"cross-site":
            return HTTPStatus.FORBIDDEN
        return self.refusal(headers)

    def refusal(self, headers: MutableMapping[bytes, bytes]) -> HTTPStatus | None:
        """Why a request with these headers is refused; None if it is not."""
        host = headers.get(b"host", b"").decode("latin-1").lower()
        name = _host_name(host)
        if host and name is None:
            return HTTPStatus.BAD_REQUEST
        if (raw_origin := headers.get(b"origin")) is not None:
            origin = raw_origin.decode("latin-1").lower()
            if origin != "null" and not _is_origin(origin):
                return HTTPStatus.BAD_REQUEST
            if origin.partition("://")[2] != host:
                return HTTPStatus.FORBIDDEN
        if self._auth is None:
            return None if is_loopback(name or "") else HTTPStatus.FORBIDDEN
        shown = _shown(headers.get(b"authorization", b""))
        return None if hmac.compare_digest(shown, self._auth.encode()) else HTTPStatus.UNAUTHORIZED


def _host_name(authority: str) -> str | None:
    """Name or address of a `Host` header, without its port; None if it is malformed or holds more than a host."""
    match = _AUTHORITY.fullmatch(authority)
    if match is None:
        return None
    name = match["name"]
    if not name.startswith("["):
        return name
    try:
        return str(ipaddress.IPv6Address(name[1:-1]))
    except ValueError:
        return None


def _is_origin(origin: str) -> bool:
    match = _ORIGIN.fullmatch(origin)
    return match is not None and _host_name(match["authority"]) is not None


def _shown(authorization: bytes) -> bytes:
    """User and password of a basic authentication header; empty if it is none."""
    scheme, _, token = authorization.partition(b" ")
    if scheme.lower() != b"basic":
        return b""
    try:
        return base64.b64decode(token, validate=True)
    except binascii.Error:
        return b""


async def _answer(status: HTTPStatus, send: Send) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    if status is HTTPStatus.UNAUTHORIZED:
        headers.append((b"www-authenticate", b'Basic realm="Paperhouse", charset="UTF-8"'))
    await send({"type": "http.response.start", "status": status.value, "headers": headers})
    await send({"type": "http.response.body", "body": f"{status.phrase}\n".encode()})


def main(host: str, port: int, folder: Path) -> None:
    """Run Prefect's server behind the guard until SIGTERM, holding the lock of `folder`."""
    import uvicorn  # noqa: PLC0415 - Prefect and all it brings take seconds: `is_loopback` needs none of it
    from prefect.server.api.server import create_app  # noqa: PLC0415
    from prefect.settings import get_current_settings  # noqa: PLC0415

    auth = load_settings().serve_auth
    api = get_current_settings().server.api
    with exclusive_lock(folder / LOCK_NAME):
        uvicorn.run(
            Guard(create_app(final=True), auth.get_secret_value() if auth else None),
            host=host,
            port=port,
            log_level="warning",
            timeout_keep_alive=api.keepalive_timeout,
            timeout_graceful_shutdown=_STOP_SECONDS,  # an open page in a browser keeps its connection
            ws_ping_interval=api.websocket_ping_interval,
            ws_ping_timeout=api.websocket_ping_timeout,
        )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
