"""A consistent copy of the warehouse as Parquet, for tools that do not read DuckDB files."""

import json
import shutil
from pathlib import Path

from paperhouse.transforms.errors import InputError
from paperhouse.transforms.tables import WAREHOUSE_TABLES
from paperhouse.warehouse.read.persons import corrections_in_force
from paperhouse.warehouse.schema.datapackage import datapackage
from paperhouse.warehouse.schema.ddl import quoted_name, quoted_text, table_key
from paperhouse.warehouse.schema.dictionary import dictionary_markdown
from paperhouse.warehouse.storage.atomic_files import fsync_path
from paperhouse.warehouse.storage.connections import Live, open_read_only
from paperhouse.warehouse.storage.curation import write_if_absent
from paperhouse.warehouse.storage.home import Home
from paperhouse.warehouse.write.content_hash import content_hash

_PARTITIONED = "papers"
_BY = "submitted_month"


def write_snapshot(live: Live, target: Path) -> dict[str, int]:
    """Write every base table, the curation file, the dictionary and two manifests into the new folder `target`.

    Returns rows by table.

    `papers` is partitioned by submitted month (`papers/submitted_month=2025-04-01/*.parquet`), the other tables are
    a file each. It is one load's state, and appears under its name when it is complete.

    Raises:
        InputError: `target` exists.
        WarehouseError: there is no warehouse.
    """
    if target.exists():
        msg = f"{target}: exists already; name a new folder, or remove it first"
        raise InputError(msg, path=str(target))
    draft = target.with_name(f".{target.name}.unfinished")
    with open_read_only(live) as connection:
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        try:
            rows: dict[str, int] = {}
            for table, schema in WAREHOUSE_TABLES.items():
                order = ", ".join(map(quoted_name, table_key(schema)))
                is_partitioned = table == _PARTITIONED
                path = draft / (table if is_partitioned else f"{table}.parquet")
                options = (
                    f"format parquet, compression zstd{f', partition_by ({_BY})' if is_partitioned else ''}"
                )
                connection.execute(
                    f"copy (from {quoted_name(table)} order by {order}) to {quoted_text(str(path))} ({options})"
                )
                ((rows[table],),) = connection.execute(
                    f"select count(*) from {quoted_name(table)}"
                ).fetchall()
            (draft / "DICTIONARY.md").write_text(dictionary_markdown(), "utf-8")
            hashed = content_hash(connection)
            manifest = {"content_hash": hashed, "rows": rows}
            (draft / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")
            described = datapackage(_files(draft), rows, hashed, {_PARTITIONED: frozenset({_BY})})
            (draft / "datapackage.json").write_text(
                json.dumps(described, indent=1, ensure_ascii=False) + "\n", "utf-8"
            )
            write_if_absent(Home(draft), corrections_in_force(connection))
            for path in sorted(draft.rglob("*"), reverse=True):
                fsync_path(path)
            draft.replace(target)
            fsync_path(target.parent)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return rows


def _files(folder: Path) -> dict[str, list[str]]:
    """Parquet files of each table, relative to the folder; none where a partitioned table has no rows."""
    return {
        table: [
            path.relative_to(folder).as_posix()
            for path in sorted([*folder.glob(f"{table}.parquet"), *folder.glob(f"{table}/**/*.parquet")])
        ]
        for table in WAREHOUSE_TABLES
    }
