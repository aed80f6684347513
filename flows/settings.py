"""The only reader of the environment: PAPERHOUSE_* variables and an optional `paperhouse.toml`.

Environment goes before file, file before default. A key that is not listed here is an error, wherever it stands.
"""

import os
import tomllib
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings.sources import TomlConfigSettingsSource

from transforms.errors import SettingsError

PREFIX = "PAPERHOUSE_"
CONFIG_VARIABLE = "PAPERHOUSE_CONFIG"
CONFIG_NAME = "paperhouse.toml"


class Folder(BaseModel):
    """A folder of digests that is read when no path is given; `source` and `list` say what its files do not."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", populate_by_name=True)

    path: Path
    source: str | None = None
    list_name: str | None = Field(default=None, alias="list")


class Settings(BaseSettings):
    """All settings; each is also the environment variable PAPERHOUSE_<NAME>."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid")

    home: Path = Field(
        default=Path("data"), description="Where the warehouse, its packages and its lock lie."
    )
    folders: Annotated[list[Folder], NoDecode] = Field(
        default=[],
        description="Folders to read when no path is given; as a variable: paths with `:` between them.",
    )
    repair_mojibake: bool = Field(default=True, description="Repair double-encoded text on the way in.")
    max_file_bytes: int = Field(
        default=512 * 1024**2, gt=0, description="Larger files are left out and named."
    )
    max_archive_bytes: int = Field(
        default=8 * 1024**3, gt=0, description="Archives that unpack to more are read up to there, and named."
    )
    batch_bytes: int = Field(
        default=32 * 1024**2, gt=0, description="Bytes of digests that are read at a time."
    )
    workers: int = Field(
        default_factory=lambda: min(4, os.cpu_count() or 1),
        gt=0,
        description="Processes that parse large batches; by default one a core, at most four.",
    )
    wait_seconds: float = Field(default=0, ge=0, description="How long to wait for another load to end.")
    query_memory: str = Field(default="2GB", description="Memory limit of `paperhouse sql`.")
    query_threads: int = Field(default=2, gt=0, description="Threads of `paperhouse sql`.")
    schedule: str = Field(
        default="30 6 * * *", description="Cron line (UTC) of the daily load under `paperhouse serve`."
    )
    enrich_schedule: str | None = Field(
        default=None,
        description="Cron line (UTC) on which `paperhouse serve` looks papers up; off by default.",
    )
    enrich_limit: int = Field(
        default=10_000, gt=0, description="Papers that one scheduled run looks up at most."
    )
    harvest_schedule: str | None = Field(
        default=None, description="Cron line (UTC) on which `paperhouse serve` harvests; off by default."
    )
    harvest_sets: str = Field(
        default="", description="Sets that a scheduled run harvests, with spaces between, such as cs:cs:IR."
    )
    feed_schedule: str | None = Field(
        default=None,
        description="Cron line (UTC) on which `paperhouse serve` reads the feed; off by default.",
    )
    feed_categories: str = Field(
        default="", description="Categories of the feed where none are named, with spaces between."
    )
    serve_port: int = Field(
        default=4200, gt=0, lt=65536, description="Port of the Prefect server that `paperhouse serve` starts."
    )
    arxiv_contact: str | None = Field(
        default=None,
        pattern=r"^[ -~]+$",
        description="Whom arXiv may write to, such as mailto:you@example.org; part of the User-Agent.",
    )
    arxiv_api_url: str = Field(
        default="https://export.arxiv.org/api/query", description="Address of the query API."
    )
    arxiv_oai_url: str = Field(
        default="https://oaipmh.arxiv.org/oai", description="Address of the OAI-PMH service."
    )
    arxiv_feed_url: str = Field(
        default="https://rss.arxiv.org/rss", description="Address of the daily feeds, without categories."
    )
    arxiv_interval_seconds: float = Field(
        default=3.0,
        ge=0,
        le=3600,
        description="Seconds between two requests; fewer than 3 count only where all addresses are loopback.",
    )
    arxiv_allow_loopback: bool = Field(
        default=False, description="For tests: allow plain http to addresses of this machine."
    )
    arxiv_lock: Path | None = Field(
        default=None,
        description="Lock file that all homes of this machine share; by default in the folder for temporary files.",
    )
    arxiv_reply_days: int = Field(
        default=90, gt=0, description="Days for which raw replies of arXiv are kept under the home."
    )
    arxiv_max_reply_bytes: int = Field(
        default=64 * 1024**2,
        gt=0,
        description="Larger replies of arXiv are refused, also after decompression.",
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment before file; no dotenv, no secrets folder."""
        del dotenv_settings, file_secret_settings
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=config_path())


def config_path() -> Path:
    """The settings file: PAPERHOUSE_CONFIG, else `paperhouse.toml` in the working folder."""
    return Path(os.environ.get(CONFIG_VARIABLE, CONFIG_NAME))


def load_settings(home: Path | None = None) -> Settings:
    """Read all settings; `home`, if given, goes before everything.

    Raises:
        SettingsError: a key is unknown, a value does not fit, or the file cannot be read.
    """
    _refuse_unknown_variables()
    if CONFIG_VARIABLE in os.environ and not config_path().is_file():
        msg = f"{config_path()}: no such file, but {CONFIG_VARIABLE} names it; unset the variable or write the file"
        raise SettingsError(msg, path=str(config_path()))
    folders = os.environ.get(f"{PREFIX}FOLDERS")
    given: dict[str, object] = {} if home is None else {"home": home}
    if folders is not None:
        given["folders"] = [Folder(path=Path(path)) for path in folders.split(":") if path]
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        raise SettingsError(_explain(error), config=str(config_path())) from error
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        msg = f"{config_path()}: cannot be read as TOML ({error}); correct the file"
        raise SettingsError(msg, path=str(config_path())) from error


def prefect_api_url() -> str | None:
    """Address of the Prefect server that the environment names, or None."""
    return os.environ.get("PREFECT_API_URL") or None


def _refuse_unknown_variables() -> None:
    known = {f"{PREFIX}{name}".upper() for name in Settings.model_fields} | {CONFIG_VARIABLE}
    unknown = sorted(
        name for name in os.environ if name.upper().startswith(PREFIX) and name.upper() not in known
    )
    if unknown:
        msg = f"environment: {', '.join(unknown)} is no setting; known are {', '.join(sorted(known))}"
        raise SettingsError(msg, unknown=unknown)


def _explain(error: ValidationError) -> str:
    """Say each fault in one line: where, what, the value, what to do."""
    lines = []
    for fault in error.errors():
        name = ".".join(str(part) for part in fault["loc"])
        if fault["type"] == "extra_forbidden":
            known = ", ".join(sorted(Settings.model_fields))
            lines.append(f"{config_path()}: {name!r} is no setting; known are {known}")
        else:
            value = str(fault.get("input"))[:80]
            lines.append(
                f"setting {name!r} ({config_path()} or {PREFIX}{name.upper()}): {fault['msg']}, not {value!r}"
            )
    return "\n".join(lines)
