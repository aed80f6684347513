"""Where the files lie that ship with Paperhouse."""

from pathlib import Path

from paperhouse import seeds

SEEDS = Path(seeds.__file__).parent


def seed_digests() -> Path:
    """Folder of the three real digests that are read when neither paths nor settings name any."""
    return SEEDS / "digests"
