"""Lookups, harvests and announcements: what arXiv is queried for, and its replies loaded."""
