"""Digests on S3: read as those of a folder are, fetched when they are new, and named by their address."""

import re
import shlex
import shutil
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from paperhouse.flows.cli.main import main
from paperhouse.flows.ingest import parameters_of, plan_from
from paperhouse.flows.load.plan import Plan
from paperhouse.transforms.errors import InputError, SettingsError, WarehouseError
from paperhouse.transforms.read_digest import DigestDefaults

ADDRESS = "s3://lakes/digests"


@pytest.fixture
def digests(bucket, seeds) -> Path:
    """The seeds in a bucket: the server's folder of them."""
    folder = bucket.folder / "lakes" / "digests"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(seeds, folder)
    (folder / ".hidden").mkdir()
    (folder / ".hidden" / "README.md").write_text("not to be read")
    return folder


@pytest.mark.usefixtures("digests")
def test_a_bucket_gives_what_a_folder_gives(bench, tmp_path, seeds):
    bench.ingest(tmp_path / "folder", seeds)
    summary = bench.ingest(tmp_path / "bucket", Path(ADDRESS))
    assert summary.n_entries == 55
    assert bench.hash_of(tmp_path / "bucket") == bench.hash_of(tmp_path / "folder")
    paths = "select path from digests order by path"
    assert bench.rows(tmp_path / "bucket", paths) == bench.rows(tmp_path / "folder", paths)


def test_only_what_is_new_is_fetched(bench, tmp_path, digests, monkeypatch):
    from paperhouse.warehouse.storage.bucket_store import BucketStore

    fetched, fetch = [], BucketStore.fetch
    monkeypatch.setattr(
        BucketStore, "fetch", lambda self, name, target: fetched.append(name) or fetch(self, name, target)
    )
    bench.ingest(tmp_path / "home", Path(ADDRESS))
    assert len(fetched) > 2
    fetched.clear()
    assert not bench.ingest(tmp_path / "home", Path(ADDRESS)).is_changed
    assert fetched == []
    (digests / "2025-04-30.md").write_text(
        "- [One more](https://arxiv.org/abs/2504.99999)\n  - Authors: A. Nother\n"
    )
    assert bench.ingest(tmp_path / "home", Path(ADDRESS)).n_entries == 1
    assert fetched == ["digests/2025-04-30.md"]
    (digests / "2025-04-30.md").unlink()
    n_copies = len(list((tmp_path / "home" / "objects").rglob("*")))
    bench.ingest(tmp_path / "home", Path(ADDRESS))
    assert len(list((tmp_path / "home" / "objects").rglob("*"))) == n_copies - 1


def test_one_object_can_be_named(bench, tmp_path, digests):
    (digests / "2025-04-30.md").write_text(
        "- [One more](https://arxiv.org/abs/2504.99999)\n  - Authors: A. Nother\n"
    )
    bench.ingest(tmp_path / "home", Path(f"{ADDRESS}/2025-04-30.md"))
    rows = bench.rows(tmp_path / "home", "select path, digest_date::varchar from digests")
    assert rows == [("2025-04-30.md", "2025-04-30")]


@pytest.mark.usefixtures("digests")
def test_what_is_not_there_is_named(bench, tmp_path, monkeypatch):
    with pytest.raises(InputError, match="s3://lakes/nowhere: nothing lies there"):
        bench.ingest(tmp_path / "home", Path("s3://lakes/nowhere"))
    with pytest.raises(WarehouseError, match="there is no such bucket"):
        bench.ingest(tmp_path / "home", Path("s3://nobodys/digests"))
    monkeypatch.setenv("PAPERHOUSE_S3_SECRET", "wrong")
    with pytest.raises(WarehouseError, match="refuses these keys"):
        bench.ingest(tmp_path / "home", Path(ADDRESS))
    monkeypatch.delenv("PAPERHOUSE_S3_SECRET")
    with pytest.raises(SettingsError, match=r"^s3://lakes: S3 needs PAPERHOUSE_S3_SECRET in the environment"):
        bench.ingest(tmp_path / "home", Path(ADDRESS))


@pytest.mark.usefixtures("digests")
def test_a_large_object_is_left_out_and_named(bench, tmp_path):
    summary = bench.ingest(tmp_path / "home", Path(ADDRESS), max_file_bytes=100)
    assert {problem.path.startswith(f"{ADDRESS}/") for problem in summary.problems} == {True}
    assert not list((tmp_path / "home").rglob("*.md"))


def test_a_copy_that_was_cut_off_is_made_again(bench, tmp_path, digests):
    text = "- [One more](https://arxiv.org/abs/2504.99999)\n  - Authors: A. Nother\n"
    (digests / "2025-04-30.md").write_text(text)
    address = Path(f"{ADDRESS}/2025-04-30.md")
    bench.ingest(tmp_path / "first", address)
    (copy,) = (path for path in (tmp_path / "first" / "objects").rglob("*") if path.is_file())
    draft = tmp_path / "second" / copy.relative_to(tmp_path / "first").with_name(f".{copy.name}")
    draft.parent.mkdir(parents=True)
    draft.write_text(text[:20])
    assert bench.ingest(tmp_path / "second", address).n_entries == 1
    assert not draft.exists()
    assert draft.with_name(copy.name).read_text() == text


@pytest.mark.parametrize("code", ["AccessDenied", "InternalError"])
@pytest.mark.usefixtures("digests")
def test_an_object_that_the_server_does_not_give_stops_no_other(bench, tmp_path, monkeypatch, code):
    broken = _broken_get(monkeypatch, code)
    summary = bench.ingest(tmp_path / "home", Path(ADDRESS))
    (problem,) = map(str, summary.problems)
    assert problem.startswith(f"s3://lakes/{broken}: ")
    assert code in problem
    assert 0 < summary.n_entries < 55


@pytest.mark.usefixtures("digests")
def test_keys_that_run_out_stop_the_load(bench, tmp_path, monkeypatch):
    _broken_get(monkeypatch, "ExpiredToken")
    with pytest.raises(
        WarehouseError, match=r"refuses these keys \(ExpiredToken\); correct PAPERHOUSE_S3_KEY_ID"
    ):
        bench.ingest(tmp_path / "home", Path(ADDRESS))


def _broken_get(monkeypatch, code: str) -> str:
    """Let the client fail at one object, as it does at a server's refusal; return its name."""
    from obstore.exceptions import GenericError
    from obstore.store import S3Store

    get, broken = S3Store.get, "digests/000_ec206e639e4c188f.txt"

    def failing(self, name):
        if name == broken:
            msg = f"<Error><Code>{code}</Code></Error>"
            raise GenericError(msg)
        return get(self, name)

    monkeypatch.setattr(S3Store, "get", failing)
    return broken


@pytest.mark.usefixtures("digests")
def test_a_name_that_cannot_be_taken_is_told(bench, tmp_path, monkeypatch):
    from obstore.exceptions import GenericError
    from obstore.store import S3Store

    def list_odd_name(*_, **__):
        msg = 'Generic S3 error: Encountered object with invalid path: Path "digests//a.md" contained empty path segment'
        raise GenericError(msg)

    monkeypatch.setattr(S3Store, "list", list_odd_name)
    with pytest.raises(WarehouseError, match=r'"digests//a.md" .*; give it a plain name, or name a prefix'):
        bench.ingest(tmp_path / "home", Path(ADDRESS))


@pytest.mark.usefixtures("digests")
def test_a_copy_that_cannot_be_written_is_no_fault_of_the_server(bench, tmp_path, monkeypatch):
    monkeypatch.setattr("paperhouse.flows.sources.bucket.blake2b", _NameWithFolder)
    with pytest.raises(OSError, match="No such file or directory") as caught:
        bench.ingest(tmp_path / "home", Path(ADDRESS))
    assert str(tmp_path / "home" / "objects") in caught.value.filename


class _NameWithFolder:
    """A hash that is no name of a file."""

    def __init__(self, content: bytes, digest_size: int) -> None:
        self.content, self.digest_size = content, digest_size

    def hexdigest(self) -> str:
        return "folder" if self.digest_size == 8 else "not-there/copy"


UNREAD = "Some words about https://arxiv.org/abs/2501.00001 and a thought.\n"


@pytest.mark.parametrize("name", ["es say.md", "all.zip/2025/essay.md"])
def test_the_remedy_for_an_object_that_was_not_read_works(tmp_path, digests, name):
    if name.startswith("all.zip"):
        with zipfile.ZipFile(digests / "all.zip", "w") as archive:
            archive.writestr("2025/essay.md", UNREAD)
    else:
        (digests / name).write_text(UNREAD)
    told = _run("ingest", ADDRESS, "--home", str(tmp_path / "home"))
    command = re.search(r"`paperhouse (inspect s3:[^`]+|inspect 's3:[^`]+)`", told)[1]
    assert f"{ADDRESS}/{name}" in command
    assert "format unknown" in _run(*shlex.split(command))
    assert f'files = ["{"/".join(f"{ADDRESS}/{name}".split("/")[-2:])}"]' in _run(
        "inspect", "--suggest", f"{ADDRESS}/{name}"
    )


@pytest.mark.usefixtures("digests")
def test_what_cannot_be_inspected_or_watched_on_s3_is_named():
    assert f"{ADDRESS}/nothing.md" in _run("inspect", f"{ADDRESS}/nothing.md", exit_code=2)
    assert f"load it with `paperhouse ingest {ADDRESS}`" in _run("watch", ADDRESS, exit_code=1)


def _run(*arguments: str, exit_code: int = 0) -> str:
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == exit_code, done.output
    return done.output


def test_a_flow_gets_the_address_as_it_was_given(tmp_path):
    plan = Plan(home=tmp_path, inputs=((Path(ADDRESS), DigestDefaults()),))
    parameters = parameters_of(plan)
    assert parameters["paths"] == [ADDRESS]
    assert plan_from(**parameters).inputs == plan.inputs
