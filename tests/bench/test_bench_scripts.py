"""The scripts of the benchmark themselves: what they generate, and that the floor is the same work."""

import hashlib
import re
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from random import Random
from statistics import mean

import duckdb
import pytest

HERE = Path(__file__).parent
_NAMES = re.compile(r"^\*\*Authors\*\*: (.*?) *$", re.MULTILINE)
_ABSTRACT = re.compile(r"^\*\*Abstract\*\*:(.*?)(?=\n\n\*\*|\n\n---)", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def synthetic():
    spec = spec_from_file_location("synthetic", HERE / "synthetic.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def digests(synthetic, tmp_path_factory) -> Path:
    """200 papers of seed 1."""
    folder = tmp_path_factory.mktemp("synthetic") / "digests"
    synthetic.write_digests(folder, 200, seed=1)
    return folder


@pytest.fixture(scope="module")
def sections(synthetic) -> list[tuple[str, list[str]]]:
    """2,000 papers of seed 1 with their lists."""
    return [section for _, day in synthetic.days_of_papers(2000, Random(1)) for section in day]


def test_the_same_number_and_seed_give_the_same_bytes(digests):
    total = hashlib.sha256()
    for path in sorted(digests.rglob("*.md")):
        total.update(path.relative_to(digests).as_posix().encode() + path.read_bytes())
    assert total.hexdigest()[:16] == "02a2f14a847bb75e"


def test_another_seed_gives_other_papers(synthetic, digests, tmp_path):
    synthetic.write_digests(tmp_path / "other", 200, seed=2)
    titles = {
        line for path in digests.rglob("*.md") for line in path.read_text().splitlines() if line[:2] == "# "
    }
    others = {
        line for path in tmp_path.rglob("*.md") for line in path.read_text().splitlines() if line[:2] == "# "
    }
    assert len([title for title in titles & others if "-202" not in title]) == 0


def test_lists_of_authors_are_as_long_as_real_ones(synthetic, sections):
    real = sum(n * length for length, n in synthetic.LENGTHS_OF_LISTS) / sum(
        n for _, n in synthetic.LENGTHS_OF_LISTS
    )
    lengths = [len(_NAMES.search(section)[1].split(", ")) for section, _ in sections]
    assert mean(lengths) == pytest.approx(real, rel=0.05)


def test_abstracts_are_as_long_as_real_ones(synthetic, sections):
    words = sorted(len(_ABSTRACT.search(section)[1].split()) for section, _ in sections)
    median = synthetic.WORDS_OF_ABSTRACT[synthetic.QUANTILES.index(0.5)]
    assert words[len(words) // 2] == pytest.approx(median, rel=0.05)
    assert mean(len(_ABSTRACT.search(section)[1]) for section, _ in sections) == pytest.approx(1284, rel=0.06)


def test_papers_stand_in_as_many_lists_as_real_ones(synthetic, sections):
    real = sum(n for names, n in synthetic.LISTS_OF_PAPER if " " in names) / sum(
        n for _, n in synthetic.LISTS_OF_PAPER
    )
    assert mean(len(lists) > 1 for _, lists in sections) == pytest.approx(real, rel=0.08)
    linked = mean("://" in _ABSTRACT.search(section)[1] for section, _ in sections)
    assert linked == pytest.approx(synthetic.SHARE_WITH_LINK, rel=0.2)


@pytest.mark.parametrize(
    ("n_mentions", "n_real_authors"), [(15_237, 13_189), (46_424, 34_566), (158_064, 88_098)]
)
def test_names_recur_as_real_ones_do(synthetic, n_mentions, n_real_authors):
    authors = synthetic.Authors(Random(1))
    names = {authors.mention() for _ in range(n_mentions)}
    assert len(names) == pytest.approx(n_real_authors, rel=0.03)


def test_more_papers_than_there_are_days_is_refused(synthetic):
    with pytest.raises(ValueError, match="ask for fewer papers"):
        next(synthetic.days_of_papers(2_000_000, Random(1)))


def test_paperhouse_reads_every_line_and_paper_of_it(bench, digests, tmp_path):
    summary = bench.loaded(tmp_path / "home", digests)
    assert summary.n_papers_new == 200
    assert summary.n_rejects == 0
    assert summary.n_lines == summary.n_lines_accounted


def test_the_floor_holds_what_paperhouse_holds(bench, digests, tmp_path):
    home, floor = tmp_path / "home", tmp_path / "floor"
    bench.loaded(home, digests)
    done = subprocess.run(
        [sys.executable, HERE / "floor.py", digests, floor], capture_output=True, text=True, check=True
    )
    words = done.stdout.split()
    ours = {table: bench.rows(home, f"select count(*) from {table}")[0][0] for table in words[::2]}
    assert ours == dict(zip(words[::2], map(int, words[1::2]), strict=True))
    # Who is one person of a name is beyond the floor.
    columns = "select table_name, column_name, data_type from duckdb_columns() where table_name in {} and column_name <> 'person_id' order by all"
    with duckdb.connect(str(floor / "warehouse.duckdb"), read_only=True) as connection:
        assert connection.execute(columns.format(tuple(ours))).fetchall() == bench.rows(
            home, columns.format(tuple(ours))
        )
        mentions = "select arxiv_id, position, name_as_written from paper_authors order by all"
        assert connection.execute(mentions).fetchall() == bench.rows(home, mentions)
        papers = "select * exclude (variant_id) from papers order by all"
        assert connection.execute(papers).fetchall() == bench.rows(home, papers)


def test_memory_and_time_of_child_processes_count():
    script = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'x = bytearray(80_000_000); import time; time.sleep(0.5)'])"
    spec = spec_from_file_location("measure", HERE / "measure.py")
    measure = module_from_spec(spec)
    sys.modules["measure"] = measure  # its dataclasses look it up
    spec.loader.exec_module(measure)
    done = measure.run([sys.executable, "-c", script])
    assert done.peak_mb > 80
    assert done.seconds > 0.5
    with pytest.raises(subprocess.CalledProcessError):
        measure.run([sys.executable, "-c", "raise SystemExit(3)"])


def test_every_address_that_the_pages_are_measured_by_is_a_page(seed_home, monkeypatch):
    from starlette.testclient import TestClient

    from paperhouse.flows.pages.server import browse_app

    monkeypatch.syspath_prepend(HERE)
    spec = spec_from_file_location("pages", HERE / "pages.py")
    pages = module_from_spec(spec)
    spec.loader.exec_module(pages)
    kinds = pages.addresses(seed_home / "paperhouse.duckdb")
    assert len(kinds) == 11  # the seeds have neither categories nor a list with a day
    with TestClient(browse_app(seed_home / "paperhouse.duckdb"), base_url="http://127.0.0.1") as client:
        for address in (address for addresses in kinds.values() for address in addresses):
            assert client.get(f"/{address}").status_code == 200, address


def test_every_text_of_the_generic_benchmark_is_read_as_what_it_is():
    done = subprocess.run(
        [sys.executable, HERE / "generic_speed.py", "--mb", "0.05", "--runs", "1"],
        capture_output=True,
        text=True,
        check=True,
    )
    rows = {line.split()[0]: line for line in done.stdout.splitlines()[1:]}
    assert "generic_list, " in rows["list"]
    assert "generic_html, " in rows["html"]
    assert "generic_json, " in rows["json"]
    assert "unknown, 0 entries, 1 rejects" in rows["unknown"]
    assert all(" 0 rejects" in line for name, line in rows.items() if name != "unknown")
