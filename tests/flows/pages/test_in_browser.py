"""The pages as people meet them, in a real Chromium: keys, search, hostile texts, and what axe finds.

Screenshots lie in `test-output/pages/` of the checkout. Without a Chromium (Debian: `apt-get install chromium`) this is
skipped. The corpus of hostile cases is tried where it lies beside the checkout.
"""

import base64
import itertools
import json
import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from websockets.sync.client import connect

from paperhouse.flows.pages.export import write_site
from paperhouse.flows.pages.generation import Generation
from paperhouse.warehouse.storage.connections import open_read_only
from paperhouse.warehouse.storage.home import Home

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.slow]
ROOT = Path(__file__).parents[3]
OUTPUT = ROOT / "test-output" / "pages"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
CASES = ROOT.parent / "shared" / "corpus" / "cases"
SIZES = {"desktop": (1280, 900), "phone": (390, 844)}
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
    """A tab of a headless Chromium, driven by its DevTools protocol; `complaints` is what its console says."""

    def __init__(self, socket_url):
        self._socket = connect(socket_url, max_size=None, proxy=None)
        self._numbers = itertools.count(1)
        self.complaints = []
        self.addresses = []
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method, **params):
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

    def evaluate(self, expression):
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        return answer.get("result", {}).get("result", {}).get("value")

    def wait_until(self, expression):
        for _ in range(300):
            if self.evaluate(expression):
                return
            time.sleep(0.1)
        raise AssertionError(expression, self.evaluate("document.body.innerText"), self.complaints)

    def open(self, url, size="desktop", scheme="light"):
        width, height = SIZES[size]
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=size == "phone",
        )
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.evaluate("window.isOld = true")
        self.call("Page.navigate", url=url)
        self.wait_until("!window.isOld && document.readyState === 'complete'")

    def press(self, key):
        for kind in ("keyDown", "keyUp"):
            text = {"text": key} if len(key) == 1 and kind == "keyDown" else {}
            self.call("Input.dispatchKeyEvent", type=kind, key=key, **text)

    def type_words(self, words):
        self.call("Input.insertText", text=words)
        self.call(
            "Input.dispatchKeyEvent",
            type="keyDown",
            key="Enter",
            code="Enter",
            text="\r",
            windowsVirtualKeyCode=13,
        )

    def screenshot(self, name):
        OUTPUT.mkdir(parents=True, exist_ok=True)
        self.evaluate("document.fonts.ready.then(() => 1)")
        shot = self.call("Page.captureScreenshot")["result"]["data"]
        (OUTPUT / f"{name}.png").write_bytes(base64.b64decode(shot))


@pytest.fixture
def tab(tmp_path):
    if CHROMIUM is None:
        pytest.skip("there is no Chromium on this machine")
    profile = tmp_path / "chromium"
    command = [CHROMIUM, *OPTIONS, f"--user-data-dir={profile}", "about:blank"]
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
            yield Tab(json.load(answer)["webSocketDebuggerUrl"])
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture
def served(page_home):
    """Address of a running `paperhouse browse`."""
    command = [
        sys.executable,
        "-m",
        "paperhouse.flows.cli.main",
        "browse",
        "--home",
        str(page_home),
        "--port",
        "0",
    ]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        yield process.stderr.readline().split()[-1].rstrip("/")
    finally:
        process.terminate()
        assert process.wait(30) in {0, 143, -15}
        process.stderr.close()


PAGES = {
    "1-today": "/",
    "2-day": "/day/2025-04-07",
    "3-list": "/list/AI",
    "4-paper": "/paper/2504.00002",
    "5-calendar": "/calendar",
    "6-trends": "/trends",
    "7-health": "/health",
    "8-search": "/search?q=means",
}


def test_eight_pages_at_two_widths_have_nothing_serious_for_axe(served, tab):
    import axe_core_python

    axe = next(Path(axe_core_python.__file__).parent.rglob("axe.min.js")).read_text("utf-8")
    found = {}
    for (name, address), size in itertools.product(PAGES.items(), SIZES):
        for scheme in ("light", "dark"):
            tab.open(served + address, size, scheme)
            if scheme == "light" or size == "desktop":
                tab.screenshot(f"{name}-{size}-{scheme}")
            tab.call("Runtime.evaluate", expression=axe)
            run = "axe.run().then(done => JSON.stringify(done.violations.map(one => [one.id, one.impact, one.nodes[0].html])))"
            serious = [one for one in json.loads(tab.evaluate(run)) if one[1] in {"serious", "critical"}]
            if serious:
                found[name, size, scheme] = serious
            assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth"), (name, size)
    assert not found
    assert not tab.complaints
    assert all(address.startswith((served, "data:", "about:")) for address in tab.addresses)


def test_keys_walk_through_papers_and_open_them(served, tab):
    tab.open(f"{served}/")
    tab.press("j")
    tab.press("j")
    tab.press("k")
    assert (
        tab.evaluate("[...document.querySelectorAll('.paper')].indexOf(document.querySelector('.paper.at'))")
        == 0
    )
    tab.press("o")
    assert tab.evaluate("document.querySelector('.paper.at details').open")
    tab.press("/")
    assert tab.evaluate("document.activeElement.id") == "q"
    tab.type_words("newly worded")
    tab.wait_until("document.querySelector('#hits .paper a')?.href.endsWith('/paper/2504.00002')")
    tab.evaluate("document.querySelector('#hits .paper a').click()")
    tab.wait_until("document.querySelector('.wordings ins')?.textContent.includes('newly')")


def test_a_list_is_filtered_and_the_theme_kept(served, tab):
    tab.open(f"{served}/")
    tab.evaluate("document.querySelector('[data-list=NLP]').click()")
    assert tab.evaluate("[...document.querySelectorAll('.paper')].filter(one => !one.hidden).length") == 2
    tab.evaluate("document.querySelector('.theme').click()")
    tab.open(f"{served}/lists")
    assert tab.evaluate("document.documentElement.dataset.theme") == "dark"


def harms(tab):
    """What hostile text achieved: a script that ran, an element that loads, an attribute that runs."""
    return tab.evaluate(
        "window.harmed || document.querySelector('main script, main iframe, main img, main [onerror], main [style], "
        'main a[href^="javascript" i], main form\')?.outerHTML || null'
    )


def test_hostile_texts_of_our_own_do_nothing(served, tab):
    for address in (
        "/",
        "/paper/2504.00003",
        "/search?q=%3Cscript%3Ewindow.harmed%3D1%3C%2Fscript%3E",
        "/list/NLP",
        "/health",
    ):
        tab.open(served + address)
        assert harms(tab) is None, address
    assert not tab.complaints


def test_the_site_works_from_files_with_search_and_hostile_cases(bench, page_home, tmp_path, tab):
    home = tmp_path / "home"
    shutil.copytree(page_home, home)
    for name in ("hostile", "artifact_markup"):
        if (CASES / name).is_dir():
            bench.ingest(home, CASES / name)
    folder = tmp_path / "site with spaces"
    with open_read_only(Home(home).live) as connection:
        write_site(Generation(connection), folder, None)
    for path in sorted(folder.rglob("*.html"))[::5]:
        tab.open(path.as_uri())
        assert harms(tab) is None, path
    tab.open((folder / "index.html").as_uri())
    tab.press("/")
    tab.type_words("newly worded")
    tab.wait_until("document.querySelectorAll('#hits .paper').length === 1")
    tab.screenshot("9-search-from-files")
    tab.evaluate("document.querySelector('#hits .paper a').click()")
    tab.wait_until("document.querySelector('h1.title')?.textContent.includes('newly worded')")
    assert tab.evaluate("document.fonts.check('16px InterVariable')")
    tab.open(
        (folder / "search.html").as_uri() + "?q=-zebra+%3Cimg+src%3Dx+onerror%3Dwindow.harmed%3D1%3E+harm"
    )
    tab.wait_until("/paper|No paper/.test(document.querySelector('#found').textContent)")
    assert harms(tab) is None
    assert not tab.complaints
