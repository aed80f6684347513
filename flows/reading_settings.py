"""The few settings that a command needs to look at a warehouse, read in a few milliseconds where they are plain.

pydantic takes longer to import than such a command takes otherwise. So where the environment and the file state
nothing but what needs no check, the defaults hold, which a test keeps equal to those of `Settings`; in every other case
(another setting, an unknown name, a fault) `load_settings` reads it all, and says what is wrong.
"""

import os
import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from paperhouse.flows.cluster_address import Workers, default_workers

if TYPE_CHECKING:
    from paperhouse.flows.settings import Settings
    from paperhouse.transforms.formats.generic.rules import FormatRule
    from paperhouse.warehouse.storage.connections import Live
    from paperhouse.warehouse.storage.lake.address import LakeAddress

PREFIX: Final = "PAPERHOUSE_"
CONFIG_VARIABLE: Final = "PAPERHOUSE_CONFIG"
CONFIG_NAME: Final = "paperhouse.toml"
_HOME: Final = "data"
_FOLDER_KEYS: Final = frozenset({"path", "source", "list"})
_PLAIN_VARIABLES: Final = frozenset({"PAPERHOUSE_HOME", CONFIG_VARIABLE})


@dataclass(frozen=True, slots=True)
class StatedFolder:
    """A folder of digests that the settings name; `source` and `list_name` say what its files do not."""

    path: Path
    source: str | None = None
    list_name: str | None = None


class StatedPlace(NamedTuple):
    """Where the warehouse is, as far as somebody said it: folder of a home, a lake, and where a new one puts data."""

    home: Path | None = None
    warehouse: str | None = None
    data: str | None = None


@dataclass(frozen=True, slots=True)
class LoadSettings:
    """What a load must know: where the warehouse is, what is read, and what it may take."""

    home: Path = Path(_HOME)
    folders: tuple[StatedFolder, ...] = ()
    repair_mojibake: bool = True
    max_file_bytes: int = 512 * 1024**2
    max_file_seconds: float = 30
    max_archive_bytes: int = 8 * 1024**3
    batch_bytes: int = 128 * 1024**2
    workers: Workers = field(default_factory=default_workers)
    wait_seconds: float = 0
    format_rules: "tuple[FormatRule, ...]" = ()
    warehouse: str | None = None
    data: str | None = None

    @property
    def lake(self) -> "LakeAddress | None":
        """The lake in the place of the home's file, if there is one.

        Raises:
            SettingsError: its address is none.
        """
        return lake_at(self.warehouse, self.data)

    @property
    def live(self) -> "Live":
        """Where the warehouse is published: the lake, or the file of the home."""
        return live_at(self.home, self.warehouse, self.data)


@dataclass(frozen=True, slots=True)
class ReadingSettings:
    """Where the warehouse is, what may be spent on a query, and what `status` looks after."""

    home: Path = Path(_HOME)
    folders: tuple[Path, ...] = ()
    overdue_hours: float = 36
    query_memory: str = "2GB"
    query_threads: int = 2
    query_timeout_seconds: float = 300
    warehouse: str | None = None
    data: str | None = None

    @property
    def lake(self) -> "LakeAddress | None":
        """The lake in the place of the home's file, if there is one.

        Raises:
            SettingsError: its address is none.
        """
        return lake_at(self.warehouse, self.data)

    @property
    def live(self) -> "Live":
        """Where the warehouse is published: the lake, or the file of the home."""
        return live_at(self.home, self.warehouse, self.data)


def lake_at(warehouse: str | None, data: str | None) -> "LakeAddress | None":
    """The lake that these settings name, if they name one.

    Raises:
        SettingsError: its address is none.
    """
    from paperhouse.warehouse.storage.lake.address import parse_lake  # noqa: PLC0415 - hardly anyone has a lake

    return None if warehouse is None else parse_lake(warehouse, data)


def live_at(home: Path | None = None, warehouse: str | None = None, data: str | None = None) -> "Live":
    """Where a warehouse is published: the lake, if one is named, else the file of the home.

    Raises:
        SettingsError: the address is none.
    """
    from paperhouse.warehouse.storage.home import Home  # noqa: PLC0415 - the settings alone need no warehouse

    return lake_at(warehouse, data) or Home(home or Path(_HOME)).live


def config_path() -> Path:
    """The settings file: PAPERHOUSE_CONFIG if it is not empty, else `paperhouse.toml` in the working folder."""
    return Path(os.environ.get(CONFIG_VARIABLE) or CONFIG_NAME)


def load_reading_settings(
    home: Path | None = None, warehouse: str | None = None, data: str | None = None
) -> ReadingSettings:
    """Read these settings as `load_settings` does; what is given goes before everything.

    Raises:
        SettingsError: as `load_settings`, and in the same words.
    """
    stated = _plain_statements()
    if stated is not None:
        return replace(_plain_reading_settings(stated, home), warehouse=warehouse, data=data)
    from paperhouse.flows.settings import load_settings  # noqa: PLC0415 - pydantic: see the module

    return reading_settings_of(load_settings(home, warehouse, data))


def load_settings_of_load(
    home: Path | None = None, warehouse: str | None = None, data: str | None = None
) -> LoadSettings:
    """Read what a load must know as `load_settings` does; what is given goes before everything.

    Raises:
        SettingsError: as `load_settings`, and in the same words.
    """
    stated = _plain_statements()
    if stated is not None:
        folders = tuple(
            StatedFolder(Path(one["path"]), one.get("source"), one.get("list"))
            for one in stated.get("folders", ())
        )
        return LoadSettings(_place(stated, home), folders, warehouse=warehouse, data=data)
    from paperhouse.flows.settings import load_settings  # noqa: PLC0415 - as above

    return settings_of_load(load_settings(home, warehouse, data))


def settings_of_load(settings: "Settings") -> LoadSettings:
    """What of all settings a load must know."""
    return LoadSettings(
        home=settings.home,
        folders=tuple(StatedFolder(one.path, one.source, one.list_name) for one in settings.folders),
        repair_mojibake=settings.repair_mojibake,
        max_file_bytes=settings.max_file_bytes,
        max_file_seconds=settings.max_file_seconds,
        max_archive_bytes=settings.max_archive_bytes,
        batch_bytes=settings.batch_bytes,
        workers=settings.workers,
        wait_seconds=settings.wait_seconds,
        format_rules=settings.format_rules,
        warehouse=settings.warehouse,
        data=settings.data,
    )


def may_state_watches() -> bool:
    """Whether the settings may name watches, or be wrong."""
    return _plain_statements() is None


def prefect_api_url() -> str | None:
    """Address of the Prefect server that the environment names, or None."""
    return os.environ.get("PREFECT_API_URL") or None


def _place(stated: dict[str, Any], home: Path | None) -> Path:
    return Path(home or os.environ.get(f"{PREFIX}HOME", stated.get("home", _HOME)))


def _plain_reading_settings(stated: dict[str, Any], home: Path | None) -> ReadingSettings:
    return ReadingSettings(
        _place(stated, home), tuple(Path(one["path"]) for one in stated.get("folders", ()))
    )


def reading_settings_of(settings: "Settings") -> ReadingSettings:
    """What of all settings is needed to look at a warehouse."""
    return ReadingSettings(
        settings.home,
        tuple(folder.path for folder in settings.folders),
        settings.overdue_hours,
        settings.query_memory,
        settings.query_threads,
        settings.query_timeout_seconds,
        settings.warehouse,
        settings.data,
    )


def _plain_statements() -> dict[str, Any] | None:
    """What the file states, where it and the environment name only the home and folders, as text; else None."""
    variables = {name for name in os.environ if name.upper().startswith(PREFIX)}
    path = config_path()
    try:
        stated = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        stated = {}
        if os.environ.get(CONFIG_VARIABLE):
            return None
    except (OSError, ValueError):
        return None
    return stated if variables <= _PLAIN_VARIABLES and _is_plain(stated) else None


def _is_plain(stated: dict[str, Any]) -> bool:
    if not stated.keys() <= {"home", "folders"} or not isinstance(stated.get("home", ""), str):
        return False
    folders = stated.get("folders", [])
    return isinstance(folders, list) and all(map(_is_plain_folder, folders))


def _is_plain_folder(stated: object) -> bool:
    return (
        isinstance(stated, dict)
        and "path" in stated
        and stated.keys() <= _FOLDER_KEYS
        and all(isinstance(value, str) for value in stated.values())
    )


def bytes_of(amount: str) -> int:
    """An amount of memory as the settings write it (`2GB`, `512 MiB`), in bytes."""
    number, unit = amount[: -len("GB")].rstrip("kKmMgGtT "), amount.lstrip("0123456789. ").upper()
    base = 1024 if "I" in unit else 1000
    return int(float(number) * base ** ("KMGT".index(unit[0]) + 1))
