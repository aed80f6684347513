"""The Python API: load digests, and read the warehouse from a notebook."""

import os
from collections.abc import Sequence
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from paperhouse.flows.load.pipeline import run_load
from paperhouse.flows.load.plan import plan_load
from paperhouse.flows.load.summary import Summary
from paperhouse.flows.output.health import health_json
from paperhouse.flows.output.present_health import present_health
from paperhouse.flows.reading_settings import ReadingSettings, StatedPlace, reading_settings_of
from paperhouse.flows.settings import load_settings
from paperhouse.transforms.arxiv.identifiers import split_version
from paperhouse.transforms.read_digest import DigestDefaults
from paperhouse.transforms.tables import WAREHOUSE_TABLES
from paperhouse.warehouse.read.paper_record import title_of
from paperhouse.warehouse.read.similar import MOST_SIMILAR, SimilarPaper, similar_papers
from paperhouse.warehouse.schema.relations import load_models
from paperhouse.warehouse.storage.connections import open_pinned

if TYPE_CHECKING:
    import duckdb
    import polars as pl

StrPath = str | os.PathLike[str]

__version__ = version("paperhouse")


def ingest(  # noqa: PLR0913 - each by its name
    paths: StrPath | Sequence[StrPath] = (),
    *,
    home: StrPath | None = None,
    warehouse: str | None = None,
    data: StrPath | None = None,
    date: date | None = None,
    list_name: str | None = None,
    source: str | None = None,
) -> Summary:
    """Load digest files, folders and archives into the warehouse; what is known already is skipped.

    Without paths the folders of the settings are read, else the three digests that come along. The settings
    (environment and `paperhouse.toml`) hold here as for the command line; `home`, `warehouse` (the address of a lake)
    and `data` (the folder of a new one) overrule them. `date`, `list_name` and `source` apply to digests that do not
    state their own.

    Returns:
        Counts of what was read, and what was left out with its reason.

    Raises:
        InputError: a path does not exist.
        SettingsError: the settings cannot be read.
        BusyError: another process is loading into this home.
        WarehouseError: the live file is damaged or of another version.
    """
    given = [paths] if isinstance(paths, str | os.PathLike) else paths
    settings = load_settings(*_place(home, warehouse, data))
    return run_load(
        plan_load([Path(path) for path in given], settings, DigestDefaults(date, list_name, source))
    )


def open(home: StrPath | None = None, *, warehouse: str | None = None) -> "Warehouse":  # noqa: A001 - as gzip.open and tarfile.open
    """Open the published warehouse read-only; loads go on undisturbed, and this view stays as it is.

    Open it again for what a later load brings: a process keeps the file, or the state of a lake, that it has open.
    `warehouse` is the address of a lake.

    Raises:
        WarehouseError: there is no warehouse, or it cannot be read.
    """
    return Warehouse(reading_settings_of(load_settings(*_place(home, warehouse))))


def _place(home: StrPath | None, warehouse: str | None, data: StrPath | None = None) -> StatedPlace:
    return StatedPlace(None if home is None else Path(home), warehouse, None if data is None else str(data))


class Warehouse:
    """A published warehouse, open read-only: SQL by `sql`, tables and models as lazy Polars frames by name.

    `warehouse.papers` is the table `papers` as a LazyFrame, `warehouse.daily_counts` a model; `dir` lists them.
    """

    def __init__(self, settings: ReadingSettings) -> None:
        self.home = settings.home
        self._settings = settings
        self._opening = open_pinned(settings.live)
        self._connection: duckdb.DuckDBPyConnection = self._opening.__enter__()

    def sql(self, query: str) -> "duckdb.DuckDBPyRelation":
        """Query the warehouse; the relation gives frames by `.pl()`, `.df()` and `.arrow()`.

        Raises:
            duckdb.Error: the engine refuses the query.
        """
        return self._connection.sql(query)

    def status(self) -> dict[str, Any]:
        """Return what `paperhouse status --json` prints: fresh or not, problems, counts."""
        return health_json(present_health(self._settings, datetime.now(UTC)))

    def similar(self, arxiv_id: str, limit: int = MOST_SIMILAR) -> list[SimilarPaper]:
        """Return the papers most like one, each with the terms, authors and lists that both have.

        Empty where nothing is known of its text. An identifier may have a version, or be an address of arXiv.

        Raises:
            InputError: the paper is not in the warehouse.
        """
        paper, _ = split_version(arxiv_id)
        title_of(self._connection, paper)
        return similar_papers(self._connection, [paper], limit).get(paper, [])

    def close(self) -> None:
        """Close the file."""
        self._opening.__exit__(None, None, None)

    def __getattr__(self, name: str) -> "pl.LazyFrame":
        if name.startswith("_") or name not in self._relations():
            msg = f"{type(self).__name__!r} has no table or model {name!r}; dir() lists them"
            raise AttributeError(msg)
        return self._connection.table(name).pl(lazy=True)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self._relations()})

    @staticmethod
    def _relations() -> frozenset[str]:
        return frozenset({*WAREHOUSE_TABLES, *(model.name for model in load_models())})

    def __repr__(self) -> str:
        return f"Warehouse({self._settings.warehouse or str(self.home)!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
