"""Digests to the statements of a load package."""
