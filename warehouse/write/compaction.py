"""A warehouse file written anew: loads on top of each other leave blocks behind that are only partly used."""

from pathlib import Path
from typing import Final

import duckdb

from paperhouse.transforms.search.layout import STORED_ORDER
from paperhouse.transforms.tables import WAREHOUSE_TABLES
from paperhouse.warehouse.schema.ddl import quoted_name, quoted_text

BYTES_PER_LOAD: Final = 640 * 1024
"""What a load leaves unused, about: daily loads of 0.6 MB left some 700 kB each, most of it by lists of like papers."""
SHARE: Final = 0.08
"""Of the file: with more than that unused it is written anew, so that the cost is spread over what caused it."""
LEAST_LOADS: Final = 10


def is_due(n_bytes: int, n_loads: int) -> bool:
    """Whether a file of that size is worth writing anew after so many loads on top of the last whole one."""
    return n_loads >= LEAST_LOADS and n_loads * BYTES_PER_LOAD > SHARE * n_bytes


def copy_rows(connection: duckdb.DuckDBPyConnection, source: Path) -> None:
    """Fill the empty warehouse that is open with all rows of the one at `source`, in their order; postings by term."""
    connection.execute(f"attach {quoted_text(str(source))} as source (read_only)")
    connection.execute("begin transaction")
    for table in WAREHOUSE_TABLES:
        order = f" order by {STORED_ORDER}" if table == "search_postings" else ""
        name = quoted_name(table)
        connection.execute(f"insert into {name} from source.main.{name}{order}")
    connection.execute("commit; checkpoint; detach source")
