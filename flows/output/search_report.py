"""What a search found as text for a terminal, and as rows for programs."""

from collections.abc import Sequence
from typing import Any, Final

from paperhouse.warehouse.read.search import SearchAnswer
from paperhouse.warehouse.read.shown_hits import ShownHit

_N_AUTHORS: Final = 3


def describe_search(answer: SearchAnswer, shown: Sequence[ShownHit]) -> list[tuple[str, str]]:
    """Lines, each with its style: papers with why they were found and where they stand."""
    if not shown:
        return [("no paper has any of these words", "")]
    lines = [(f"{answer.n_found:,} found, {answer.n_with_all:,} of them with every word", "dim")]
    for hit in shown:
        day = hit.first_listed_date.isoformat() if hit.first_listed_date else "undated"
        lines += [
            ("", ""),
            (f"{hit.arxiv_id}  {hit.title.plain() or '(no title known)'}", "bold"),
            (f"    {_names(hit)} · {day} · score {hit.score:.2f}", ""),
        ]
        if hit.snippet.text:
            lines.append((f"    {hit.snippet.plain()}", ""))
        if hit.place:
            lines.append((f"    {hit.place}", "dim"))
    return lines


def search_rows(shown: Sequence[ShownHit]) -> list[dict[str, Any]]:
    """A row per paper, the same whatever form it is written in."""
    return [search_row(hit) for hit in shown]


def search_row(hit: ShownHit) -> dict[str, Any]:
    """A paper that was found as plain values."""
    return {
        "arxiv_id": hit.arxiv_id,
        "score": hit.score,
        "has_all": hit.has_all,
        "title": hit.title.text,
        "authors": list(hit.authors),
        "first_listed_date": hit.first_listed_date,
        "snippet": hit.snippet.plain(),
        "path": hit.sources[0]["path"] if hit.sources else None,
        "line_start": hit.sources[0]["line_start"] if hit.sources else None,
        "line_end": hit.sources[0]["line_end"] if hit.sources else None,
    }


def _names(hit: ShownHit) -> str:
    if not hit.authors:
        return "no author known"
    named = [f"*{name}*" for name in hit.matched_authors]
    named += [name for name in hit.authors if name not in hit.matched_authors]
    more = f" and {len(named) - _N_AUTHORS} more" if len(named) > _N_AUTHORS else ""
    return ", ".join(named[:_N_AUTHORS]) + more
