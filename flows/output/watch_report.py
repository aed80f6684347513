"""What a watch found, as lines for a terminal."""

from paperhouse.flows.output.terminal_text import escape_controls
from paperhouse.transforms.citations.cited_paper import line_of
from paperhouse.transforms.watches.watch_message import WatchMessage, heading_of


def watch_lines(message: WatchMessage, n_days: int) -> list[str]:
    """A headline, and a line a paper under its day."""
    n_papers = len(message.papers)
    until = f" up to {message.until.isoformat()}" if message.until else ""
    head = f"{message.watch}: {n_papers:,} paper{'s' * (n_papers != 1)} in {n_days} days{until}"
    lines = [head, *([f"  {message.reason}"] if message.reason else [])]
    for day, papers in message.days:
        lines.append(f"  {heading_of(day, papers)}")
        lines += [
            escape_controls(f"    {one.paper.arxiv_id}  {line_of(one.paper.title) or '(no title is known)'}")
            for one in papers
        ]
    return lines
