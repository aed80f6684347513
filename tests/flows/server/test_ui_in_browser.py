"""The Prefect UI as a person sees it, in a real Chromium: the run, its artifacts, the chart. Screenshots are kept.

They lie in `test-output/ui/` of the checkout. Without a Chromium (Debian: `apt-get install chromium`) this is skipped.
"""

import base64
import itertools
import json
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from websockets.sync.client import connect

pytestmark = [pytest.mark.xdist_group("prefect"), pytest.mark.slow]

OUTPUT = Path(__file__).parents[3] / "test-output" / "ui"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
AUTH = "reader:secret"
ENTRY = """# {title}

**Authors**: Ada Writer, Bo Reader

**Link**: [PDF](https://arxiv.org/pdf/{arxiv_id})

**Abstract**: Of {title}.

---

"""


class Page:
    """A tab of a headless Chromium, told what to do by its DevTools protocol."""

    def __init__(self, socket_url: str) -> None:
        self._socket = connect(socket_url, max_size=None, proxy=None)
        self._numbers = itertools.count(1)
        self.asked_hosts: set[str] = set()
        for domain in ("Page", "Runtime", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params):
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            message = json.loads(self._socket.recv(timeout=60))
            if message.get("method") == "Network.requestWillBeSent":
                self.asked_hosts.add(urlsplit(message["params"]["request"]["url"]).netloc)
            if message.get("id") == number:
                return message

    def evaluate(self, expression: str):
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "error" in answer:  # the page has just been left for another
            return None
        return answer["result"]["result"].get("value")

    def open(self, url: str, until: str) -> str:
        """Open an address and wait until the page shows a text; return all that it shows."""
        self.call("Page.navigate", url=url)
        return self.wait_for(until)

    def wait_for(self, text: str) -> str:
        shown = ""
        for _ in range(120):
            shown = self.evaluate("document.body ? document.body.innerText : ''") or ""
            if text in shown:
                return shown
            time.sleep(0.5)
        self.screenshot("missing")
        msg = f"{text!r} is not shown, but: {shown[:2000]}"
        raise AssertionError(msg)

    def wait_until(self, expression: str) -> None:
        for _ in range(120):
            if self.evaluate(expression):
                return
            time.sleep(0.5)
        self.screenshot("missing")
        raise AssertionError(expression)

    def screenshot(self, name: str) -> None:
        OUTPUT.mkdir(parents=True, exist_ok=True)
        time.sleep(1)  # let it draw
        (OUTPUT / f"{name}.png").write_bytes(
            base64.b64decode(self.call("Page.captureScreenshot")["result"]["data"])
        )


@pytest.fixture
def page(tmp_path) -> Iterator[Page]:
    if CHROMIUM is None:
        pytest.skip("there is no Chromium on this machine")
    profile = tmp_path / "chromium"
    command = [
        CHROMIUM,
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--no-proxy-server",
        "--disable-background-networking",
        "--window-size=1400,1000",
        "--remote-debugging-port=0",
        f"--user-data-dir={profile}",
        "about:blank",
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        says = profile / "DevToolsActivePort"
        for _ in range(240):
            if says.exists() and says.read_text().count("\n"):
                break
            time.sleep(0.25)
        port = int(says.read_text().splitlines()[0])
        request = urllib.request.Request(f"http://127.0.0.1:{port}/json/new?about:blank", method="PUT")
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as answer:
            yield Page(json.load(answer)["webSocketDebuggerUrl"])
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture
def library(tmp_path) -> Path:
    """Twelve days of three lists, and one file that no format knows; and settings that name them."""
    folders = []
    for number, (name, n_papers) in enumerate({"AI": 9, "RAG": 5, "SLAM": 2}.items()):
        folder = tmp_path / "digests" / name
        folder.mkdir(parents=True)
        folders.append(f'[[folders]]\npath = "{folder}"\nsource = "lab"\nlist = "{name}"\n')
        for day in range(1, 13):
            entries = [
                ENTRY.format(
                    title=f"{name} paper {day}-{paper}: on _emphasis_ | pipes",
                    arxiv_id=f"2504.{number + 1}{day:02}{paper:02}",
                )
                for paper in range(1 + (n_papers * (day % 4 + 1)) // 2)
            ]
            (folder / f"2025-04-{day:02}.md").write_text("".join(entries))
    (tmp_path / "digests" / "AI" / "notes.md").write_text(
        "Papers to read\n\nsee https://arxiv.org/abs/2501.00001 and think\n"
    )
    (tmp_path / "paperhouse.toml").write_text("batch_bytes = 4000\n" + "".join(folders))
    return tmp_path


def test_the_run_its_artifacts_and_the_chart_are_found_in_the_ui(serving, free_port, library, page):
    assert library.exists()
    with serving({"PAPERHOUSE_SERVE_PORT": str(free_port())}) as served:
        base = served.lines()[0].split()[-1]
        run = served.wait_for(served.trigger(), seconds=180)
        again = served.wait_for(served.trigger(), seconds=180)

        page.open(f"{base}/runs", until=run["name"])
        page.screenshot("1-runs")

        page.open(f"{base}/runs/flow-run/{run['id']}", until=run["name"])
        page.wait_for("batch 1 of")
        page.screenshot("2-run")
        page.open(f"{base}/runs/flow-run/{again['id']}", until="nothing new in")
        page.screenshot("3-run-nothing-new")

        page.open(f"{base}/artifacts", until="papers-per-day")
        shown = page.wait_for("source-health")
        for key in ("paperhouse", "load-summary", "load-rejects", "load-progress"):
            assert key in shown
        page.screenshot("4-artifacts")

        def open_artifact(of: dict, key: str, until: str) -> str:
            found = served.server.post(
                "/artifacts/filter", artifacts={"flow_run_id": {"any_": [of["id"]]}, "key": {"any_": [key]}}
            )
            return page.open(f"{base}/artifacts/artifact/{found[0]['id']}", until=until)

        drawn = "[...document.images].some(i => i.src.startsWith('data:image/svg') && i.naturalWidth > 300)"
        open_artifact(run, "papers-per-day", until="Papers per day by list")
        page.wait_until(drawn)
        page.screenshot("5-chart")
        open_artifact(again, "paperhouse", until="this run")
        page.wait_until(drawn)
        page.screenshot("6-index")
        shown = open_artifact(run, "load-summary", until="New papers")
        assert "on _emphasis_ | pipes" in shown
        assert (
            page.evaluate("document.querySelectorAll('a[href^=\"https://arxiv.org/abs/2504.\"]').length")
            == 20
        )
        page.screenshot("7-summary")
        open_artifact(run, "load-rejects", until="notes.md")
        page.screenshot("8-rejects")
        open_artifact(run, "source-health", until="SLAM")
        page.screenshot("9-source-health")
        page.open(f"{base}/artifacts/key/paperhouse", until="Created paperhouse")
        page.screenshot("10-history-of-the-index")
        page.open(f"{base}/automations", until="no heartbeat for 90 s")
        page.screenshot("11-automation")
        page.open(f"{base}/deployments", until="changed")
        page.screenshot("12-deployments")

        assert page.asked_hosts <= {urlsplit(base).netloc, ""}  # a lab without a network sees all of it
        assert served.stop() == 0


def test_behind_a_password_one_login_of_the_browser_opens_all(serving, free_port, page):
    settings = {"PAPERHOUSE_SERVE_PORT": str(free_port()), "PAPERHOUSE_SERVE_AUTH": AUTH}
    with serving(settings) as served:
        base = served.lines()[0].split()[-1]
        page.call("Page.navigate", url=f"{base}/deployments")
        time.sleep(3)
        assert "paperhouse" not in (page.evaluate("document.documentElement.outerHTML") or "")
        page.call("Page.navigate", url=f"{base.replace('://', f'://{AUTH}@')}/deployments")
        page.wait_for("changed")
        page.screenshot("13-behind-a-password")
        page.open(f"{base}/runs", until="Runs")
        subscribed = """
            new Promise(resolve => {
                const socket = new WebSocket(location.origin.replace('http', 'ws') + '/api/events/out', 'prefect');
                socket.onopen = () => resolve('open');
                socket.onerror = () => resolve('refused');
            })
        """
        assert page.evaluate(subscribed) == "open"
        assert served.stop() == 0
