"""The charts of the pages as images that any screen shows, read from a home."""

import resource
from typing import Final

from paperhouse.flows.output.chart import data_uri
from paperhouse.flows.output.page_charts import (
    N_RECENT,
    categories_chart,
    lists_chart,
    new_papers_chart,
    words_chart,
)
from paperhouse.flows.output.vega_chart import has_charts, image_of
from paperhouse.warehouse.read.pages.days import read_day_totals
from paperhouse.warehouse.read.pages.lists import read_category_months, read_list_days
from paperhouse.warehouse.read.pages.trends import read_rising_words
from paperhouse.warehouse.storage.connections import Live, open_read_only

_WIDE: Final = 900, 160


def page_images(live: Live) -> list[tuple[str, str]]:
    """What each chart shows, and its address that needs no network; none without the extra `charts`.

    Nor where the address space is limited: the engine that draws reserves much of it, and ends the process without it.
    """
    if not has_charts() or resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY:
        return []
    with open_read_only(live) as connection:
        charts = (
            ("New papers a day", new_papers_chart(read_day_totals(connection)[-N_RECENT:], *_WIDE)),
            ("Papers a day by list", lists_chart(read_list_days(connection))),
            ("Words of titles that rise, by month", words_chart(read_rising_words(connection))),
            ("Papers by month and category", categories_chart(read_category_months(connection))),
        )
    return [(label, data_uri(image_of(chart))) for label, chart in charts if chart]
