"""Persons as text for a terminal."""

from collections.abc import Sequence

from paperhouse.warehouse.read.persons import PersonOfName, Row

_HOW = {
    "correction": "a correction",
    "orcid": "the same ORCID iD",
    "rare_name": "a name so rare that it is one person's",
    "coauthors": "shared co-authors",
    "affiliation": "the same affiliation",
    "model": "what it is about",
}


def describe_name(persons: Sequence[PersonOfName], n_persons: int) -> str:
    """The persons of a name, and why they are apart."""
    name = persons[0].person["name"]
    lines = [f"{name}: {n_persons:,} person{'s' * (n_persons != 1)}"]
    for number, one in enumerate(persons, 1):
        person = one.person
        categories = f" in {', '.join(person['main_categories'])}" if person["main_categories"] else ""
        lines += [
            "",
            (
                f"{number}. {person['person_id']}  {_papers(person)}{categories}, {_listed(person)}, "
                f"confidence {person['confidence']:.2f}"
            ),
            f"   with   {', '.join(one.coauthors) or 'nobody'}",
            *([f"   at     {'; '.join(one.affiliations)}"] if one.affiliations else []),
            *(f"   {'wrote' if not place else '     '}  {title}" for place, title in enumerate(one.titles)),
        ]
    if n_persons > len(persons):
        lines += ["", f"and {n_persons - len(persons):,} more; --limit shows them"]
    if n_persons > 1:
        lines += [
            "",
            "They are apart because no two of them share co-authors rare enough for so common a name, nor are their",
            "texts, years and co-authors alike enough to be one person's more likely than not, or since arXiv states",
            "different ORCID iDs.",
            "Set it right with: paperhouse same PERSON PERSON, or paperhouse different PAPER:POSITION PAPER:POSITION",
        ]
    return "\n".join(lines)


def describe_person(person: Row, mentions: Sequence[Row], given_id: int) -> str:
    """One person's papers, each with the evidence that brought it in."""
    lines = [
        (
            f"{person['name']}, person {person['person_id']}: {_papers(person)}, {_listed(person)}, "
            f"{person['n_coauthors']:,} co-authors, confidence {person['confidence']:.2f}"
        )
    ]
    if given_id != person["person_id"]:
        lines.append(f"{given_id} is an older id of this person")
    for row in mentions:
        lines += ["", f"{row['arxiv_id']}:{row['position']}  {row['title']}"]
        lines += [f"    {stated}" for stated in [_stated(row)] if stated]
        lines.append(f"    {_evidence(row)}")
    return "\n".join(lines)


def _stated(row: Row) -> str:
    """The category, and what arXiv says of where the author was."""
    category = f"in {row['primary_category']}" if row["primary_category"] else ""
    places = f"at {'; '.join(row['affiliations'])}" if row["affiliations"] else ""
    return ", ".join(part for part in (category, places) if part)


def _evidence(row: Row) -> str:
    if row["joined_by"] is None:
        return "the oldest"
    partner = f"{row['joined_arxiv_id']}:{row['joined_position']}"
    is_told = row["joined_by"] in {"model", "affiliation"}
    sure = f", log-odds {row['score']:.2f}" if is_told else ""
    return f"joined to {partner} by {_HOW[row['joined_by']]}{sure}"


def _papers(person: Row) -> str:
    n_papers = person["n_papers"]
    return f"{n_papers:,} paper{'s' * (n_papers != 1)}"


def _listed(person: Row) -> str:
    first, last = person["first_listed_date"], person["last_listed_date"]
    if first is None:
        return "no date known"
    return f"listed {first}" if first == last else f"listed {first} to {last}"
