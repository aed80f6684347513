"""`paperhouse site`: the pages as files, which work from any place they are copied to, without a server.

Which papers and persons get a page follows from the days that are wanted; what has none is linked to arXiv, or to a
search for the name.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final, TypeVar

from paperhouse.flows.pages import day_pages
from paperhouse.flows.pages.citation_files import citation_files, citation_names
from paperhouse.flows.pages.feeds import feed_names, feed_text
from paperhouse.flows.pages.folder import SiteFolder, Written
from paperhouse.flows.pages.generation import Generation
from paperhouse.flows.pages.links import Links, slug
from paperhouse.flows.pages.record_pages import N_CARDS, N_TITLES, person_page, record_page
from paperhouse.flows.pages.render import Site, paper_page
from paperhouse.flows.pages.routes import WHOLE_PAGES, page_html
from paperhouse.flows.pages.word_index import index_files, index_names
from paperhouse.warehouse.read.pages.papers import read_paper_pages, read_papers_since
from paperhouse.warehouse.read.pages.people import read_frequent_persons, read_person_pages

N_LEAST_PAPERS: Final = 8
"""Papers of a person who gets a page; the others' names lead to a search, which finds the same."""
_N_AT_ONCE: Final = 500
_SUFFIX: Final = ".html"
_STATIC: Final = Path(__file__).parent / "static"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Selection:
    """What a site shows: days with the pages of their lists, papers, and persons."""

    day_pages: tuple[str, ...]
    arxiv_ids: tuple[str, ...]
    person_ids: tuple[int, ...]

    def pages(self, generation: Generation) -> list[str]:
        """Every page of the site."""
        return [
            *WHOLE_PAGES,
            "search",
            *(f"list/{slug(row['list'])}" for row in generation.lists),
            *(f"topic/{slug(row['topic'])}" for row in generation.topics),
            *(f"category/{slug(row['category'])}" for row in generation.categories),
            *self.day_pages,
            *map(paper_page, self.arxiv_ids),
            *(f"person/{person_id}" for person_id in self.person_ids),
        ]


def select_days(generation: Generation, n_days: int | None) -> Selection:
    """What the last so many days show, counted back from the newest digest; everything where no number is given."""
    newest = generation.totals[-1].day if generation.totals else None
    since = None if n_days is None or newest is None else newest - timedelta(days=n_days - 1)
    arxiv_ids = read_papers_since(generation.connection, since)
    return Selection(
        tuple(_pages_of_days(generation, since or date.min)),
        tuple(arxiv_ids),
        tuple(read_frequent_persons(generation.connection, arxiv_ids, N_LEAST_PAPERS)),
    )


def write_site(generation: Generation, folder: Path, n_days: int | None) -> Written:
    """Make the site of these days in a folder, or bring the one that lies there up to date.

    Raises:
        InputError: a file of the folder that no earlier run wrote stands where a page would go.
        OSError: the folder cannot be written.
    """
    selection = select_days(generation, n_days)
    pages = selection.pages(generation)
    site = Site(Links(_SUFFIX), frozenset(pages).__contains__, is_brief=True)
    assets = {
        f"static/{path.relative_to(_STATIC)}": path for path in sorted(_STATIC.rglob("*")) if path.is_file()
    }
    names = [
        *assets,
        *index_names(len(selection.arxiv_ids)),
        *feed_names(generation),
        *(name for arxiv_id in selection.arxiv_ids for _, name in citation_names(arxiv_id)),
        *(site.links.file_of(page) for page in pages),
    ]
    with SiteFolder(folder).update(names) as files:
        for name, path in assets.items():
            files.put(name, path.read_bytes())
        for page, html in _every_page(site, generation, selection, pages):
            files.put(site.links.file_of(page), html.encode())
        for name, text in _other_files(generation, selection):
            files.put(name, text.encode("utf-8", "replace"))
    return files.written


def _other_files(generation: Generation, selection: Selection) -> Iterator[tuple[str, str]]:
    """Files that are no pages: of the search, feeds and citations."""
    yield from index_files([generation.known_cards[arxiv_id] for arxiv_id in selection.arxiv_ids])
    for name in feed_names(generation):
        yield name, feed_text(generation, name) or ""
    for part in _parts(selection.arxiv_ids):
        yield from citation_files(generation.connection, part)


def _every_page(
    site: Site, generation: Generation, selection: Selection, pages: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """Each page; those of papers first, whose cards the others show too."""
    for part in _parts(selection.arxiv_ids):
        for arxiv_id, paper in read_paper_pages(generation.connection, part).items():
            generation.known_cards[arxiv_id] = paper.card
            yield paper_page(arxiv_id), record_page(site, paper)
    n_singly = len(pages) - len(selection.arxiv_ids) - len(selection.person_ids)
    for page in pages[:n_singly]:
        html = page_html(site, generation, page)
        if html is None:
            msg = f"{page}: the page was planned and cannot be made"
            raise AssertionError(msg)
        yield page, html
    for person_ids in _parts(selection.person_ids):
        persons = read_person_pages(generation.connection, person_ids)
        shown = generation.cards(
            sorted({one for person in persons.values() for one in person.arxiv_ids[:N_CARDS]})
        )
        titles = generation.titles(
            sorted({one for person in persons.values() for one in person.arxiv_ids[N_CARDS:N_TITLES]})
        )
        for person_id, person in persons.items():
            yield f"person/{person_id}", person_page(site, person, shown, titles)


def _pages_of_days(generation: Generation, since: date) -> Iterator[str]:
    for total in generation.totals:
        if total.day < since:
            continue
        yield f"day/{total.day}"
        listed = generation.listed(total.day)
        for name in sorted({name for paper in listed for name in paper.lists}):
            base = f"day/{total.day}/{slug(name)}"
            n_papers = sum(name in paper.lists for paper in listed)
            yield base
            yield from (f"{base}/{number}" for number in range(2, day_pages.n_pages_of(n_papers) + 1))


def _parts(whole: Sequence[T]) -> Iterator[Sequence[T]]:
    return (whole[at : at + _N_AT_ONCE] for at in range(0, len(whole), _N_AT_ONCE))
