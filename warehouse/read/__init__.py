"""Queries of the published warehouse."""
