"""`paperhouse watches`, and watches at the end of a load, as a user runs them."""

import json

import pytest

CONFIG = """
[[watches]]
name = "many"
sql = "n_authors > 9"

[[watches]]
name = "none"
authors = ["Nobody At All"]
"""


@pytest.fixture
def folder(tmp_path, seed_copy):
    seed_copy.rename(tmp_path / "data")
    (tmp_path / "paperhouse.toml").write_text(CONFIG)
    return tmp_path


@pytest.mark.usefixtures("folder")
def test_it_shows_what_was_found_in_the_last_days(paperhouse):
    shown = paperhouse("watches")
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.splitlines() == [
        "many: 1 paper in 30 days up to 2025-04-30",
        "  2025-04-30",
        "    2504.04178  MSL: Not All Tokens Are What You Need for Tuning LLM as a Recommender",
        "none: 0 papers in 30 days up to 2025-04-30",
        "  Nothing matched: the digests of 2025-04-30 list 13 papers.",
    ]
    atom = paperhouse("watches", "many", "--format", "atom")
    assert atom.stdout.startswith('<?xml version="1.0" encoding="utf-8"?>\n<feed')
    assert json.loads(paperhouse("watches", "none", "--format", "json").stdout)["papers"] == []


def test_a_load_delivers_and_tells_what_came_of_it(paperhouse_process, folder, mailbox):
    address = mailbox.address
    (folder / "paperhouse.toml").write_text(
        f'[[watches]]\nname = "all"\nto = ["{address}"]\n\n[[watches]]\nname = "bad"\nsql = "no"\n'
    )
    begun = paperhouse_process("watches", "--deliver")
    assert begun.returncode == 1  # the bad one
    assert "watch bad: the SQL condition is not understood" in begun.stderr
    more = folder / "2025-05-01.md"
    more.write_text(
        "# 2025-05-01\n\n- [A new paper](https://arxiv.org/abs/2505.00001)\n- [Another](https://arxiv.org/abs/2505.00002)\n"
    )
    loaded = paperhouse_process("ingest", more)
    assert loaded.returncode == 0, loaded.stderr
    assert "watch all, mailto-" in loaded.stderr
    assert [mail["Subject"] for mail in mailbox.mails] == ["all: 13 new papers", "all: 2 new papers"]
    assert address not in loaded.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nobody"], "no watch is called nobody; there are: many, none"),
        (["--format", "html"], "--format html is of one watch; name one of many, none"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_wrong_usage(paperhouse, arguments, message):
    done = paperhouse("watches", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr


def test_without_watches_it_says_how_to_write_one(paperhouse):
    assert "[[watches]]" in paperhouse("watches").stdout


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ('name = "a b"', "setting 'name'"),
        ('name = "w"\nword = "x"', "'word' is no setting"),
        ('name = "w"\nto = [1]', "its value is not shown"),
        ("sql = 'true'", "'name' is missing"),
        ('name = "w"\n\n[[watches]]\nname = "w"', "two watches are called w"),
    ],
)
def test_a_block_that_is_not_understood_is_refused_by_name(paperhouse, tmp_path, block, message):
    (tmp_path / "paperhouse.toml").write_text(f"[[watches]]\n{block}\n")
    done = paperhouse("watches")
    assert done.returncode == 1
    assert message in done.stderr
