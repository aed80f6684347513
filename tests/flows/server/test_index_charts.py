"""After a load on a real Prefect server the index leads to the site and shows the charts of its pages."""

import re

import pytest

from paperhouse.flows.ingest import run_ingest_flow
from paperhouse.flows.load.plan import Plan
from paperhouse.flows.output.chart import data_uri
from paperhouse.flows.output.vega_chart import image_of
from paperhouse.flows.pages.generation import Generation
from paperhouse.flows.pages.render import Site
from paperhouse.flows.pages.routes import page_html
from paperhouse.transforms.read_digest import DigestDefaults
from paperhouse.warehouse.storage.connections import open_read_only
from paperhouse.warehouse.storage.home import Home

ENTRY = "# Graph {arxiv_id}\n\n**Authors**: Ada Writer\n\n**Link**: [PDF](https://arxiv.org/pdf/{arxiv_id})\n\n**Abstract**: Of graphs.\n\n---\n\n"


@pytest.fixture
def several_days(tmp_path):
    for day in range(1, 5):
        for number, name in enumerate(("AI", "RAG")):
            file = tmp_path / "digests" / f"{day}-Apr-2025" / name / "README.md"
            file.parent.mkdir(parents=True)
            file.write_text(
                "".join(ENTRY.format(arxiv_id=f"2504.{number}{day}{n:03}") for n in range(day + number))
            )
    return tmp_path / "digests"


def charts_of(home, page):
    with open_read_only(Home(home).live) as connection:
        html = page_html(Site(), Generation(connection), page)
    return re.findall(r'<div class="chart".*?</svg></div>', html, re.DOTALL)


def test_the_index_leads_to_the_site_and_shows_the_charts_of_its_pages(
    in_process, tmp_path, several_days, monkeypatch
):
    monkeypatch.setenv("PAPERHOUSE_SITE_URL", "https://papers.example/today")
    home = tmp_path / "home"
    _, url = run_ingest_flow(Plan(home, ((several_days, DigestDefaults()),)))
    index = in_process.artifacts(in_process.run(url)["id"])["paperhouse"]
    assert "* [the site](https://papers.example/today)" in index
    assert index.count("data:image/svg+xml;base64,") == 2
    (by_list,) = charts_of(home, "lists")
    assert f"![Papers a day by list]({data_uri(image_of(by_list))})" in index
    assert "![New papers a day](" in index


def test_without_the_drawing_library_the_index_keeps_a_chart(in_process, tmp_path, several_days, monkeypatch):
    monkeypatch.setattr("paperhouse.flows.output.page_images.has_charts", lambda: False)
    monkeypatch.delenv("PAPERHOUSE_SITE_URL", raising=False)
    _, url = run_ingest_flow(Plan(tmp_path / "home", ((several_days, DigestDefaults()),)))
    index = in_process.artifacts(in_process.run(url)["id"])["paperhouse"]
    assert "the site" not in index
    assert "![Papers per day by list" in index
