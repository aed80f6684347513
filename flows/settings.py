"""The only reader of the environment: PAPERHOUSE_* variables and an optional `paperhouse.toml`.

Environment goes before file, file before default. A key that is not listed here is an error, wherever it stands.
"""

import os
import re
import tomllib
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, SecretStr, ValidationError, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings.sources import TomlConfigSettingsSource

from paperhouse.flows.cluster_address import Workers, default_workers, may_hold_secret, parse_workers
from paperhouse.flows.given_path import is_in_bucket
from paperhouse.flows.reading_settings import CONFIG_VARIABLE, PREFIX, config_path, lake_at, live_at
from paperhouse.transforms.errors import InvalidArxivIdError, SettingsError
from paperhouse.warehouse.storage.bucket_address import is_bucket
from paperhouse.warehouse.storage.bucket_keys import VARIABLES as BUCKET_VARIABLES
from paperhouse.warehouse.storage.lake.address import SCHEME as LAKE_SCHEME

if TYPE_CHECKING:
    from paperhouse.transforms.formats.generic.rules import FormatRule
    from paperhouse.transforms.watches.criteria import WatchCriteria
    from paperhouse.warehouse.storage.connections import Live
    from paperhouse.warehouse.storage.lake.address import LakeAddress

TRACEBACKS_VARIABLE = "PAPERHOUSE_TRACEBACKS"
"""Set in the environment of runs that are to show tracebacks of foreseen errors too, as `serve --debug` does."""
WORKING_FOLDER_VARIABLE = "PAPERHOUSE_WORKING_FOLDER"
"""Set by `paperhouse serve` for its runs, which have another working folder: relative paths start here."""
_BETWEEN_PATHS = re.compile(r":(?!//)")
_MEMORY = r"^\d+(\.\d+)? ?([KMGT]i?B|[kmgt]i?b)$"

_DOORS = r"^\s*(query_api|arXivRaw|arXiv|datacite)(\s+(query_api|arXivRaw|arXiv|datacite))*\s*$"


class Folder(BaseModel):
    """A folder of digests that is read when no path is given; `source` and `list` say what its files do not."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", populate_by_name=True)

    path: Path
    source: str | None = None
    list_name: str | None = Field(default=None, alias="list")


class Format(BaseModel):
    """How files are read that no family's format knows: globs, the record, and labels of fields."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    files: list[str]
    record: str | None = None
    fields: dict[str, str] = {}


class Watch(BaseModel):
    """Papers that somebody wants to hear of: what they must meet, and the addresses to which they are sent."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,60}$")
    words: str | None = None
    authors: list[str] = []
    persons: list[int] = []
    categories: list[str] = []
    lists: list[str] = []
    sql: str | None = None
    like: list[str] = []
    to: list[SecretStr] = []
    send_empty: bool = False

    @field_validator("like")
    @classmethod
    def _bare(cls, like: list[str]) -> list[str]:
        """Identifiers in their canonical form, without versions."""
        from paperhouse.transforms.arxiv.identifiers import split_version  # noqa: PLC0415 - few watches name papers

        try:
            return sorted({split_version(one)[0] for one in like})
        except InvalidArxivIdError as error:
            raise ValueError(str(error)) from error

    @property
    def criteria(self) -> "WatchCriteria":
        """What papers must meet, without where they go."""
        from paperhouse.transforms.watches.criteria import WatchCriteria  # noqa: PLC0415 - hardly anyone has watches

        return WatchCriteria(
            words=self.words,
            authors=tuple(self.authors),
            persons=tuple(self.persons),
            categories=tuple(self.categories),
            lists=tuple(self.lists),
            sql=self.sql,
            like=tuple(self.like),
        )


class Settings(BaseSettings):
    """All settings; each is also the environment variable PAPERHOUSE_<NAME>."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid")

    home: Path = Field(
        default=Path("data"), description="Where the warehouse, its packages and its lock lie."
    )
    warehouse: str | None = Field(
        default=None,
        description="Address of a lake in the place of the home's file, such as ducklake:postgres://user@host/database.",
    )
    data: str | None = Field(
        default=None,
        description="Folder, or s3://bucket/prefix, of a new lake's data; one that exists knows its own.",
    )
    folders: Annotated[list[Folder], NoDecode] = Field(
        default=[],
        description="Folders to read when no path is given, also such as s3://bucket/digests; as a variable: paths "
        "with `:` between them.",
    )
    formats: list[Format] = Field(
        default=[],
        description="Files that are read as these blocks say; `paperhouse inspect --suggest FILE` writes one.",
    )
    watches: list[Watch] = Field(
        default=[], description="Papers to hear of after each load; see `paperhouse watches`."
    )
    watch_folder: Path | None = Field(
        default=None,
        description="Where feed and page of each watch are written; by default `watches` under the home.",
    )
    repair_mojibake: bool = Field(default=True, description="Repair double-encoded text on the way in.")
    max_file_bytes: int = Field(
        default=512 * 1024**2, gt=0, description="Larger files are left out and named."
    )
    max_file_seconds: float = Field(
        default=30, gt=0, description="Computing that one file may take; one that takes more is a reject."
    )
    max_archive_bytes: int = Field(
        default=8 * 1024**3, gt=0, description="Archives that unpack to more are read up to there, and named."
    )
    batch_bytes: int = Field(
        default=128 * 1024**2,
        gt=0,
        description="Bytes of digests that one step reads (a task, under Prefect).",
    )
    workers: Annotated[Workers, PlainValidator(parse_workers), NoDecode] = Field(
        default_factory=default_workers,
        description="Processes that parse large batches, by default one a core, at most four; or the scheduler of a "
        "Dask cluster that parses them, such as `dask://scheduler:8786`.",
    )
    wait_seconds: float = Field(default=0, ge=0, description="How long to wait for another load to end.")
    query_memory: str = Field(default="2GB", pattern=_MEMORY, description="Memory limit of `paperhouse sql`.")
    query_threads: int = Field(default=2, gt=0, description="Threads of `paperhouse sql`.")
    query_timeout_seconds: float = Field(
        default=300,
        ge=0,
        allow_inf_nan=False,
        description="Seconds that a query of `paperhouse sql` may take; 0 for no limit.",
    )
    schedule: str = Field(
        default="30 6 * * *", description="Cron line (UTC) of the daily load under `paperhouse serve`."
    )
    schedule_changed: str = Field(
        default="10 * * * *",
        description="Cron line (UTC) of the look for changed folders; empty for none.",
    )
    serve_host: str = Field(
        default="127.0.0.1",
        description="Address on which the Prefect server of `paperhouse serve` listens.",
    )
    enrich_schedule: str | None = Field(
        default=None,
        description="Cron line (UTC) on which `paperhouse serve` looks papers up; off by default.",
    )
    fill_schedule: str | None = Field(
        default=None,
        description="Cron line (UTC) on which `paperhouse serve` fetches what digests missed; off by default.",
    )
    enrich_limit: int = Field(
        default=10_000,
        gt=0,
        description="Papers that one scheduled run of `enrich` or `fill` looks up at most.",
    )
    enrich_doors: str = Field(
        default="query_api arXivRaw arXiv datacite",
        pattern=_DOORS,
        description="Services that answer about papers, in this order: each one where those before it fail.",
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
    overdue_hours: float = Field(
        default=36,
        ge=0,
        le=240,
        description="Hours after an announcement of arXiv's until `paperhouse status` misses a digest of that day.",
    )
    serve_auth: SecretStr | None = Field(
        default=None,
        description="`user:password` that every request to that server must show; needed beyond loopback.",
    )
    site_url: str | None = Field(
        default=None,
        pattern=r"^https?://[!-~]+$",
        description="Address of the site that shows this warehouse; the index in Prefect's UI leads there.",
    )
    reject_warning_share: float = Field(
        default=0.05,
        ge=0,
        le=1,
        description="Share of rejects in a load above which its flow run ends as CompletedWithRejects.",
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
    datacite_url: str = Field(
        default="https://api.datacite.org/dois",
        description="Address of DataCite's DOIs, where arXiv's are too.",
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

    @field_validator("watches")
    @classmethod
    def _require_names(cls, watches: list[Watch]) -> list[Watch]:
        """The ledger of deliveries knows a watch by its name."""
        names = [watch.name.lower() for watch in watches]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            msg = f"two watches are called {', '.join(twice)}; give each a name of its own"
            raise ValueError(msg)
        return watches

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

    @property
    def format_rules(self) -> "tuple[FormatRule, ...]":
        """What `[[formats]]` says, checked."""
        if not self.formats:
            return ()
        # Imported only now: hardly anyone has rules, and every command reads the settings.
        from paperhouse.transforms.formats.generic.rules import format_rule  # noqa: PLC0415

        return tuple(format_rule(each.files, each.record, each.fields) for each in self.formats)

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


_BLOCKS: dict[str, type[BaseModel]] = {"folders": Folder, "formats": Format, "watches": Watch}
"""What a block of the file may hold, by its name."""


def load_file_settings(home: Path | None = None) -> Settings:
    """Read all settings for work that only a home's file serves; `home`, if given, goes before everything.

    Raises:
        SettingsError: as `load_settings`, or the settings name a lake.
    """
    settings = load_settings(home)
    if settings.warehouse is not None:
        msg = (
            f"setting 'warehouse' ({config_path()} or {PREFIX}WAREHOUSE) names a lake, which does not serve this; "
            "unset it, or copy the lake into a home (`paperhouse move ducklake:... FOLDER`)"
        )
        raise SettingsError(msg)
    return settings


def load_settings(
    home: Path | None = None, warehouse: str | None = None, data: str | None = None
) -> Settings:
    """Read all settings; what is given goes before everything.

    Raises:
        SettingsError: a key is unknown, a value does not fit, the file cannot be read, or the lake's address is none.
    """
    given = {"warehouse": warehouse, "data": data}
    settings = _read_settings(home)
    settings = settings.model_copy(update={key: value for key, value in given.items() if value is not None})
    settings.lake  # noqa: B018 - an address that is none is told before anything else
    return settings


def _read_settings(home: Path | None) -> Settings:
    _refuse_unknown_variables()
    if os.environ.get(CONFIG_VARIABLE) and not config_path().is_file():
        msg = f"{config_path()}: no such file, but {CONFIG_VARIABLE} names it; unset the variable or write the file"
        raise SettingsError(msg, path=str(config_path()))
    folders = os.environ.get(f"{PREFIX}FOLDERS")
    given: dict[str, object] = {} if home is None else {"home": home}
    if folders is not None:
        given["folders"] = [Folder(path=Path(path)) for path in _BETWEEN_PATHS.split(folders) if path]
    try:
        settings = Settings(**given)  # type: ignore[arg-type]
        base = os.environ.get(WORKING_FOLDER_VARIABLE)
        return settings if base is None else settings_below(Path(base), settings)
    except ValidationError as error:
        raise SettingsError(_explain(error), config=str(config_path())) from error
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        msg = f"{config_path()}: cannot be read as TOML ({error}); correct the file"
        raise SettingsError(msg, path=str(config_path())) from error


def settings_below(folder: Path, settings: Settings) -> Settings:
    """Make the relative paths of the settings absolute, starting from this folder."""
    folders = [
        one if is_in_bucket(one.path) else one.model_copy(update={"path": folder / one.path})
        for one in settings.folders
    ]
    given: dict[str, object] = {"home": folder / settings.home, "folders": folders}
    if settings.warehouse is not None and settings.data is not None and not is_bucket(settings.data):
        given["data"] = str(folder / settings.data)
    if settings.lake is not None and not settings.lake.is_server:
        given["warehouse"] = f"{LAKE_SCHEME}{folder / str(settings.warehouse).removeprefix(LAKE_SCHEME)}"
    return settings.model_copy(update=given)


def server_auth(settings: Settings) -> str | None:
    """`user:password` for a server of our own: the setting, else what Prefect's own variable says; None for none.

    Raises:
        SettingsError: it has no user or no password.
    """
    configured = settings.serve_auth.get_secret_value() if settings.serve_auth else None
    auth = configured or os.environ.get("PREFECT_SERVER_API_AUTH_STRING") or None
    if auth is not None and not all(auth.partition(":")):
        msg = (
            "setting 'serve_auth' (paperhouse.toml, PAPERHOUSE_SERVE_AUTH or PREFECT_SERVER_API_AUTH_STRING): "
            "is not of the form user:password; write both, with a colon between them"
        )
        raise SettingsError(msg)
    return auth


def _refuse_unknown_variables() -> None:
    known = (
        {f"{PREFIX}{name}".upper() for name in Settings.model_fields} | {CONFIG_VARIABLE} | BUCKET_VARIABLES
    )
    ours = {TRACEBACKS_VARIABLE, WORKING_FOLDER_VARIABLE}
    unknown = sorted(
        name for name in os.environ if name.upper().startswith(PREFIX) and name.upper() not in {*known, *ours}
    )
    if unknown:
        msg = (
            f"environment: {', '.join(unknown)} is no setting; known are {', '.join(sorted(known))}"
            f"{_nearest(unknown[0].upper(), known)}"
        )
        raise SettingsError(msg, unknown=unknown)


def _nearest(name: str, known: Iterable[str]) -> str:
    """The known name that was probably meant, as the end of a message."""
    found = get_close_matches(name, list(known), n=1)
    return f"; did you mean {found[0]}?" if found else ""


def _explain(error: ValidationError) -> str:
    """Say each fault in one line: where, what, the value, what to do."""
    return "\n".join(_explain_fault(fault) for fault in error.errors())


def _explain_fault(fault: ErrorDetails) -> str:
    first, *rest = fault["loc"]
    name = str(rest[-1] if rest else first)
    place, known = f"{config_path()}", sorted(Settings.model_fields)
    if rest:  # a folder's key, which no variable can state
        number = next((part + 1 for part in rest if isinstance(part, int)), 1)
        place = f"{place}: number {number} of [[{first}]]"
        block = _BLOCKS.get(str(first), Folder)
        known = [field.alias or key for key, field in block.model_fields.items()]
    if fault["type"] == "extra_forbidden":
        return f"{place}: {name!r} is no setting; known are {', '.join(known)}{_nearest(name, known)}"
    if fault["type"] == "missing":
        return f"{place}: {name!r} is missing; write it"
    is_secret = name in {"serve_auth", "watches"} or "to" in rest  # addresses hold passwords
    is_secret = is_secret or (name == "workers" and may_hold_secret(fault.get("input")))
    where = place if rest else f"{place} or {PREFIX}{name.upper()}"
    said = fault["msg"].removeprefix("Value error, ")
    remedy = "write an amount of memory such as 2GB" if name == "query_memory" else said
    found = "; its value is not shown" if is_secret else f", not {str(fault.get('input'))[:80]!r}"
    return f"setting {name!r} ({where}): {remedy}{found}"
