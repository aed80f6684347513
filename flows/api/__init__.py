"""Paperhouse: arXiv digests in, one SQL warehouse of papers and authors out.

    import paperhouse

    paperhouse.ingest("digests", home="data")
    with paperhouse.open("data") as warehouse:
        warehouse.sql("select title, n_authors from papers order by n_authors desc limit 5").pl()
        warehouse.papers.filter(pl.col("primary_category") == "cs.IR").collect()

Names are imported when they are first used, so that `import paperhouse` costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from paperhouse.api import Warehouse, __version__, ingest, open  # noqa: A004 - as gzip.open and tarfile.open
    from paperhouse.flows.load.summary import Summary
    from paperhouse.flows.settings import Settings
    from paperhouse.transforms.errors import (
        BusyError,
        InputError,
        PaperhouseError,
        SettingsError,
        WarehouseError,
    )

__all__ = [
    "BusyError",
    "InputError",
    "PaperhouseError",
    "Settings",
    "SettingsError",
    "Summary",
    "Warehouse",
    "WarehouseError",
    "__version__",
    "ingest",
    "open",
]

_PLACES = {
    "Settings": "paperhouse.flows.settings",
    "Summary": "paperhouse.flows.load.summary",
    **dict.fromkeys(
        ("BusyError", "InputError", "PaperhouseError", "SettingsError", "WarehouseError"),
        "paperhouse.transforms.errors",
    ),
    **dict.fromkeys(("Warehouse", "__version__", "ingest", "open"), "paperhouse.api"),
}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    value = getattr(import_module(_PLACES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
