"""`paperhouse site`: files that lead to each other, written only where they changed, beside files of others."""

import json
import re
import shutil
from urllib.parse import unquote, urlsplit

import pytest

from paperhouse.flows.pages.export import write_site
from paperhouse.flows.pages.folder import LIST_NAME
from paperhouse.flows.pages.generation import Generation
from paperhouse.flows.pages.word_index import chunk_of, folded_words, index_files, index_names
from paperhouse.transforms.errors import InputError
from paperhouse.warehouse.read.pages.cards import Card
from paperhouse.warehouse.storage.connections import open_read_only
from paperhouse.warehouse.storage.home import Home

_LINK = re.compile(r'(?:href|src|action)="([^"]*)"')


def site_of(home, folder, n_days=30):
    with open_read_only(Home(home).live) as connection:
        return write_site(Generation(connection), folder, n_days)


@pytest.fixture(scope="module")
def written(page_home, tmp_path_factory):
    """A site and what was said of it; to be read only."""
    folder = tmp_path_factory.mktemp("written") / "site"
    return folder, site_of(page_home, folder)


@pytest.fixture
def site(written, tmp_path):
    """A site of the test's own."""
    return shutil.copytree(written[0], tmp_path / "site")


def state(folder):
    return {
        path: (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.rglob("*") if path.is_file()
    }


def test_every_link_leads_to_a_file_of_the_site_or_to_http(written, well_formed):
    folder, said = written
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert said.n_written == len(files) - 1  # the list of them is not counted
    assert said.n_bytes == sum(path.stat().st_size for path in files if path.name != LIST_NAME)
    for path in folder.rglob("*.html"):
        html = path.read_text()
        if path.parent.name != "paper" or path.name.startswith("2504.0"):
            well_formed(html)
        for link in _LINK.findall(html):
            if not link.startswith(("https://", "http://", "#")):
                target = path.parent / unquote(urlsplit(link).path)
                assert target.is_file(), (path, link)


def test_each_paper_has_its_citations_and_each_list_a_feed(written):
    folder, _ = written
    papers = {path.stem for path in (folder / "paper").iterdir()}
    for extension, begin in (("bib", "@misc{"), ("ris", "TY  - "), ("json", "[")):
        files = {path.stem: path for path in (folder / "cite").glob(f"*.{extension}")}
        assert files.keys() == papers
        assert all(path.read_text().startswith(begin) for path in files.values())
    assert "2504.10001" in (folder / "feed.atom").read_text()
    feeds = {path.stem for path in (folder / "list").glob("*.atom")}
    assert feeds == {path.stem for path in (folder / "list").glob("*.html")}


def test_an_unchanged_rerun_writes_no_file(page_home, site):
    before = state(site)
    again = site_of(page_home, site)
    assert (again.n_written, again.n_removed) == (0, 0)
    assert state(site) == before


def a_day_later(page_home, page_digests, folder, bench, text):
    """The home, and what changed in its site when two papers came on the next day."""
    home = shutil.copytree(page_home, folder.parent / "home")
    before = state(folder)
    lists = similar_lists(bench, home)
    more = folder.parent / "9-Apr-2025" / "AI" / "README.md"
    more.parent.mkdir(parents=True)
    said = (page_digests / "7-Apr-2025" / "AI" / "README.md").read_text()
    more.write_text(re.sub(r"(?<=Abstract\*\*: )We study.*", text, said).replace("2504.0000", "2504.0900"))
    bench.ingest(home, more.parent.parent)
    site_of(home, folder)
    changed = {
        path.relative_to(folder).as_posix() for path, was in state(folder).items() if before.get(path) != was
    }
    return home, changed, lists


def similar_lists(bench, home):
    rows = bench.rows(
        home, "select arxiv_id, list(neighbour_id order by position) from paper_neighbours group by 1"
    )
    return dict(rows)


def test_a_day_later_only_what_changed_is_written(page_home, page_digests, site, bench):
    stars = "A telescope measures the redshift of distant galaxies and their dark matter halos. " * 12
    _, changed, _ = a_day_later(page_home, page_digests, site, bench, stars)
    assert "paper/2504.09001.html" in changed
    assert "paper/2504.10001.html" not in changed
    assert "day/2025-04-07.html" not in changed
    assert "Wednesday, 9 April 2025" in (site / "index.html").read_text()


def test_a_day_later_the_pages_of_papers_that_others_became_like_are_written(
    page_home, page_digests, site, bench
):
    home, changed, before = a_day_later(
        page_home, page_digests, site, bench, "We study how papers are found. " * 12
    )
    moved = {one for one, like in similar_lists(bench, home).items() if before.get(one) != like}
    assert {"2504.09001", "2504.10001"} <= moved
    pages = {path for path in changed if path.startswith("paper/")}
    assert pages == {f"paper/{one}.html" for one in moved}


def test_pages_that_are_gone_are_removed_and_files_of_others_stay(page_home, site):
    folder = site
    (folder / "CNAME").write_text("papers.example")
    (folder / "paper" / "mine.html").write_text("mine")
    fewer = site_of(page_home, folder, n_days=1)
    assert fewer.n_removed > 0
    assert not (folder / "day" / "2025-04-07.html").exists()
    assert not (folder / "paper" / "2504.00001.html").exists()
    assert (folder / "CNAME").exists()
    assert (folder / "paper" / "mine.html").read_text() == "mine"
    assert (folder / "day" / "2025-04-08.html").exists()


def test_a_file_of_somebody_else_is_not_overwritten(page_home, tmp_path):
    (tmp_path / "index.html").write_text("mine")
    with pytest.raises(InputError, match="no earlier run"):
        site_of(page_home, tmp_path)
    assert (tmp_path / "index.html").read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["index.html"]


def test_a_run_that_was_cut_short_is_completed_by_the_next(page_home, tmp_path, monkeypatch):
    folder = tmp_path / "site"

    def break_off(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("paperhouse.flows.pages.export.person_page", break_off)
        patch.setattr("paperhouse.flows.pages.export.index_files", break_off)
        with pytest.raises(KeyboardInterrupt):
            site_of(page_home, folder)
    (folder / "paper" / "2504.00001.html").write_text("half")
    site_of(page_home, folder)
    assert "<!doctype html>" in (folder / "paper" / "2504.00001.html").read_text()
    assert site_of(page_home, folder).n_written == 0


@pytest.mark.parametrize(
    "listed", ["[]", "x", '{"files": {"../x": ""}}', '{"files": {"/x": ""}}', '{"files": {"a": 1}}']
)
def test_a_list_that_names_files_elsewhere_is_refused(page_home, tmp_path, listed):
    folder = tmp_path / "site"
    folder.mkdir()
    (tmp_path / "x").write_text("mine")
    (folder / LIST_NAME).write_text(listed)
    with pytest.raises(InputError, match="restore it"):
        site_of(page_home, folder)
    assert (tmp_path / "x").exists()


def test_papers_of_undated_digests_come_with_all_days(tmp_path, bench):
    bench.publish(tmp_path / "home", [bench.digest([bench.entry(authors=("Ada",))], None, None)])
    site_of(tmp_path / "home", tmp_path / "site", None)
    assert (tmp_path / "site" / "paper" / "2504.00001.html").exists()


def card(arxiv_id, title, abstract=""):
    return Card(
        arxiv_id,
        title,
        abstract,
        is_abstract_whole=True,
        primary_category=None,
        first_listed_date=None,
        authors=(),
        lists=(),
        code_url=None,
    )


def test_words_are_folded_and_stand_in_their_chunk():
    assert list(folded_words("Studies of Écoles' k-means: boxes 检索增强")) == [
        "study", "of", "ecole", "k", "mean", "box", "检索", "索增", "增强",
    ]  # fmt: skip
    files = dict(
        index_files([card("2504.00001", "Dense retrieval"), card("2504.00002", "Retrieval </script>")])
    )
    assert list(files) == index_names(2)
    chunk = files[f"search/words-{chunk_of('retrieval')}.js"]
    held = json.loads(chunk.split(",", 2)[2].removesuffix(");\n"))
    assert [int(one.split(".")[0], 36) for one in held["retrieval"].split()] == [1, 1]
    assert not any("</script" in text for text in files.values())
