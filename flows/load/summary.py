"""What a load did, in counts and in words about what was left out."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from paperhouse.flows.reading_settings import StatedPlace
from paperhouse.flows.sources.files import Problem


@dataclass(slots=True)
class Summary:
    """What a load did. Counts of digests to lines are of new digests only; `problems` names what was left out."""

    home: str
    lake: str | None = None
    """Address of the lake that was loaded, if it was one."""
    load_id: str | None = None
    n_files: int = 0
    n_archives: int = 0
    n_bytes: int = 0
    n_known: int = 0
    n_no_digest: int = 0
    n_digests: int = 0
    n_entries: int = 0
    n_rejects: int = 0
    n_lines: int = 0
    n_lines_accounted: int = 0
    n_repairs: int = 0
    n_digests_forgotten: int = 0
    n_papers_new: int = 0
    n_papers_changed: int = 0
    n_papers_removed: int = 0
    n_authors_new: int = 0
    n_forgotten_files: int = 0
    seconds: float = 0.0
    problems: list[Problem] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    no_digests: list[str] = field(default_factory=list)
    formats: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Digests and entries of each format."""
    found: list[str] = field(default_factory=list)
    """Addresses of files of no known layout in which records were found, of each such format the first."""
    unread: list[str] = field(default_factory=list)
    """Addresses of the files that name papers, but in no layout that is known: `inspect` takes them."""

    @property
    def place(self) -> StatedPlace:
        """Where the warehouse is that was loaded."""
        return StatedPlace(Path(self.home), self.lake)

    @property
    def is_changed(self) -> bool:
        """Whether the warehouse is another one than before."""
        return self.load_id is not None

    def to_json(self) -> dict[str, Any]:
        """The summary for programs."""
        return {**asdict(self), "problems": [str(problem) for problem in self.problems]}
