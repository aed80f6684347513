"""The descriptor of a folder of tables, as the Data Package standard has it; derived from transforms/tables.py."""

from collections.abc import Mapping, Sequence
from typing import Any

from paperhouse.transforms import schema_library as dy
from paperhouse.transforms.tables import WAREHOUSE_TABLES, table_description
from paperhouse.warehouse.schema.ddl import column_description, duckdb_type, table_key

_TYPES = {
    "varchar": "string",
    "bigint": "integer",
    "usmallint": "integer",
    "uinteger": "integer",
    "ubigint": "integer",
    "double": "number",
    "boolean": "boolean",
    "date": "date",
    "timestamptz": "datetime",
}


def datapackage(
    paths: Mapping[str, Sequence[str]],
    rows: Mapping[str, int],
    content_hash: str,
    in_paths: Mapping[str, frozenset[str]],
) -> dict[str, Any]:
    """What `datapackage.json` says: a resource a table, its files, fields, key and rows.

    `in_paths` names the columns of a table that stand in the names of its folders, not in its files.
    """
    return {
        "profile": "data-package",
        "name": "paperhouse",
        "title": "Paperhouse: papers and authors of arXiv digests",
        "description": "One load's state of every base table. DICTIONARY.md explains tables and columns.",
        "content_hash": content_hash,
        "resources": [
            _resource(table, schema, paths[table], rows[table], in_paths.get(table, frozenset()))
            for table, schema in WAREHOUSE_TABLES.items()
            if paths[table]
        ],
    }


def _resource(
    table: str, schema: type[dy.Schema], paths: Sequence[str], n_rows: int, in_paths: frozenset[str]
) -> dict[str, Any]:
    described = table_description(schema)
    if in_paths:
        described += f" In the names of the folders: {', '.join(sorted(in_paths))}."
    return {
        "profile": "data-resource",
        "name": table,
        "description": described,
        "path": paths[0] if len(paths) == 1 else list(paths),
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
        "rows": n_rows,
        "schema": {
            "fields": [
                _field(name, column) for name, column in schema.columns().items() if name not in in_paths
            ],
            "primaryKey": list(table_key(schema)),
        },
    }


def _field(name: str, column: dy.Column) -> dict[str, Any]:
    constraints: dict[str, Any] = {} if column.nullable else {"required": True}
    if isinstance(column, dy.Enum):
        constraints["enum"] = list(column.categories)
    return {
        "name": name,
        "type": _TYPES.get(duckdb_type(column), "array"),
        "description": column_description(column),
        **({"constraints": constraints} if constraints else {}),
    }
