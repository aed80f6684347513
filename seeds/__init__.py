"""Files that ship with Paperhouse: real digests and reference tables."""
