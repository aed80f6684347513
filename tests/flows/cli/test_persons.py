"""`who`, `same`, `different` and `curate`: what they show, what they change at once, and what they refuse."""

import shutil

import duckdb
import pytest
from click.testing import CliRunner

from paperhouse.flows.cli.main import main

SECTION = """# {title}

**Authors**: {authors}

**Link**: [PDF](https://arxiv.org/pdf/{arxiv_id})

**Abstract**: {abstract}

---
"""
PAPERS = [
    ("2504.00002", "Whispers", "Wei Zhang, Ottokar Quellmalz", "On whispered speech."),
    ("2504.00003", "Genes", "Wei Zhang, Jun Li", "On gene networks of tumour cells."),
    ("2504.00005", "Dialects", "Ottokar Quellmalz, Wei Zhang", "On dialects of a valley."),
    ("2504.00009", "Bridges", "Xiphias Grottlesby", "On bridges."),
]
HEADER = "verdict,mention,other,reason,date\n"


@pytest.fixture(scope="module")
def loaded(tmp_path_factory, bench):
    folder = tmp_path_factory.mktemp("papers") / "8-Apr-2025"
    file = folder / "8-Apr-2025/AI/README.md"
    file.parent.mkdir(parents=True)
    names = ("arxiv_id", "title", "authors", "abstract")
    file.write_text("\n".join(SECTION.format(**dict(zip(names, paper, strict=True))) for paper in PAPERS))
    root = tmp_path_factory.mktemp("persons") / "home"
    bench.ingest(root, folder)
    return root


@pytest.fixture
def home(loaded, tmp_path):
    return shutil.copytree(loaded, tmp_path / "home")


def run(home, *arguments):
    return CliRunner().invoke(main, [*map(str, arguments), "--home", str(home)])


def rows(home, query):
    with duckdb.connect(str(home / "paperhouse.duckdb"), read_only=True) as connection:
        return connection.sql(query).fetchall()


def person(home, arxiv_id, position):
    query = f"select person_id from paper_authors where arxiv_id = '{arxiv_id}' and position = {position}"
    ((person_id,),) = rows(home, query)
    return person_id


def test_who_shows_the_persons_of_a_name_with_whom_what_and_why_they_are_apart(home):
    done = run(home, "who", "WEI ZHANG")
    assert done.exit_code == 0
    assert done.output.startswith("Wei Zhang: 2 persons\n")
    assert f"1. {person(home, '2504.00002', 1)}  2 papers" in done.output
    assert "with   Ottokar Quellmalz" in done.output
    assert "wrote  Dialects" in done.output
    assert "They are apart because" in done.output


def test_who_limits_what_it_shows_and_tells_how_many_are_left(home):
    done = run(home, "who", "Wei Zhang", "--limit", 1)
    assert "and 1 more; --limit shows them" in done.output
    assert "Genes" not in done.output


def test_who_of_an_id_shows_each_paper_with_its_evidence(home):
    person_id = person(home, "2504.00002", 1)
    done = run(home, "who", person_id)
    assert f"Wei Zhang, person {person_id}: 2 papers" in done.output
    assert "2504.00002:1  Whispers\n    the oldest" in done.output
    assert "2504.00005:2  Dialects\n    joined to 2504.00002:1 by shared co-authors" in done.output


def test_who_of_a_retired_id_leads_to_the_person_of_now(home):
    now = person(home, "2504.00002", 1)
    ((retired,),) = rows(home, f"select retired_person_id from person_redirects where person_id = {now}")
    done = run(home, "who", retired)
    assert f"person {now}: 2 papers" in done.output
    assert f"{retired} is an older id of this person" in done.output


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (("who", "Nobody Atall"), "nobody is called 'Nobody Atall'"),
        (("who", "12345"), "no person has or had the id 12345"),
        (("same", "12345", "23456"), "no person has or had the id 12345; `paperhouse who NAME`"),
        (("different", "2504.00002:1", "2504.00002:9"), "2504.00002:9: the warehouse holds no such place"),
        (("different", "2504.00002", "2504.00003:1"), "'2504.00002' is no mention of an author"),
        (("different", "2504.00002:1", "2504.00009:1"), "different names (Wei Zhang, Xiphias Grottlesby)"),
    ],
)
def test_what_cannot_be_is_refused_with_what_and_leaves_no_file(home, arguments, fault):
    done = run(home, *arguments)
    assert done.exit_code == 1
    assert fault in done.output
    assert not (home / "curation.csv").exists()


@pytest.mark.parametrize("command", ["same", "different"])
def test_one_is_no_pair(home, command):
    given = person(home, "2504.00002", 1) if command == "same" else "2504.00002:1"
    done = run(home, command, given, given)
    assert done.exit_code == 2
    assert "give two or more, and not the same one twice" in done.output


def test_same_joins_at_once_and_keeps_reason_and_date(home):
    one, other = person(home, "2504.00002", 1), person(home, "2504.00003", 1)
    done = run(home, "same", one, other, "--reason", "one home page", "--date", "2026-01-02")
    assert done.exit_code == 0, done.output
    assert "in force: 1 same, 0 different" in done.output
    assert person(home, "2504.00003", 1) == person(home, "2504.00002", 1) == one
    assert (home / "curation.csv").read_text() == (
        HEADER + "same,2504.00002:1,2504.00003:1,one home page,2026-01-02\n"
    )
    # The id that went away leads on.
    assert f"{other} is an older id" in run(home, "who", other).output
    assert run(home, "verify").exit_code == 0


def test_different_splits_at_once(home):
    joined = person(home, "2504.00005", 2)
    done = run(home, "different", "2504.00002:1", "2504.00005:2")
    assert done.exit_code == 0, done.output
    assert joined == person(home, "2504.00002", 1) != person(home, "2504.00005", 2)
    assert run(home, "verify").exit_code == 0


def test_a_correction_is_what_a_rebuild_gives(home, bench):
    run(home, "different", "2504.00002:1", "2504.00005:2")
    corrected = bench.hash_of(home)
    assert run(home, "rebuild").exit_code == 0
    assert bench.hash_of(home) == corrected


def test_a_correction_taken_back_by_hand_leaves_no_trace(home, bench):
    before = bench.hash_of(home)
    run(home, "same", person(home, "2504.00002", 1), person(home, "2504.00003", 1))
    (home / "curation.csv").write_text(HEADER)
    done = run(home, "curate")
    assert "in force: 0 same, 0 different" in done.output
    assert bench.hash_of(home) == before


def test_a_pair_called_both_is_refused_by_name(home):
    run(home, "same", person(home, "2504.00002", 1), person(home, "2504.00003", 1))
    kept = (home / "curation.csv").read_text()
    done = run(home, "different", "2504.00002:1", "2504.00003:1")
    assert done.exit_code == 1
    assert "2504.00002:1 and 2504.00003:1 are called different here, but one person by line 2" in done.output
    assert (home / "curation.csv").read_text() == kept


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (HEADER + "alike,2504.00002:1,2504.00003:1,,\n", "curation.csv:2: the verdict 'alike'"),
        ("pair\n1\n", "curation.csv:1: the header is 'pair'"),
        (
            HEADER + "same,a:1,b:1,,\ndifferent,a:1,b:1,,\n",
            "curation.csv:3: a:1 and b:1 are called different",
        ),
    ],
)
def test_a_file_spoiled_by_hand_names_its_line_and_changes_nothing(home, bench, text, fault):
    before = bench.hash_of(home)
    (home / "curation.csv").write_text(text)
    done = run(home, "curate")
    assert done.exit_code == 1
    assert fault in done.output
    assert bench.hash_of(home) == before


def test_a_file_as_a_spreadsheet_saves_it_is_read(home):
    text = HEADER + "same,2504.00002:1,2504.00003:1,Straße,2026-01-02\n"
    (home / "curation.csv").write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert "in force: 1 same, 0 different" in run(home, "curate").output
    assert rows(home, "select reason from person_corrections") == [("Straße",)]


def test_a_file_in_another_encoding_is_refused(home):
    (home / "curation.csv").write_bytes(HEADER.encode() + b"same,2504.00002:1,2504.00003:1,Stra\xdfe,\n")
    done = run(home, "curate")
    assert done.exit_code == 1
    assert "make it a CSV file in UTF-8" in done.output


def test_without_a_warehouse_there_is_nothing_to_correct(tmp_path):
    done = run(tmp_path / "empty", "curate")
    assert done.exit_code == 1
    assert "run `paperhouse ingest`" in done.output
    assert not (tmp_path / "empty").exists()
