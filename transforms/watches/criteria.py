"""What a watch looks for."""

from dataclasses import astuple, dataclass

from paperhouse.transforms.keys import stable_hex


@dataclass(frozen=True, slots=True)
class WatchCriteria:
    """Conditions that a paper must meet: one of each kind that is stated, and all kinds that are stated.

    `words` are in the syntax of the search, `like` are papers that one must be like or that must be like it, `sql` is a
    condition on a row of `papers`.
    """

    words: str | None = None
    authors: tuple[str, ...] = ()
    persons: tuple[int, ...] = ()
    categories: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    sql: str | None = None
    like: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str:
        """Changes when the criteria do. A kind that is younger than ledgers counts where it is stated."""
        stated = astuple(self)
        return stable_hex(repr(stated if self.like else stated[:-1]))
