"""A small library whose texts try to become markup, and a strict reader of pages."""

import re
from pathlib import Path

import html5lib
import pytest

from paperhouse.warehouse.storage.connections import open_read_only
from paperhouse.warehouse.storage.home import Home

SECTION = """# {title}

**Authors**: {authors}

**Link**: [PDF](https://arxiv.org/pdf/{arxiv_id})

**Abstract**: {abstract}

---

"""
HOSTILE = (
    "<script>window.harmed=1</script><img src=x onerror=window.harmed=1> "
    "[x](javascript:window.harmed=1) {{7*7}} ]]> &lt;b&gt; \" ' $\\href{javascript:alert(1)}{x}$ $</math><b>$"
)
LONG = "We study how papers are found. " * 12
DAYS = {
    "7-Apr-2025": {"AI": ["2504.00001", "2504.00002"], "RAG": ["2504.00001"]},
    "8-Apr-2025": {
        "AI": ["2504.00002", *(f"2504.1{n:04}" for n in range(70))],
        "NLP": ["2504.00003", "2504.10001"],
        "b <i>": ["2504.00004"],
    },
}


def entry_of(arxiv_id: str, day: str) -> str:
    authors = ", ".join(
        ["Ada Writer", "Bo Reader", *(["<b>Cy</b> Clever"] if arxiv_id.endswith("3") else [])]
    )
    title = f"Paper {arxiv_id} on $k$-means"
    if arxiv_id == "2504.00003":
        title = f"Harm {HOSTILE}"
    if arxiv_id == "2504.00002" and day.startswith("8"):
        title = "Paper newly worded"
    code = "Code: https://github.com/ada/means" if arxiv_id == "2504.00001" else ""
    return SECTION.format(
        arxiv_id=arxiv_id,
        title=title,
        authors=authors,
        abstract=f"{LONG}{code} {HOSTILE if 'Harm' in title else ''}",
    )


@pytest.fixture(scope="session")
def page_digests(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("pages") / "digests"
    for day, lists in DAYS.items():
        for name, ids in lists.items():
            file = root / day / name / "README.md"
            file.parent.mkdir(parents=True)
            file.write_text("".join(entry_of(arxiv_id, day) for arxiv_id in ids))
    return root


@pytest.fixture(scope="session")
def page_home(tmp_path_factory, bench, page_digests) -> Path:
    """A warehouse of two days and four lists, one of them of hostile name and text; to be read only."""
    home = tmp_path_factory.mktemp("pages-home") / "home"
    bench.ingest(home, page_digests)
    return home


@pytest.fixture
def opened(page_home):
    with open_read_only(Home(page_home).live) as connection:
        yield connection


@pytest.fixture(scope="session")
def well_formed():
    """A function that reads a page strictly and gives its tree; it fails on any error of the standard's."""

    def read(html: str):
        parser = html5lib.HTMLParser(strict=False, namespaceHTMLElements=False)
        tree = parser.parse(html)
        assert not [(place, code) for place, code, _ in parser.errors], parser.errors
        ids = re.findall(r'\sid="([^"]+)"', html)
        assert len(ids) == len(set(ids)), "an id stands twice"
        return tree

    return read
