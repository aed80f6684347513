"""The Prefect UI as a person sees it, in a real Chromium: the run, its artifacts, the chart. Screenshots are kept.

They lie in `test-output/ui/` of the checkout. Without a Chromium (Debian: `apt-get install chromium`) this is skipped.
"""

import json
import threading
import time
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from browser import Tab, chromium

pytestmark = pytest.mark.slow

OUTPUT = Path(__file__).parents[3] / "test-output" / "ui"
AUTH = "reader:secret"
ENTRY = """# {title}

**Authors**: Ada Writer, Bo Reader

**Link**: [PDF](https://arxiv.org/pdf/{arxiv_id})

**Abstract**: Of {title}.

---

"""


class Page(Tab):
    """A tab in which one waits for texts."""

    @property
    def asked_hosts(self) -> set[str]:
        return {urlsplit(address).netloc for address in self.addresses}

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

    def screenshot(self, name: str) -> None:
        time.sleep(1)  # let it draw
        super().screenshot(name)


@pytest.fixture
def page(tmp_path) -> Iterator[Page]:
    with chromium(tmp_path / "chromium", "--window-size=1400,1000") as socket_url:
        yield Page(socket_url, OUTPUT)


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
        open_artifact(again, "paperhouse", until="This run")
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


@pytest.fixture
def stranger() -> Iterator[tuple[str, list[str]]]:
    """A server of nobody's: its address, and the paths that it was asked for."""
    seen: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append(self.path)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", seen
    server.shutdown()
    server.server_close()
    thread.join()


def markup(url: str, place: str) -> str:
    """What asks a stranger's server, or runs a script, wherever it is taken for Markdown or HTML."""
    return (
        f"![x]({url}/{place}-image) <img src={url}/{place}-img onerror=document.title='scripted'> "
        f"[see](javascript:fetch('{url}/{place}-pwn')) <svg><image href={url}/{place}-svg /></svg> "
        f"<details open ontoggle=document.title='scripted'>d</details> <script>document.title='scripted'</script>"
    )


def write_hostile_digests(folder: Path, url: str) -> None:
    """Titles, authors, rejects, file names, and names inside archives, that are markup; and settings that name them."""
    name = "![n](http:&#47;&#47;x) <b onclick=alert(1)>"
    digest = folder / "digests" / f"{name}.md"
    digest.parent.mkdir(parents=True)
    entry = ENTRY.replace("Ada Writer, Bo Reader", markup(url, "author").replace(",", ""))
    digest.write_text(entry.format(title=markup(url, "title"), arxiv_id="2504.00091"))
    (folder / "digests" / "<img src=x onerror=alert(1)>.md").write_text(
        f"{markup(url, 'reject')}\n\nsee https://arxiv.org/abs/2501.00001 and think\n"
    )
    with zipfile.ZipFile(folder / "digests" / "old.zip", "w") as archive:
        archive.writestr(f"{markup(url, 'member').replace('://', ':/')}.md", digest.read_text() + "\n")
        archive.writestr(f"../{markup(url, 'outside')}.md", "x")
        archive.writestr(f"![r]({url}/unread).md", "see https://arxiv.org/abs/2501.00002 and think\n")
    toml = json.dumps(markup(url, "list"))
    (folder / "paperhouse.toml").write_text(
        f'[[folders]]\npath = "{folder}/digests"\nsource = {json.dumps(markup(url, "source"))}\nlist = {toml}\n'
    )


OURS = "document.querySelectorAll('a[href^=\"javascript:\" i], [onerror], [onclick], [ontoggle]').length"


def test_texts_and_names_of_digests_ask_no_stranger_and_run_no_script(
    serving, free_port, tmp_path, page, stranger
):
    url, seen = stranger
    write_hostile_digests(tmp_path, url)
    with serving({"PAPERHOUSE_SERVE_PORT": str(free_port())}) as served:
        base = served.lines()[0].split()[-1]
        run = served.wait_for(served.trigger(), seconds=180)
        made = served.server.post("/artifacts/filter", artifacts={"flow_run_id": {"any_": [run["id"]]}})
        keys = {artifact["key"] for artifact in made}
        assert {"load-summary", "load-rejects", "source-health", "papers-per-day", "paperhouse"} <= keys
        pages = [f"artifacts/artifact/{artifact['id']}" for artifact in made]
        pages += [f"artifacts/key/{key}" for key in keys]
        for path in ("runs", f"runs/flow-run/{run['id']}", "artifacts", "deployments", *pages):
            page.call("Page.navigate", url=f"{base}/{path}")
            page.wait_until("document.body && document.body.innerText.length > 40")
            time.sleep(2)  # what would be asked for is asked for by then
            assert page.evaluate(OURS) == 0, path
            assert page.evaluate("document.title") != "scripted", path
            assert seen == [], path
        page.open(f"{base}/artifacts/artifact/{_artifact(made, 'load-summary')}", until="-image")
        page.screenshot("14-markup-in-titles")
        page.open(f"{base}/artifacts/artifact/{_artifact(made, 'paperhouse')}", until="What came")
        page.screenshot("15-markup-in-the-index")

        # The listener does hear what is not escaped.
        raw = served.server.post(
            "/artifacts/", key="raw", type="markdown", data=markup(url, "raw"), flow_run_id=run["id"]
        )
        page.call("Page.navigate", url=f"{base}/artifacts/artifact/{raw['id']}")
        for _ in range(60):
            if seen:
                break
            page.evaluate("1")
            time.sleep(0.5)
        assert "/raw-image" in seen
        assert served.stop() == 0


def _artifact(made: list[dict], key: str) -> str:
    return next(artifact["id"] for artifact in made if artifact["key"] == key)
