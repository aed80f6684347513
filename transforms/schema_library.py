"""The columns under the short name that the schema uses."""

from paperhouse.transforms import columns as dy

__all__ = ["dy"]
