"""What a watch found in the last days, as files: a feed, a page, Markdown and JSON; they need no ledger."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from paperhouse.flows.settings import Settings, Watch
from paperhouse.flows.watches.timed_reader import open_for_watches
from paperhouse.transforms.watches.atom_feed import message_atom
from paperhouse.transforms.watches.empty_reason import empty_reason
from paperhouse.transforms.watches.message_text import message_html, message_json, message_markdown
from paperhouse.transforms.watches.watch_message import WatchMessage
from paperhouse.warehouse.read.watch_matches import (
    found_papers,
    listed_days,
    matching_papers,
    newest_digest_date,
)
from paperhouse.warehouse.storage.atomic_files import fsync_path, replace_durably

N_DAYS: Final = 30
PAGE_WRITERS: Final[dict[str, Callable[[WatchMessage], str]]] = {
    "markdown": message_markdown,
    "html": message_html,
    "json": message_json,
    "atom": message_atom,
}
_EXTENSIONS: Final = {"markdown": "md", "html": "html", "json": "json", "atom": "atom"}


def recent_message(settings: Settings, watch: Watch, n_days: int, now: datetime) -> WatchMessage:
    """What the watch would have found in the last days up to the newest digest, whoever has got it.

    Raises:
        QueryError: the criteria are not understood.
        WarehouseError: there is no warehouse.
    """
    with open_for_watches(settings) as connection:
        matches = matching_papers(connection, watch.criteria)
        newest = newest_digest_date(connection, watch.lists)
        since = None if newest is None else newest - timedelta(days=n_days)
        recent = {
            arxiv_id: day for arxiv_id, day in matches.items() if since and day is not None and day > since
        }
        papers = found_papers(connection, recent)
        listed = listed_days(connection, watch.lists, since)
    reason = "" if papers else empty_reason(now.date(), since, listed.days, listed.n_papers)
    return WatchMessage(watch.name, papers, newest, reason)


def write_pages(settings: Settings, watch: Watch, now: datetime) -> list[Path]:
    """Write the watch's files where their content changed; return those."""
    folder = settings.watch_folder or settings.home / "watches"
    folder.mkdir(parents=True, exist_ok=True)
    message = recent_message(settings, watch, N_DAYS, now)
    written = []
    for name, write in PAGE_WRITERS.items():
        path = folder / f"{watch.name}.{_EXTENSIONS[name]}"
        content = write(message).encode("utf-8", "replace")
        if path.exists() and path.read_bytes() == content:
            continue
        draft = path.with_name(f".{path.name}.tmp")
        draft.write_bytes(content)
        fsync_path(draft)
        replace_durably(draft, path)
        written.append(path)
    return written
