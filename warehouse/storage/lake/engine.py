"""The engine with a lake attached. Its extensions come as packages, for exactly one version of the engine."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import duckdb

from paperhouse.transforms.errors import SettingsError, WarehouseError
from paperhouse.warehouse.schema.ddl import quoted_text
from paperhouse.warehouse.storage.bucket_address import is_bucket
from paperhouse.warehouse.storage.lake.address import LakeAddress
from paperhouse.warehouse.storage.lake.data import TABLES, LakeData
from paperhouse.warehouse.storage.lake.data_choice import data_at
from paperhouse.warehouse.storage.lake.engine_errors import explain, first_line

LAKE: Final = "lake"
"""The lake's name among the databases of a connection."""
_PINNED: Final = "1.5.5"
_WANTS_BUCKETS: Final = "requires the extension httpfs"
_OFFLINE: Final = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    # Three extensions are hashed for every connection otherwise, half a second a load: they are loaded by their paths
    # in packages that were installed by hash, beside code that no engine checks either.
    "allow_unsigned_extensions": True,
}


def connect_engine(
    address: LakeAddress, config: Mapping[str, Any] | None = None
) -> duckdb.DuckDBPyConnection:
    """Open an engine that can attach this lake; nothing is fetched from anywhere.

    Raises:
        SettingsError: the extension packages are missing, or are for another version of the engine.
    """
    connection = duckdb.connect(config={**_OFFLINE, **(config or {})})
    try:
        load_extensions(connection, address)
        connection.execute("set timezone = 'UTC'")
    except BaseException:
        connection.close()
        raise
    return connection


def load_extensions(connection: duckdb.DuckDBPyConnection, address: LakeAddress) -> None:
    """Load what it takes to attach this lake to an engine that is open.

    Raises:
        SettingsError: the extension packages are missing, or are for another version of the engine.
    """
    for path in _extensions(address):
        _load(connection, path)


def _load(connection: duckdb.DuckDBPyConnection, extension: Path) -> None:
    try:
        connection.execute(f"load {quoted_text(str(extension))}")
    except duckdb.Error as error:
        msg = f"{extension}: cannot be loaded ({first_line(error)}); run `pip install 'paperhouse[lake]'`"
        raise SettingsError(msg) from error


def require_client(version: str) -> None:
    """Refuse a DuckDB client that says it is of another version than the extensions.

    Raises:
        SettingsError: names the pin.
    """
    if f"v{_PINNED}" not in version.split():
        msg = (
            f"the DuckDB client is {version.strip() or 'of no version that it tells'}, and a lake needs {_PINNED}: "
            f"run `pip install 'duckdb-cli=={_PINNED}'`"
        )
        raise SettingsError(msg, client=version.strip())


def client_statements(address: LakeAddress) -> tuple[list[str], dict[str, str]]:
    """What makes a DuckDB client show this lake, read-only, and what it needs in its environment for that.

    No statement holds a secret, as they become arguments of a process.

    Raises:
        WarehouseError: there is no lake, or it cannot be read.
    """
    with open_lake(address) as (_, data):
        known = replace(address, data=data.name)
    statements = [
        *(f"load {quoted_text(str(path))}" for path in _extensions(known)),
        *data.client_statements,
        f"attach {quoted_text(address.attached)} as {LAKE} (read_only, create_if_not_exists false)",
        f"use {LAKE}",
        "set timezone = 'UTC'",
    ]
    return statements, data.client_environment


def _extensions(address: LakeAddress) -> list[Path]:
    names = [
        "ducklake",
        *(["postgres_scanner"] if address.is_server else []),
        *(["httpfs"] if address.data is not None and is_bucket(address.data) else []),
    ]
    return [_extension(name) for name in names]


def _extension(name: str) -> Path:
    spec = find_spec(f"duckdb_extension_{name}")
    package = f"duckdb-extension-{name.replace('_', '-')}"
    if spec is None or spec.origin is None:
        msg = f"a lake needs the package {package}=={_PINNED}: run `pip install 'paperhouse[lake]'`"
        raise SettingsError(msg, package=package)
    found = Path(spec.origin).parent / "extensions" / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"
    if not found.is_file():
        msg = (
            f"{package} is not for duckdb {duckdb.__version__}, which is installed: "
            f"run `pip install 'duckdb=={_PINNED}' '{package}=={_PINNED}'`"
        )
        raise SettingsError(msg, package=package, engine=duckdb.__version__)
    return found


def attach_lake(
    connection: duckdb.DuckDBPyConnection,
    address: LakeAddress,
    *,
    alias: str = LAKE,
    is_writing: bool = False,
    snapshot: int | None = None,
) -> LakeData:
    """Attach the lake, which must be there, in its newest state or that of a snapshot; return where its data lie.

    Raises:
        WarehouseError: there is none, it cannot be reached, or its data lie elsewhere.
        SettingsError: the keys of the bucket of its data are missing.
    """
    # Inlined rows are kept in the catalog: a NUL inside a list makes their commit fail, and deleted ones come back.
    options = ["create_if_not_exists false", "data_inlining_row_limit 0" if is_writing else "read_only"]
    if snapshot is not None:
        options.append(f"snapshot_version {snapshot}")
    _attach(connection, address, alias, options)
    ((path,),) = connection.execute(
        f"select value from ducklake_options({quoted_text(alias)}) where option_name = 'data_path'"
    ).fetchall()
    place, _, last = path.rstrip("/").rpartition("/")
    if last != TABLES:
        msg = f"{address.name}: keeps its data in {path}, so Paperhouse did not make this lake; name another one"
        raise WarehouseError(msg, path=address.name)
    if address.data not in (None, place):
        msg = f"{address.name}: keeps its data in {place}, not in {address.data}; leave --data out"
        raise WarehouseError(msg, path=address.name)
    return _opened(connection, place, alias)


def _opened(connection: duckdb.DuckDBPyConnection, place: str, alias: str) -> LakeData:
    """The data there, to which the engine gets access."""
    if is_bucket(place):
        _load(connection, _extension("httpfs"))
    data = data_at(place)
    data.let_in(connection, alias)
    return data


def create_lake(connection: duckdb.DuckDBPyConnection, address: LakeAddress) -> LakeData:
    """Make and attach a lake without any tables, and return where its data lie.

    Raises:
        SettingsError: nobody said where its data goes, or the keys of the bucket are missing.
        WarehouseError: the catalog cannot be reached.
    """
    if address.first_data is None:
        msg = (
            f"{address.name}: there is no lake yet; say where its data goes with --data FOLDER or "
            "--data s3://bucket/prefix (PAPERHOUSE_DATA)"
        )
        raise SettingsError(msg)
    data = _opened(connection, address.first_data, LAKE)
    data.make()
    if not address.is_server:
        address.file.parent.mkdir(parents=True, exist_ok=True)
    _attach(connection, address, LAKE, [f"data_path {quoted_text(data.tables)}", "data_inlining_row_limit 0"])
    connection.execute(f"call {LAKE}.set_option('parquet_compression', 'zstd')")
    connection.execute(f"call {LAKE}.set_option('data_inlining_row_limit', '0')")
    return data


def _attach(
    connection: duckdb.DuckDBPyConnection, address: LakeAddress, alias: str, options: list[str]
) -> None:
    statement = f"attach {quoted_text(address.attached)} as {alias} ({', '.join(options)})"
    try:
        try:
            connection.execute(statement)
        except duckdb.Error as error:
            if _WANTS_BUCKETS not in str(error):
                raise
            _load(connection, _extension("httpfs"))  # only the catalog knew that its data lie in a bucket
            connection.execute(statement)
    except duckdb.Error as error:
        raise explain(address, error) from error


@contextmanager
def open_lake(
    address: LakeAddress, snapshot: int | None = None
) -> Iterator[tuple[duckdb.DuckDBPyConnection, LakeData]]:
    """A lake open for Paperhouse's own reading, with its data: its newest state, or that of a snapshot.

    Raises:
        WarehouseError: there is none yet, or it cannot be read.
    """
    with connect_engine(address) as connection:
        data = attach_lake(connection, address, snapshot=snapshot)
        connection.execute(f"use {LAKE}")
        try:
            yield connection, data
        except duckdb.Error as error:
            raise explain(address, error) from error


def roll_back(connection: duckdb.DuckDBPyConnection) -> None:
    """End an open transaction, whether or not a server still answers.

    What it has written may stay behind. Left to the end of the connection, a server that is gone makes the engine end
    the whole process.
    """
    with suppress(duckdb.Error):
        connection.execute("rollback")


def lake_exists(address: LakeAddress) -> bool:
    """Whether there is a lake at the address.

    Raises:
        WarehouseError: nobody can say.
    """
    if not address.is_server and not address.file.exists():
        return False
    try:
        with open_lake(address):
            return True
    except WarehouseError as error:
        if error.facts.get("reason") == "missing":
            return False
        raise
