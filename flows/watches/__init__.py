"""Watches: find what is new for them after a load, and hand it to files, mail and chat."""
