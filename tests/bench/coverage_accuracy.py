"""How well `coverage` finds gaps: a real archive is damaged in known ways, and each finding is compared with the damage.

    python tests/bench/coverage_accuracy.py ../shared/corpus/reporter-2025h1.tar.gz

The archive is ingested as it is. For each kind of damage its rows are copied, twenty days (or their lists) are damaged,
and the models are read: once with arXiv's announcements held, once from the lists alone. The archive states no
categories, so announcements are made of the undamaged lists: AI, NLP and IR stand for cs.AI, cs.CL and cs.IR. cs.CL also
announces cross-lists that its list never shows (a list of primary papers), every feed has replacements, and of cs.LG
one list shows about a tenth (a list of keywords).
"""

import random
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from paperhouse.warehouse.schema.ddl import create_tables
from paperhouse.warehouse.schema.relations import create_models

N_DAMAGED = 20
WHOLE = {"AI": "cs.AI", "NLP": "cs.CL", "IR": "cs.IR"}
LIST_FORMATS = "format not in ('reporter_index', 'arxiv_feed', 'arxiv_oai', 'arxiv_api')"
MODELS = (
    "listed_papers",
    "arxiv_days",
    "arxiv_announcements",
    "list_habits",
    "missing_papers",
    "list_days",
    "coverage",
)

ListDay = tuple[str, date]
Row = tuple[str, int, str]


@dataclass(frozen=True, slots=True)
class Archive:
    """Digests by list and day, and the papers of each digest."""

    digests: dict[ListDay, list[str]]
    papers: dict[str, list[str]]

    @property
    def days(self) -> list[date]:
        """Days with digests, in order."""
        return sorted({day for _, day in self.digests})

    def papers_of(self, name: str, day: date) -> list[str]:
        """Papers of one list on one day."""
        return [paper for digest in self.digests.get((name, day), ()) for paper in self.papers[digest]]


@dataclass(frozen=True, slots=True)
class Damage:
    """A damaged archive: which list days must be found, which papers must be named, and what may be found besides."""

    archive: Archive
    lists: frozenset[ListDay]
    papers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Result:
    """What was found of one kind of damage.

    Wrong is a list that was not damaged on a day on which another was; a false day has no damage at all.
    """

    kind: str
    mode: str
    n_lists: int
    n_lists_found: int
    n_papers: int
    n_papers_found: int
    n_wrong_lists: int
    n_false_days: int
    n_false_papers: int

    def row(self) -> str:
        """As a line of the table."""
        lists = f"{self.n_lists_found} of {self.n_lists}"
        papers = f"{self.n_papers_found} of {self.n_papers}" if self.n_papers else "-"
        return (
            f"| {self.kind} | {self.mode} | {lists} | {papers} | {self.n_wrong_lists} | {self.n_false_days} |"
        )


def read_archive(warehouse: Path) -> Archive:
    """Read lists and their papers from a warehouse."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        digests: dict[ListDay, list[str]] = {}
        query = f"select list_name, digest_date, digest_id from digests where {LIST_FORMATS} and digest_date is not null order by all"
        for name, day, digest in connection.execute(query).fetchall():
            digests.setdefault((name, day), []).append(digest)
        papers: dict[str, list[str]] = {digest: [] for ids in digests.values() for digest in ids}
        for digest, paper in connection.execute(
            "select digest_id, arxiv_id from listings order by digest_id, position"
        ).fetchall():
            if digest in papers:
                papers[digest].append(paper)
    return Archive(digests, papers)


def without_papers(archive: Archive, dropped: Callable[[str, date, str], bool]) -> Archive:
    """The archive without the papers of which `dropped(list, day, paper)` is true."""
    papers = dict(archive.papers)
    for (name, day), digests in archive.digests.items():
        for digest in digests:
            papers[digest] = [paper for paper in papers[digest] if not dropped(name, day, paper)]
    return Archive(archive.digests, papers)


def drop_papers(archive: Archive, chance: random.Random, share: float) -> Damage:
    """A share of the papers of a day is in none of its lists; one at least."""
    chosen: dict[date, set[str]] = {}
    for day in pick_days(archive, chance):
        shown = sorted({paper for name in WHOLE for paper in archive.papers_of(name, day)})
        chosen[day] = set(chance.sample(shown, max(1, round(share * len(shown)))))
    damaged = without_papers(archive, lambda _, day, paper: paper in chosen.get(day, ()))
    papers = frozenset(paper for dropped in chosen.values() for paper in dropped)
    lists = frozenset(
        key
        for key in archive.digests
        if key[0] in WHOLE and set(archive.papers_of(*key)) & chosen.get(key[1], set())
    )
    return Damage(damaged, lists, papers)


def drop_from_lists(archive: Archive, chance: random.Random, share: float) -> Damage:
    """A share of the papers of one list is not in it, though other lists of the day may have them."""
    chosen: dict[ListDay, set[str]] = {}
    for day in pick_days(archive, chance):
        key = (chance.choice(sorted(WHOLE)), day)
        shown = sorted(set(archive.papers_of(*key)))
        chosen[key] = set(chance.sample(shown, max(1, round(share * len(shown)))))
    damaged = without_papers(archive, lambda name, day, paper: paper in chosen.get((name, day), ()))
    return Damage(
        damaged, frozenset(chosen), frozenset(paper for dropped in chosen.values() for paper in dropped)
    )


def drop_days(archive: Archive, chance: random.Random) -> Damage:
    """No digest of a whole day."""
    days = pick_days(archive, chance)
    kept = {key: ids for key, ids in archive.digests.items() if key[1] not in days}
    gone = frozenset(key for day in days for key in lists_of(archive, day))
    return Damage(Archive(kept, archive.papers), gone, _lost(archive, gone))


def drop_lists(archive: Archive, chance: random.Random) -> Damage:
    """No digest of one list on a day."""
    gone = frozenset(chance.choice(lists_of(archive, day)) for day in pick_days(archive, chance))
    kept = {key: ids for key, ids in archive.digests.items() if key not in gone}
    return Damage(Archive(kept, archive.papers), gone, _lost(archive, gone))


def copy_lists(archive: Archive, chance: random.Random) -> Damage:
    """One list of the day before under today's date."""
    return _copied(archive, [chance.choice(lists_of(archive, day)) for day in pick_days(archive, chance)])


def copy_days(archive: Archive, chance: random.Random) -> Damage:
    """All lists of the day before under today's date."""
    return _copied(archive, [key for day in pick_days(archive, chance) for key in lists_of(archive, day)])


def stop_rows(archive: Archive, chance: random.Random) -> Damage:
    """The second half of a list's file is not there."""
    cut = {(chance.choice(["AI", "NLP"]), day) for day in pick_days(archive, chance)}
    papers = dict(archive.papers)
    for key in cut:
        for digest in archive.digests[key]:
            papers[digest] = papers[digest][: len(papers[digest]) // 2]
    damaged = Archive(archive.digests, papers)
    gone = frozenset(p for key in cut for p in set(archive.papers_of(*key)) - set(damaged.papers_of(*key)))
    return Damage(damaged, frozenset(cut), gone)


def _copied(archive: Archive, keys: Iterable[ListDay]) -> Damage:
    papers = dict(archive.papers)
    copied = set()
    for name, day in keys:
        before = max((other for one, other in archive.digests if one == name and other < day), default=None)
        if before is None or not archive.papers_of(
            name, before
        ):  # a copy of nothing is a list without papers
            continue
        first, *others = archive.digests[name, day]
        papers[first] = archive.papers_of(name, before)
        papers.update({other: [] for other in others})
        copied.add((name, day))
    gone = frozenset(copied)
    return Damage(Archive(archive.digests, papers), gone, _lost(archive, gone))


def _lost(archive: Archive, gone: frozenset[ListDay]) -> frozenset[str]:
    """Papers of whole lists that stood in these list days, and on no other day of the list."""
    kept: dict[str, set[str]] = {name: set() for name in WHOLE}
    for key in archive.digests.keys() - gone:
        kept.get(key[0], set()).update(archive.papers_of(*key))
    return frozenset(
        paper
        for key in gone
        if key[0] in WHOLE
        for paper in archive.papers_of(*key)
        if paper not in kept[key[0]]
    )


def pick_days(archive: Archive, chance: random.Random) -> list[date]:
    """Days to damage, no two in a row: a copy of a damaged day would be the first to show that day's own papers."""
    inner = archive.days[1:-1]
    first = chance.randrange(2)
    return sorted(chance.sample(inner[first::2], N_DAMAGED))


def lists_of(archive: Archive, day: date) -> list[ListDay]:
    """Lists with papers on this day, and a digest before and after it: a list that begins or ends is no gap."""
    return sorted(
        key
        for key in archive.digests
        if key[1] == day
        and archive.papers_of(*key)
        and any(one == key[0] and other < day for one, other in archive.digests)
        and any(one == key[0] and other > day for one, other in archive.digests)
    )


KINDS: dict[str, Callable[[Archive, random.Random], Damage]] = {
    "nothing": lambda archive, _: Damage(archive, frozenset()),
    "1 % of a day's papers": lambda archive, chance: drop_papers(archive, chance, 0.01),
    "5 % of a day's papers": lambda archive, chance: drop_papers(archive, chance, 0.05),
    "1 % of a list": lambda archive, chance: drop_from_lists(archive, chance, 0.01),
    "5 % of a list": lambda archive, chance: drop_from_lists(archive, chance, 0.05),
    "a day": drop_days,
    "a list": drop_lists,
    "yesterday's list": copy_lists,
    "yesterday's lists, all": copy_days,
    "rows stop half way": stop_rows,
}


def announcements(
    archive: Archive, chance: random.Random
) -> Iterator[tuple[str, date, list[tuple[str, str]]]]:
    """Feeds as arXiv would have them: category, day, and (paper, announce type)."""
    earlier: list[str] = []
    for day in archive.days:
        ai = sorted(set(archive.papers_of("AI", day)))
        nlp, ir = (sorted(set(archive.papers_of(name, day))) for name in ("NLP", "IR"))
        unseen = sorted(set(ai) - set(nlp))
        replaced = [(paper, "replace") for paper in chance.sample(earlier, min(30, len(earlier)))]
        yield (
            "cs.AI",
            day,
            [(paper, "cross" if number % 2 else "new") for number, paper in enumerate(ai)] + replaced,
        )
        crossed = [(paper, "cross") for paper in chance.sample(unseen, min(20, len(unseen)))]
        yield "cs.CL", day, [(paper, "new") for paper in nlp] + crossed + replaced
        yield (
            "cs.IR",
            day,
            [(paper, "new" if number % 3 else "cross") for number, paper in enumerate(ir)] + replaced,
        )
        shown = sorted(set(archive.papers_of("LLM", day)))
        others = [f"{day:%y%m}.9{day.day:02}{number:02}" for number in range(min(99, 9 * len(shown)))]
        yield (
            "cs.LG",
            day,
            [(paper, "new") for paper in (*shown[: max(1, len(others) // 9)], *others)] + replaced,
        )
        earlier = [*earlier, *nlp][-2000:]


def fill_tables(
    connection: duckdb.DuckDBPyConnection,
    archive: Archive,
    feeds: Iterable[tuple[str, date, list[tuple[str, str]]]],
) -> None:
    """Fill the tables that the models read, in an empty warehouse."""
    digests = [
        (digest, "reporter", "lab", name, day, len(archive.papers[digest]))
        for (name, day), ids in archive.digests.items()
        for digest in ids
    ]
    listings = [
        (digest, place, paper, None)
        for ids in archive.digests.values()
        for digest in ids
        for place, paper in enumerate(archive.papers[digest], 1)
    ]
    for category, day, papers in feeds:
        digests.append((f"{category}-{day}", "arxiv_feed", "arxiv", category, day, len(papers)))
        listings += [
            (f"{category}-{day}", place, paper, kind) for place, (paper, kind) in enumerate(papers, 1)
        ]
    _insert(
        connection,
        "digests",
        ["digest_id", "format", "source", "list_name", "digest_date", "n_entries"],
        digests,
    )
    _insert(connection, "listings", ["digest_id", "position", "arxiv_id", "announce_type"], listings)


def _insert(
    connection: duckdb.DuckDBPyConnection, table: str, columns: list[str], rows: list[tuple[object, ...]]
) -> None:
    """Insert rows; what the models do not read of a table is empty."""
    import polars as pl

    from paperhouse.transforms.tables import WAREHOUSE_TABLES, empty_frame

    schema = empty_frame(WAREHOUSE_TABLES[table]).schema
    frame = pl.DataFrame(rows, schema={name: schema[name] for name in columns}, orient="row")
    plain = {pl.String: "", pl.Enum: None}
    filled = frame.with_columns(
        pl.lit(plain.get(kind.base_type(), 0) if kind.base_type() is not pl.Enum else kind.categories[0])
        .cast(kind)
        .alias(name)
        for name, kind in schema.items()
        if name not in columns and not WAREHOUSE_TABLES[table].columns()[name].nullable
    )
    missing = [name for name in schema if name not in filled.columns]
    whole = filled.with_columns(pl.lit(None).cast(schema[name]).alias(name) for name in missing).select(
        list(schema)
    )
    connection.register("incoming", whole.to_arrow())
    connection.execute(f"insert into {table} select * from incoming")
    connection.unregister("incoming")


def measure(kind: str, archive: Archive, *, is_announced: bool, seed: int = 1) -> Result:
    """Damage the archive in one way, read the models, and compare."""
    damage = KINDS[kind](archive, random.Random(f"{kind} {seed}"))
    feeds = announcements(archive, random.Random(seed)) if is_announced else ()
    with duckdb.connect() as connection:
        create_tables(connection)
        create_models(connection)
        _insert(
            connection,
            "categories",
            ["category", "name", "archive", "group"],
            [(c, c, "cs", "Computer Science") for c in (*WHOLE.values(), "cs.LG")],
        )
        fill_tables(connection, damage.archive, feeds)
        for name in MODELS:  # each once: every view would read those below it again
            connection.execute(f"create temp table {name} as select * from main.{name}")
        found = {
            (name, day)
            for name, day in connection.execute(
                "select list_name, digest_date from list_days where finding not in ('ok', 'no_announcement')"
            ).fetchall()
        }
        named = {
            paper
            for (paper,) in connection.execute("select distinct arxiv_id from missing_papers").fetchall()
        }
        found_days = {
            day
            for (day,) in connection.execute(
                "select announced_date from coverage where reason not in "
                "('complete', 'part_by_habit', 'not_followed', 'not_due', 'no_announcement')"
            ).fetchall()
        }
    days = {day for _, day in damage.lists}
    return Result(
        kind=kind,
        mode="with arXiv's announcements" if is_announced else "from lists alone",
        n_lists=len(damage.lists),
        n_lists_found=len(damage.lists & found),
        n_papers=len(damage.papers),
        n_papers_found=len(damage.papers & named),
        n_wrong_lists=len({key for key in found - damage.lists if key[1] in days}),
        n_false_days=len(({day for _, day in found} | found_days) - days),
        n_false_papers=len(named - damage.papers) if is_announced else 0,
    )


def table(archive: Archive) -> Iterator[Result]:
    """Every kind of damage in both modes."""
    for kind in KINDS:
        for is_announced in (True, False):
            yield measure(kind, archive, is_announced=is_announced)


def main() -> None:
    """Ingest the archive that is named, and print the table."""
    from click.testing import CliRunner

    from paperhouse.flows.cli.main import main as paperhouse

    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        if sys.argv[1].endswith(".duckdb"):
            warehouse = Path(sys.argv[1])
        else:
            result = CliRunner().invoke(paperhouse, ["ingest", sys.argv[1], "--home", str(home)])
            if result.exit_code:
                sys.exit(result.output)
            warehouse = home / "paperhouse.duckdb"
        archive = read_archive(warehouse)
    print(f"{len(archive.days)} days, {len(archive.digests):,} digests; {N_DAMAGED} days damaged at a time")
    print(
        "| damage | evidence | lists found | papers named | wrong lists | false days |\n| --- | --- | ---: | ---: | ---: | ---: |"
    )
    for result in table(archive):
        print(result.row(), flush=True)


if __name__ == "__main__":
    main()
