"""Where everything lies under PAPERHOUSE_HOME."""

from dataclasses import dataclass
from pathlib import Path

MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Home:
    """Paths of one warehouse; `root` need not exist yet.

    `work` holds what an unfinished run made and may be deleted whenever nobody holds the lock.
    """

    root: Path

    @property
    def live(self) -> Path:
        """The published warehouse."""
        return self.root / "paperhouse.duckdb"

    @property
    def loads(self) -> Path:
        """Immutable load packages, one folder each."""
        return self.root / "loads"

    def manifest(self, load_id: str) -> Path:
        """What a package lists of itself; a package without one was never completed."""
        return self.loads / load_id / MANIFEST

    @property
    def curation(self) -> Path:
        """What people know better about who is who; theirs to edit."""
        return self.root / "curation.csv"

    @property
    def http(self) -> Path:
        """Raw replies of arXiv."""
        return self.root / "http"

    @property
    def previous(self) -> Path:
        """The last published files before the live one."""
        return self.root / "previous"

    @property
    def receipts(self) -> Path:
        """What each published file looked like when it was swapped in."""
        return self.root / "receipts"

    @property
    def set_aside(self) -> Path:
        """Packages of loads that `restore` took back."""
        return self.root / "set-aside"

    @property
    def work(self) -> Path:
        """Scrap of the run that holds the lock."""
        return self.root / "work"

    @property
    def lock(self) -> Path:
        """The lock file; its text names the holder."""
        return self.root / "paperhouse.lock"
