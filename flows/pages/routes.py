"""Which page an address names, and that page as HTML; `browse` and `site` make their pages here."""

from collections.abc import Callable
from datetime import date
from typing import Final

from markupsafe import Markup

from paperhouse.flows.pages import day_pages, list_pages, record_pages, state_pages
from paperhouse.flows.pages.generation import Generation
from paperhouse.flows.pages.links import slug
from paperhouse.flows.pages.render import Site, marked
from paperhouse.transforms.errors import QueryError
from paperhouse.transforms.search.marks import Marker
from paperhouse.warehouse.read.pages.cards import Card
from paperhouse.warehouse.read.pages.health import read_rejects
from paperhouse.warehouse.read.pages.lists import (
    read_category_papers,
    read_list_papers,
    read_list_topics,
    read_topic_months,
    read_topic_papers,
)
from paperhouse.warehouse.read.persons import find_person
from paperhouse.warehouse.read.search import NO_SEARCH, has_search, search_papers

Html = str | None


N_HITS: Final = 20
_LIVE_HINT: Final = (
    'Papers with every word, or with the rarer ones, come first. "in this order" keeps a phrase, -word leaves out, '
    "begin* finds what begins so, and an identifier its paper."
)
_SEARCH_HINT: Final = (
    'Words are found in titles, authors and abstracts. "in this order" keeps a phrase, -word leaves out.'
)


def page_html(site: Site, generation: Generation, page: str) -> Html:
    """The page of an address below the site's root (`day/2025-06-30`, `paper/2504.04178`); None if there is none."""
    if page == "search":
        return static_search_page(site)
    kind, _, rest = page.partition("/")
    if not rest and kind in _WHOLE:
        return _WHOLE[kind](site, generation)
    if rest and kind in _PARTS:
        return _PARTS[kind](site, generation, rest)
    return None


def today_page(site: Site, generation: Generation) -> str:
    """The newest day; without one, a page that says how to get one."""
    if not generation.totals:
        return site.render(
            "missing",
            "",
            "Today",
            heading="No digest has a date yet",
            lede="Load digests with `paperhouse ingest`; undated ones are found under Lists.",
        )
    return _day(site, generation, generation.totals[-1].day, "")


def search_page(site: Site, generation: Generation, query: str) -> str:
    """What a search finds, the best `N_HITS` papers; without a query, the page to ask on."""
    hits, lede = (
        _found(generation, query)
        if query
        else ([], "By words of titles, abstracts and authors, or by identifier.")
    )
    return site.render("search", "search", "", query=query, hits=hits, lede=lede, hints=_LIVE_HINT)


def _found(generation: Generation, query: str) -> tuple[list[tuple[Card, Markup | None, None]], str]:
    """The best papers with what shows why, and how many there are in words."""
    if not has_search(generation.connection):
        return [], NO_SEARCH
    try:
        answer = search_papers(generation.connection, query, N_HITS)
    except QueryError as error:
        return [], str(error)
    cards = generation.cards([hit.arxiv_id for hit in answer.hits])
    marker = Marker.of(answer.query)
    hits = [(card, _snippet(marker, card), None) for hit in answer.hits if (card := cards.get(hit.arxiv_id))]
    found = f"{answer.n_found:,} paper{'' if answer.n_found == 1 else 's'}"
    return hits, f"{found}, {answer.n_with_all:,} of them with every word" if answer.n_found else found


def _snippet(marker: Marker, card: Card) -> Markup | None:
    """The stretch of the abstract that shows the words; None where it has none of them."""
    snippet = marker.snippet(card.abstract or "")
    return marked(snippet) if snippet.marks else None


def static_search_page(site: Site) -> str:
    """The page on which the browser searches an index beside it."""
    return site.render(
        "search",
        "search",
        "",
        hits=[],
        index_path="search",
        lede="By words of titles, authors and abstracts.",
        hints=_SEARCH_HINT,
    )


def missing(site: Site, page: str) -> str:
    """The page for an address that names nothing."""
    return site.render(
        "missing", page, "", heading="Nothing is here", lede="The warehouse holds nothing of this name."
    )


def _calendar(site: Site, generation: Generation) -> str:
    return list_pages.calendar_page(site, generation.totals)


def _lists(site: Site, generation: Generation) -> str:
    return list_pages.lists_page(site, generation.lists, generation.list_days, generation.topics)


def _topics(site: Site, generation: Generation) -> str:
    return list_pages.topics_page(site, generation.topics)


def _categories(site: Site, generation: Generation) -> str:
    return list_pages.categories_page(site, generation.categories)


def _trends(site: Site, generation: Generation) -> str:
    return state_pages.trends_page(
        site, generation.totals, generation.rising_words, generation.category_months
    )


def _health(site: Site, generation: Generation) -> str:
    rejects = read_rejects(generation.connection)
    return state_pages.health_page(
        site, generation.sources, generation.coverage, generation.reject_reasons, rejects
    )


def _day_or_list_of_day(site: Site, generation: Generation, rest: str) -> Html:
    said, _, more = rest.partition("/")
    try:
        day = date.fromisoformat(said)
    except ValueError:
        return None
    if all(total.day != day for total in generation.totals) or str(day) != said:
        return None
    return _day_list(site, generation, day, more) if more else _day(site, generation, day, f"day/{day}")


def _day(site: Site, generation: Generation, day: date, here: str) -> str:
    listed = generation.listed(day)
    plan = day_pages.plan_day(listed)
    return day_pages.day_page(
        site,
        here,
        total=next(total for total in generation.totals if total.day == day),
        totals=generation.totals,
        listed=listed,
        plan=plan,
        cards=generation.cards(plan.arxiv_ids),
        coverage=generation.coverage.get(day, ()),
    )


def _day_list(site: Site, generation: Generation, day: date, more: str) -> Html:
    named, _, said = more.partition("/")
    listed = generation.listed(day)
    name = next((name for paper in listed for name in paper.lists if slug(name) == named), None)
    if name is None or not (said == "" or (said.isdecimal() and int(said) > 1)):
        return None
    page_number = int(said or 1)
    shown = [paper for paper in listed if name in paper.lists]
    if page_number > day_pages.n_pages_of(len(shown)):
        return None
    cards = generation.cards([paper.arxiv_id for paper in day_pages.page_of(shown, page_number)])
    return day_pages.day_list_page(site, day, name, listed=listed, cards=cards, page_number=page_number)


def _list(site: Site, generation: Generation, rest: str) -> Html:
    row = next((row for row in generation.lists if slug(row["list"]) == rest), None)
    if row is None:
        return None
    ids = read_list_papers(generation.connection, row["list"], list_pages.N_CARDS)
    topics = read_list_topics(generation.connection, row["list"])
    shown = sorted(generation.cards(ids).values(), key=_newest_first, reverse=True)
    return list_pages.list_page(site, row["list"], row, generation.list_days, topics, shown)


def _newest_first(card: object) -> tuple[date, str]:
    return getattr(card, "first_listed_date", None) or date.min, getattr(card, "arxiv_id", "")


def _topic(site: Site, generation: Generation, rest: str) -> Html:
    row = next((row for row in generation.topics if slug(row["topic"]) == rest), None)
    if row is None:
        return None
    ids = read_topic_papers(generation.connection, row["topic"], list_pages.N_CARDS)
    months = read_topic_months(generation.connection, row["topic"])
    return list_pages.topic_page(site, row, months, [*generation.cards(ids).values()])


def _category(site: Site, generation: Generation, rest: str) -> Html:
    row = next((row for row in generation.categories if slug(row["category"]) == rest), None)
    if row is None:
        return None
    ids = read_category_papers(generation.connection, row["category"], list_pages.N_CARDS)
    return list_pages.category_page(site, row, generation.category_months, [*generation.cards(ids).values()])


def _paper(site: Site, generation: Generation, rest: str) -> Html:
    paper = generation.paper(rest.replace("_", "/"))
    return record_pages.record_page(site, paper) if paper else None


def _person(site: Site, generation: Generation, rest: str) -> Html:
    number = _id_of(rest)
    person = generation.person(number) if number is not None else None
    if person is None and number is not None:  # an id of before leads to the person's id now
        row = find_person(generation.connection, number)
        person = generation.person(row["person_id"]) if row else None
    if person is None:
        return None
    return record_pages.person_page(
        site,
        person,
        generation.cards(person.arxiv_ids[: record_pages.N_CARDS]),
        generation.titles(person.arxiv_ids[record_pages.N_CARDS : record_pages.N_TITLES]),
    )


def _name(site: Site, generation: Generation, rest: str) -> Html:
    number = _id_of(rest)
    name = generation.name(number) if number is not None else None
    return record_pages.name_page(site, name) if name else None


def _id_of(text: str) -> int | None:
    """A 64-bit id; None if it is none."""
    digits = text.removeprefix("-")
    number = int(text) if digits.isdecimal() and digits.isascii() and len(digits) < 20 else None  # noqa: PLR2004 - digits of 2^63
    return number if number is not None and -(2**63) <= number < 2**63 else None


_WHOLE: Final[dict[str, Callable[[Site, Generation], str]]] = {
    "": today_page,
    "calendar": _calendar,
    "lists": _lists,
    "topics": _topics,
    "categories": _categories,
    "trends": _trends,
    "health": _health,
}
_PARTS: Final[dict[str, Callable[[Site, Generation, str], Html]]] = {
    "day": _day_or_list_of_day,
    "list": _list,
    "topic": _topic,
    "category": _category,
    "paper": _paper,
    "person": _person,
    "name": _name,
}
WHOLE_PAGES: Final = tuple(_WHOLE)
"""Pages of which there is one each."""
