"""Nobody asks the Prefect server without the password, on any route; and no page from elsewhere asks it at all."""

import asyncio
import base64
import json
import socket
import time
import urllib.error
import urllib.request
from http import HTTPStatus

import pytest

from paperhouse.flows.server.auth import Guard, is_loopback

AUTH = "reader:s3cret:with:colons"


def _basic(auth: str) -> bytes:
    return b"Basic " + base64.b64encode(auth.encode())


def _refusal(auth: str | None, **headers: bytes) -> HTTPStatus | None:
    sent = {b"host": b"lab.example:4200"} | {name.encode(): value for name, value in headers.items()}
    return Guard(_unreachable, auth).refusal(sent)


async def _unreachable(scope, *_):
    raise AssertionError(scope)


@pytest.mark.parametrize(
    "authorization",
    [
        b"",
        b"Basic",
        b"Basic !!!",
        b"Bearer " + base64.b64encode(AUTH.encode()),
        _basic("reader:s3cret"),
        _basic(f"{AUTH} "),
        _basic("é:ü"),
    ],
)
def test_what_is_not_the_password_is_refused(authorization):
    assert _refusal(AUTH, authorization=authorization) is HTTPStatus.UNAUTHORIZED


def test_the_password_is_let_through():
    assert _refusal(AUTH, authorization=_basic(AUTH)) is None


def test_a_page_of_another_origin_is_refused_even_with_the_password_that_the_browser_adds():
    assert _refusal(AUTH, authorization=_basic(AUTH), origin=b"http://lab.example:4200") is None
    for origin in (b"http://evil.example", b"http://lab.example:80", b"null"):
        assert _refusal(AUTH, authorization=_basic(AUTH), origin=origin) is HTTPStatus.FORBIDDEN


def test_without_a_password_only_loopback_names_are_answered():
    assert _refusal(None, host=b"127.0.0.1:4200") is None
    assert _refusal(None, host=b"localhost:8000", origin=b"http://localhost:8000") is None
    assert _refusal(None, host=b"[::1]:4200") is None
    assert _refusal(None, host=b"rebound.example:4200") is HTTPStatus.FORBIDDEN
    assert _refusal(None, host=b"") is HTTPStatus.FORBIDDEN


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "[::1]", "localhost"])
def test_loopback(host):
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "lab.example", "127.0.0.1.evil.example", ""])
def test_not_loopback(host):
    assert not is_loopback(host)


def _sent(scope: dict) -> list[dict]:
    """What the guard itself answers."""
    sent: list[dict] = []

    async def send(message):
        sent.append(message)

    async def receive():
        return {"type": "websocket.connect"}

    asyncio.run(Guard(_unreachable, AUTH)(scope, receive, send))
    return sent


def test_a_browser_is_asked_for_the_password():
    start, _ = _sent({"type": "http", "headers": []})
    assert start["status"] == 401
    assert (b"www-authenticate", b'Basic realm="Paperhouse", charset="UTF-8"') in start["headers"]


def test_a_websocket_is_closed_before_it_opens():
    assert _sent({"type": "websocket", "headers": []}) == [{"type": "websocket.close", "code": 1008}]


def _answered_by_guard(auth: str | None, scope: dict) -> int | None:
    """Status of the guard's own answer (1008 for a closed websocket); None if the application was let to answer."""
    sent: list[dict] = []

    async def app(*_):
        return None

    async def send(message):
        sent.append(message)

    async def receive():
        return {"type": "websocket.connect"}

    asyncio.run(Guard(app, auth)(scope, receive, send))
    return (sent[0].get("status") or sent[0]["code"]) if sent else None


def _request(method: str = "GET", host: bytes = b"127.0.0.1:4200", **headers: bytes) -> dict:
    named = [(name.replace("_", "-").encode(), value) for name, value in headers.items()]
    return {"type": "http", "method": method, "headers": [(b"host", host), *named]}


@pytest.mark.parametrize("auth", [None, AUTH])
@pytest.mark.parametrize(
    "host",
    [
        b"[",
        b"]",
        b"[]",
        b"[::1",
        b"[:::1]",
        b"[127.0.0.1]",
        b"[::1]x",
        b"[::1%lo]",
        b"x@127.0.0.1",
        b"@127.0.0.1",
        b"evil.example:80@127.0.0.1",
        b"127.0.0.1/x",
        b"127.0.0.1?x",
        b"127.0.0.1#x",
        b"127.0.0.1\\x",
        b"127.0.0.1 x",
        b" 127.0.0.1",
        b"127.0.0.1\n",
        b"127.0.0.1:x",
        b"127.0.0.1:80:80",
        b"127.0.0.1,evil.example",
        b"http://127.0.0.1",
        b"\xff\xfe",
        b"localhost\x00",
    ],
)
def test_a_malformed_host_is_a_bad_request(auth, host):
    assert _answered_by_guard(auth, _request(host=host, authorization=_basic(AUTH))) == 400


@pytest.mark.parametrize(
    "origin",
    [
        b"",
        b"[",
        b"http://[",
        b"http://[::1",
        b"http://[x]",
        b"http://",
        b"127.0.0.1:4200",
        b"//127.0.0.1:4200",
        b"http://x@127.0.0.1:4200",
        b"http://127.0.0.1:4200/x",
        b"http://127.0.0.1:4200 http://evil.example",
        b"http://127.0.0.1:4200\n",
        b"\xff",
    ],
)
@pytest.mark.parametrize("auth", [None, AUTH])
def test_a_malformed_origin_is_a_bad_request(auth, origin):
    assert _answered_by_guard(auth, _request(origin=origin, authorization=_basic(AUTH))) == 400


@pytest.mark.parametrize("auth", [None, AUTH])
def test_two_different_hosts_are_a_bad_request(auth):
    request = _request(authorization=_basic(AUTH))
    request["headers"].insert(0, (b"host", b"evil.example"))
    assert _answered_by_guard(auth, request) == 400


@pytest.mark.parametrize("auth", [None, AUTH])
def test_a_write_that_a_page_of_another_site_sends_is_refused_without_an_origin_too(auth):
    shown = {"authorization": _basic(AUTH)}
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        for site in (b"cross-site", b"Cross-Site"):
            assert _answered_by_guard(auth, _request(method, sec_fetch_site=site, **shown)) == 403
        for site in (b"same-origin", b"none"):
            assert _answered_by_guard(auth, _request(method, sec_fetch_site=site, **shown)) is None
        assert _answered_by_guard(auth, _request(method, **shown)) is None
    # A link from elsewhere may be followed: it only reads.
    assert _answered_by_guard(auth, _request("GET", sec_fetch_site=b"cross-site", **shown)) is None


def test_a_websocket_that_a_page_of_another_site_opens_is_closed():
    opened = _request() | {"type": "websocket"}
    assert _answered_by_guard(None, opened) is None
    opened["headers"].append((b"sec-fetch-site", b"cross-site"))
    assert _answered_by_guard(None, opened) == 1008


def test_hosts_and_origins_as_browsers_write_them_are_let_through():
    for host in (b"127.0.0.1:4200", b"[::1]:4200", b"localhost", b"LocalHost:4200", b"127.0.0.1:"):
        assert _answered_by_guard(None, _request("POST", host, origin=b"http://" + host)) is None


@pytest.mark.slow
def test_every_route_of_a_real_server_asks_for_the_password_and_work_goes_on(serving, free_port, digests):
    port = free_port()
    settings = {
        "PAPERHOUSE_SERVE_PORT": str(port),
        "PAPERHOUSE_SERVE_AUTH": AUTH,
        "PAPERHOUSE_FOLDERS": str(digests),
    }
    base = f"http://127.0.0.1:{port}"
    with serving(settings, "--host", "0.0.0.0") as served:
        assert served.lines()[0].split() == ["prefect", base]
        document = json.loads(_ask(f"{base}/openapi.json", _basic(AUTH))[1])
        routes = [(method.upper(), path) for path, methods in document["paths"].items() for method in methods]
        assert len(routes) > 150
        outside = ["/", "/runs", "/v2/", "/docs", "/redoc", "/openapi.json", "/ui-settings", "/nothing-here"]
        asked = [*routes, *(("GET", path) for path in outside)]
        asked += [
            ("GET", f"/api{path}") for path in ("/health", "/ready", "/version", "/docs", "/openapi.json")
        ]
        answers = {(method, path): _ask(f"{base}{_filled(path)}", None, method)[0] for method, path in asked}
        assert {route: status for route, status in answers.items() if status != 401} == {}
        assert _ask(f"{base}/", _basic(AUTH))[0] == 200
        assert _handshake(port, "/api/events/out") == 403
        # Runner, flow process, heartbeats and automation all show it.
        run = _post(f"{base}/api/deployments/name/ingest/daily", None, "GET")
        made = _post(f"{base}/api/deployments/{run['id']}/create_flow_run", {"state": {"type": "SCHEDULED"}})
        for _ in range(180):
            state = _post(f"{base}/api/flow_runs/{made['id']}", None, "GET")["state"]
            if state["type"] == "COMPLETED":
                break
            time.sleep(1)
        assert state["message"].startswith("3 digests, 55 entries")
        assert served.stop() == 0
    assert AUTH not in served.log.read_text()
    assert AUTH not in (served.home / "prefect" / "server.log").read_text()


def _filled(path: str) -> str:
    return path.replace("{", "").replace("}", "").replace(" ", "")


def _ask(url: str, authorization: bytes | None, method: str = "GET", body: bytes | None = None):
    request = urllib.request.Request(url, body, method=method)
    if authorization:
        request.add_header("Authorization", authorization.decode())
    if body is not None:
        request.add_header("Content-Type", "application/json")
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def _post(url: str, body: dict | None, method: str = "POST"):
    for _ in range(5):
        status, text = _ask(url, _basic(AUTH), method, None if body is None else json.dumps(body).encode())
        if status != 503:  # its SQLite file was busy: "ask again", and Prefect's own client does
            break
        time.sleep(2)
    assert status < 300, text
    return json.loads(text)


def _handshake(port: int, path: str) -> int:
    """Status of the answer to a websocket that shows no password."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Protocol: prefect\r\n\r\n".encode()
        )
        return int(connection.recv(100).split()[1])
