"""One published state of the warehouse as pages read it: facts of the whole are read once."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import Any

from paperhouse.warehouse.read.coverage import compute_models, first_day_shown, has_coverage
from paperhouse.warehouse.read.overview import SourceHealth, read_source_health
from paperhouse.warehouse.read.pages import days, health, lists, papers, people, trends
from paperhouse.warehouse.read.pages.cards import Card, Title, read_cards, read_titles

Row = dict[str, Any]


class Generation:
    """A connection to one state of the warehouse, and what is known of the whole once it was read."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.known_cards: dict[str, Card] = {}
        """Papers that were read for other pages; who makes all pages puts them here."""
        self._listed: tuple[date, list[days.ListedPaper]] | None = None

    @classmethod
    def facts(cls) -> tuple[str, ...]:
        """Names of the facts of the whole, each of which is read once."""
        return tuple(name for name, value in vars(cls).items() if isinstance(value, cached_property))

    @cached_property
    def totals(self) -> list[days.DayTotal]:
        """Days with dated digests, the oldest first."""
        return days.read_day_totals(self.connection)

    @cached_property
    def lists(self) -> list[Row]:
        """Lists, the largest first."""
        return lists.read_lists(self.connection)

    @cached_property
    def list_days(self) -> list[Row]:
        """Papers by list and day."""
        return lists.read_list_days(self.connection)

    @cached_property
    def topics(self) -> list[Row]:
        """Headings inside digests, those of most papers first."""
        return lists.read_topics(self.connection)

    @cached_property
    def categories(self) -> list[Row]:
        """Categories, the largest first."""
        return lists.read_paper_categories(self.connection)

    @cached_property
    def category_months(self) -> list[Row]:
        """Papers by month and category."""
        return lists.read_category_months(self.connection)

    @cached_property
    def rising_words(self) -> list[Row]:
        """Words of titles whose share grew most."""
        return trends.read_rising_words(self.connection)

    @cached_property
    def sources(self) -> list[SourceHealth]:
        """Whether each source and list arrives, by name."""
        return list(read_source_health(self.connection))

    @cached_property
    def reject_reasons(self) -> list[Row]:
        """Rejects by reason."""
        return health.read_rejects_by_reason(self.connection)

    @cached_property
    def coverage(self) -> Mapping[date, Sequence[days.CoverageOfDay]]:
        """Rows of `coverage` of the last twelve weeks by day; empty where the warehouse knows none or has no day."""
        if not self.totals or not has_coverage(self.connection):
            return {}
        with self.connection.cursor() as own:  # the computed models stand in for tables of the same names
            compute_models(own, first_day_shown(own))
            return days.read_coverage_of_days(own)

    def listed(self, day: date) -> list[days.ListedPaper]:
        """Papers of a day, new ones first."""
        if self._listed is None or self._listed[0] != day:
            self._listed = day, days.read_listed_papers(self.connection, day, day).get(day, [])
        return self._listed[1]

    def cards(self, arxiv_ids: Sequence[str]) -> dict[str, Card]:
        """Papers as lists of them show."""
        unknown = [arxiv_id for arxiv_id in arxiv_ids if arxiv_id not in self.known_cards]
        found = {**self.known_cards, **read_cards(self.connection, unknown)} if unknown else self.known_cards
        return {arxiv_id: found[arxiv_id] for arxiv_id in arxiv_ids if arxiv_id in found}

    def titles(self, arxiv_ids: Sequence[str]) -> dict[str, Title]:
        """Papers by their titles alone."""
        return read_titles(self.connection, arxiv_ids)

    def paper(self, arxiv_id: str) -> papers.PaperPage | None:
        """A paper with all that its page shows."""
        return papers.read_paper_pages(self.connection, [arxiv_id]).get(arxiv_id)

    def person(self, person_id: int) -> people.PersonPage | None:
        """A person with all that the page shows."""
        return people.read_person_pages(self.connection, [person_id]).get(person_id)

    def name(self, author_id: int) -> Row | None:
        """A name with its persons."""
        return people.read_name(self.connection, author_id)
