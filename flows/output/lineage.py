"""Where a load's facts came from and went to, as Prefect assets: digests -> package -> tables, with row counts.

Prefect's own server keeps them as events (`prefect.asset.*` in the Event Feed); the graph is drawn by Prefect Cloud.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from prefect.assets import Asset, AssetProperties, add_asset_metadata, materialize
from prefect.cache_policies import NO_CACHE

from paperhouse.flows.load.summary import Summary

_OPTIONS: Final[dict[str, Any]] = {"persist_result": False, "cache_policy": NO_CACHE}


def asset_key(home: Path, name: str) -> str:
    """Address of an asset of the warehouse in `home`, which tells homes on one server apart."""
    return f"paperhouse://{quote(str(home.absolute()).strip('/'))}/{name}"


def record_lineage(summary: Summary, tables: Mapping[str, int]) -> None:
    """Tell the server that a load made a package from digests, and the warehouse's tables from packages."""
    home = Path(summary.home)
    digests = _asset(home, "digests", "Digest files as they lay in the folders.")
    packages = _asset(home, "packages", "Immutable Parquet files, one folder a load: the archive.")
    made = {name: _asset(home, f"tables/{name}", f"Table `{name}` of the warehouse.") for name in tables}

    @materialize(packages, asset_deps=[digests], name="package", task_run_name="package", **_OPTIONS)
    def package() -> None:
        counts = ("n_digests", "n_entries", "n_rejects", "n_lines", "n_bytes")
        metadata = {"load_id": summary.load_id, **{name: getattr(summary, name) for name in counts}}
        add_asset_metadata(packages, metadata)

    @materialize(*made.values(), asset_deps=[packages], name="tables", task_run_name="tables", **_OPTIONS)
    def fill_tables() -> None:
        for name, n_rows in tables.items():
            add_asset_metadata(made[name], {"load_id": summary.load_id, "n_rows": n_rows})

    package(return_state=True)
    fill_tables(return_state=True)


def _asset(home: Path, name: str, description: str) -> Asset:
    properties = AssetProperties(name=f"{home.name} {name}", description=description)
    return Asset(key=asset_key(home, name), properties=properties)
