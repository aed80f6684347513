"""What the warehouse must hold, told again with dicts, loops and `sorted` from the rules of meaning.

Nothing of the product is used but its keys (`stable_id`, which is a hash) and its normal form of names
(`name_key`); both have tests of their own. No frames, no SQL, no history: a world is the digests that are in it,
and its tables are worked out from all of them, every time.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

from pages import MASKED, SUBMITTED, UNMASKED, Page, Said

from paperhouse.transforms.keys import stable_id
from paperhouse.transforms.papers.author_names import name_key

ORDER = ("full", "truncated", "first_only", "none")
MORE_TELLING = ("José Ray", "Jose Ray", "J. Ray", "Ann Lee", "ANN LEE", "Bob Cid")
"""Spellings of one author, the one with more information first."""
PREFERRED = ("README.md", "index.md", "papers.jsonl")
"""Files of one folder that repeat each other, the one that lists first."""
Rows = list[tuple[Any, ...]]


@dataclass(frozen=True)
class Held:
    """A digest in the warehouse: its content, its smallest place, and the load that brought it."""

    page: Page
    path: str
    source: str | None
    load: int


@dataclass(frozen=True)
class Load:
    """A row of `loads`; `number` tells it from all others."""

    number: int
    trigger: str
    n_digests: int = 0
    n_entries: int = 0
    n_forgotten: int = 0
    n_papers_new: int = 0
    n_papers_removed: int = 0
    n_papers_changed: int = 0
    n_authors_new: int = 0


@dataclass(frozen=True)
class Mention:
    """An entry with its key and the facts of its digest."""

    digest_id: str
    position: int
    said: Said
    day: date | None
    repeats: str | None


@dataclass(frozen=True)
class World:
    """Everything that was published: digests by id, the record of forgotten ones, and the loads in order."""

    held: Mapping[str, Held]
    forgotten: tuple[tuple[str, int, int, str, int], ...] = ()
    loads: tuple[Load, ...] = ()

    @cached_property
    def tables(self) -> dict[str, Rows]:
        return _tables(self)

    @property
    def load_numbers(self) -> set[int]:
        return {load.number for load in self.loads}


EMPTY = World({})


def ingested(world: World, pages: Iterable[Page], source: str | None, number: int) -> World:
    """The world after a load of these files; the very same one if they tell nothing new."""
    held = dict(world.held)
    passed_over = {digest_id for digest_id, *_ in world.forgotten}
    for page in pages:
        there = held.get(page.digest_id)
        if page.digest_id in passed_over:
            continue
        if there is None:
            held[page.digest_id] = Held(page, page.path, source, number)
        elif _place_order(page.path, source) < _place_order(there.path, there.source):
            held[page.digest_id] = replace(there, path=page.path, source=source)
    if held == world.held:
        return world
    return _with_load(world, replace(world, held=held), number, "ingest")


def forgot(world: World, digest_ids: Iterable[str], number: int) -> World:
    """The world after a load that forgets these digests."""
    gone = sorted(digest_ids)
    held = {digest_id: digest for digest_id, digest in world.held.items() if digest_id not in gone}
    records = tuple(
        (
            digest_id,
            number,
            world.held[digest_id].load,
            world.held[digest_id].path,
            len(world.held[digest_id].page.entries),
        )
        for digest_id in gone
    )
    return _with_load(world, World(held, world.forgotten + records, world.loads), number, "forget")


def _with_load(before: World, after: World, number: int, trigger: str) -> World:
    after = replace(after, loads=(*before.loads, Load(number, trigger)))
    new = [held.page for digest_id, held in after.held.items() if digest_id not in before.held]
    records = [{row[0]: _record(row) for row in world.tables["papers"]} for world in (before, after)]
    names = [{row[0] for row in world.tables["authors"]} for world in (before, after)]
    was, now = records
    load = Load(
        number=number,
        trigger=trigger,
        n_digests=len(new),
        n_entries=sum(len(page.entries) for page in new),
        n_forgotten=len(after.forgotten) - len(before.forgotten),
        n_papers_new=len(now.keys() - was.keys()),
        n_papers_removed=len(was.keys() - now.keys()),
        n_papers_changed=sum(was[arxiv_id] != now[arxiv_id] for arxiv_id in was.keys() & now.keys()),
        n_authors_new=len(names[1] - names[0]),
    )
    return replace(after, loads=(*before.loads, load))


def _record(paper: tuple[Any, ...]) -> tuple[Any, ...]:
    """A paper's row without what being listed again changes: dates and counts."""
    return (*paper[:14], paper[-1])


def _place_order(path: str, source: str | None) -> tuple[str, bool, str]:
    return path, source is None, source or ""


# ---- rows


def _tables(world: World) -> dict[str, Rows]:
    mentions = _mentions(world)
    by_paper: dict[str, list[Mention]] = {}
    for mention in mentions:
        by_paper.setdefault(mention.said.arxiv_id, []).append(mention)
    tables: dict[str, Rows] = {
        name: [] for name in ("papers", "paper_authors", "paper_categories", "paper_links", "variants")
    }
    for arxiv_id, of_paper in by_paper.items():
        _add_paper(tables, arxiv_id, of_paper)
    tables["authors"] = _authors(tables)
    number_of = {load.number: index for index, load in enumerate(world.loads, start=1)}
    entries = [
        (m.digest_id, m.position, m.said.arxiv_id, variant_id(m.said), particulars_id(m.said), m.repeats)
        for m in mentions
    ]
    tables["listings"] = [row[:-1] for row in entries if row[-1] is None]
    tables["repeats"] = [row for row in entries if row[-1] is not None]
    tables["digests"] = [
        (digest_id, held.path, held.source, held.page.format, held.page.list_name, held.page.day,
         len(held.page.entries), 0, number_of[held.load])
        for digest_id, held in world.held.items()
    ]  # fmt: skip
    tables["forgotten_digests"] = [
        (digest_id, number_of[by], number_of[brought], path, n_entries)
        for digest_id, by, brought, path, n_entries in world.forgotten
    ]
    tables["loads"] = [(number_of[load.number], *list(vars(load).values())[1:]) for load in world.loads]
    return {name: sorted(rows, key=repr) for name, rows in tables.items()}


def _mentions(world: World) -> list[Mention]:
    return [
        Mention(digest_id, position, said, held.page.day, _repeated(world, held, said))
        for digest_id, held in sorted(world.held.items())
        for position, said in enumerate(held.page.entries, start=1)
    ]


def _repeated(world: World, held: Held, said: Said) -> str | None:
    """The preferred sibling that lists the paper too: same folder, source, list and date, or no date here."""
    listing = []
    for digest_id, other in world.held.items():
        is_sibling = (
            _family(held.page) == _family(other.page) is not None
            and _folder(held.path) == _folder(other.path)
            and (held.source, held.page.list_name) == (other.source, other.page.list_name)
            and held.page.day in {None, other.page.day}
        )
        if is_sibling and any(one.arxiv_id == said.arxiv_id for one in other.page.entries):
            listing.append((_preference(other.path), _latest_first(other.page.day), digest_id))
    best = min(listing, default=None)
    return best[-1] if best and best[0] < _preference(held.path) else None


def _family(page: Page) -> str | None:
    return "reporter" if page.format in {"reporter", "reporter_jsonl"} else None


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _preference(path: str) -> int:
    return PREFERRED.index(path.rpartition("/")[2])


def _latest_first(day: date | None) -> int:
    return -day.toordinal() if day else 0


def variant_id(said: Said) -> int:
    return stable_id(
        said.arxiv_id,
        said.version,
        said.title,
        said.authors_completeness,
        "\x1f".join(said.authors),
        said.abstract_completeness,
        said.abstract,
    )


def particulars_id(said: Said) -> int | None:
    if not said.categories and said.comment is None:
        return None
    primary = said.categories[0] if said.categories else None
    listed = "\x1f".join(said.categories) if said.categories else None
    return stable_id(said.arxiv_id, primary, listed, said.comment, None, None, None, None)


def _wording(said: Said) -> Said:
    return replace(said, categories=(), comment=None)


def _dates(mentions: Iterable[Mention]) -> tuple[date | None, date | None]:
    days = sorted(mention.day for mention in mentions if mention.day)
    return (days[0], days[-1]) if days else (None, None)


def _ranked(mentions: list[Mention]) -> list[Said]:
    """Wordings of one paper, best first: rule 1."""

    def order(said: Said) -> tuple[Any, ...]:
        latest = _dates(m for m in mentions if _wording(m.said) == said)[1]
        return (
            ORDER.index(said.authors_completeness),
            ORDER.index(said.abstract_completeness),
            -(said.version or 0),
            _latest_first(latest),
            variant_id(said),
        )

    ranked = sorted({_wording(mention.said) for mention in mentions}, key=order)
    twin = replace(ranked[0], abstract=UNMASKED)
    if ranked[0].abstract == MASKED and twin in ranked:
        ranked = [twin, *(said for said in ranked if said != twin)]
    return ranked


def _add_paper(tables: dict[str, Rows], arxiv_id: str, mentions: list[Mention]) -> None:
    ranked = _ranked(mentions)
    best = ranked[0]
    fullest = min(ranked, key=lambda said: ORDER.index(said.abstract_completeness))
    if ORDER.index(fullest.abstract_completeness) >= ORDER.index(best.abstract_completeness):
        fullest = best
    categories, comment = _particulars(ranked, mentions)
    tables["papers"].append(
        (
            arxiv_id,
            best.version,
            best.title,
            fullest.abstract,
            fullest.abstract_completeness,
            len(best.authors) if best.authors else None,
            best.authors_completeness,
            categories[0] if categories else None,
            SUBMITTED[arxiv_id],
            None,
            None,
            comment,
            None,
            None,
            *_dates(mentions),
            sum(mention.repeats is None for mention in mentions),
            len(ranked),
            variant_id(best),
        )
    )
    for position, name in enumerate(best.authors, start=1):
        tables["paper_authors"].append((arxiv_id, position, stable_id(name_key(name)), name))
    tables["paper_categories"] += [(arxiv_id, category, category == categories[0]) for category in categories]
    if any(said.abstract == UNMASKED for said in ranked):
        tables["paper_links"].append((arxiv_id, "https://github.com/x/y", "code", "github.com"))
    for said in ranked:
        of_wording = [mention for mention in mentions if _wording(mention.said) == said]
        tables["variants"].append(
            (
                variant_id(said),
                arxiv_id,
                said.version,
                said.title,
                list(said.authors) or None,
                said.authors_completeness,
                said.abstract,
                said.abstract_completeness,
                "digest",
                said == best,
                *_dates(of_wording),
                sum(mention.repeats is None for mention in of_wording),
            )
        )


def _particulars(ranked: list[Said], mentions: list[Mention]) -> tuple[tuple[str, ...], str | None]:
    """Categories and comment of the best wording that states them, there the latest statement."""
    stated = []
    for mention in mentions:
        wording, said = _wording(mention.said), mention.said
        if particulars_id(said) is not None:
            same = [
                m
                for m in mentions
                if _wording(m.said) == wording and particulars_id(m.said) == particulars_id(said)
            ]
            order = (ranked.index(wording), _latest_first(_dates(same)[1]), particulars_id(said))
            stated.append((order, said))
    stated.sort(key=lambda pair: pair[0])
    categories = next((said.categories for _, said in stated if said.categories), ())
    return categories, next((said.comment for _, said in stated if said.comment), None)


def _authors(tables: dict[str, Rows]) -> Rows:
    dates = {row[0]: row[14:16] for row in tables["papers"]}
    spellings: dict[str, Counter[str]] = {}
    papers: dict[str, set[str]] = {}
    for arxiv_id, _, _, name in tables["paper_authors"]:
        key = name_key(name)
        spellings.setdefault(key, Counter())[name] += 1
        papers.setdefault(key, set()).add(arxiv_id)
    rows: Rows = []
    for key, counts in spellings.items():
        name = min(counts, key=lambda name: (-counts[name], MORE_TELLING.index(name)))
        firsts = [dates[arxiv_id][0] for arxiv_id in papers[key] if dates[arxiv_id][0]]
        lasts = [dates[arxiv_id][1] for arxiv_id in papers[key] if dates[arxiv_id][1]]
        found = (min(firsts, default=None), max(lasts, default=None))
        rows.append((stable_id(key), name, key, len(papers[key]), *found))
    return rows
