"""Messages as Markdown, HTML and JSON."""

import json
from html import escape
from typing import Any, Final

from paperhouse.transforms.citations.cited_paper import line_of
from paperhouse.transforms.citations.markdown_line import markdown_line, markdown_text
from paperhouse.transforms.watches.watch_message import (
    FoundPaper,
    WatchMessage,
    heading_of,
    short_abstract,
    shown_or_named,
)

_N_NAMES: Final = 10
_STYLE: Final = "font-family: Georgia, serif; max-width: 42em; line-height: 1.45; color: #222"


def message_markdown(message: WatchMessage) -> str:
    """The message for notes, chats and artifacts: a heading, and a list a day."""
    lines = [f"## {markdown_text(message.subject)}", ""]
    if message.reason:
        lines += [markdown_text(message.reason), ""]
    for day, papers in message.days:
        lines += [f"### {heading_of(day, papers)}", ""]
        lines += [
            shown_or_named(_paper_markdown, lambda fault: f"* {markdown_text(fault)}", one) for one in papers
        ]
        lines.append("")
    return "\n".join(lines)


def _paper_markdown(one: FoundPaper) -> str:
    place = " ".join(
        part for part in (f"[{', '.join(one.lists)}]" if one.lists else "", one.place or "") if part
    )
    return markdown_line(one.paper).rstrip("\n") + (f" {markdown_text(place)}" if place else "")


def message_html(message: WatchMessage) -> str:
    """The message as a page that needs nothing else: no script, no picture, links to arXiv alone."""
    parts = [
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f'<title>{_plain(message.subject)}</title></head>\n<body style="{_STYLE}">',
        f"<h1>{_plain(message.subject)}</h1>",
    ]
    if message.reason:
        parts.append(f"<p>{_plain(message.reason)}</p>")
    for day, papers in message.days:
        parts.append(f"<h2>{_plain(heading_of(day, papers))}</h2>")
        parts += [shown_or_named(_paper_html, lambda fault: f"<p>{_plain(fault)}</p>", one) for one in papers]
    return "\n".join([*parts, "</body></html>\n"])


def _paper_html(one: FoundPaper) -> str:
    paper = one.paper
    title = _plain(paper.title) or "(no title is known)"
    names = ", ".join(map(_plain, paper.authors[:_N_NAMES]))
    more = f" and {len(paper.authors) - _N_NAMES:,} more" if len(paper.authors) > _N_NAMES else ""
    facts = [f"arXiv:{paper.arxiv_id}", paper.primary_category, ", ".join(one.lists), one.place]
    return (
        f'<h3><a href="{escape(paper.url)}">{title}</a></h3>\n'
        f"<p>{names}{more}<br>\n<small>{_plain(' · '.join(fact for fact in facts if fact))}</small></p>\n"
        f"<p>{_plain(short_abstract(paper))}</p>"
    )


def _plain(text: str | None) -> str:
    return escape(line_of(text))


def message_json(message: WatchMessage) -> str:
    """The message for programs: one object, with every paper's facts."""
    facts = {
        "watch": message.watch,
        "subject": message.subject,
        "until": message.until.isoformat() if message.until else None,
        "reason": message.reason or None,
        "papers": [_paper_facts(one) for _, papers in message.days for one in papers],
    }
    return json.dumps(facts, ensure_ascii=True, indent=1) + "\n"


def _paper_facts(one: FoundPaper) -> dict[str, Any]:
    paper = one.paper
    return {
        "arxiv_id": paper.arxiv_id,
        "url": paper.url,
        "title": paper.title,
        "authors": list(paper.authors),
        "abstract": paper.abstract,
        "primary_category": paper.primary_category,
        "listed_date": one.listed_date.isoformat() if one.listed_date else None,
        "lists": list(one.lists),
        "place": one.place,
        "is_late": one.is_late,
    }
