"""Dates: as digests write them, and the days on which arXiv announces."""
