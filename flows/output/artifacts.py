"""What a load leaves in the Prefect UI: its summary, its rejects, the health of sources, a chart, and an index.

Every artifact has a fixed key, so that its page shows the newest one with its history behind it.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final, cast
from uuid import UUID

import httpx
from prefect.artifacts import (
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)

from paperhouse.flows.load.summary import Summary
from paperhouse.flows.output.chart import data_uri, papers_per_day_svg
from paperhouse.flows.output.coverage_report import day_counts, gap_rows, sum_up
from paperhouse.flows.output.health import Health
from paperhouse.flows.output.index_page import MorningNews, chart_description, index_markdown
from paperhouse.flows.output.load_report import (
    complaints,
    health_counts,
    load_headline,
    load_markdown,
    reason_text,
)
from paperhouse.flows.output.markup import escape_markdown
from paperhouse.flows.output.page_images import page_images
from paperhouse.flows.output.present_health import present_health
from paperhouse.flows.reading_settings import reading_settings_of
from paperhouse.flows.settings import load_settings
from paperhouse.warehouse.read.coverage import Coverage
from paperhouse.warehouse.read.load_report import (
    LoadArrivals,
    load_arrivals,
    load_rejects,
    new_papers,
    papers_per_day,
)
from paperhouse.warehouse.read.overview import SourceHealth
from paperhouse.warehouse.storage.connections import Live, is_published

INDEX_KEY: Final = "paperhouse"
"""Always shows the newest state."""
SUMMARY_KEY: Final = "load-summary"
REJECTS_KEY: Final = "load-rejects"
HEALTH_KEY: Final = "source-health"
CHART_KEY: Final = "papers-per-day"
COVERAGE_KEY: Final = "coverage"
COVERAGE_CHART_KEY: Final = "coverage-per-day"
PROGRESS_KEY: Final = "load-progress"
N_REJECTS_SHOWN: Final = 100
"""Rows of the rejects artifact; the rest is counted."""
N_PAPERS_SHOWN: Final = 20
"""New papers that the summary links to; the rest is counted."""


def create_load_artifacts(summary: Summary, run_id: str | None = None) -> None:
    """Keep what a load did and what stands now as artifacts of the run."""
    settings = load_settings(*summary.place)
    live = settings.live
    health = present_health(reading_settings_of(settings), datetime.now(UTC)) if is_published(live) else None
    sources = health.overview.sources if health else ()
    papers = [] if summary.load_id is None else new_papers(live, summary.load_id, N_PAPERS_SHOWN)
    markdown = load_markdown(summary, sources, papers)
    _create_rejects(live, summary)
    create_markdown_artifact(key=SUMMARY_KEY, markdown=markdown, description=load_headline(summary))
    if health is None:
        return
    per_day = papers_per_day(live)
    chart = data_uri(
        papers_per_day_svg(per_day.counts, first=per_day.window.first if per_day.window else None)
    )
    shown = page_images(live) or [(chart_description(per_day), chart)]
    if summary.is_changed:
        # As Markdown: below an image artifact the UI prints all of the image's address.
        create_markdown_artifact(
            key=CHART_KEY,
            markdown=f"![Papers per day by list]({chart})",
            description=chart_description(per_day),
        )
        create_table_artifact(key=HEALTH_KEY, table=_health_rows(sources), description=health_counts(sources))
        _create_coverage(health.overview.coverage)
    news = MorningNews(
        health=health,
        headline=load_headline(summary),
        arrivals=_newest_arrivals(live, health),
        charts=shown,
        run_id=run_id,
        site=settings.site_url,
    )
    create_markdown_artifact(
        key=INDEX_KEY,
        markdown=index_markdown(news),
        description=f"{escape_markdown(summary.lake or summary.home)}: {load_headline(summary)}",
    )


def _newest_arrivals(live: Live, health: Health) -> LoadArrivals:
    last = health.overview.last_load
    return load_arrivals(live, last["load_id"]) if last else LoadArrivals()


def _create_coverage(coverage: Coverage) -> None:
    """Keep what digests missed of arXiv as a table of gaps and a chart of listed and missing papers."""
    if not coverage.days:
        return
    create_table_artifact(key=COVERAGE_KEY, table=gap_rows(coverage), description=sum_up(coverage))
    chart = data_uri(papers_per_day_svg(day_counts(coverage), "Papers listed and missing per day"))
    create_markdown_artifact(
        key=COVERAGE_CHART_KEY,
        markdown=f"![Papers listed and missing per day]({chart})",
        description=sum_up(coverage),
    )


def _create_rejects(live: Live, summary: Summary) -> None:
    if summary.n_rejects and summary.load_id is not None:
        shown = min(summary.n_rejects, N_REJECTS_SHOWN)
        create_table_artifact(
            key=REJECTS_KEY,
            table=reject_rows(live, summary.load_id),
            description=f"{shown} of {summary.n_rejects} rejects of load {summary.load_id}",
        )


def reject_rows(live: Live, load_id: str, limit: int = N_REJECTS_SHOWN) -> list[dict[str, str]]:
    """Rejects of one load as rows of an artifact, the first `limit`; Prefect renders each text as Markdown."""
    return [
        {
            "path": escape_markdown(row["path"]),
            "lines": f"{row['line_start']} to {row['line_end']}",
            "reason": escape_markdown(reason_text(row["reason"])),
            "text": escape_markdown(row["text"]),
        }
        for row in load_rejects(live, load_id, limit)
    ]


def _health_rows(sources: Sequence[SourceHealth]) -> list[dict[str, str]]:
    """Sources and lists, those that need attention first."""
    return [
        {
            "source": escape_markdown(row.source),
            "list": escape_markdown(row.list_name),
            "digests": f"{row.n_digests:,}",
            "newest": str(row.last_digest_date or ""),
            "entries": "" if row.newest_n_entries is None else f"{row.newest_n_entries:,}",
            "state": "; ".join(complaints(row)) if row.needs_attention else "healthy",
        }
        for row in sorted(sources, key=lambda row: not row.needs_attention)
    ]


class ProgressBar:
    """A progress artifact over `n_steps` batches; none where there is only one, and none where no server answers."""

    def __init__(self, n_steps: int) -> None:
        self._n_steps = n_steps
        self._n_done = 0
        self._artifact_id: UUID | None = None
        if n_steps > 1:
            with suppress(httpx.HTTPError):
                made = create_progress_artifact(0.0, key=PROGRESS_KEY, description=self._said())
                self._artifact_id = cast("UUID", made)  # a coroutine only where an event loop runs

    def _said(self) -> str:
        return f"{self._n_done} of {self._n_steps} batches of digests read"

    def advance(self) -> None:
        """Note that one more batch is read. Once the server is lost it gets no more requests: the load goes on."""
        self._n_done += 1
        if self._artifact_id is None:
            return
        try:
            update_progress_artifact(self._artifact_id, 100 * self._n_done / self._n_steps, self._said())
        except httpx.HTTPError:
            self._artifact_id = None
