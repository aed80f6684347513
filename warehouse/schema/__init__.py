"""The schema in DuckDB: DDL, models and checks, the data dictionary."""
