"""Where the files lie that ship with Paperhouse."""

from pathlib import Path

from paperhouse import seeds

SEEDS = Path(seeds.__file__).resolve().parent  # an editable install may be a folder of links to the files


def seed_digests() -> Path:
    """Folder of the three real digests that are read when neither paths nor settings name any."""
    return SEEDS / "digests"
