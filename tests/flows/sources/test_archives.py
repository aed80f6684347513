"""Compressed inputs are read as folders, within limits, and never lead anywhere else."""

import gzip
import io
import random
import tarfile
import zipfile

import pytest

from paperhouse.flows.sources.archives import ArchiveLimits, is_archive, unpack
from paperhouse.flows.sources.files import FoundFile
from paperhouse.transforms.text.path_metadata import Place

LIMITS = ArchiveLimits(member_bytes=1_000_000, total_bytes=2_000_000)


def found(path):
    return FoundFile(path, Place(path.name, ("data", path.name)))


def unpacked(path, limits=LIMITS):
    members, problems = unpack(found(path), path.parent / "scratch", limits)
    return {member.place.path: member.path.read_bytes() for member in members}, problems


def tar_of(path, contents, mode="w:gz"):
    with tarfile.open(path, mode) as container:
        for name, content in contents.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            container.addfile(member, io.BytesIO(content))
    return path


def zip_of(path, contents):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as container:
        for name, content in contents.items():
            container.writestr(name, content)
    return path


@pytest.mark.parametrize("name", ["a.gz", "a.ZIP", "a.tar", "a.tar.gz", "a.tgz"])
def test_archives_are_known_by_their_names(name):
    assert is_archive(name)
    assert not is_archive("README.md")


def test_members_of_a_tar_lie_under_the_path_of_the_archive(tmp_path):
    path = tar_of(
        tmp_path / "days.tar.gz", {"8-Apr-2025/AI/README.md": b"one", "9-Apr-2025/AI/README.md": b"two"}
    )
    contents, problems = unpacked(path)
    assert contents == {
        "days.tar.gz/8-Apr-2025/AI/README.md": b"one",
        "days.tar.gz/9-Apr-2025/AI/README.md": b"two",
    }
    assert problems == []


def test_members_of_a_zip_and_a_plain_gz(tmp_path):
    assert unpacked(zip_of(tmp_path / "days.zip", {"d/a.md": b"one"}))[0] == {"days.zip/d/a.md": b"one"}
    (tmp_path / "2025-04-08.md.gz").write_bytes(gzip.compress(b"two"))
    assert unpacked(tmp_path / "2025-04-08.md.gz")[0] == {"2025-04-08.md.gz/2025-04-08.md": b"two"}


@pytest.mark.parametrize("name", ["../../escape.md", "/etc/escape.md", "a/../../escape.md"])
def test_no_member_is_written_outside_of_the_scratch_folder(tmp_path, name):
    for path in (tar_of(tmp_path / "a.tar", {name: b"x"}, "w"), zip_of(tmp_path / "a.zip", {name: b"x"})):
        before = {file for file in tmp_path.parent.rglob("*") if "scratch" not in file.parts}
        members, _ = unpack(found(path), tmp_path / "scratch", LIMITS)
        assert {file for file in tmp_path.parent.rglob("*") if "scratch" not in file.parts} == before
        assert all(member.path.is_relative_to(tmp_path / "scratch") for member in members)
        assert all(".." not in member.place.parts for member in members)


def test_links_devices_hidden_and_nested_archives_are_left_out(tmp_path):
    path = tmp_path / "odd.tar"
    with tarfile.open(path, "w") as container:
        for name, kind in (
            ("link.md", tarfile.SYMTYPE),
            ("pipe.md", tarfile.FIFOTYPE),
            ("dev.md", tarfile.CHRTYPE),
        ):
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, "/etc/passwd"
            container.addfile(member)
        for name in (".git/config", "inner.zip", "good.md"):
            member = tarfile.TarInfo(name)
            member.size = 1
            container.addfile(member, io.BytesIO(b"x"))
    contents, problems = unpacked(path)
    assert contents == {"odd.tar/good.md": b"x"}
    assert [str(problem).split(";")[0] for problem in problems] == [
        f"{path}/inner.zip: is an archive inside an archive"
    ]


def test_a_bomb_stops_at_the_limit_and_is_named(tmp_path):
    path = zip_of(tmp_path / "bomb.zip", {"a.md": b"x", "bomb.md": bytes(50_000_000)})
    contents, (problem,) = unpacked(path)
    assert contents == {"bomb.zip/a.md": b"x"}
    assert "unpacks to more than the limits allow" in str(problem)
    assert sum(file.stat().st_size for file in (tmp_path / "scratch").iterdir()) < 3_000_000


def test_a_bomb_by_ratio_alone_stops(tmp_path):
    path = zip_of(tmp_path / "bomb.zip", {"bomb.md": bytes(60_000_000)})
    contents, (problem,) = unpacked(path, ArchiveLimits(10**9, 10**12, ratio=100))
    assert contents == {}
    assert "limits" in str(problem)


def test_too_many_members_stop(tmp_path):
    path = zip_of(tmp_path / "many.zip", {f"{number}.md": b"x" for number in range(20)})
    contents, (problem,) = unpacked(path, ArchiveLimits(10, 1000, members=5))
    assert len(contents) == 5
    assert "more than 5 members" in str(problem)


@pytest.mark.parametrize("kind", ["tar", "gz", "zip"])
def test_a_cut_archive_gives_what_comes_before_the_damage_and_a_problem(tmp_path, kind):
    noise = bytes(range(256)) * 2000
    path = {
        "tar": lambda: tar_of(tmp_path / "a.tar.gz", {"1.md": b"first", "2.md": noise}),
        "zip": lambda: zip_of(tmp_path / "a.zip", {"1.md": b"first", "2.md": noise}),
        "gz": lambda: tmp_path / "a.gz",
    }[kind]()
    if kind == "gz":
        path.write_bytes(gzip.compress(noise))
    path.write_bytes(path.read_bytes()[:-60])
    contents, problems = unpacked(path)
    assert problems
    assert set(contents) <= {"a.tar.gz/1.md"}
    if kind == "tar":
        assert contents == {"a.tar.gz/1.md": b"first"}


def test_a_damaged_member_of_a_zip_leaves_the_others(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as container:
        container.writestr("1.md", b"AAAAAAAAAA")
        container.writestr("2.md", b"second")
    path.write_bytes(path.read_bytes().replace(b"AAAAAAAAAA", b"AAAABAAAAA"))
    contents, (problem,) = unpacked(path)
    assert contents == {"a.zip/2.md": b"second"}
    assert "a.zip/1.md: cannot be unpacked" in str(problem)


def test_a_file_that_is_no_archive_at_all_is_a_problem(tmp_path):
    for name in ("a.zip", "a.gz", "a.tar", "a.tgz"):
        (tmp_path / name).write_bytes(b"not compressed at all")
        contents, problems = unpacked(tmp_path / name)
        assert contents == {}
        assert len(problems) == 1


def pax_tar(path, headers, content=b"x" * 600, name="1.md"):
    """A tar file whose member has these extended headers, however wrong they are."""
    records = b""
    for key, value in headers.items():
        body = f" {key}={value}\n".encode()
        length = len(body)
        while length != len(str(length)) + len(body):
            length = len(str(length)) + len(body)
        records += str(length).encode() + body
    with tarfile.open(path, "w") as container:
        extended = tarfile.TarInfo("PaxHeaders/1.md")
        extended.type, extended.size = tarfile.XHDTYPE, len(records)
        container.addfile(extended, io.BytesIO(records))
        member = tarfile.TarInfo(name)
        member.size = len(content)
        container.addfile(member, io.BytesIO(content))
    return path


MALFORMED_HEADERS = {
    "a size of 5,000 digits": {"size": "9" * 5000},
    "a size below zero": {"size": "-512"},
    "a size of words": {"size": "many"},
    "a time of words": {"mtime": "yesterday"},
    "an endless time": {"mtime": "inf"},
    "a sparse map of words": {"GNU.sparse.map": "abc,def", "GNU.sparse.size": "9"},
    "an odd sparse map": {"GNU.sparse.map": "1", "GNU.sparse.size": "9"},
    "sparse sizes of words": {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "big"},
    "sparse blocks of words": {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "9"},
    "a sparse file of a petabyte": {"GNU.sparse.map": "0,1", "GNU.sparse.size": str(10**15)},
    "no name": {"path": ""},
    "a name of half a megabyte": {"path": "a/" * 250_000 + "x.md"},
    "a number with an underscore": {"uid": "1_000"},
}


@pytest.mark.parametrize("headers", MALFORMED_HEADERS.values(), ids=MALFORMED_HEADERS)
def test_malformed_headers_of_a_tar_cost_the_archive_alone(tmp_path, headers):
    contents, problems = unpacked(pax_tar(tmp_path / "a.tar", headers))
    assert all(str(problem).startswith(str(tmp_path / "a.tar")) for problem in problems)
    assert problems or contents
    for text in [*contents, *map(str, problems)]:
        text.encode()


def test_a_header_that_would_not_fit_into_memory_is_not_read(tmp_path):
    for kind in (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME):
        path = tmp_path / "a.tar.gz"
        with gzip.open(path, "wb") as writer:
            header = tarfile.TarInfo("x")
            header.type, header.size = kind, 40_000_000
            writer.write(header.tobuf())
            writer.write(bytes(40_000_000))
        contents, (problem,) = unpacked(path)
        assert contents == {}
        assert "has a header of 40,000,000 bytes, the limit is 1,048,576" in str(problem)


def test_members_that_are_passed_over_count_against_the_limits_too(tmp_path):
    hidden = tar_of(tmp_path / "hidden.tar.gz", {f".h{number}": bytes(1_000_000) for number in range(5)})
    assert "unpacks to more than the limits allow" in str(unpacked(hidden)[1][0])
    many = tar_of(tmp_path / "many.tar", {f".h{number}": b"" for number in range(20)}, "w")
    assert "more than 5 members" in str(unpacked(many, ArchiveLimits(10, 1000, members=5))[1][0])


def test_a_zip_with_a_name_that_is_no_utf8_is_left_out_by_name(tmp_path):
    path = zip_of(tmp_path / "a.zip", {"é1.md": b"one", "2.md": b"two"})
    raw = "é1.md".encode()
    whole = path.read_bytes()
    path.write_bytes(whole.replace(raw, b"\xff\xfe" + raw[2:]))
    contents, (problem,) = unpacked(path)
    assert contents == {}
    assert str(problem).startswith(f"{path}: is damaged after 0 members")
    path.write_bytes(whole.replace(raw, b"\xff\xfe" + raw[2:], 1))  # only in the header beside the content
    contents, (problem,) = unpacked(path)
    assert contents == {"a.zip/2.md": b"two"}
    assert str(problem).startswith(f"{path}/é1.md: cannot be unpacked")


def test_a_name_in_a_tar_that_is_no_utf8_is_written_so_that_any_stream_takes_it(tmp_path):
    path = tmp_path / "a.tar"
    tar_of(path, {"é.md": b"one", "é.zip": b"two"}, "w")
    path.write_bytes(path.read_bytes().replace("é.".encode(), b"\xff\xfe."))
    with tarfile.open(path, "w") as container:
        for name in (b"\xff.md", b"\xff.zip"):
            member = tarfile.TarInfo(name.decode("utf-8", "surrogateescape"))
            member.size = 1
            container.addfile(member, io.BytesIO(b"x"))
    contents, problems = unpacked(path)
    assert list(contents) == ["a.tar/\ufffd.md"]
    assert [str(problem).encode() and problem.path for problem in problems] == [f"{path}/\ufffd.zip"]


def test_an_archive_that_vanished_is_named(tmp_path):
    contents, (problem,) = unpacked(tmp_path / "gone.zip")
    assert contents == {}
    assert str(problem).startswith(f"{tmp_path / 'gone.zip'}: ")


def test_a_full_disk_is_no_damage_of_the_archive(tmp_path):
    path = zip_of(tmp_path / "a.zip", {"1.md": b"one"})
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    (scratch / "000000").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        unpack(found(path), scratch, LIMITS)


@pytest.mark.parametrize("seed", range(40))
def test_an_archive_with_any_bytes_changed_gives_members_and_problems_only(tmp_path, seed):
    chance = random.Random(seed)
    makers = [
        lambda: tar_of(tmp_path / "a.tar", {"1.md": b"one" * 500, "d/2.md": b"two"}, "w"),
        lambda: tar_of(tmp_path / "a.tar.gz", {"1.md": b"one" * 500, "2.md": b"two"}),
        lambda: zip_of(tmp_path / "a.zip", {"é.md": b"one" * 500, "2.md": b"two"}),
        lambda: pax_tar(tmp_path / "a.tar", {"path": "é" * 50, "mtime": "1.5", "GNU.sparse.map": "0,600"}),
    ]
    for make in makers:
        path = make()
        content = bytearray(path.read_bytes())
        for _ in range(chance.randrange(1, 6)):
            content[chance.randrange(min(len(content), 3000))] = chance.choice(b"\0\xff09 -=,\nL")
        path.write_bytes(content)
        contents, problems = unpacked(path)
        assert all(str(problem).startswith(str(path)) for problem in problems)
        for text in [*contents, *map(str, problems)]:
            text.encode()
