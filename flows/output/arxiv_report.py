"""A run that queried arXiv, as lines for the terminal and the Prefect log."""

from collections import Counter
from typing import Final

from paperhouse.flows.arxiv.summary import ArxivSummary
from paperhouse.flows.output.load_report import load_lines

_MINUTE: Final = 60
_HOUR: Final = 3600


def arxiv_summary_lines(summary: ArxivSummary) -> list[str]:
    """What a run did, line by line."""
    kept = f", and {summary.n_kept:,} kept from earlier" if summary.n_kept else ""
    lines = [f"replies    {summary.n_requests:,} asked for{kept}"]
    if summary.outcomes:
        lines.append(f"asked      {_counts(summary.outcomes)}")
    if summary.doors and (len(summary.doors) > 1 or "query_api" not in summary.doors):
        lines.append(
            f"answered   {', '.join(f'{number:,} by {door}' for door, number in summary.doors.items())}"
        )
    if summary.announced:
        lines.append(f"announced  {_counts(summary.announced)}; only new are new papers")
    if summary.n_records or summary.n_deleted:
        repeated = f", {summary.n_repeated:,} stated by two pages" if summary.n_repeated else ""
        lines.append(f"records    {summary.n_records:,}, {summary.n_deleted:,} deleted{repeated}")
    if summary.point is not None:
        lines.append(f"harvested  {summary.point}")
    if summary.n_left:
        lines.append(f"left       {summary.n_left:,} papers still to ask for")
    return [*lines, *load_lines(summary.load)]


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{number:,} {name}" for name, number in sorted(counter.items()))


def duration(seconds: float) -> str:
    """Write a time as people say it: `9 s`, `2 min 30 s`, `1 h 5 min`."""
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE} s"
    return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE} min"
