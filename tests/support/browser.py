"""A headless Chromium, driven by its DevTools protocol."""

import base64
import itertools
import json
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from processes import end_process
from websockets.sync.client import connect

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
OPTIONS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-proxy-server",
    "--remote-debugging-port=0",
]


class Tab:
    """A tab: `complaints` is what its console says, `addresses` are all that it asked for."""

    def __init__(self, socket_url: str, output: Path) -> None:
        """Screenshots go to the folder `output`."""
        self._socket = connect(socket_url, max_size=None, proxy=None)
        self._numbers = itertools.count(1)
        self._output = output
        self.complaints: list[str] = []
        self.addresses: list[str] = []
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params):
        """Send a command of the protocol; its whole answer."""
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            message = json.loads(self._socket.recv(timeout=60))
            if message.get("method") in {"Log.entryAdded", "Runtime.exceptionThrown"}:
                self.complaints.append(json.dumps(message["params"]))
            if message.get("method") == "Network.requestWillBeSent":
                self.addresses.append(message["params"]["request"]["url"])
            if message.get("id") == number:
                return message

    def evaluate(self, expression: str):
        """Value of a JavaScript expression; None too if the page has just been left for another."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        return answer.get("result", {}).get("result", {}).get("value")

    def wait_until(self, expression: str) -> None:
        """Wait for an expression to be true; fail with what is shown instead."""
        for _ in range(600):
            if self.evaluate(expression):
                return
            time.sleep(0.1)
        self.screenshot("missing")
        raise AssertionError(expression, self.evaluate("document.body.innerText"), self.complaints)

    def screenshot(self, name: str) -> None:
        """Write what is shown to `<name>.png`."""
        self._output.mkdir(parents=True, exist_ok=True)
        self.evaluate("document.fonts.ready.then(() => 1)")
        shot = self.call("Page.captureScreenshot")["result"]["data"]
        (self._output / f"{name}.png").write_bytes(base64.b64decode(shot))


@contextmanager
def chromium(profile: Path, *options: str) -> Iterator[str]:
    """Run a Chromium with this profile; the address by which a new tab is driven. Skip where there is none."""
    if CHROMIUM is None:
        pytest.skip("there is no Chromium on this machine")
    command = [CHROMIUM, *OPTIONS, *options, f"--user-data-dir={profile}", "about:blank"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        says = profile / "DevToolsActivePort"
        for _ in range(600):
            if says.exists() and says.read_text().count("\n"):
                break
            time.sleep(0.1)
        port = int(says.read_text().splitlines()[0])
        request = urllib.request.Request(f"http://127.0.0.1:{port}/json/new?about:blank", method="PUT")
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as answer:
            yield json.load(answer)["webSocketDebuggerUrl"]
    finally:
        end_process(process)
