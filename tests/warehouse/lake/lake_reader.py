"""A reader of a lake, as a program: reads whole states until a file is gone, and says how many it saw and what failed.

`lake_reader.py ADDRESS FILE`. In each transaction it adds up the hash of all facts twice, and compares it with the
hash that the state's newest receipt records.
"""

import json
import sys
from pathlib import Path

from paperhouse.warehouse.storage.lake.address import parse_lake
from paperhouse.warehouse.storage.lake.engine import open_lake
from paperhouse.warehouse.storage.lake.state import recorded_tables
from paperhouse.warehouse.write.content_hash import content_hash, hash_of_tables


def main() -> None:
    address, going_on = parse_lake(sys.argv[1]), Path(sys.argv[2])
    seen, errors = [], []
    while going_on.exists():
        try:
            with open_lake(address) as (connection, _):
                connection.execute("begin transaction")
                hashes = [content_hash(connection), hash_of_tables(recorded_tables(connection) or {})]
                hashes.append(content_hash(connection))
                if len(set(hashes)) != 1:
                    errors.append(f"one transaction saw {hashes}")
                seen.append(hashes[0])
        except Exception as error:  # noqa: BLE001 - whatever it is, the test is to show it
            errors.append(f"{type(error).__name__}: {error}")
    sys.stdout.write(json.dumps({"n": len(seen), "states": sorted(set(seen)), "errors": errors}))


if __name__ == "__main__":
    main()
