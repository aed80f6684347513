"""What each tool answers: plain values for JSON, with the state of the warehouse and the lines that they come from."""

import json
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any, Final

from paperhouse.flows.mcp.query_tool import MAX_ROWS, run_foreign_query
from paperhouse.flows.output.health import health_json
from paperhouse.flows.output.present_health import present_health
from paperhouse.flows.output.search_report import search_row
from paperhouse.flows.reading_settings import reading_settings_of
from paperhouse.flows.settings import Settings
from paperhouse.transforms.arxiv.identifiers import split_version
from paperhouse.transforms.errors import InputError
from paperhouse.warehouse.read.paper_record import read_paper_record, read_state, sources_of, title_of
from paperhouse.warehouse.read.persons import count_persons, find_person, mentions_of_person, persons_of_name
from paperhouse.warehouse.read.search import search_papers
from paperhouse.warehouse.read.shown_hits import show_hits
from paperhouse.warehouse.read.similar import similar_papers
from paperhouse.warehouse.storage.connections import open_read_only

Answer = dict[str, Any]
_N_PERSONS: Final = 10
_N_MENTIONS: Final = 200
_N_PAPERS: Final = 100
_PLACE: Final = ("path", "line_start", "line_end")


def paper_answer(settings: Settings, identifier: str) -> Answer:
    """All that is known of a paper.

    Raises:
        InputError: it is not in the warehouse.
        InvalidArxivIdError: it is no identifier.
    """
    arxiv_id, _ = split_version(identifier)
    with open_read_only(settings.live) as connection:
        paper = read_paper_record(connection, arxiv_id)
        state = read_state(connection)
    if paper is None:
        msg = f"{arxiv_id}: not in the warehouse; no digest that was loaded lists it"
        raise InputError(msg, arxiv_id=arxiv_id)
    return _plain({"paper": paper, "provenance": state})


def search_answer(settings: Settings, words: str, n_papers: int) -> Answer:
    """The papers that a search finds, the best first, with why, and file and lines of each.

    Raises:
        QueryError: the search names nothing that a paper could be found by.
    """
    with open_read_only(settings.live) as connection:
        answer = search_papers(connection, words, max(1, min(n_papers, _N_PAPERS)))
        papers = [
            {**row, "sources": list(hit.sources)}
            for hit in show_hits(connection, answer)
            for row in [{name: value for name, value in search_row(hit).items() if name not in _PLACE}]
        ]
        state = read_state(connection)
    found = {"n_found": answer.n_found, "n_with_all": answer.n_with_all}
    return _plain({"papers": papers, **found, "provenance": state})


def person_answer(settings: Settings, name_or_id: str) -> Answer:
    """The persons of a name, or one person's papers with file and lines of each.

    Raises:
        InputError: nobody is called so.
    """
    with open_read_only(settings.live) as connection:
        state = read_state(connection)
        if name_or_id.isdecimal():
            person = find_person(connection, int(name_or_id))
            if person is None:
                msg = f"no person has or had the id {name_or_id}; give a name to see its persons"
                raise InputError(msg, person_id=name_or_id)
            mentions = mentions_of_person(connection, person["person_id"])[:_N_MENTIONS]
            sources = sources_of(connection, [mention["arxiv_id"] for mention in mentions], 1)
            papers = [{**mention, "sources": sources.get(mention["arxiv_id"], [])} for mention in mentions]
            return _plain({"person": person, "papers": papers, "provenance": state})
        found = persons_of_name(connection, name_or_id, _N_PERSONS)
        n_persons = count_persons(connection, name_or_id)
    if not found:
        msg = f"nobody is called {name_or_id!r}; names are compared whole, but for case, accents and dots"
        raise InputError(msg, name=name_or_id)
    persons = [
        {
            **one.person,
            "titles": one.titles,
            "coauthors": one.coauthors,
            "affiliations": one.affiliations,
        }
        for one in found
    ]
    return _plain({"persons": persons, "n_persons": n_persons, "provenance": state})


def similar_answer(settings: Settings, identifier: str) -> Answer:
    """The papers most like one, with why, and file and lines of each.

    Raises:
        InputError: it is not in the warehouse.
        InvalidArxivIdError: it is no identifier.
    """
    arxiv_id, _ = split_version(identifier)
    with open_read_only(settings.live) as connection:
        title = title_of(connection, arxiv_id)
        found = similar_papers(connection, [arxiv_id]).get(arxiv_id, [])
        sources = sources_of(connection, [arxiv_id, *(one.arxiv_id for one in found)], 1)
        state = read_state(connection)
    papers = [{**asdict(one), "why": one.why, "sources": sources.get(one.arxiv_id, [])} for one in found]
    paper = {"arxiv_id": arxiv_id, "title": title, "sources": sources.get(arxiv_id, [])}
    return _plain({"paper": paper, "similar": papers, "provenance": state})


def status_answer(settings: Settings) -> Answer:
    """What `paperhouse status --json` says."""
    return _plain(health_json(present_health(reading_settings_of(settings), datetime.now(UTC))))


def query_answer(settings: Settings, query: str, n_rows: int) -> Answer:
    """The first rows of a query, with the state that answered it.

    A load that ends meanwhile would leave it open which state that was, so the query is then run again.

    Raises:
        QueryError: the engine refused it, or it took too long.
    """
    before, answer, after = None, None, _state(settings)
    while before != after or answer is None:
        before = after
        answer = run_foreign_query(settings, query, max(1, min(n_rows, MAX_ROWS)))
        after = _state(settings)
    return _plain({"rows": answer.rows, "is_cut": answer.is_cut, "provenance": {**after, "query": query}})


def _state(settings: Settings) -> Answer:
    with open_read_only(settings.live) as connection:
        return read_state(connection)


def _plain(answer: Answer) -> Answer:
    """Values that JSON has: times as ISO 8601, and numbers beyond 2^53, which JavaScript would round, as text."""
    return dict(json.loads(json.dumps(_exact(answer), default=_iso)))


def _exact(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): _exact(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_exact(inner) for inner in value]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**53:
        return str(value)
    return value


def _iso(value: Any) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
