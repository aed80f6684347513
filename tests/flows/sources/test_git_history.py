"""Committed versions of digests, read from repositories that the tests make."""

import os
import shutil
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from paperhouse.flows.load.pipeline import forget_digests, run_load
from paperhouse.flows.load.plan import plan_history, plan_load
from paperhouse.flows.settings import Settings
from paperhouse.flows.sources import git_repository
from paperhouse.flows.sources.git_history import GitHistory
from paperhouse.transforms.errors import InputError
from paperhouse.transforms.read_digest import DigestDefaults

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")

HEAD = "## SLAM\n\n|Publish Date|Title|Authors|PDF|Code|\n|---|---|---|---|---|\n"


@pytest.fixture(autouse=True)
def no_git_settings_from_outside(monkeypatch, tmp_path):
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "no-gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


class Clone:
    """A repository that grows by commits of whole days."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        self.git("init", "-q", "-b", "main", *options)

    def git(self, *arguments: str, seconds: str | None = None, check: bool = True) -> str:
        when = seconds or "1735700000 +0000"
        who = {
            f"GIT_{role}_{fact}": "a@b.c" for role in ("AUTHOR", "COMMITTER") for fact in ("NAME", "EMAIL")
        }
        env = {**os.environ, **who, "GIT_AUTHOR_DATE": "1600000000 +0000", "GIT_COMMITTER_DATE": when}
        done = subprocess.run(
            ["git", *arguments], cwd=self.folder, env=env, capture_output=True, text=True, check=check
        )
        return done.stdout.strip()

    def commit(self, when: str = "2025-01-01T06:00:00+00:00", **files: str | bytes | None) -> str:
        """Write or, with None, delete files (`__` is a slash, `_md` the ending), commit them; the commit's id."""
        for name, content in files.items():
            self.write(name.replace("__", "/").replace("_md", ".md"), content)
        moment = datetime.fromisoformat(when)
        return self.commit_all(f"{int(moment.timestamp())} {moment:%z}")

    def write(self, name: str | bytes, content: str | bytes | None) -> None:
        path = Path(os.fsdecode(os.fsencode(self.folder) + b"/" + os.fsencode(name)))
        if content is None:
            path.unlink()
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())

    def commit_all(self, seconds: str) -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "x", seconds=seconds)
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def clone(tmp_path) -> Clone:
    return Clone(tmp_path / "clone")


def page(*numbers: int, heading: str = "") -> str:
    rows = (
        f"|**2025-01-0{n % 9 + 1}**|**Title {n}**|Ann Lee et.al.|[2501.{n:05d}](http://arxiv.org/abs/2501.{n:05d})|null|\n"
        for n in numbers
    )
    return heading + HEAD + "".join(rows)


def ingest(home: Path, repository: Path, *paths: str, **stated):
    settings = Settings(home=home)
    return run_load(
        plan_history(repository, [Path(path) for path in paths], settings, DigestDefaults(**stated))
    )


def versions(repository: Path, *paths: str):
    """(path without commit, commit date, content) of every version, and what was left out."""
    with GitHistory(repository) as history:
        found, problems = history.versions([Path(path) for path in paths])
        read = [history.read(version, 10**6) for version in found]
    return [
        (version.place.path.rpartition("@")[0], version.commit_date, content)
        for version, content in zip(found, read, strict=True)
    ], [str(problem) for problem in problems]


def names(repository: Path, *paths: str) -> list[str]:
    return [name for name, _, _ in versions(repository, *paths)[0]]


def test_every_version_is_a_digest_dated_by_its_commit(clone, tmp_path, bench):
    first = clone.commit("2025-01-01T06:00:00+00:00", README_md=page(1, 2))
    second = clone.commit("2025-01-02T06:00:00+00:00", README_md=page(2, 3))
    third = clone.commit("2025-01-03T06:00:00+00:00", README_md=page(3, 4))

    summary = ingest(tmp_path / "home", clone.folder, "README.md")

    assert (summary.n_files, summary.n_digests, summary.n_entries, summary.problems) == (3, 3, 6, [])
    digests = "select path, digest_date, date_source, list_name, n_entries from digests order by digest_date"
    assert bench.rows(tmp_path / "home", digests) == [
        (f"README.md@{commit[:12]}", date(2025, 1, day), "commit", None, 2)
        for day, commit in enumerate((first, second, third), start=1)
    ]
    listed = (
        "select arxiv_id, n_listings, first_listed_date, last_listed_date, n_variants from papers order by 1"
    )
    assert bench.rows(tmp_path / "home", listed) == [
        ("2501.00001", 1, date(2025, 1, 1), date(2025, 1, 1), 1),
        ("2501.00002", 2, date(2025, 1, 1), date(2025, 1, 2), 1),
        ("2501.00003", 2, date(2025, 1, 2), date(2025, 1, 3), 1),
        ("2501.00004", 1, date(2025, 1, 3), date(2025, 1, 3), 1),
    ]


def test_path_goes_before_heading_before_option_before_commit(clone, tmp_path, bench):
    dated = page(1, heading="## Updated on 2025.02.02\n")
    clone.commit(
        "2025-04-04T00:00:00+00:00", **{"8-Mar-2025__AI__README_md": dated}, README_md=dated, x_md=page(1)
    )
    question = "select path[:-14], digest_date, date_source, list_name from digests order by all"
    ingest(tmp_path / "home", clone.folder)
    known_by_place = [
        ("8-Mar-2025/AI/README.md", date(2025, 3, 8), "path", "AI"),
        ("README.md", date(2025, 2, 2), "heading", None),
    ]
    assert bench.rows(tmp_path / "home", question) == [
        *known_by_place,
        ("x.md", date(2025, 4, 4), "commit", None),
    ]
    ingest(tmp_path / "other", clone.folder, digest_date=date(2025, 5, 5))
    assert bench.rows(tmp_path / "other", question) == [
        *known_by_place,
        ("x.md", date(2025, 5, 5), "option", None),
    ]


def test_commit_dates_are_days_in_utc(clone):
    clone.commit("2025-01-02T01:00:00+08:00", README_md="a")
    assert versions(clone.folder) == ([("README.md", date(2025, 1, 1), b"a")], [])


@pytest.mark.parametrize("seconds", ["@0 +0000", "@99999999999 +0000"])
def test_a_commit_clock_that_is_plainly_wrong_gives_no_date(clone, seconds):
    clone.write("README.md", "a")
    clone.commit_all(seconds)
    assert versions(clone.folder)[0] == [("README.md", None, b"a")]


def test_folders_above_the_clone_do_not_date_its_versions(tmp_path):
    clone = Clone(tmp_path / "2024-12-24" / "clone")
    clone.commit("2025-01-01T06:00:00+00:00", README_md="a")
    with GitHistory(clone.folder) as history:
        ((version,), _) = history.versions()
    assert version.place.digest_date is None


def test_known_versions_are_skipped_without_being_read(clone, tmp_path, bench, monkeypatch):
    clone.commit("2025-01-01T06:00:00+00:00", README_md=page(1))
    clone.commit("2025-01-02T06:00:00+00:00", README_md=page(1, 2))
    ingest(tmp_path / "home", clone.folder)
    before = bench.hash_of(tmp_path / "home")
    monkeypatch.setattr(git_repository.BlobReader, "read", None)

    summary = ingest(tmp_path / "home", clone.folder)

    assert (summary.is_changed, summary.n_known, summary.n_bytes) == (False, 2, 0)
    assert bench.hash_of(tmp_path / "home") == before


def test_a_day_later_only_the_new_version_is_read_and_gives_what_one_load_gives(clone, tmp_path, bench):
    clone.commit("2025-01-01T06:00:00+00:00", README_md=page(1))
    ingest(tmp_path / "home", clone.folder)
    clone.commit("2025-01-02T06:00:00+00:00", README_md=page(1, 2))
    summary = ingest(tmp_path / "home", clone.folder)
    assert (summary.n_known, summary.n_digests, summary.n_entries) == (1, 1, 2)
    ingest(tmp_path / "at-once", clone.folder)
    digests = "select digest_id, path, digest_date from digests order by all"
    assert bench.rows(tmp_path / "home", digests) == bench.rows(tmp_path / "at-once", digests)
    papers = "select * from papers order by all"
    assert bench.rows(tmp_path / "home", papers) == bench.rows(tmp_path / "at-once", papers)


def test_forgotten_versions_stay_forgotten(clone, tmp_path, bench):
    clone.commit(README_md=page(1))
    ingest(tmp_path / "home", clone.folder)
    ((digest_id,),) = bench.rows(tmp_path / "home", "select digest_id from digests")
    forget_digests(plan_load((), Settings(home=tmp_path / "home"), DigestDefaults()), [digest_id])
    summary = ingest(tmp_path / "home", clone.folder)
    assert (summary.is_changed, summary.n_forgotten_files) == (False, 1)


def test_sections_of_an_rss_bot_page_are_read_from_its_past(clone, tmp_path, bench):
    def section(number: int) -> str:
        return (
            f"# Bot\n\n### 1. [Title {number}](https://arxiv.org/abs/2501.{number:05d})\n\n**Authors**: A B, C D  \n"
            f"**Published**: 2025-01-01  \n**ArXiv ID**: 2501.{number:05d}v1  \n\n#### Abstract\nWords.\n\n---\n"
        )

    clone.commit("2025-01-01T06:00:00+00:00", README_md=section(1))
    clone.commit("2025-01-02T06:00:00+00:00", README_md=section(2))
    ingest(tmp_path / "home", clone.folder)
    question = (
        "select format, digest_date, date_source, n_entries, n_rejects from digests order by digest_date"
    )
    assert bench.rows(tmp_path / "home", question) == [
        ("rss_bot", date(2025, 1, day), "commit", 1, 0) for day in (1, 2)
    ]


def test_a_text_counts_once_for_its_path_with_its_first_commit(clone):
    clone.commit("2025-01-01T06:00:00+00:00", README_md="a")
    clone.commit("2025-01-02T06:00:00+00:00", README_md="b")
    clone.commit("2025-01-03T06:00:00+00:00", README_md="a")
    assert versions(clone.folder)[0] == [
        ("README.md", date(2025, 1, 1), b"a"),
        ("README.md", date(2025, 1, 2), b"b"),
    ]


def test_side_branches_and_what_only_a_merge_brings_are_versions(clone):
    clone.commit("2025-01-01T06:00:00+00:00", README_md="a")
    clone.git("checkout", "-q", "-b", "side")
    clone.commit("2025-01-02T06:00:00+00:00", README_md="side")
    clone.git("checkout", "-q", "main")
    clone.commit("2025-01-03T06:00:00+00:00", README_md="main")
    clone.git("merge", "-q", "side", check=False)
    clone.commit("2025-01-04T06:00:00+00:00", README_md="both")
    assert len(clone.git("rev-list", "--parents", "-1", "HEAD").split()) == 3
    assert versions(clone.folder, "README.md")[0] == [
        ("README.md", date(2025, 1, day), text)
        for day, text in enumerate((b"a", b"side", b"main", b"both"), 1)
    ]


def test_a_moved_file_keeps_the_date_of_its_text_and_is_one_digest(clone, tmp_path, bench):
    clone.commit("2025-01-01T06:00:00+00:00", README_md=page(1))
    clone.git("mv", "README.md", "daily.md")
    clone.commit("2025-01-05T06:00:00+00:00")
    assert [(name, day) for name, day, _ in versions(clone.folder)[0]] == [
        ("README.md", date(2025, 1, 1)),
        ("daily.md", date(2025, 1, 1)),
    ]
    ingest(tmp_path / "home", clone.folder)
    assert bench.rows(tmp_path / "home", "select path[:9], digest_date from digests") == [
        ("README.md", date(2025, 1, 1))
    ]


def test_a_deleted_file_still_has_its_past(clone):
    clone.commit(README_md="a", docs__old_md="b")
    clone.commit("2025-01-02T06:00:00+00:00", docs__old_md=None)
    assert names(clone.folder) == ["README.md", "docs/old.md"]
    assert names(clone.folder, "docs") == ["docs/old.md"]


def test_without_paths_only_digest_endings_and_nothing_hidden(clone):
    clone.commit(README_md="a", script="b", **{".github__x_md": "c"})
    assert names(clone.folder) == ["README.md"]


def test_given_folders_are_read_whole_but_for_what_is_hidden(clone):
    clone.commit(docs__a_md="a", docs__b="b", **{"docs__.x_md": "c", ".y_md": "d"})
    assert names(clone.folder, "docs") == ["docs/a.md", "docs/b"]
    assert names(clone.folder, ".") == ["docs/a.md", "docs/b"]
    assert names(clone.folder, ".y.md", str(clone.folder / "docs" / "b")) == [".y.md", "docs/b"]


def test_hostile_names_are_only_names(clone):
    hostile = ['a\nb".md', "$(touch x).md", "-rf.md", ":(glob)*.md", "日本語.md", "a@b.md"]
    for number, name in enumerate(hostile):
        clone.write(name, str(number))
    clone.write(b"caf\xe9.md", "latin")
    clone.commit_all("1735700000 +0000")
    assert sorted(names(clone.folder)) == sorted([*hostile, "caf\ufffd.md"])
    assert names(clone.folder, ":(glob)*.md") == [":(glob)*.md"]
    assert names(clone.folder, "-rf.md") == ["-rf.md"]


def test_versions_whose_names_cannot_be_read_are_told_apart_by_content(clone, tmp_path):
    clone.write(b"\xe8.md", page(1))
    clone.write(b"\xe9.md", page(2))
    clone.commit_all("1735700000 +0000")
    assert ingest(tmp_path / "home", clone.folder).n_digests == 2
    assert ingest(tmp_path / "home", clone.folder).n_known == 2


def test_bare_and_sha256_repositories_are_read(tmp_path):
    clone = Clone(tmp_path / "clone", "--object-format=sha256")
    clone.commit(README_md="a")
    clone.git("clone", "-q", "--bare", str(clone.folder), str(tmp_path / "bare.git"))
    expected = [("README.md", date(2025, 1, 1), b"a")]
    assert versions(tmp_path / "bare.git")[0] == versions(clone.folder / ".git")[0] == expected


def test_links_submodules_and_archives_are_named_and_left_out(clone):
    (clone.folder / "link.md").symlink_to("/etc/passwd")
    clone.write("old.md.gz", b"\x1f\x8b")
    clone.git("add", "-A")
    clone.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},module")
    clone.git("commit", "-q", "-m", "x")
    found, problems = versions(clone.folder, "link.md", "module", "old.md.gz")
    assert found == []
    assert [problem.partition(";")[0] for problem in problems] == [
        "link.md: is a symbolic link in some versions",
        "module: is a submodule: its history lies in a repository of its own",
        "old.md.gz: is compressed, and histories of archives are not read",
    ]


def test_a_version_beyond_the_limit_is_named_and_the_others_load(clone, tmp_path):
    clone.commit(README_md="x" * 5000)
    clone.commit("2025-01-02T06:00:00+00:00", README_md=page(1))
    settings = Settings(home=tmp_path / "home", max_file_bytes=1000)
    summary = run_load(plan_history(clone.folder, (), settings, DigestDefaults()))
    assert summary.n_digests == 1
    (problem,) = summary.problems
    assert "README.md@" in problem.path
    assert problem.what == "has 5,000 bytes, the limit is 1,000"


def test_a_damaged_object_is_named_and_the_others_load(clone):
    clone.commit(README_md="a")
    blob = clone.git("rev-parse", "HEAD:README.md")
    clone.commit("2025-01-02T06:00:00+00:00", README_md="b")
    damaged = clone.folder / ".git" / "objects" / blob[:2] / blob[2:]
    damaged.chmod(0o644)
    damaged.unlink()
    found, problems = versions(clone.folder)
    assert [content for _, _, content in found] == [b"b"]
    assert problems == [
        f"{clone.folder}: lacks the contents of 1 versions: it is damaged; run `git fsck` there, or clone it again"
    ]


def test_an_object_that_breaks_while_read_is_a_problem_and_the_next_is_read(clone):
    clone.commit(README_md="a" * 1000, other_md="b")
    with GitHistory(clone.folder) as history:
        found, _ = history.versions()
        blob = found[0].blob
        damaged = clone.folder / ".git" / "objects" / blob[:2] / blob[2:]
        damaged.chmod(0o644)
        damaged.write_bytes(b"garbage")
        problem, content = (history.read(version, 10**6) for version in found)
    assert "fsck" in str(problem)
    assert content == b"b"


def test_a_shallow_clone_says_so_and_its_first_commit_gives_no_date(clone, tmp_path):
    for day in (1, 2, 3):
        clone.commit(f"2025-01-0{day}T06:00:00+00:00", README_md=str(day))
    clone.git("clone", "-q", "--depth", "2", clone.folder.as_uri(), str(tmp_path / "shallow"))
    found, (problem,) = versions(tmp_path / "shallow")
    assert [(day, content) for _, day, content in found] == [(None, b"2"), (date(2025, 1, 3), b"3")]
    assert "is a shallow clone" in problem
    assert "git fetch --unshallow" in problem


def test_a_partial_clone_is_read_as_far_as_it_goes_and_nothing_is_fetched(clone, tmp_path):
    for day in (1, 2, 3):
        clone.commit(f"2025-01-0{day}T06:00:00+00:00", README_md=str(day))
    clone.git("config", "uploadpack.allowFilter", "true")
    clone.git("config", "uploadpack.allowAnySHA1InWant", "true")
    url = clone.folder.as_uri()
    clone.git("clone", "-q", "--filter=blob:none", url, str(tmp_path / "partial"))
    found, (problem,) = versions(tmp_path / "partial")
    assert [content for _, _, content in found] == [b"3"]
    assert "is a partial clone that lacks 2 of the versions; nothing is fetched" in problem
    clone.git("clone", "-q", "--bare", "--filter=tree:0", url, str(tmp_path / "treeless"))
    with pytest.raises(InputError, match="clone it again without --filter"):
        versions(tmp_path / "treeless")


def test_nothing_that_the_repository_configures_is_run(clone, tmp_path):
    trap = tmp_path / "trap"
    trap.write_text(f'#!/bin/sh\necho "$0 $*" >> {tmp_path}/sprung\n')
    trap.chmod(0o755)
    clone.commit(README_md="a", **{".gitattributes": "*.md diff=evil filter=evil\n"})
    clone.commit("2025-01-02T06:00:00+00:00", README_md="b")
    for name in (
        *("core.fsmonitor", "core.pager", "core.sshCommand", "core.askPass", "diff.external"),
        *(
            "diff.evil.textconv",
            "diff.evil.command",
            "filter.evil.process",
            "gpg.program",
            "credential.helper",
        ),
        *("alias.rev-list", "pager.rev-list", "pager.diff-tree", "core.alternateRefsCommand"),
    ):
        clone.git("config", name, str(trap))
    clone.git("config", "log.showSignature", "true")
    clone.git("config", "diff.orderFile", "/dev/zero")
    for hook in ("post-index-change", "reference-transaction", "fsmonitor-watchman"):
        shutil.copy(trap, clone.folder / ".git" / "hooks" / hook)
    (clone.folder / ".git" / "index").write_bytes(b"no index at all")

    found, problems = versions(clone.folder)

    assert ([content for _, _, content in found], problems) == ([b"a", b"b"], [])
    assert not (tmp_path / "sprung").exists()


def test_git_variables_of_the_caller_do_not_lead_elsewhere(clone, tmp_path, monkeypatch):
    clone.commit(README_md="a")
    other = Clone(tmp_path / "other")
    other.commit(README_md="b")
    monkeypatch.setenv("GIT_DIR", str(other.folder / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", "/dev/zero")
    assert [content for _, _, content in versions(clone.folder)[0]] == [b"a"]


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("nowhere", "is no folder; give a local clone"),
        (".", "is no git repository; give a local clone"),
        ("clone/docs", "give the repository to --git-history and this folder as PATH"),
        ("clone/.git/refs", "not the repository itself"),
        ("empty", "HEAD leads to no commit"),
    ],
)
def test_what_is_no_repository_is_refused_with_the_remedy(clone, tmp_path, place, said):
    clone.commit(docs__a_md="a")
    Clone(tmp_path / "empty")
    with pytest.raises(InputError, match=said) as refused:
        versions(tmp_path / place)
    assert str(refused.value).startswith(str(tmp_path / place))


def test_paths_that_were_never_there_or_lie_outside_are_refused(clone):
    clone.commit(README_md="a")
    with pytest.raises(InputError, match=r"no commit ever held nothing\.md"):
        versions(clone.folder, "README.md", "nothing.md")
    with pytest.raises(InputError, match="lies outside of"):
        versions(clone.folder, "../README.md")


def test_a_repository_of_another_user_is_refused_with_the_remedy(clone, monkeypatch):
    clone.commit(README_md="a")
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(InputError, match=r"git config --global --add safe\.directory"):
        versions(clone.folder)


def test_a_machine_without_git_is_told_to_install_it(clone, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="install git"):
        versions(clone.folder)


def test_the_command_reads_a_history_also_where_prefect_is_set(clone, tmp_path, paperhouse):
    clone.commit(README_md=page(1, 2))
    server = {"PREFECT_API_URL": "http://127.0.0.1:9/api", "PREFECT_HOME": str(tmp_path / "prefect")}
    arguments = ("ingest", "--home", tmp_path / "home", "--git-history", clone.folder)
    done = paperhouse(*arguments, "README.md", **server)
    assert (done.returncode, done.stderr) == (0, "")
    assert "loaded 1 digest in" in done.stdout
    refused = paperhouse(*arguments, "missing.md", **server)
    assert refused.returncode == 1
    assert "no commit ever held missing.md" in refused.stderr


def test_the_help_shows_an_example():
    shown = subprocess.run(
        [sys.executable, "-m", "paperhouse.flows.cli.main", "ingest", "--help"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "paperhouse ingest --git-history" in shown


def test_versions_of_a_year_are_listed_and_read_in_order(clone):
    lines = []
    for day in range(365):
        moment = int(datetime(2024, 1, 1, tzinfo=UTC).timestamp()) + day * 86400
        text = f"day {day}\n"
        lines.append(
            f"commit refs/heads/main\ncommitter a <a@b.c> {moment} +0000\ndata 1\nx\n"
            f"M 100644 inline README.md\ndata {len(text)}\n{text}\n"
        )
    subprocess.run(
        ["git", "fast-import", "--quiet"], cwd=clone.folder, input="".join(lines).encode(), check=True
    )
    found, _ = versions(clone.folder)
    assert [content for _, _, content in found] == [f"day {day}\n".encode() for day in range(365)]
    assert [day for _, day, _ in found] == sorted({day for _, day, _ in found})
