"""What papers are about, and which are about the same."""
