import os
import socket
from contextlib import contextmanager
from pathlib import Path

import pytest

from paperhouse.flows.sources.files import FoundFile, Problem, find_files, read_file
from paperhouse.transforms.errors import InputError
from paperhouse.transforms.text.path_metadata import Place


@contextmanager
def without_privileges():
    """Root may read everything: as somebody else for the block."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "digests"
    root.mkdir()
    for name in ("b.md", "a/c.md", "a/.hidden.md", ".git/config"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(name)
    return root


def paths_of(found):
    return [file.place.path for file in found]


def test_files_are_found_in_order_and_placed_relative_to_the_folder(folder):
    found, problems = find_files([folder])
    assert (paths_of(found), problems) == (["b.md", "a/c.md"], [])
    assert found[1].place.parts == (*folder.parts[1:], "a", "c.md")
    assert found[1].path == folder / "a" / "c.md"


def test_a_relative_folder_finds_the_same_places(folder, monkeypatch):
    monkeypatch.chdir(folder.parent)
    assert [file.place for file in find_files([folder])[0]] == [
        file.place for file in find_files([folder.relative_to(folder.parent)])[0]
    ]


def test_a_file_is_placed_relative_to_the_working_folder_if_it_lies_inside(folder, monkeypatch):
    monkeypatch.chdir(folder)
    assert paths_of(find_files([folder / "a" / "c.md"])[0]) == ["a/c.md"]
    monkeypatch.chdir(folder / "a")
    (found,), _ = find_files([folder / "b.md"])
    assert found.place.path == str(folder / "b.md")
    assert found.place.parts == (*folder.parts[1:], "b.md")


def test_a_path_that_does_not_exist_is_an_error(tmp_path):
    with pytest.raises(
        InputError, match=r"nowhere: no such file or directory; give an existing file or folder"
    ):
        find_files([tmp_path / "nowhere"])


def test_a_given_pipe_is_an_error(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="is neither a file nor a folder"):
        find_files([tmp_path / "pipe"])


def test_pipes_sockets_and_devices_in_a_folder_are_left_out_and_named(folder):
    os.mkfifo(folder / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "socket"))
        found, problems = find_files([folder])
    (folder / "null").symlink_to("/dev/null")
    assert paths_of(found) == ["b.md", "a/c.md"]
    assert [(problem.path, problem.what) for problem in problems] == [
        (str(folder / "pipe"), "is no regular file"),
        (str(folder / "socket"), "is no regular file"),
    ]
    assert "null: is a link that leads out of the folder" in str(find_files([folder])[1][0])


def test_a_device_is_never_read():
    problem = read_file(FoundFile(Path("/dev/zero"), Place("zero", ("zero",))), 100)
    assert isinstance(problem, Problem)
    assert problem.what == "is no regular file"


def test_a_pipe_that_takes_the_place_of_a_file_does_not_block(tmp_path):
    os.mkfifo(tmp_path / "a.md")
    problem = read_file(FoundFile(tmp_path / "a.md", Place("a.md", ("a.md",))), 100)
    assert problem.what == "is no regular file"


def test_links_are_followed_inside_the_folder_only(folder, tmp_path):
    (tmp_path / "outside.md").write_text("outside")
    (folder / "out.md").symlink_to(tmp_path / "outside.md")
    (folder / "in.md").symlink_to(folder / "a" / "c.md")
    (folder / "broken.md").symlink_to(folder / "gone.md")
    (folder / "loop.md").symlink_to(folder / "loop.md")
    found, problems = find_files([folder])
    assert paths_of(found) == ["b.md", "in.md", "a/c.md"]
    told = {Path(problem.path).name: problem.what for problem in problems}
    assert set(told) == {"broken.md", "loop.md", "out.md"}
    assert told["out.md"] == "is a link that leads out of the folder"
    assert told["broken.md"] == "no such file or directory"


def test_links_to_folders_do_not_lead_round_in_circles_or_out_in_silence(folder, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "secret.md").write_text("")
    (folder / "a" / "up").symlink_to(folder)
    (folder / "out").symlink_to(tmp_path / "elsewhere")
    found, problems = find_files([folder])
    assert paths_of(found) == ["b.md", "a/c.md"]
    (problem,) = problems
    assert str(problem).startswith(f"{folder / 'out'}: is a link that leads out of the folder; ")


def test_a_given_link_to_a_folder_is_followed(folder, tmp_path):
    (tmp_path / "link").symlink_to(folder)
    found, problems = find_files([tmp_path / "link"])
    assert (paths_of(found), problems) == (["b.md", "a/c.md"], [])


def test_unreadable_files_and_folders_are_named_with_the_remedy(folder):
    for path in (folder, *folder.parents):
        if path.stat().st_uid == os.geteuid() and path != path.parent and "pytest-of" in str(path):
            path.chmod(0o755)
    (folder / "b.md").chmod(0)
    (folder / "a").chmod(0)
    with without_privileges():
        found, problems = find_files([folder])
        (file,) = found
        content = read_file(file, 100)
    (folder / "a").chmod(0o755)
    assert [str(problem) for problem in problems] == [
        f"{folder / 'a'}: permission denied; make the folder readable or leave it out"
    ]
    assert str(content) == f"{folder / 'b.md'}: permission denied; make the file readable and run again"


def test_a_file_that_vanishes_is_named(folder):
    found, _ = find_files([folder])
    (folder / "b.md").unlink()
    assert read_file(found[0], 100).what == "no such file or directory"


def test_a_file_above_the_limit_is_named_with_both_numbers(folder):
    (folder / "b.md").write_bytes(b"x" * 2000)
    found, _ = find_files([folder])
    problem = read_file(found[0], 1999)
    assert (problem.what, "PAPERHOUSE_MAX_FILE_BYTES" in problem.remedy) == (
        "has 2,000 bytes, the limit is 1,999",
        True,
    )
    assert read_file(found[0], 2000) == b"x" * 2000


@pytest.mark.parametrize(
    "name", ['it\'s "quoted".md', "two\nlines.md", " lead and trail ", "*[?]", "-rf", "中文.md"]
)
def test_names_of_any_kind_are_found_as_they_are(tmp_path, name):
    (tmp_path / name).write_text("x")
    (found,), problems = find_files([tmp_path])
    assert (found.place.path, problems) == (name, [])
    assert read_file(found, 10) == b"x"


def test_names_that_are_no_text_are_read_and_shown_with_a_stand_in(tmp_path):
    file = tmp_path / "8-Apr-2025" / os.fsdecode(b"A\xff") / os.fsdecode(b"\xfe.md")
    file.parent.mkdir(parents=True)
    file.write_bytes(b"x")
    (found,), problems = find_files([tmp_path])
    assert found.place.path == "8-Apr-2025/A\ufffd/\ufffd.md"
    assert found.place.parts[-2:] == ("A\ufffd", "\ufffd.md")
    assert (read_file(found, 10), problems) == (b"x", [])
