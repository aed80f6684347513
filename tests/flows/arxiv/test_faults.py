"""A table of faults of a server, and how a question to it ends; no test sleeps, the clock is the test's."""

# ruff: noqa: PLR0913, PLR0917 - pytest passes fixtures by name

import gzip
import shutil
import socket
import ssl
import struct
import subprocess
import threading
import time

import pytest
from ports import free_port

from paperhouse.flows.arxiv.client.allowlist import Addresses
from paperhouse.flows.arxiv.client.http import request_once
from paperhouse.flows.arxiv.client.polite_client import open_client
from paperhouse.flows.arxiv.client.retry import Policy
from paperhouse.flows.arxiv.client.stored_replies import ReplayClient
from paperhouse.flows.settings import Settings
from paperhouse.transforms.arxiv.xml import parse_reply
from paperhouse.transforms.errors import (
    AddressRefusedError,
    CircuitOpenError,
    RemoteError,
    ReplyError,
    SettingsError,
)

XML = frozenset({"application/xml"})
GOOD = b"<ok>yes</ok>"


def ask(client, url):
    return client.fetch(url, lambda body: parse_reply(body, "ok").text, content_types=XML).value


def send(*parts, pause=0.0, reset=False):
    """Write these bytes to the socket, one part after the other."""

    def act(connection):
        for part in parts:
            connection.sendall(part)
            if pause:
                time.sleep(pause)
        if reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:
            connection.shutdown(socket.SHUT_WR)

    return act


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\n"
BOMB = gzip.compress(bytes(5_000_000))

# name: (replies before the good one, requests in all, part of the message or None if it ends complete)
FAULTS = {
    "no fault": ([], 1, None),
    "429": ([{"status": 429}], 2, None),
    "503 with Retry-After": ([{"status": 503, "headers": {"Retry-After": "7"}}], 2, None),
    "500": ([{"status": 500}], 2, None),
    "502": ([{"status": 502}], 2, None),
    "504": ([{"status": 504}], 2, None),
    "406": ([{"status": 406}], 2, None),
    "404": ([{"status": 404}], 1, "status 404"),
    "400": ([{"status": 400}], 1, "status 400"),
    "503 for ever": ([{"status": 503}] * 9, 5, "status 503; asked 5 times"),
    "rate exceeded as text": ([{"body": b"Rate exceeded.", "content_type": "text/plain"}], 2, None),
    "rate exceeded as XML": ([{"body": b"Rate exceeded."}], 2, None),
    "HTML with status 200": ([{"body": b"<html>busy</html>", "content_type": "text/html"}], 2, None),
    "HTML that says it is XML": ([{"body": b"<!DOCTYPE html><html/>"}], 2, None),
    "HTML for ever": ([{"body": b"<html/>", "content_type": "text/html"}] * 9, 5, "the reply is text/html"),
    "no content type": ([{"body": GOOD, "content_type": None}], 2, None),
    "truncated XML": ([{"body": b"<ok>ye"}], 2, None),
    "another root": ([{"body": b"<no/>"}], 1, "root is 'no'"),
    "DOCTYPE": ([{"body": b"<!DOCTYPE ok><ok/>"}], 1, "DOCTYPE"),
    "body shorter than announced": ([{"body": b"<ok>", "headers": {"Content-Length": "99"}}], 2, None),
    "whole but for what was announced, for ever": (
        [{"body": GOOD, "headers": {"Content-Length": "99"}}] * 9, 5, "87 more expected",
    ),
    "closed without an answer": ([{"act": send()}], 2, None),
    "reset amid the body": ([{"act": send(HEAD + b"Content-Length: 99\r\n\r\n<ok>", reset=True)}], 2, None),
    "no HTTP": ([{"act": send(b"220 smtp ready\r\n\r\n")}], 2, None),
    "chunk cut off": ([{"act": send(HEAD + b"Transfer-Encoding: chunked\r\n\r\nff\r\n<ok>")}], 2, None),
    "too large": ([{"body": b"<ok>" + b" " * 200_000 + b"</ok>"}], 1, "larger than 100,000"),
    "gzip bomb": ([{"body": BOMB, "headers": {"Content-Encoding": "gzip"}}], 1, "larger than 100,000"),
    "gzip": ([{"body": gzip.compress(GOOD), "headers": {"Content-Encoding": "gzip"}}], 1, None),
    "gzip in two members": (
        [{"body": gzip.compress(b"<ok>") + gzip.compress(b"yes</ok>"), "headers": {"Content-Encoding": "gzip"}}],
        1,
        None,
    ),
    "gzip cut off": ([{"body": gzip.compress(GOOD)[:-9], "headers": {"Content-Encoding": "gzip"}}], 2, None),
    "gzip damaged": ([{"body": b"no gzip", "headers": {"Content-Encoding": "gzip"}}], 2, None),
    "another compression": ([{"body": GOOD, "headers": {"Content-Encoding": "br"}}], 1, "compressed as 'br'"),
    "redirect to another host": (
        [{"status": 302, "headers": {"Location": "https://example.org/oai"}}], 1, "nothing was asked there",
    ),
    "redirect to plain http": (
        [{"status": 301, "headers": {"Location": "http://export.arxiv.org/oai2"}}], 1, "expected https",
    ),
    "redirect to a file": ([{"status": 302, "headers": {"Location": "file:///etc/passwd"}}], 1, "expected https"),
    "redirect on this server": ([{"status": 307, "headers": {"Location": "/elsewhere"}}], 2, None),
    "redirect in a circle": ([{"status": 302, "headers": {"Location": "/a"}}] * 9, 4, "redirected more than 3 times"),
    "redirect to nowhere": ([{"status": 302}] * 9, 4, "redirected more than 3 times"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_how_it_ends(fault, server, reply, make_client, fake):
    replies, n_requests, message = FAULTS[fault]
    server.script = [reply(**one) for one in replies]
    server.answer = lambda _: reply(GOOD)
    client = make_client(max_bytes=100_000)
    if message is None:
        assert ask(client, f"{server.url}/oai?x=1") == "yes"
    else:
        with pytest.raises(RemoteError, match=message) as caught:
            ask(client, f"{server.url}/oai?x=1")
        assert caught.value.facts["attempts"] == (5 if "asked 5 times" in str(caught.value) else 1)
        assert "/" in caught.value.facts["url"]
    assert len(server.seen) == n_requests
    assert sum(fake.slept) >= 3.0 * (n_requests - 1)
    assert server.most_open == 1


@pytest.mark.parametrize(
    ("header", "rest"),
    [
        ("7", 7.0 + 5.0),
        ("0", 0.0 + 5.0),
        (None, 5.0),
        ("-20", 5.0),
        ("soon", 5.0),
        ("1e9", 5.0),
        ("99999999999999999999", 600.0 + 5.0),
        ("Mon, 03 Aug 2026 10:00:30 GMT", 30.0 + 5.0),
        ("Mon, 03 Aug 2026 09:00:00 GMT", 5.0),
        ("Mon, 03 Aug 2099 10:00:00 GMT", 600.0 + 5.0),
    ],
)
def test_retry_after_is_kept_capped_and_jittered(header, rest, server, reply, make_client, fake):
    # The server's own date counts, so a client with a wrong clock waits as long as it should.
    def act(connection):
        line = "" if header is None else f"Retry-After: {header}\r\n"
        connection.sendall(
            f"HTTP/1.1 503 No\r\nDate: Mon, 03 Aug 2026 10:00:00 GMT\r\n{line}Content-Length: 0\r\n\r\n".encode()
        )

    server.script = [reply(act=act)]
    server.answer = lambda _: reply(GOOD)
    assert ask(make_client(), f"{server.url}/oai") == "yes"
    assert sum(fake.slept) == pytest.approx(max(rest, 3.0))


def test_backoff_grows_with_full_jitter_and_never_falls_below_the_interval(server, reply, make_client, fake):
    server.answer = lambda _: reply(status=503)
    with pytest.raises(RemoteError):
        ask(make_client(), f"{server.url}/oai")
    assert fake.slept == pytest.approx([5.0, 10.0, 20.0, 40.0])


def test_with_no_jitter_at_all_three_seconds_remain(server, reply, make_client, fake):
    class NoChance:
        def uniform(self, low, _high):
            return low

    server.answer = lambda _: reply(status=429)
    with pytest.raises(RemoteError):
        ask(make_client(chance=NoChance()), f"{server.url}/oai")
    assert fake.slept == pytest.approx([3.0, 3.0, 3.0, 3.0])


def test_a_rest_that_arxiv_asked_for_outlives_the_process(server, reply, make_client, fake):
    server.script = [reply(status=503, headers={"Retry-After": "120"})]
    server.answer = lambda _: reply(GOOD)
    with pytest.raises(RemoteError):
        ask(make_client(max_attempts=1), f"{server.url}/oai")
    fake.now += 20
    ask(make_client(), f"{server.url}/oai")
    assert sum(fake.slept) == pytest.approx(105.0)


def test_a_service_that_refuses_is_left_alone_for_a_time_that_grows_and_then_tried_once(
    server, reply, make_client, fake
):
    server.answer = lambda _: reply(status=429)
    rests = []
    for n_refusals, hours in enumerate((0.25, 0.5, 1, 2, 4, 8, 16, 24, 24), start=1):
        n_before = len(server.seen)
        with pytest.raises(RemoteError, match="status 429"):  # every client is a new process for the breaker
            ask(make_client(services={"OAI-PMH": f"{server.url}/oai"}), f"{server.url}/oai")
        assert len(server.seen) - n_before == (5 if n_refusals == 1 else 1)
        fake.now += hours * 3600 - 60
        for _ in range(3):
            with pytest.raises(
                CircuitOpenError,
                match=r"OAI-PMH is left alone until .* UTC, as it refused.*goes on from there",
            ) as caught:
                ask(make_client(services={"OAI-PMH": f"{server.url}/oai"}), f"{server.url}/oai")
        rests.append(caught.value.facts["n_refusals"])
        assert len(server.seen) - n_before == (5 if n_refusals == 1 else 1)
        fake.now += 61
    assert rests == list(range(1, 10))
    server.answer = lambda _: reply(GOOD)
    client = make_client(services={"OAI-PMH": f"{server.url}/oai"})
    assert ask(client, f"{server.url}/oai") == "yes"
    server.answer = lambda _: reply(status=429)
    n_before = len(server.seen)
    with pytest.raises(RemoteError, match="asked 5 times"):  # what it refused before is forgotten
        ask(client, f"{server.url}/oai")
    assert len(server.seen) - n_before == 5


def test_a_service_rests_as_long_as_it_asks_for_and_others_are_asked_meanwhile(
    server, reply, make_client, fake
):
    services = {"query API": f"{server.url}/api", "OAI-PMH": f"{server.url}/oai"}
    server.script = [reply(status=503, headers={"Retry-After": "7200"})] * 5
    server.answer = lambda _: reply(GOOD)
    client = make_client(services=services)
    with pytest.raises(RemoteError, match="asks to wait 7200 s"):
        ask(client, f"{server.url}/api/query")
    fake.now += 7100
    with pytest.raises(CircuitOpenError):
        ask(client, f"{server.url}/api/query")
    assert ask(client, f"{server.url}/oai") == "yes"
    fake.now += 101
    assert ask(client, f"{server.url}/api/query") == "yes"


@pytest.mark.parametrize(
    ("replies", "is_open"),
    [
        pytest.param([{"body": b"Rate exceeded."}] * 5, True, id="Rate exceeded."),
        pytest.param([{"body": b"<html/>", "content_type": "text/html"}] * 5, True, id="HTML"),
        pytest.param([{"status": 403}], True, id="403"),
        pytest.param([{"status": 404}], False, id="404"),
        pytest.param([{"body": b"<no/>"}], False, id="another root"),
        pytest.param([{"act": send()}] * 5, False, id="no answer"),
    ],
)
def test_only_a_service_that_answers_and_does_not_serve_has_refused(
    replies, is_open, server, reply, make_client
):
    server.script = [reply(**one) for one in replies]
    server.answer = lambda _: reply(GOOD)
    client = make_client(services={"OAI-PMH": f"{server.url}/oai"})
    with pytest.raises(RemoteError):
        ask(client, f"{server.url}/oai")
    if is_open:
        with pytest.raises(CircuitOpenError):
            ask(client, f"{server.url}/oai")
    else:
        assert ask(client, f"{server.url}/oai") == "yes"


@pytest.mark.parametrize(
    "text", ["", "garbage", "{}", "[1]", '[{"service": "OAI-PMH"}]', '[{"n_refusals": "x"}]']
)
def test_refusals_that_cannot_be_read_cost_one_question(text, server, reply, make_client, tmp_path):
    make_client()
    (tmp_path / "http" / "refusals.json").write_text(text)
    server.answer = lambda _: reply(GOOD)
    assert ask(make_client(services={"OAI-PMH": f"{server.url}/oai"}), f"{server.url}/oai") == "yes"


def test_a_clock_that_was_set_back_keeps_no_service_closed(server, reply, make_client, fake):
    services = {"OAI-PMH": f"{server.url}/oai"}
    server.answer = lambda _: reply(status=429)
    with pytest.raises(RemoteError):
        ask(make_client(services=services), f"{server.url}/oai")
    fake.start_wall -= 7 * 86_400
    server.answer = lambda _: reply(GOOD)
    assert ask(make_client(services=services), f"{server.url}/oai") == "yes"


def drip(*parts):
    """Send parts and then a byte at a time, for a minute or until the client hangs up: that raises."""

    def act(connection):
        for part in parts:
            connection.sendall(part)
        for _ in range(3000):
            connection.sendall(b" ")
            time.sleep(0.02)
        outlasted.set()

    outlasted = threading.Event()
    act.outlasted = outlasted
    return act


def stall():
    """Send nothing, for a minute or until the client hangs up."""

    def act(connection):
        connection.settimeout(60)
        try:
            connection.recv(1)
        except TimeoutError:
            outlasted.set()

    outlasted = threading.Event()
    act.outlasted = outlasted
    return act


@pytest.mark.parametrize(
    "act",
    [
        pytest.param(drip(HEAD + b"Content-Length: 99999\r\n\r\n"), id="body"),
        pytest.param(drip(HEAD + b"\r\n"), id="body without a length"),
        pytest.param(drip(b"HTTP/1.1 200 OK\r\nX-Slow: "), id="headers"),
        pytest.param(drip(b"HTTP/1.1"), id="status line"),
        pytest.param(stall(), id="nothing at all"),
    ],
)
def test_a_reply_that_drips_or_stalls_is_cut_at_the_deadline(act, server, reply, make_client):
    server.script = [reply(act=act)]
    server.answer = lambda _: reply(GOOD)
    assert ask(make_client(total_seconds=0.3, read_seconds=120.0), f"{server.url}/oai") == "yes"
    assert not act.outlasted.is_set()
    assert len(server.seen) == 2


def test_a_stall_is_met_by_the_read_timeout_too(server, reply, make_client):
    server.answer = lambda _: reply(act=lambda _: time.sleep(0.4))
    with pytest.raises(RemoteError, match="the connection failed") as caught:
        ask(make_client(read_seconds=0.1, max_attempts=1), f"{server.url}/oai")
    assert caught.value.is_retryable


def test_nobody_listens(make_client):
    with pytest.raises(RemoteError, match=r"the connection failed.*asked 5 times") as caught:
        ask(make_client(), f"http://127.0.0.1:{free_port()}/oai")
    assert caught.value.is_retryable


@pytest.mark.parametrize(
    "url",
    [
        "http://export.arxiv.org/api/query",
        "https://example.org/",
        "https://export.arxiv.org.example.org/",
        "https://export.arxiv.org:8443/",
        "https://user@export.arxiv.org/",
        "https://export.arxiv.org\\@example.org/",
        "https://export.arxiv.org /",
        "ftp://export.arxiv.org/",
        "http://localhost/",
        "http://127.0.0.1:80/",
        "http://[::1]/",
        "https://[broken/",
        "/relative",
        "",
    ],
)
def test_addresses_that_are_never_asked(url):
    with pytest.raises(AddressRefusedError):
        Addresses().require_allowed(url)
    with pytest.raises(AddressRefusedError):
        request_once(url, "test", Policy(), Addresses(), frozenset({200}))


@pytest.mark.parametrize(
    "host", ["export.arxiv.org", "oaipmh.arxiv.org", "rss.arxiv.org", "RSS.arxiv.org", "api.datacite.org"]
)
def test_addresses_of_arxiv_and_datacite_are_allowed(host):
    Addresses().require_allowed(f"https://{host}/x?y=z")
    Addresses().require_allowed(f"https://{host}:443/x")


@pytest.mark.parametrize("host", ["http://127.0.0.1:80", "http://127.1.2.3", "http://[::1]:99"])
def test_the_setting_for_tests_adds_loopback_by_number_and_nothing_else(host):
    Addresses(is_loopback_allowed=True).require_allowed(f"{host}/x")
    with pytest.raises(AddressRefusedError):
        Addresses(is_loopback_allowed=True).require_allowed("http://localhost/x")


def test_a_shorter_interval_is_refused_for_arxiv_itself(make_client):
    with pytest.raises(SettingsError, match="3 s at least"):
        ask(make_client(interval=0.1), "https://export.arxiv.org/api/query")


def test_the_request_names_program_version_and_contact_and_is_the_only_one_of_its_connection(
    server, reply, make_client
):
    server.answer = lambda _: reply(GOOD)
    ask(make_client(), f"{server.url}/oai")
    headers = server.seen[0].headers
    assert headers["User-Agent"].startswith("paperhouse/")
    assert headers["User-Agent"].endswith("(mailto:test@example.org)")
    assert (headers["Connection"], headers["Accept-Encoding"]) == ("close", "gzip")


def test_settings_make_a_client_and_a_missing_contact_is_said_once(tmp_path, server, reply):
    server.answer = lambda _: reply(GOOD)
    said = []
    bases = dict.fromkeys(("arxiv_api_url", "arxiv_oai_url", "arxiv_feed_url", "datacite_url"), server.url)
    settings = Settings(
        home=tmp_path / "home", arxiv_allow_loopback=True, arxiv_interval_seconds=0.0, **bases
    )
    client = open_client(settings, said.append)
    for _ in range(3):
        assert ask(client, f"{server.url}/oai") == "yes"
    assert len(said) == 1
    assert "arxiv_contact" in said[0]
    with pytest.raises(AddressRefusedError):
        ask(client, "http://example.org/")
    silent = []
    open_client(settings.model_copy(update={"arxiv_contact": "mailto:a@example.org"}), silent.append)
    assert silent == []


def test_settings_cannot_shorten_the_interval_for_arxiv(tmp_path):
    settings = Settings(home=tmp_path, arxiv_interval_seconds=0.0, arxiv_lock=tmp_path / "machine" / "lock")
    client = open_client(settings, lambda _: None)
    assert client._limiter.interval_seconds == 3.0
    assert client._limiter._paths == [tmp_path / "machine" / "lock", tmp_path / "http" / "arxiv.lock"]


def test_replies_are_stored_before_they_are_read_and_can_be_replayed(server, reply, make_client, store):
    server.script = [reply(b"<no/>"), reply(GOOD)]
    with pytest.raises(ReplyError):
        ask(make_client(), f"{server.url}/oai")
    assert ask(make_client(), f"{server.url}/oai") == "yes"
    assert [store.read(one.sha256) for one in store.replies()] == [b"<no/>", GOOD]
    server.script = [reply(b"<ok>later</ok>"), reply(b"<ok>bro")]
    with pytest.raises(RemoteError):
        make_client(max_attempts=1).fetch(
            f"{server.url}/other", lambda _: 1, content_types=frozenset({"text/csv"})
        )
    replayed = ReplayClient(store)
    n_requests = len(server.seen)
    assert ask(replayed, f"{server.url}/oai") == "yes"
    with pytest.raises(RemoteError, match="no reply that can be believed"):
        ask(replayed, f"{server.url}/never")
    assert len(server.seen) == n_requests


class AnyAddress(Addresses):
    """For TLS on this machine, which the list does not allow."""

    def require_allowed(self, url):
        pass


@pytest.fixture
def tls_server(server, tmp_path):
    """The server behind a certificate of its own; gives address and certificate."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not here: no certificate for a TLS server can be made")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
    )
    subprocess.run([*command.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server._server.socket = context.wrap_socket(server._server.socket, server_side=True)
    return server.url.replace("http:", "https:"), certificate


def ask_tls(url, **policy):
    return request_once(url, "test", Policy(**policy), AnyAddress(), frozenset({200}))


def test_a_certificate_that_is_not_trusted_is_no_matter_of_patience(tls_server):
    with pytest.raises(RemoteError, match="CERTIFICATE_VERIFY_FAILED") as caught:
        ask_tls(tls_server[0])
    assert not caught.value.is_retryable


def test_over_tls_too_a_reply_is_read_and_one_that_drips_is_cut(tls_server, server, reply, monkeypatch):
    url, certificate = tls_server

    monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(certificate))
    act = drip(HEAD + b"Content-Length: 99999\r\n\r\n")
    server.script = [reply(GOOD), reply(act=act)]
    assert ask_tls(url).body == GOOD
    with pytest.raises(RemoteError, match=r"not complete after 0\.3 s"):
        ask_tls(url, total_seconds=0.3)
    assert not act.outlasted.is_set()
