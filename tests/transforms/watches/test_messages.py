"""Messages of watches: every form holds every paper, whatever its text; the feed is a valid one."""

import json
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from paperhouse.transforms.citations.cited_paper import CitedPaper
from paperhouse.transforms.watches import message_text
from paperhouse.transforms.watches.atom_feed import message_atom
from paperhouse.transforms.watches.empty_reason import empty_reason
from paperhouse.transforms.watches.message_text import message_html, message_json, message_markdown
from paperhouse.transforms.watches.watch_message import FoundPaper, WatchMessage

RULES = etree.RelaxNG(etree.parse(Path(__file__).parents[2] / "support" / "atom.rng"))
ATOM = "{http://www.w3.org/2005/Atom}"


def paper(arxiv_id, day=None, title="A title", **facts):
    late = facts.pop("is_late", False)
    cited = CitedPaper(arxiv_id, date(2025, 4, 1), title, ("A One", "B Two"), "full", "An abstract.")
    return FoundPaper(replace(cited, **facts), day, ("RAG",), "2025/04/01.md:12", late)


MESSAGE = WatchMessage(
    "rag",
    (
        paper("2504.00001", date(2025, 4, 2)),
        paper("2504.00002", date(2025, 4, 1), is_late=True),
        paper("2504.00003"),
        paper(
            "2504.00004", date(2025, 4, 2), title="<script>alert(1)</script> & $x<y$", authors=("<b>O'X</b>",)
        ),
    ),
    date(2025, 4, 2),
)
EMPTY = WatchMessage("rag", (), date(2025, 4, 2), "Nothing matched: <x> & y.")


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen, self.links, self.open = set(), [], []

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        self.links += [value for name, value in attrs if name in {"href", "src"}]
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def tags_of(page):
    parser = Tags()
    parser.feed(page)
    assert not parser.open
    return parser


def test_days_come_newest_first_and_papers_without_one_last():
    assert [day for day, _ in MESSAGE.days] == [date(2025, 4, 2), date(2025, 4, 1), None]
    assert MESSAGE.subject == "rag: 4 new papers, 1 of them late"
    markdown = message_markdown(MESSAGE)
    assert (
        markdown.index("### 2025-04-02\n")
        < markdown.index("### 2025-04-01, late")
        < markdown.index("### Without a date")
    )


@pytest.mark.parametrize("write", [message_markdown, message_html, message_json, message_atom])
def test_every_form_names_every_paper(write):
    text = write(MESSAGE)
    assert all(one.paper.arxiv_id in text for one in MESSAGE.papers)


def test_a_page_holds_no_markup_of_a_digest_and_links_to_arxiv_alone():
    found = tags_of(message_html(MESSAGE))
    assert found.seen == {"html", "head", "meta", "title", "body", "h1", "h2", "h3", "p", "a", "br", "small"}
    assert all(link.startswith("https://arxiv.org/abs/") for link in found.links)
    tags_of(message_html(EMPTY))


def test_json_holds_the_facts():
    facts = json.loads(message_json(MESSAGE))
    assert [one["arxiv_id"] for one in facts["papers"]] == [
        "2504.00004",
        "2504.00001",
        "2504.00002",
        "2504.00003",
    ]
    assert facts["papers"][2]["is_late"] is True
    assert json.loads(message_json(EMPTY))["reason"] == EMPTY.reason


@pytest.mark.parametrize("message", [MESSAGE, EMPTY, WatchMessage("x", ())])
def test_the_feed_is_valid_and_its_ids_are_unique(message):
    feed = etree.fromstring(message_atom(message).encode())
    RULES.assertValid(feed)
    ids = [node.text for node in feed.iter(f"{ATOM}id")]
    assert len(set(ids)) == len(ids) == len(message.papers) + 1


def test_the_rules_do_refuse_feeds():
    feed = etree.fromstring(message_atom(MESSAGE).encode())
    feed.find(f"{ATOM}updated").text = "2025-04-02"
    assert not RULES.validate(feed)


def test_an_entry_stays_the_same_from_feed_to_feed():
    alone = etree.fromstring(message_atom(WatchMessage("rag", MESSAGE.papers[:1])).encode())
    entries = etree.fromstring(message_atom(MESSAGE).encode()).findall(f"{ATOM}entry")
    (again,) = (one for one in entries if one.find(f"{ATOM}id").text.endswith("2504.00001"))
    assert etree.tostring(alone.find(f"{ATOM}entry")).strip() == etree.tostring(again).strip()


@given(st.text(), st.lists(st.text(), max_size=3), st.text(), st.text())
def test_any_text_makes_a_valid_feed_and_a_whole_page(title, authors, abstract, list_name):
    one = paper("2504.00001", date(2025, 4, 2), title, authors=tuple(authors), abstract=abstract)
    message = WatchMessage("rag", (replace(one, lists=(list_name,)),))
    RULES.assertValid(etree.fromstring(message_atom(message).encode()))
    tags_of(message_html(message))
    json.loads(message_json(message))
    assert message_markdown(message).encode()


def test_one_bad_paper_leaves_the_others_in_the_message(monkeypatch):
    shown = message_text.markdown_line
    monkeypatch.setattr(
        message_text, "markdown_line", lambda one: shown(one) if one.arxiv_id != "2504.00002" else 1 / 0
    )
    markdown = message_markdown(MESSAGE)
    assert "arXiv:2504.00002 could not be shown (ZeroDivisionError: division by zero)" in markdown
    assert "https://arxiv.org/abs/2504.00001" in markdown


@pytest.mark.parametrize(
    ("today", "reported", "days", "n_listed", "reason"),
    [
        (
            date(2025, 4, 3),
            date(2025, 4, 2),
            {date(2025, 4, 3)},
            1,
            "Nothing matched: the digests of 2025-04-03 list 1 paper.",
        ),
        (
            date(2025, 4, 3),
            date(2025, 4, 2),
            set(),
            0,
            "No digest yet: arXiv announced papers for 2025-04-03, and no",
        ),
        (date(2025, 4, 5), date(2025, 4, 4), set(), 0, "Nothing was announced: 2025-04-05 is a weekend."),
        (date(2025, 12, 25), date(2025, 12, 24), set(), 0, "Nothing was announced: 2025-12-25 is a holiday"),
        (date(2025, 4, 3), date(2025, 4, 3), set(), 0, "Nothing has been announced since 2025-04-03"),
        (date(2025, 4, 3), None, set(), 0, "Nothing has been announced since 2025-04-03"),
    ],
)
def test_why_there_is_nothing(today, reported, days, n_listed, reason):
    assert empty_reason(today, reported, days, n_listed).startswith(reason)
