"""The pages as people meet them, in a real Chromium: keys, search, hostile texts, and what axe finds.

Screenshots lie in `test-output/pages/` of the checkout. Without a Chromium (Debian: `apt-get install chromium`) this is
skipped. The corpus of hostile cases is tried where it lies beside the checkout.
"""

import itertools
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from browser import Tab, chromium

from paperhouse.flows.pages.export import write_site
from paperhouse.flows.pages.generation import Generation
from paperhouse.warehouse.storage.connections import open_read_only
from paperhouse.warehouse.storage.home import Home

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[3]
OUTPUT = ROOT / "test-output" / "pages"
CASES = ROOT.parent / "shared" / "corpus" / "cases"
SIZES = {"desktop": (1280, 900), "phone": (390, 844)}


class PageTab(Tab):
    """A tab of a size and a colour scheme, with keys."""

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


@pytest.fixture
def tab(tmp_path):
    with chromium(tmp_path / "chromium") as socket_url:
        yield PageTab(socket_url, OUTPUT)


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
