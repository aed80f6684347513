"""The command that a load prints for a file that it could not read works as it stands, from the same folder."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tarfile
import zipfile

import pytest

UNREAD = "Some words about https://arxiv.org/abs/2501.00001 and a thought.\n"
"""A text that names a paper and lists none."""


def printed_commands(summary: str) -> list[str]:
    """What stands in backticks and would write nothing."""
    return [
        c for c in re.findall(r"`(paperhouse inspect [^`]+)`", summary) if ">>" not in c and "FILE" not in c
    ]


def run_as_printed(paperhouse, command: str) -> str:
    """What a command says whose words are as a shell takes them from the line."""
    done = paperhouse(*shlex.split(command)[1:])
    assert (done.returncode, done.stderr) == (0, ""), command
    return done.stdout


def run_in_a_shell(command: str, folder) -> str:
    shell = f'paperhouse() {{ "{sys.executable}" -m paperhouse.flows.cli.main "$@"; }}; {command}'
    done = subprocess.run(["bash", "-c", shell], cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), command
    return done.stdout


def assert_the_remedy_works(paperhouse, *arguments: object) -> str:
    done = paperhouse("ingest", *arguments)
    assert done.returncode == 0, done.stderr
    (command,) = printed_commands(done.stdout)
    shown = run_as_printed(paperhouse, command)
    assert "format unknown" in shown
    assert "unknown_format" in shown
    suggested = re.search(r"`(paperhouse inspect --suggest [^`]+) >> paperhouse.toml`", done.stdout)[1]
    assert "[[formats]]" in run_as_printed(paperhouse, suggested)
    return command


def test_of_a_file_deep_in_a_folder(paperhouse, tmp_path):
    place = tmp_path / "my digests" / "it's" / "essay.md"
    place.parent.mkdir(parents=True)
    place.write_text(UNREAD)
    command = assert_the_remedy_works(paperhouse, "my digests")
    assert "my digests/it" in command
    assert "format unknown" in run_in_a_shell(command, tmp_path)


def test_of_a_file_whose_name_is_like_an_option(paperhouse, tmp_path):
    (tmp_path / "--suggest.md").write_text(UNREAD)
    assert_the_remedy_works(paperhouse, ".")


def test_of_a_folder_beside_the_working_folder(paperhouse, tmp_path):
    beside = tmp_path.parent / f"{tmp_path.name}-beside"
    beside.mkdir()
    (beside / "essay.md").write_text(UNREAD)
    assert "../" in assert_the_remedy_works(paperhouse, f"../{beside.name}")


def test_of_a_member_of_a_zip_file(paperhouse, tmp_path):
    (tmp_path / "given").mkdir()
    with zipfile.ZipFile(tmp_path / "given" / "all.zip", "w") as archive:
        archive.writestr("2025/other.md", "nothing")
        archive.writestr("2025/es say.md", UNREAD)
    assert "given/all.zip/2025/es say.md" in assert_the_remedy_works(paperhouse, "given")


def test_of_a_member_of_a_tar_file_that_was_given_itself(paperhouse, tmp_path):
    (tmp_path / "essay.md").write_text(UNREAD)
    with tarfile.open(tmp_path / "all.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "essay.md", "../essay.md")
    assert "all.tar.gz/essay.md" in assert_the_remedy_works(paperhouse, "all.tar.gz")


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_of_a_version_that_is_in_no_folder_any_more(paperhouse, tmp_path):
    clone = tmp_path / "clones" / "theirs"
    (clone / "notes").mkdir(parents=True)
    who = {f"GIT_{role}_{fact}": "a@b.c" for role in ("AUTHOR", "COMMITTER") for fact in ("NAME", "EMAIL")}

    def git(*arguments: str) -> None:
        subprocess.run(
            ["git", *arguments], cwd=clone, env={**os.environ, **who}, check=True, capture_output=True
        )

    git("init", "-q")
    (clone / "notes" / "essay.md").write_text(UNREAD)
    git("add", ".")
    git("commit", "-q", "-m", "first")
    (clone / "notes" / "essay.md").write_text("nothing any more")
    git("add", ".")
    git("commit", "-q", "-m", "second")
    command = assert_the_remedy_works(paperhouse, "--git-history", "clones/theirs")
    assert re.search(r"clones/theirs/notes/essay\.md@[0-9a-f]{12}$", command)


@pytest.mark.parametrize("address", ["nowhere.md", "all.zip/nowhere.md", "theirs/nowhere.md@0123456789ab"])
def test_what_lies_nowhere_is_wrong_usage(paperhouse, tmp_path, address):
    (tmp_path / "theirs").mkdir()
    subprocess.run(["git", "init", "-q", "theirs"], cwd=tmp_path, check=True)
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("a.md", "a")
    done = paperhouse("inspect", address)
    assert done.returncode == 2
    assert "does not exist; give a file, ARCHIVE/MEMBER" in done.stderr


def test_the_command_that_shows_what_was_found_works_as_printed(paperhouse, tmp_path):
    folder = tmp_path / "my lists"
    folder.mkdir()
    rows = "".join(
        f"- [A title of some words {i}](https://arxiv.org/abs/2501.0000{i}) - Ada Hill, Bo Marsh\n"
        for i in range(1, 7)
    )
    (folder / "today.md").write_text(f"# Papers\n\n{rows}")
    done = paperhouse("ingest", "my lists")
    assert "6 entries of 1 file: records by what repeats in files of no known layout" in done.stdout
    (command,) = printed_commands(done.stdout)
    assert "because    6 of 6 such blocks" in run_as_printed(paperhouse, command)


def test_a_digest_that_is_forgotten_is_read_anew_by_a_block(paperhouse, tmp_path):
    (tmp_path / "lists").mkdir()
    record = "- Foo {0}\n  - Handle: The title of paper {0}\n  - See: https://arxiv.org/abs/2501.0000{0}\n"
    (tmp_path / "lists" / "a.md").write_text("".join(map(record.format, (1, 2, 3))))
    ids, titles = "select digest_id from digests", "select title from papers order by arxiv_id"
    assert paperhouse("ingest", "lists").returncode == 0
    (digest_id,) = paperhouse("sql", ids, "--format", "csv").stdout.split()[1:]
    assert "paper 1" not in paperhouse("sql", titles).stdout
    (tmp_path / "paperhouse.toml").write_text(
        '[[formats]]\nfiles = ["lists/*.md"]\nrecord = "list item"\nfields = { title = "Handle" }\n'
    )
    assert paperhouse("forget", digest_id).returncode == 0
    assert paperhouse("ingest", "lists").returncode == 0
    assert "The title of paper 1" in paperhouse("sql", titles).stdout
    assert "nothing new" in paperhouse("ingest", "lists").stdout
