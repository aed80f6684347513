"""Parsing on many machines: chunks go to the workers of a Dask cluster, and parts of the package come back."""
