import os
from pathlib import Path

import pytest

from paperhouse.flows.reading_settings import (
    LoadSettings,
    ReadingSettings,
    load_reading_settings,
    load_settings_of_load,
    may_state_watches,
    settings_of_load,
)
from paperhouse.flows.settings import load_settings
from paperhouse.transforms.errors import SettingsError

STATED = {
    "nothing": ({}, ""),
    "home in the environment": ({"PAPERHOUSE_HOME": "here"}, 'home = "there"\n'),
    "an empty home": ({"PAPERHOUSE_HOME": ""}, 'home = "there"\n'),
    "home in the file": ({}, 'home = "there"\n'),
    "folders": ({}, '[[folders]]\npath = "a"\nsource = "lab"\nlist = "AI"\n[[folders]]\npath = "b"\n'),
    "a folder of no path": ({}, '[[folders]]\nsource = "a"\n'),
    "a folder of another key": ({}, '[[folders]]\npath = "a"\nmood = "x"\n'),
    "folders that are none": ({}, 'folders = "a"\n'),
    "a folder that is none": ({}, 'folders = ["a"]\n'),
    "a folder of a number": ({}, "[[folders]]\npath = 1\n"),
    "folders in the environment": ({"PAPERHOUSE_FOLDERS": "a:b"}, ""),
    "a limit": ({"PAPERHOUSE_QUERY_THREADS": "7"}, 'query_memory = "1GB"\n'),
    "a variable in small letters": ({"paperhouse_query_threads": "7"}, ""),
    "a home in small letters": ({"paperhouse_home": "here"}, ""),
    "another setting": ({}, "overdue_hours = 12\nquery_timeout_seconds = 5\n"),
    "a fault": ({}, "query_threads = 'many'\n"),
    "a home that is a number": ({}, "home = 1\n"),
    "an unknown variable": ({"PAPERHOUSE_HOEM": "x"}, ""),
    "no file of that name": ({"PAPERHOUSE_CONFIG": "gone.toml"}, ""),
    "no TOML": ({}, "home = \n"),
    "another working folder": ({"PAPERHOUSE_WORKING_FOLDER": "/srv"}, 'home = "there"\n'),
}


@pytest.fixture(autouse=True)
def clean(tmp_path, monkeypatch):
    for name in list(os.environ):
        if name.startswith("PAPERHOUSE_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def said(load, home=None):
    """What a loader gives, or the words with which it refuses."""
    try:
        settings = load(home)
    except SettingsError as error:
        return str(error)
    folders = tuple(getattr(folder, "path", folder) for folder in settings.folders)
    names = ("home", "overdue_hours", "query_memory", "query_threads", "query_timeout_seconds")
    return folders, *(getattr(settings, name) for name in names)


@pytest.mark.parametrize("home", [None, Path("given")], ids=["", "home given"])
@pytest.mark.parametrize(("environment", "file"), STATED.values(), ids=STATED)
def test_both_readers_of_the_settings_say_the_same(clean, monkeypatch, environment, file, home):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    (clean / "paperhouse.toml").write_text(file)
    assert said(load_reading_settings, home) == said(load_settings, home)


def test_a_file_that_is_no_text_is_told_alike(clean):
    (clean / "paperhouse.toml").write_bytes(b"home = '\xff'\n")
    assert said(load_reading_settings) == said(load_settings)
    assert "cannot be read as TOML" in said(load_reading_settings)


def test_the_defaults_are_those_of_the_settings():
    assert said(lambda _: ReadingSettings()) == said(load_settings)


def said_to_load(load, home=None):
    """What a load is told, or the words with which it is refused."""
    try:
        return load(home)
    except SettingsError as error:
        return str(error)


@pytest.mark.parametrize("home", [None, Path("given")], ids=["", "home given"])
@pytest.mark.parametrize(("environment", "file"), STATED.values(), ids=STATED)
def test_a_load_is_told_what_all_settings_say(clean, monkeypatch, environment, file, home):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    (clean / "paperhouse.toml").write_text(file)
    all_settings = said_to_load(lambda home: settings_of_load(load_settings(home)), home)
    assert said_to_load(load_settings_of_load, home) == all_settings


def test_the_defaults_of_a_load_are_those_of_the_settings():
    assert LoadSettings() == settings_of_load(load_settings())


def test_watches_in_the_file_are_never_overlooked(clean):
    assert not may_state_watches()
    (clean / "paperhouse.toml").write_text('[[watches]]\nname = "rag"\nwords = "retrieval"\n')
    assert may_state_watches()
