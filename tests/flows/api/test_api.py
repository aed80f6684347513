"""What a notebook does: `import paperhouse`, load, open, ask."""

import subprocess
import sys

import polars as pl
import pytest

import paperhouse


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("api") / "home"
    summary = paperhouse.ingest(home=home)
    assert (summary.n_digests, summary.n_papers_new) == (3, 54)
    return home


def test_loading_the_same_again_changes_nothing(home):
    assert not paperhouse.ingest(home=home).is_changed


def test_a_query_gives_frames(home):
    with paperhouse.open(home) as warehouse:
        counts = warehouse.sql("select count(*) as n_papers from papers")
        assert counts.pl().to_dicts() == [{"n_papers": 54}]
        assert counts.arrow().read_all().num_rows == 1


def test_tables_and_models_are_lazy_frames_by_name(home):
    with paperhouse.open(home) as warehouse:
        assert isinstance(warehouse.papers, pl.LazyFrame)
        assert warehouse.papers.filter(pl.col("n_authors") > 10).collect()["arxiv_id"].to_list() == [
            "2504.05146"
        ]
        assert warehouse.daily_counts.collect()["n_papers"].sum() == 55
        assert {"papers", "authors", "daily_counts", "sql", "status"} <= set(dir(warehouse))


def test_a_name_that_is_no_table_is_an_attribute_error_that_says_so(home):
    with paperhouse.open(home) as warehouse, pytest.raises(AttributeError, match="no table or model 'paper'"):
        _ = warehouse.paper


def test_status_is_that_of_the_command_line(home):
    with paperhouse.open(home) as warehouse:
        status = warehouse.status()
    assert any("stale since" in problem for problem in status["problems"])


def test_the_view_stays_as_it_is_while_a_load_goes_on(tmp_path):
    more = tmp_path / "9-Apr-2025" / "AI" / "README.md"
    more.parent.mkdir(parents=True)
    more.write_text(
        "# One more\n\n**Authors**: A B\n\n**Link**: [PDF](https://arxiv.org/pdf/2504.00001)\n\n**Abstract**: x\n\n---\n"
    )
    own = tmp_path / "home"
    paperhouse.ingest(home=own)
    with paperhouse.open(own) as warehouse:
        assert paperhouse.ingest(tmp_path / "9-Apr-2025", home=own).n_papers_new == 1
        assert warehouse.papers.select(pl.len()).collect().item() == 54


def test_errors_are_of_one_tree(tmp_path):
    with pytest.raises(paperhouse.InputError):
        paperhouse.ingest(tmp_path / "nowhere", home=tmp_path / "home")
    with pytest.raises(paperhouse.WarehouseError, match="no warehouse yet"):
        paperhouse.open(tmp_path / "empty")
    assert issubclass(paperhouse.WarehouseError, paperhouse.PaperhouseError)


def test_importing_it_imports_nothing_heavy():
    script = "import sys, paperhouse; print({'polars', 'duckdb', 'pydantic', 'prefect', 'click'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_all_names_are_there_and_no_others():
    for name in paperhouse.__all__:
        assert getattr(paperhouse, name) is not None
    with pytest.raises(AttributeError, match="nothing_such"):
        _ = paperhouse.nothing_such
