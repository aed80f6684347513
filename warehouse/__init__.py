"""Where the facts are kept: Parquet load packages and the DuckDB file."""
