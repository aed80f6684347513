"""Every kind of page: what it shows, that it is well-formed, and that no text of a digest becomes markup."""

from datetime import date

import duckdb
import pytest

from paperhouse.flows.pages.generation import Generation
from paperhouse.flows.pages.links import slug
from paperhouse.flows.pages.render import Site
from paperhouse.flows.pages.routes import WHOLE_PAGES, page_html
from paperhouse.warehouse.read.similar import similar_papers
from paperhouse.warehouse.storage.connections import one_value, open_read_only
from paperhouse.warehouse.storage.home import Home

SERVED = Site()
HOSTILE_LIST = slug("b <i>")


@pytest.fixture
def page(opened):
    generation = Generation(opened)
    return lambda address, site=SERVED: page_html(site, generation, address)


def pages_of(opened) -> list[str]:
    person = one_value(
        opened, "select person_id from persons where name = 'Ada Writer' order by n_papers desc"
    )
    name = one_value(opened, "select author_id from authors where name = 'Ada Writer'")
    papers = [f"paper/2504.0000{n}" for n in range(1, 5)]
    days = [
        "day/2025-04-07",
        "day/2025-04-08",
        "day/2025-04-08/AI",
        "day/2025-04-08/AI/2",
        f"day/2025-04-08/{HOSTILE_LIST}",
    ]
    return [
        *WHOLE_PAGES,
        *days,
        *papers,
        "list/AI",
        f"list/{HOSTILE_LIST}",
        f"person/{person}",
        f"name/{name}",
    ]


def test_every_page_is_well_formed_and_runs_nothing_of_a_digest(page, opened, well_formed):
    for address in pages_of(opened):
        html = page(address)
        assert html, address
        tree = well_formed(html)
        scripts = [element.get("src") for element in tree.iter("script")]
        assert all(source and "static/" in source for source in scripts), address
        assert not list(tree.iter("img")), address
        for element in tree.iter():
            assert not {name for name in element.attrib if str(name).startswith("on") or name == "style"}, (
                address
            )
        links = [element.get("href") for element in tree.iter("a")]
        assert not [link for link in links if ":" in link and not link.startswith(("http://", "https://"))], (
            address
        )


def test_today_has_new_papers_by_list_and_those_seen_before(page):
    html = page("")
    assert "Tuesday, 8 April 2025" in html
    assert "<b>72</b> new papers · 1 seen before" in html
    assert "new in 2 lists" in html
    assert "more of AI on this day" in html
    assert "first listed 7 Apr 2025" in html
    assert html.index("NLP</a>") < html.index("AI</a>")  # the small list is not lost behind the large one
    assert len(html.encode()) < 100_000


def test_each_new_paper_of_a_day_is_on_the_pages_of_its_list(page):
    shown = page("day/2025-04-08/AI") + page("day/2025-04-08/AI/2")
    assert all(f'paper/2504.1{n:04}"' in shown for n in range(70))
    assert page("day/2025-04-08/AI/3") is None
    assert page("day/2025-04-08/AI/1") is None


def test_a_paper_has_record_places_wordings_and_export_links(page):
    html = page("paper/2504.00002")
    assert "How its wording changed" in html
    assert "<del>2504.00002 on $k$-means" in html
    assert "<ins>newly worded" in html
    assert ".md<b>:" in html
    assert 'href="../cite/2504.00002.bib"' in html
    assert 'href="https://github.com/ada/means"' in page("paper/2504.00001")


def test_papers_like_it_stand_on_the_page_with_why_and_lead_to_theirs(page, opened):
    similar = similar_papers(opened, ["2504.10001"])["2504.10001"]
    html = page("paper/2504.10001")
    shown = html[html.index('id="similar"') :]
    assert [one for one in similar[:6] if f'<a href="../paper/{one.arxiv_id}">' not in shown] == []
    assert "both by Ada Writer, Bo Reader" in shown
    elsewhere = page("paper/2504.10001", Site(holds=lambda one: not one.startswith("paper/")))
    assert f'<a href="https://arxiv.org/abs/{similar[0].arxiv_id}">' in elsewhere


def test_a_warehouse_of_before_shows_papers_without_those_like_it(seed_copy):
    with duckdb.connect(str(Home(seed_copy).live)) as connection:
        connection.execute("drop view if exists similar_papers")
        connection.execute("drop table paper_neighbours")
    with open_read_only(Home(seed_copy).live) as connection:
        assert 'id="similar"' not in page_html(Site(), Generation(connection), "paper/2504.04178")


def test_formulas_are_mathml_and_hostile_ones_stay_text(page):
    assert "<math><mrow><mi>k</mi></mrow></math>-means" in page("paper/2504.00001")
    hostile = page("paper/2504.00003")
    assert "javascript:" in hostile
    assert 'href="javascript' not in hostile
    assert "&lt;script&gt;" in hostile
    assert "{{7*7}}" in hostile


def test_a_person_and_a_name_lead_to_papers(page, opened):
    person = one_value(
        opened, "select person_id from persons where name = 'Ada Writer' order by n_papers desc"
    )
    html = page(f"person/{person}")
    assert "Writes with" in html
    assert html.count('<article class="paper"') == 10
    assert "Earlier <span>64</span>" in html
    assert all(f'paper/2504.1{n:04}"' in html for n in range(70))
    assert "Bo Reader" in html
    assert "Ada Writer" in page(f"name/{one_value(opened, 'select author_id from persons limit 1')}") or html


def test_what_is_not_there_is_no_page(page):
    for address in (
        "x", "day", "day/", "day/2025-04-09", "day/20250408", "day/x", "day/2025-04-08/none", "day/2025-04-08/AI/x",
        "list/none", "category/cs.XX", "paper/9999.99999", "person/1", "person/x", "person/99999999999999999999",
        "name/5", "name/--5", "person/²",
    ):  # fmt: skip
        assert page(address) is None, address


def test_charts_have_a_table_of_their_numbers(page):
    html = page("trends")
    assert 'class="chart" role="img" aria-label="Papers a day" tabindex="0"' in html
    assert "The numbers behind it" in html
    assert "<td>2025-04-08</td>" in html


def test_without_the_drawing_library_the_tables_stay(page, monkeypatch):
    monkeypatch.setattr("paperhouse.flows.output.vega_chart.has_charts", lambda: False)
    html = page("trends")
    assert "<svg viewBox" in html  # the mark of the house
    assert 'class="chart"' not in html


def test_undated_digests_alone_make_no_day(tmp_path, bench, well_formed):
    bench.publish(tmp_path / "home", [bench.digest([bench.entry(authors=("Ada",))], None, None)])
    with open_read_only(Home(tmp_path / "home").live) as connection:
        generation = Generation(connection)
        assert "No digest has a date yet" in page_html(Site(), generation, "")
        assert "Undated" in page_html(
            Site(), generation, "list/no-list-" + slug("no list").rpartition("-")[2]
        )
        for address in WHOLE_PAGES:
            well_formed(page_html(Site(), generation, address))


def test_months_and_categories_of_papers_are_charted(tmp_path, bench, well_formed):
    entries = [
        bench.entry(f"25{month:02}.{number:05}", f"Agents find paper {number}" if month > 2 else f"Paper {number}",
                    categories=("cs.IR",), primary_category="cs.IR", authors=("Ada Writer",))
        for month in (1, 2, 3, 4) for number in range(1, 61)
    ]  # fmt: skip
    bench.publish(tmp_path / "home", [bench.digest(entries, date(2025, 4, 8))])
    with open_read_only(Home(tmp_path / "home").live) as connection:
        generation = Generation(connection)
        assert [row["term"] for row in generation.rising_words] == ["agents", "find"]
        html = page_html(Site(), generation, "category/cs.IR")
        well_formed(html)
        assert "240 papers, 240 with it as their primary category" in html
        well_formed(page_html(Site(), generation, "categories"))
        assert "Categories over time" in page_html(Site(), generation, "trends")


def test_topics_lead_to_their_papers_and_lists(tmp_path, bench, well_formed):
    entries = [
        bench.entry(
            f"2504.{number:05}", f"Paper {number}", topic="Agents <b>" if number < 3 else f"T {number:02}"
        )
        for number in range(1, 40)
    ]
    bench.publish(tmp_path / "home", [bench.digest(entries, date(2025, 4, 8))])
    with open_read_only(Home(tmp_path / "home").live) as connection:
        generation = Generation(connection)
        topic = f"topic/{slug('Agents <b>')}"
        assert [row["n_papers"] for row in generation.topics] == [2, *([1] * 37)]
        html = page_html(Site(), generation, topic)
        well_formed(html)
        assert "2 papers under this heading" in html
        assert "Agents &lt;b&gt;" in html
        assert html.count('<article class="paper"') == 2
        assert f'href="{topic}"' in page_html(Site(), generation, "lists")
        assert "All 38 topics" in page_html(Site(), generation, "lists")
        assert f'href="../{topic}"' in page_html(Site(), generation, "list/AI")
        well_formed(page_html(Site(), generation, "topics"))
        assert page_html(Site(), generation, "topics").count('class="tile"') == 38
        assert page_html(Site(), generation, "topic/none") is None
