"""Every fault of arXiv's services, met by the command: what the run did and how it ended. No wait is real.

`python tests/flows/arxiv/fault_table.py` writes the table of them.
"""

# ruff: noqa: PLR0913, PLR0917 - pytest passes fixtures by name

import gzip
import json
import os
import socket
import struct
import time
from datetime import date
from pathlib import Path

import pytest

ATOM = "application/atom+xml; charset=utf-8"
IDS = "2504.20013,2504.20006"
BOMB = gzip.compress(bytes(5_000_000))
OK, FAILED = 0, 1


def send(*parts, pause=0.0, reset=False):
    """Write these bytes to the socket, one part after the other."""

    def act(connection):
        for part in parts:
            connection.sendall(part)
            time.sleep(pause)
        if reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:
            connection.shutdown(socket.SHUT_WR)

    return {"act": act}


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/atom+xml\r\n"


def status(number, **headers):
    return {"status": number, "headers": {name.replace("_", "-"): value for name, value in headers.items()}}


def atom(body):
    return {"body": body, "content_type": ATOM}


def oai(body):
    return {"body": body, "content_type": "text/xml"}


def rss(body):
    return {"body": body, "content_type": "application/rss+xml"}


LAUGHS = b'<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;">]><feed>&lol2;</feed>'
HTML = {"body": b"<html>busy</html>", "content_type": "text/html"}
CUT = {"body": b"<feed><entry", "content_type": ATOM}

# fault: (replies before the good answer, exit code, requests, part of what is said or None)
LOOKUPS = {
    "no fault": (lambda _: [], OK, 1, None),
    "429 without Retry-After": (lambda _: [status(429)], OK, 2, None),
    "429, Retry-After: 7": (lambda _: [status(429, Retry_After="7")], OK, 2, None),
    "503, Retry-After: a date 30 s ahead by arXiv's own clock": (
        lambda _: [send(
            b"HTTP/1.1 503 No\r\nDate: Mon, 03 Aug 2026 10:00:00 GMT\r\n"
            b"Retry-After: Mon, 03 Aug 2026 10:00:30 GMT\r\nContent-Length: 0\r\n\r\n"
        )], OK, 2, "waiting 3",
    ),
    "503, Retry-After: -20": (lambda _: [status(503, Retry_After="-20")], OK, 2, None),
    "503, Retry-After: 99999999999": (lambda _: [status(503, Retry_After="99999999999")], OK, 2, "waiting 60"),
    "500": (lambda _: [status(500)], OK, 2, None),
    "406": (lambda _: [status(406)], OK, 2, None),
    "503 for ever": (lambda _: [status(503)] * 9, FAILED, 5, "status 503; asked 5 times. What was published stays"),
    "404": (lambda _: [status(404)], FAILED, 1, "status 404"),
    "empty page, though totalResults is 2": (lambda made: [atom(made.atom([], total=2))], OK, 2, None),
    "empty page for ever": (lambda made: [atom(made.atom([], total=2))] * 9, FAILED, 5, "empty, though arXiv says it has 2"),
    "empty page once, total 0": (lambda made: [atom(made.atom([]))], OK, 2, None),
    "`Rate exceeded.` as text": (lambda _: [{"body": b"Rate exceeded.", "content_type": "text/plain"}], OK, 2, None),
    "`Rate exceeded.` as Atom": (lambda _: [atom(b"Rate exceeded.")], OK, 2, None),
    "HTML with status 200": (lambda _: [HTML], OK, 2, None),
    "HTML for ever": (lambda _: [HTML] * 9, FAILED, 5, "the reply is text/html"),
    "an error entry, status 200": (
        lambda made: [atom(made.atom_error("max_results", "too many"))], FAILED, 1, "arXiv refuses the question: too many",
    ),
    "cut XML": (lambda _: [CUT], OK, 2, None),
    "cut XML for ever": (lambda _: [CUT] * 9, FAILED, 5, "cut off or no XML"),
    "totals that drift between pages": (
        lambda made: [atom(made.atom([made.atom_entry("2504.20013")], total=2)), *[atom(made.atom([made.atom_entry("2504.20006")], total=3, start=1))] * 9],
        FAILED, 6, "the total changed from 2 to 3",
    ),
    "a page that repeats a paper": (
        lambda made: [atom(made.atom([made.atom_entry("2504.20013")], 2, start, 1)) for start in (0, 1)],
        FAILED, 2, "1 distinct papers came, but arXiv says it has 2",
    ),
    "a paper nobody asked for": (lambda made: [atom(made.atom([made.atom_entry("2401.00001")]))] * 9, FAILED, 5, "which was not asked for"),
    "DOCTYPE with entities": (lambda _: [atom(LAUGHS)], FAILED, 1, "has a DOCTYPE or entities"),
    "another root": (lambda _: [atom(b"<rss/>")], FAILED, 1, "the reply's root is 'rss'"),
    "another namespace": (lambda _: [atom(b'<feed xmlns="urn:x"/>')], FAILED, 1, "root is '{urn:x}feed'"),
    "too large": (lambda _: [atom(b"<feed>" + b" " * 300_000)], FAILED, 1, "larger than 200,000 bytes"),
    "over-compressed (5 MB of zeros in 5 kB)": (
        lambda _: [{**atom(BOMB), "headers": {"Content-Encoding": "gzip"}}], FAILED, 1, "larger than 200,000 bytes",
    ),
    "redirect to another host": (lambda _: [status(302, Location="https://example.org/api")], FAILED, 1, "nothing was asked there"),
    "redirect to plain http": (lambda _: [status(301, Location="http://export.arxiv.org/api")], FAILED, 1, "expected https"),
    "redirect in a circle": (lambda _: [status(302, Location="/a")] * 9, FAILED, 4, "redirected more than 3 times"),
    "stall": (lambda _: [{"act": lambda _: time.sleep(1.0)}], OK, 2, None),
    "one byte at a time": (
        lambda _: [send(HEAD + b"Content-Length: 999\r\n\r\n", *[b" "] * 40, pause=0.02)], OK, 2, None,
    ),
    "closed without an answer": (lambda _: [send()], OK, 2, None),
    "reset amid the body": (lambda _: [send(HEAD + b"Content-Length: 99\r\n\r\n<feed>", reset=True)], OK, 2, None),
    "reset for ever": (lambda _: [send(HEAD + b"Content-Length: 99\r\n\r\n<feed>", reset=True)] * 9, FAILED, 5, "the connection failed"),
}  # fmt: skip

R1, R2, R3 = "2608.00001", "2608.00002", "2608.00003"
HARVESTS = {
    "no token": (lambda made: [oai(made.oai_list([made.oai_record(R1)]))], OK, 1, "records    1"),
    "empty token": (lambda made: [oai(made.oai_list([made.oai_record(R1)], token=""))], OK, 1, "records    1"),
    "noRecordsMatch": (lambda made: [oai(made.oai_error("noRecordsMatch"))], OK, 1, "harvested"),
    "badResumptionToken midway": (
        lambda made: [
            oai(made.oai_list([made.oai_record(R1), made.oai_record(R2, "2026-08-02")], token="t")),
            oai(made.oai_error("badResumptionToken")),
            oai(made.oai_list([made.oai_record(R2, "2026-08-02"), made.oai_record(R3, "2026-08-02")])),
        ], OK, 3, "records    3, 0 deleted, 1 stated by two pages",
    ),
    "badResumptionToken without a token": (
        lambda made: [oai(made.oai_error("badResumptionToken"))], FAILED, 1, "arXiv refuses the harvest: in words (badResumptionToken)",
    ),
    "a token that comes twice": (
        lambda made: [oai(made.oai_list([made.oai_record(one)], token="same")) for one in (R1, R2)], FAILED, 2, "runs in a circle",
    ),
    "tokens without end": (
        lambda made: [oai(made.oai_list([made.oai_record(R1)], token=f"t{n}")) for n in range(9)], FAILED, 4, "does not end",
    ),
    "badArgument with status 200": (lambda made: [oai(made.oai_error("badArgument"))], FAILED, 1, "(badArgument)"),
    "deleted header": (lambda made: [oai(made.oai_list([made.oai_record(R1), made.oai_deleted(R2)]))], OK, 1, "records    1, 1 deleted"),
    "an empty list": (
        lambda made: [oai(made.oai_list([], token="t")), oai(made.oai_list([made.oai_record(R1)]))], OK, 2, "records    1",
    ),
    "a page cut before `</OAI-PMH>`": (
        lambda made: [
            oai(made.oai_list([made.oai_record(R1)]).replace(b"</OAI-PMH>", b"")), oai(made.oai_list([made.oai_record(R1)])),
        ], OK, 2, "records    1",
    ),
    "records that move between pages": (
        lambda made: [
            oai(made.oai_list([made.oai_record(R1), made.oai_record(R2)], token="t")),
            oai(made.oai_list([made.oai_record(R2), made.oai_record(R3)])),
        ], OK, 2, "records    3, 0 deleted, 1 stated by two pages",
    ),
    "fewer records than stated": (
        lambda made: [oai(made.oai_list([made.oai_record(R1)], token="", completeListSize=3))], FAILED, 1, "said to hold 3",
    ),
    "503 midway, for ever": (
        lambda made: [oai(made.oai_list([made.oai_record(R1)], token="t")), *[status(503)] * 9], FAILED, 6, "status 503; asked 5 times",
    ),
}  # fmt: skip

FEEDS = {
    "a feed cut after 60 of 100 entries": (
        lambda made: [
            rss(made.rss([made.rss_item(f"2608.{n:05}v1") for n in range(1, 101)]).split(b"<item>", 61)[0]
                + b"<item>".join(made.rss([made.rss_item(f"2608.{n:05}v1") for n in range(1, 101)]).split(b"<item>")[1:61]))
        ] * 9, FAILED, 5, "cut off or no XML",
    ),
    "an announcement of an unknown type": (
        lambda made: [rss(made.rss([made.rss_item("2608.00001v1", "sold"), made.rss_item("2608.00002v1")]))],
        OK, 1, "1 of 2 announcements could not be read",
    ),
    "empty on a weekday": (lambda made: [rss(made.rss([]))], OK, 1, "nothing was announced on Monday 2026-08-03"),
}  # fmt: skip

COMMANDS = {
    "enrich": (LOOKUPS, ("enrich", "--ids", IDS)),
    "harvest": (HARVESTS, ("harvest", "--set", "cs:cs:IR", "--from", "2026-08-01")),
    "feed": (FEEDS, ("feed", "cs.IR")),
}
CASES = [
    pytest.param(name, fault, id=f"{name}: {fault}")
    for name, (faults, _) in COMMANDS.items()
    for fault in faults
]


def note(command, fault, ran, server, waited, home):
    """Add a line to the file that FAULT_TABLE names, if it does."""
    path = os.environ.get("FAULT_TABLE")
    if path:
        said = [
            line
            for line in ran.stderr.splitlines()
            if line.startswith(("paperhouse:", "warning:")) and "waiting" not in line
        ]
        told = [
            line for line in ran.stdout.splitlines() if line.startswith(("asked", "records", "announced"))
        ]
        row = {
            "command": command,
            "fault": fault,
            "requests": len(server.seen),
            "waited": round(waited),
            "exit": ran.exit_code,
            "said": " ".join(said or told).replace(server.url, "ARXIV"),
            "published": (home / "paperhouse.duckdb").exists(),
        }
        with Path(path).open("a") as file:
            file.write(json.dumps(row) + "\n")


@pytest.mark.parametrize(("command", "fault"), CASES)
def test_the_command_is_complete_or_says_why_not(
    command, fault, run, quick, server, made, reply, bench, tmp_path, monkeypatch
):
    faults, arguments = COMMANDS[command]
    monkeypatch.setattr("paperhouse.flows.arxiv.announcements.announcement_day", lambda _: date(2026, 8, 3))
    build, code, n_requests, said = faults[fault]
    server.script = [reply(**one) for one in build(made)]
    server.answer = made.api({one: made.atom_entry(one) for one in IDS.split(",")})
    ran = run(*arguments)
    home = tmp_path / "home"
    note(command, fault, ran, server, sum(quick.slept), home)
    assert (ran.exit_code, len(server.seen)) == (code, n_requests)
    assert said is None or said in ran.stdout + ran.stderr
    assert sum(quick.slept) >= 3.0 * (n_requests - 1)
    if fault not in {"stall", "one byte at a time"}:  # the server goes on with a connection that was cut
        assert server.most_open == 1
    assert "Traceback" not in ran.stderr
    if code == OK:
        expected = {"enrich": "2 answered", "harvest": "harvested", "feed": "announced"}[command]
        assert expected in ran.stdout or "nothing was announced" in ran.stderr
    elif (home / "paperhouse.duckdb").exists():
        assert bench.rows(home, "select count(*) from papers") == [(0,)]
