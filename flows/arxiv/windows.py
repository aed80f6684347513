"""Many papers of one period by OAI-PMH: a list of all that changed in a window of days may cost fewer requests.

A paper's record was last changed no earlier than in the month of its identifier. So the list of all records changed
from the first day of that month until today holds it, however often it was revised. How long that list is, arXiv does
not say: it is estimated beforehand by the last harvest of everything, and again with every page that came.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from paperhouse.flows.arxiv.client.oai_pmh import EARLIEST_DATE
from paperhouse.transforms.arxiv.identifiers import submitted_month

PAGES_PER_DAY: Final = 2.0
"""Pages of changed records a day where no harvest tells: about 1,500 records, and a page holds a thousand at most."""


@dataclass(frozen=True, slots=True)
class OaiPlan:
    """How to look papers up with the fewest requests: a window from this day on, and the others one by one.

    Without `from_date` there is no window. `n_window_requests` is an estimate.
    """

    from_date: date | None
    in_window: tuple[str, ...]
    singles: tuple[str, ...]
    n_window_requests: int = 0

    @property
    def n_requests(self) -> int:
        """Requests in all."""
        return self.n_window_requests + len(self.singles)


def plan_requests(ids: Sequence[str], today: date, pages_per_day: float = PAGES_PER_DAY) -> OaiPlan:
    """Choose between single records and a window, by counting requests; a tie goes to single records.

    Of all windows that begin with the month of one of these papers, the cheapest with what it leaves over is taken.
    """
    months = {arxiv_id: submitted_month(arxiv_id) for arxiv_id in ids}
    best = OaiPlan(None, (), tuple(ids))
    for month in sorted(set(months.values()), reverse=True):
        from_date = max(month, EARLIEST_DATE)
        n_days = max((today - from_date).days + 1, 1)
        plan = OaiPlan(
            from_date,
            tuple(one for one in ids if months[one] >= month),
            tuple(one for one in ids if months[one] < month),
            max(math.ceil(n_days * pages_per_day), 1),
        )
        if plan.n_requests < best.n_requests:
            best = plan
    return best


def pages_left(from_date: date, reached: date | None, today: date, n_pages: int) -> int:
    """Pages that a list still has, by the days that it has come past; none are foreseen before the first is done."""
    if reached is None or reached <= from_date:
        return 0
    n_days, n_done = (today - from_date).days + 1, (reached - from_date).days
    return max(math.ceil(n_pages * n_days / n_done) - n_pages, 0)
