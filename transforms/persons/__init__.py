"""Mentions of one name to persons: pure, a block of one name key at a time."""
