"""Pages of one paper, one person, one name."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from paperhouse.flows.pages.citation_files import citation_names
from paperhouse.flows.pages.differences import word_differences
from paperhouse.flows.pages.render import Site, paper_page, short_date
from paperhouse.warehouse.read.pages.cards import Card, Name, Title
from paperhouse.warehouse.read.pages.papers import PaperPage
from paperhouse.warehouse.read.pages.people import PersonPage

N_CARDS: Final = 10
"""Papers that a person's page shows whole: old and new ones lie far apart, and each costs a block of abstracts."""
N_TITLES: Final = 300
"""Papers that it shows by their titles, those shown whole among them."""


def record_page(site: Site, paper: PaperPage) -> str:
    """The page of a paper."""
    here = paper_page(paper.card.arxiv_id)
    return site.render(
        "paper",
        here,
        "",
        card=paper.card,
        record=paper.record,
        categories=paper.categories,
        links=paper.links,
        facts=_facts(paper),
        versions=[
            (
                f"v{row['version']}",
                f"{row['submitted_at']:%Y-%m-%d}{' (withdrawn)' if row['is_withdrawn'] else ''}",
                row["size_kb"],
            )
            for row in paper.versions
        ],
        wordings=_wordings(paper.wordings),
        sources=paper.sources,
        similar=paper.similar,
        exports=[(label, site.links.file(name, here)) for label, name in citation_names(paper.card.arxiv_id)],
    )


def person_page(
    site: Site, person: PersonPage, cards: Mapping[str, Card], titles: Mapping[str, Title]
) -> str:
    """The page of a person: the newest papers whole, earlier ones by their titles."""
    here = f"person/{person.person['person_id']}"
    shown = [cards[arxiv_id] for arxiv_id in person.arxiv_ids[:N_CARDS] if arxiv_id in cards]
    coauthors = [
        {**row, "href": site.person_link(Name(row["name"], row["coauthor_id"], row["author_id"]), here)}
        for row in person.coauthors
    ]
    return site.render(
        "person",
        here,
        "",
        person=person.person,
        others=[name for name in person.spellings if name != person.person["name"]],
        cards=shown,
        earlier=[titles[one] for one in person.arxiv_ids[N_CARDS:N_TITLES] if one in titles],
        n_left=len(person.arxiv_ids[N_TITLES:]),
        coauthors=coauthors,
        n_of_name=person.n_of_name,
        name_href=site.link(f"name/{person.person['author_id']}", here),
    )


def name_page(site: Site, name: Mapping[str, Any]) -> str:
    """The page of a name, with its persons."""
    return site.render("name", f"name/{name['author_id']}", "", name=name)


def _facts(paper: PaperPage) -> list[tuple[str, object]]:
    record = paper.record
    listed = [record["first_listed_date"], record["last_listed_date"]]
    facts = [
        ("listed", " to ".join(dict.fromkeys(short_date(day) for day in listed if day))),
        (
            "submitted",
            f"{record['published_at']:%Y-%m-%d}"
            if record["published_at"]
            else f"{record['submitted_month']:%B %Y}",
        ),
        ("updated", f"{record['updated_at']:%Y-%m-%d}" if record["updated_at"] else None),
        ("comment", record["comment"]),
        ("journal", record["journal_ref"]),
        ("DOI", record["doi"]),
        ("abstract", None if record["abstract_completeness"] == "full" else record["abstract_completeness"]),
        (
            "authors",
            None
            if record["authors_completeness"] == "full"
            else record["authors_completeness"].replace("_", " "),
        ),
    ]
    return [(label, value) for label, value in facts if value]


def _wordings(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Wordings in order, each with what changed since the one before."""
    shown: list[dict[str, Any]] = []
    before: Mapping[str, Any] | None = None
    for row in rows:
        day = row["first_listed_date"]
        by = (
            "arXiv"
            if row["source_kind"] == "arxiv"
            else f"{row['n_listings']} listing{'' if row['n_listings'] == 1 else 's'}"
        )
        version = f"v{row['version']}, " if row["version"] else ""
        shown.append(
            {
                "when": short_date(day) if day else "undated",
                "by": version + by,
                "is_canonical": row["is_canonical"],
                "parts": _changes(before, row) if before else [],
                "note": "The same title and abstract; the authors or the version differ.",
            }
        )
        if row["abstract"] or before is None:
            before = row
    return shown


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Word by word, the title and the abstract; a wording without an abstract is compared by its title."""
    with_abstract = bool(before["abstract"] and after["abstract"])
    old, new = (
        "\n".join(filter(None, (row["title"], row["abstract"] if with_abstract else None)))
        for row in (before, after)
    )
    return [] if old.split() == new.split() else [*word_differences(old, new)]
