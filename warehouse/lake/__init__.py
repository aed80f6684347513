"""The same warehouse on DuckLake: loads, repair, inspection, copies and upkeep."""
