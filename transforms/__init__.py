"""What digests mean: pure functions from text to entries and from entries to tables."""
