import os
from pathlib import Path

import pytest

from paperhouse.flows.cluster_address import ClusterAddress, parse_workers
from paperhouse.flows.reading_settings import load_settings_of_load, prefect_api_url
from paperhouse.flows.settings import Folder, Settings, load_settings, settings_below
from paperhouse.transforms.errors import SettingsError


@pytest.fixture(autouse=True)
def clean(tmp_path, monkeypatch):

    for name in list(os.environ):
        if name.startswith(("PAPERHOUSE_", "PREFECT_API")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_without_environment_and_file_the_defaults_hold():
    settings = load_settings()
    assert (settings.home, settings.folders, settings.repair_mojibake) == (Path("data"), [], True)


def test_environment_goes_before_file_and_file_before_default(clean, monkeypatch):
    (clean / "paperhouse.toml").write_text('home = "from-file"\nwait_seconds = 5\n')
    assert (load_settings().home, load_settings().wait_seconds) == (Path("from-file"), 5)
    monkeypatch.setenv("PAPERHOUSE_HOME", "from-environment")
    assert (load_settings().home, load_settings().wait_seconds) == (Path("from-environment"), 5)
    assert load_settings(Path("given")).home == Path("given")


def test_folders_of_the_file_say_source_and_list(clean):
    (clean / "paperhouse.toml").write_text(
        '[[folders]]\npath = "a"\nsource = "lab"\nlist = "AI"\n[[folders]]\npath = "b"\n'
    )
    assert load_settings().folders == [
        Folder(path=Path("a"), source="lab", list_name="AI"),
        Folder(path=Path("b")),
    ]


def test_folders_of_the_environment_are_paths_with_colons_between(monkeypatch):
    monkeypatch.setenv("PAPERHOUSE_FOLDERS", "a::b c:")
    assert [folder.path for folder in load_settings().folders] == [Path("a"), Path("b c")]


def test_another_file_can_be_named(clean, monkeypatch):
    (clean / "mine.toml").write_text("query_threads = 7\n")
    monkeypatch.setenv("PAPERHOUSE_CONFIG", str(clean / "mine.toml"))
    assert load_settings().query_threads == 7
    monkeypatch.setenv("PAPERHOUSE_CONFIG", str(clean / "gone.toml"))
    with pytest.raises(SettingsError, match=r"gone\.toml: no such file, but PAPERHOUSE_CONFIG names it"):
        load_settings()


def test_an_unknown_variable_is_an_error_that_names_the_known_ones(monkeypatch):
    monkeypatch.setenv("PAPERHOUSE_HOEM", "x")
    with pytest.raises(
        SettingsError, match=r"PAPERHOUSE_HOEM is no setting; known are .*PAPERHOUSE_HOME"
    ) as caught:
        load_settings()
    assert caught.value.facts["unknown"] == ["PAPERHOUSE_HOEM"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("hoem = 1\n", r"'hoem' is no setting; known are .*home"),
        (
            "[[folders]]\npath = 'a'\nmood = 'x'\n",
            r"number 1 of \[\[folders\]\]: 'mood' is no setting; known are path, source, list",
        ),
        (
            "batch_bytes = 0\n",
            r"setting 'batch_bytes' \(paperhouse\.toml or PAPERHOUSE_BATCH_BYTES\): .*not '0'",
        ),
        ("wait_seconds = 'soon'\n", r"setting 'wait_seconds'.*not 'soon'"),
        ("workers = 0\n", r"setting 'workers'.*greater than 0, not '0'"),
        ("workers = 'dask:/x'\n", r"setting 'workers'.*such as dask://scheduler:8786, not 'dask:/x'"),
        ("workers = 'dask://x/y'\n", r"setting 'workers'.*nothing else, such as"),
        ("workers = 'dask://x:70000'\n", r"setting 'workers'.*nothing else, such as"),
        ("home = \n", r"paperhouse\.toml: cannot be read as TOML \(.*\); correct the file"),
    ],
    ids=[
        "unknown",
        "unknown_in_a_folder",
        "out_of_range",
        "no_number",
        "no_workers",
        "no_scheduler",
        "more_than_a_scheduler",
        "no_port",
        "no_toml",
    ],
)
def test_a_faulty_file_is_named_with_key_and_value(clean, text, message):
    (clean / "paperhouse.toml").write_text(text)
    with pytest.raises(SettingsError, match=message):
        load_settings()


def test_a_file_that_is_no_text_is_named(clean):
    (clean / "paperhouse.toml").write_bytes(b"home = '\xff'\n")
    with pytest.raises(SettingsError, match="cannot be read as TOML"):
        load_settings()


@pytest.mark.parametrize(
    ("stated", "workers"),
    [
        ("3", 3),
        ("dask://scheduler:8787", ClusterAddress("scheduler", 8787)),
        ("dask://scheduler", ClusterAddress("scheduler", 8786)),
        ("dask://[fd00::1]:9", ClusterAddress("fd00::1", 9)),
    ],
)
def test_workers_are_a_number_or_a_dask_scheduler(clean, monkeypatch, stated, workers):
    monkeypatch.setenv("PAPERHOUSE_WORKERS", stated)
    assert load_settings().workers == workers
    assert parse_workers(str(workers)) == workers
    monkeypatch.delenv("PAPERHOUSE_WORKERS")
    (clean / "paperhouse.toml").write_text(f"workers = {stated if stated == '3' else repr(stated)}\n")
    assert load_settings().workers == workers
    assert load_settings_of_load().workers == workers


@pytest.mark.parametrize("stated", ["dask://ann:secret@scheduler:8786", "tcp://ann:secret@scheduler:8786"])
def test_an_address_with_a_password_is_refused_without_being_shown(monkeypatch, stated):
    monkeypatch.setenv("PAPERHOUSE_WORKERS", stated)
    with pytest.raises(SettingsError, match="setting 'workers'") as caught:
        load_settings()
    assert "secret" not in str(caught.value)


def test_every_fault_is_told_at_once(clean, monkeypatch):
    (clean / "paperhouse.toml").write_text("batch_bytes = 0\nhoem = 1\n")
    monkeypatch.setenv("PAPERHOUSE_QUERY_THREADS", "many")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert len(str(caught.value).splitlines()) == 3


def test_every_setting_is_described():
    assert [name for name, one in Settings.model_fields.items() if not one.description] == []


def test_the_address_of_a_prefect_server_may_be_empty(monkeypatch):
    assert prefect_api_url() is None
    monkeypatch.setenv("PREFECT_API_URL", "")
    assert prefect_api_url() is None
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:4200/api")
    assert prefect_api_url() == "http://127.0.0.1:4200/api"


def test_an_empty_name_of_the_file_is_none_at_all(clean, monkeypatch):
    (clean / "paperhouse.toml").write_text('home = "mine"\n')
    monkeypatch.setenv("PAPERHOUSE_CONFIG", "")
    assert load_settings().home == Path("mine")


def test_folders_on_s3_are_named_like_others(monkeypatch, tmp_path):
    monkeypatch.setenv("PAPERHOUSE_FOLDERS", "s3://bucket/digests:lists:/srv/more")
    paths = [Path("s3://bucket/digests"), Path("lists"), Path("/srv/more")]
    assert [folder.path for folder in load_settings().folders] == paths
    below = [folder.path for folder in settings_below(tmp_path, load_settings()).folders]
    assert below == [Path("s3://bucket/digests"), tmp_path / "lists", Path("/srv/more")]


@pytest.mark.parametrize(
    ("warehouse", "data", "expected"),
    [
        ("ducklake:lake.ducklake", "files", ("ducklake:{}/lake.ducklake", "{}/files")),
        ("ducklake:lake.ducklake", None, ("ducklake:{}/lake.ducklake", None)),
        ("ducklake:/srv/lake", "s3://bucket/lake", ("ducklake:/srv/lake", "s3://bucket/lake")),
        ("ducklake:postgres://me@db/lake", "/srv/lake", ("ducklake:postgres://me@db/lake", "/srv/lake")),
    ],
)
def test_a_lake_named_from_the_working_folder_is_the_same_from_another_one(
    warehouse, data, expected, tmp_path
):
    below = settings_below(tmp_path, Settings(warehouse=warehouse, data=data))
    assert (below.warehouse, below.data) == tuple(
        one if one is None else one.format(tmp_path) for one in expected
    )
