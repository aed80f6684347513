"""Atom feeds of the pages: papers as they are listed for the first time, of all lists or of one."""

from typing import Final

from paperhouse.flows.pages.generation import Generation
from paperhouse.flows.pages.links import slug
from paperhouse.transforms.watches.atom_feed import papers_atom
from paperhouse.transforms.watches.watch_message import WatchMessage
from paperhouse.warehouse.read.pages.cards import read_titles
from paperhouse.warehouse.read.pages.days import read_newest_papers
from paperhouse.warehouse.read.pages.lists import read_list_papers
from paperhouse.warehouse.read.watch_matches import found_papers

ALL_LISTS: Final = "feed.atom"
"""The feed of all lists, which every page names in its head."""
N_ENTRIES: Final = 200
"""Papers of all lists that a feed holds: a reader that asks each day misses none of a usual day."""
N_ENTRIES_OF_LIST: Final = 100
_SUFFIX: Final = ".atom"


def feed_names(generation: Generation) -> list[str]:
    """Names of all feeds, as files below the root of the pages."""
    return [ALL_LISTS, *(f"list/{slug(row['list'])}{_SUFFIX}" for row in generation.lists)]


def feed_text(generation: Generation, name: str) -> str | None:
    """A feed; None if there is none of this name."""
    if name == ALL_LISTS:
        return _feed(generation, "New papers", name, read_newest_papers(generation.connection, N_ENTRIES))
    named = name.removeprefix("list/").removesuffix(_SUFFIX)
    if f"list/{named}{_SUFFIX}" != name:
        return None
    label = next((row["list"] for row in generation.lists if slug(row["list"]) == named), None)
    if label is None:
        return None
    newest = read_list_papers(generation.connection, label, N_ENTRIES_OF_LIST)
    return _feed(generation, f"New papers in {label}", name, newest)


def _feed(generation: Generation, title: str, name: str, arxiv_ids: list[str]) -> str:
    connection = generation.connection
    first_listed = {
        arxiv_id: paper.first_listed_date for arxiv_id, paper in read_titles(connection, arxiv_ids).items()
    }
    message = WatchMessage(title, found_papers(connection, first_listed))
    return papers_atom(message, f"urn:paperhouse:pages:{name}")
