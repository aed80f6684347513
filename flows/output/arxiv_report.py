"""A run that queried arXiv, as lines for the terminal and the Prefect log."""

from collections import Counter
from typing import Final

from paperhouse.flows.arxiv.summary import ArxivSummary
from paperhouse.flows.output.load_report import load_lines

_MINUTE: Final = 60
_HOUR: Final = 3600


def arxiv_summary_lines(asked: ArxivSummary) -> list[str]:
    """What a run did, line by line."""
    kept = f", and {asked.n_kept:,} kept from earlier" if asked.n_kept else ""
    lines = [f"replies    {asked.n_requests:,} asked for{kept}"]
    if asked.outcomes:
        lines.append(f"asked      {_counts(asked.outcomes)}")
    if asked.doors and (len(asked.doors) > 1 or "query_api" not in asked.doors):
        lines.append(
            f"answered   {', '.join(f'{number:,} by {door}' for door, number in asked.doors.items())}"
        )
    if asked.announced:
        lines.append(f"announced  {_counts(asked.announced)}; only new are new papers")
    if asked.n_records or asked.n_deleted:
        repeated = f", {asked.n_repeated:,} stated by two pages" if asked.n_repeated else ""
        lines.append(f"records    {asked.n_records:,}, {asked.n_deleted:,} deleted{repeated}")
    if asked.point is not None:
        lines.append(f"harvested  {asked.point}")
    if asked.n_left:
        lines.append(f"left       {asked.n_left:,} papers still to ask for")
    return [*lines, *load_lines(asked.load)]


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
