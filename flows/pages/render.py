"""Templates to HTML: all text is escaped, links lead to pages that are there or to http(s), no script is inline."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any, Final
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined, Template, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from paperhouse.flows.pages.formulas import show_tex
from paperhouse.flows.pages.links import Links, foreign_link, slug
from paperhouse.transforms.search.marks import MarkedText
from paperhouse.warehouse.read.pages.cards import Name

POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; "
    "form-action 'self'; base-uri 'none'"
)
"""What a page may load and run: its own files, and nothing that stands in its text."""
_LEAD: Final = 240
_SENTENCE_END: Final = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")


def everything(page: str) -> bool:
    """Whether a page is there: all of them, where they are made on request."""
    del page
    return True


@dataclass(frozen=True, slots=True)
class Site:
    """Where pages lie, and which of them there are."""

    links: Links = field(default_factory=Links)
    holds: Callable[[str], bool] = everything
    is_brief: bool = False
    """Whether lists of papers beyond a day's leave the abstracts to the papers' own pages: files would be many MB."""

    def render(self, template: str, here: str, tab: str, **values: Any) -> str:
        """Fill a template for the page `here`, which the heading `tab` of the menu leads to."""
        return (
            _template(template)
            .render(site=self, here=here, tab=tab, policy=POLICY, **{"query": None, **values})
            .encode("utf-8", "replace")
            .decode()
        )

    def link(self, page: str, here: str) -> str | None:
        """The address of a page, or None if there is none of it."""
        return self.links.to(page, here) if self.holds(page) else None

    def paper_link(self, arxiv_id: str, here: str) -> str:
        """The address of a paper's page; of the paper on arXiv where the site has none of it."""
        return self.link(paper_page(arxiv_id), here) or f"https://arxiv.org/abs/{arxiv_id}"

    def person_link(self, name: Name, here: str) -> str | None:
        """The address of a person's page; of a search for the name where the site has no page of the person."""
        page = f"person/{name.person_id}"
        if self.holds(page):
            return self.links.to(page, here)
        return f"{self.links.to('search', here)}?q={_quoted(name.name)}"


def paper_page(arxiv_id: str) -> str:
    """The page of a paper: identifiers of the older era hold a slash, which would make a folder."""
    return f"paper/{arxiv_id.replace('/', '_')}"


def long_date(day: date) -> str:
    """`Monday, 30 June 2025`."""
    return f"{day:%A}, {day.day} {day:%B %Y}"


def short_date(day: date) -> str:
    """`30 Jun 2025`."""
    return f"{day.day} {day:%b %Y}"


def month(day: date) -> str:
    """`Jun 2025`."""
    return f"{day:%b %Y}"


def number(value: float) -> str:
    """A number with its thousands apart."""
    return f"{value:,}"


def lead(text: str) -> str:
    """The first sentences of an abstract, about two lines of them."""
    return text[: _cut(text)]


def rest(text: str) -> str:
    """What follows the lead."""
    return text[_cut(text) :]


def marked(text: MarkedText) -> Markup:
    """A text in which the words that were searched stand out."""
    parts = (
        Markup("<mark>{}</mark>").format(part) if is_mark else escape(part) for part, is_mark in text.parts()
    )
    return Markup("").join(parts)


def _cut(text: str) -> int:
    end = _SENTENCE_END.search(text, _LEAD)
    return end.start() if end and text.count("$", 0, end.start()) % 2 == 0 else len(text)


def _quoted(name: str) -> str:
    return quote(f'author:"{name}"', safe="", errors="replace")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("paperhouse.flows.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters.update(
        tex=show_tex,
        lead=lead,
        rest=rest,
        foreign=foreign_link,
        long_date=long_date,
        short_date=short_date,
        month=month,
        number=number,
        slug=slug,
    )
    environment.globals.update(
        to=_to,
        page_link=_page_link,
        asset=_asset,
        file=_file,
        person_link=_person_link,
        slug=slug,
        paper_link=_paper_link,
    )
    return environment


@cache
def _template(name: str) -> Template:
    return _environment().get_template(f"{name}.html")


@pass_context
def _to(context: Context, page: str) -> str:
    return context["site"].links.to(page, context["here"])  # type: ignore[no-any-return]


@pass_context
def _page_link(context: Context, page: str) -> str | None:
    return context["site"].link(page, context["here"])  # type: ignore[no-any-return]


@pass_context
def _asset(context: Context, name: str) -> str:
    return _file(context, f"static/{name}")


@pass_context
def _file(context: Context, name: str) -> str:
    return context["site"].links.file(name, context["here"])  # type: ignore[no-any-return]


@pass_context
def _paper_link(context: Context, arxiv_id: str) -> str:
    return context["site"].paper_link(arxiv_id, context["here"])  # type: ignore[no-any-return]


@pass_context
def _person_link(context: Context, name: Name) -> str | None:
    return context["site"].person_link(name, context["here"])  # type: ignore[no-any-return]
