"""Make the empty warehouse that comes with Paperhouse anew, after a change of tables, models or the engine.

    python tests/warehouse/schema/renew_empty_warehouse.py

A warehouse that is made by other statements than this version's is not used, so that a stale one costs time and no more;
a test says when it is stale.
"""

from pathlib import Path

from paperhouse.warehouse.schema.empty_warehouse import SHIPPED_FILE, make_empty_warehouse, packed, unpacked


def main() -> None:
    """Write the file where this version's statements would make another one."""
    path = Path(__file__).parents[3] / "warehouse" / "schema" / SHIPPED_FILE
    if path.exists() and unpacked(path.read_bytes()) is not None:
        print(f"{path.name} is of this version")
        return
    path.write_bytes(packed(make_empty_warehouse()))
    print(f"{path.name} made anew: {path.stat().st_size:,} bytes; install again (pip install -e .)")


if __name__ == "__main__":
    main()
