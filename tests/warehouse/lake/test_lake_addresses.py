"""What is taken for the address of a lake, and what is refused without showing a secret."""

import sys

import pytest

from paperhouse.transforms.errors import SettingsError, WarehouseError
from paperhouse.warehouse.storage.lake import engine
from paperhouse.warehouse.storage.lake.address import parse_lake
from paperhouse.warehouse.storage.lake.engine import attach_lake, connect_engine, lake_exists


def test_a_file_and_a_server_are_told_apart(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = parse_lake("ducklake:papers.ducklake", "data")
    assert (file.is_server, file.file, file.data) == (
        False,
        tmp_path / "papers.ducklake",
        str(tmp_path / "data"),
    )
    server = parse_lake("ducklake:postgres://me@db/lake?sslmode=require")
    assert server.is_server
    assert server.attached == "ducklake:postgres:postgres://me@db/lake?sslmode=require"
    assert server.first_data is None


@pytest.mark.parametrize(
    "address",
    [
        "ducklake:postgres://me:s3cret@db/lake",
        "ducklake:postgresql://db/lake?password=s3cret",
        "ducklake:postgres://db/lake?user=me&PASSWORD=s3cret",
        "postgres://me:s3cret@db/lake",
    ],
)
def test_a_secret_in_an_address_is_refused_and_not_shown(address):
    with pytest.raises(SettingsError) as caught:
        parse_lake(address)
    assert "s3cret" not in str(caught.value)
    assert "s3cret" not in repr(caught.value.facts)


@pytest.mark.parametrize(
    "address", ["ducklake:", "ducklake:mysql:host=db", "ducklake:s3://bucket/x", "data", "ducklake:a?b"]
)
def test_what_is_no_lake_is_refused(address):
    with pytest.raises(SettingsError, match="ducklake:FILE or ducklake:postgres://"):
        parse_lake(address)


def test_a_bucket_and_a_prefix_are_a_place_for_data():
    assert parse_lake("ducklake:lake", "s3://bucket/papers/lake-1/").data == "s3://bucket/papers/lake-1"


@pytest.mark.parametrize(
    "place",
    [
        "s3://bucket",
        "s3://bucket/",
        "s3:bucket/lake",
        "s3://key:secret@bucket/lake",
        "s3://bucket/lake?secret=x",
        "s3://bucket/../lake",
        "s3://bucket/la ke",
        "s3://bucket/lake*",
        "gs://bucket/lake",
    ],
)
def test_other_places_are_refused_without_being_shown_whole(place):
    with pytest.raises(SettingsError, match=r"write s3://bucket/prefix|name one") as caught:
        parse_lake("ducklake:lake", place)
    assert "key:secret" not in str(caught.value)


def test_another_engine_than_the_extensions_are_for_gives_one_line_with_the_pin(monkeypatch, tmp_path):
    monkeypatch.setattr(engine.duckdb, "__version__", "1.5.6")
    with pytest.raises(SettingsError) as caught:
        connect_engine(parse_lake(f"ducklake:{tmp_path}/lake"))
    assert "pip install 'duckdb==1.5.5' 'duckdb-extension-ducklake==1.5.5'" in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_without_the_extension_the_extra_is_named(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "duckdb_extension_ducklake", None)
    with pytest.raises(SettingsError, match=r"pip install 'paperhouse\[lake\]'"):
        connect_engine(parse_lake(f"ducklake:{tmp_path}/lake"))


def test_looking_for_a_lake_makes_none(tmp_path):
    address = parse_lake(f"ducklake:{tmp_path}/lake")
    assert not lake_exists(address)
    with connect_engine(address) as connection, pytest.raises(WarehouseError, match="there is no lake yet"):
        attach_lake(connection, address)
    assert list(tmp_path.iterdir()) == []


def test_a_lake_of_somebody_else_is_refused(tmp_path):
    address = parse_lake(f"ducklake:{tmp_path}/lake")
    with connect_engine(address) as connection:
        connection.execute(f"attach '{address.attached}' as lake (data_path '{tmp_path}/other/')")
    with connect_engine(address) as connection, pytest.raises(WarehouseError, match="did not make this lake"):
        attach_lake(connection, address)
