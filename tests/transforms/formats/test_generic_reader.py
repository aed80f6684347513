"""What the generic reader takes for a record of a paper, and what it must not."""

import sysconfig
import time
import tomllib
from pathlib import Path

import pytest

from paperhouse.flows.settings import Settings
from paperhouse.transforms.errors import SettingsError
from paperhouse.transforms.formats.generic import format_rule, suggested_block
from paperhouse.transforms.formats.generic.reader import read_generic
from paperhouse.transforms.read_digest import read_digest
from paperhouse.transforms.text.path_metadata import Place

LINK = "https://arxiv.org/abs/2501.{:05d}"


def read(text, path="list.md", rules=()):
    return read_digest(text.encode(), Place(path, tuple(path.split("/"))), rules=rules)


def items(n, form="- [The title of paper number {i}]({link})\n"):
    return "".join(form.format(i=i, link=LINK.format(i)) for i in range(1, n + 1))


@pytest.mark.parametrize(
    ("link", "arxiv_id"),
    [
        ("https://alphaxiv.org/abs/2501.00001", "2501.00001"),
        ("https://hf.co/papers/2501.00001", "2501.00001"),
        ("https://huggingface.co/papers/2501.00001", "2501.00001"),
        ("https://papers.cool/arxiv/2501.00001", "2501.00001"),
        ("https://ar5iv.labs.arxiv.org/html/2501.00001", "2501.00001"),
        ("https://www.semanticscholar.org/arXiv:2501.00001", "2501.00001"),
        ("https://doi.org/10.48550/arXiv.2501.00001", "2501.00001"),
        ("http://export.arxiv.org/pdf/hep-th/9901001v2.pdf", "hep-th/9901001"),
    ],
)
def test_every_host_that_shows_papers_names_them(link, arxiv_id):
    text = f"## A title of some length\n\n**Link**: {link}\n\n## Another title of some length\n\n**Link**: {LINK.format(2)}\n"
    assert [entry.arxiv_id for entry in read(text).entries] == [arxiv_id, "2501.00002"]


def test_the_heading_binds_and_related_work_is_not_listed():
    record = (
        "## [The title of paper {i}]({link})\n\n**Abstract**: We follow arXiv:2012.00001 and "
        "https://arxiv.org/abs/2012.00002 in what we do, and this is how it is done.\n\n"
        "**Related**: [Another paper](https://arxiv.org/abs/2012.00003)\n\n"
    )
    digest = read(items(4, record))
    assert [entry.arxiv_id for entry in digest.entries] == [f"2501.{i:05d}" for i in range(1, 5)]
    assert all("2012.00001" in entry.abstract for entry in digest.entries)


def test_two_papers_in_one_record_are_a_reject_with_both_identifiers():
    text = items(9) + f"- [One title here]({LINK.format(50)}) and [two titles here]({LINK.format(51)})\n"
    digest = read(text)
    (reject,) = digest.rejects
    assert (len(digest.entries), reject.reason) == (9, "several_papers")
    assert "2501.00050" in reject.text
    assert "2501.00051" in reject.text


@pytest.mark.parametrize(
    "text",
    [
        "2501.00001\n2501.00002v2\nhep-th/9901001\n",
        "".join(LINK.format(i) + "\n" for i in range(1, 4)),
        '["2501.00001", "2501.00002", "2501.00003"]',
        "# to read\n2501.00001, 2501.00002, 2501.00003\n",
    ],
)
def test_a_list_of_identifiers_is_entries_with_nothing_else(text):
    digest = read(text, "ids.txt")
    assert digest.format == "generic_identifiers"
    assert len(digest.entries) == 3
    assert {entry.title for entry in digest.entries} == {None}


def test_a_title_in_another_script_is_a_translation_and_no_title():
    digest = read(items(3, "- 标题：[用于重定位的隐式地图增强的研究]({link})\n"))
    assert [entry.title for entry in digest.entries] == [None] * 3
    assert digest.entries[0].translations[0].language == "zh"


def test_one_author_for_each_paper_is_the_first_one():
    digest = read(items(6, "## The title of paper {i}\n\n**Authors**: Ada Lovelace\n\n**Link**: {link}\n\n"))
    assert {entry.authors_completeness for entry in digest.entries} == {"first_only"}


def test_a_json_list_keeps_what_stands_before_the_break():
    text = (
        f'[{{"title": "A title", "url": "{LINK.format(1)}"}}, {{"title": "Another", "url": "{LINK.format(2)}'
    )
    digest = read(text, "cut.json")
    assert [entry.arxiv_id for entry in digest.entries] == ["2501.00001"]
    assert [reject.reason for reject in digest.rejects] == ["malformed_record"]


PROGRAMS = [
    "# Fast attention\n\n[![arXiv](https://img.shields.io/badge/arXiv-x-red)](%s)\n\nCode of our paper.\n\n## Installation\n\n```bash\npip install x\n```\n\n## Usage\n\n```python\nimport x\n```\n\n## Citation\n\nPlease cite arXiv:2501.00001 if this is of use.\n",
    "import torch\n\n\ndef attend(q, k):\n    # see %s\n    return q @ k\n\n\nclass Layer:\n    def __init__(self):\n        self.x = 1\n",
    "The transformer (%s) changed how models of language are built. This essay tells how that came to be, and why it was no surprise to those who had read the work on alignment before. We begin with what came first.\n\nThen came the rest, and that is what everybody knows about it today. Nothing in it was new.\n",
    '{"name": "tool", "version": "1.0.0", "description": "Implements %s for the browser", "license": "MIT"}',
    "# Changelog\n\n## 1.2.0\n\n- Add rotary embeddings as in %s, which are faster than what we had\n- Fix the build on Windows\n- Drop Python 3.8\n\n## 1.1.0\n\n- Add tests\n- Fix typos\n- Rename the module\n- Speed up the loader\n",
    "\\documentclass{article}\n\\usepackage{x}\n\\begin{document}\nSee %s.\n\\end{document}\n",
    "name: tool\nversion: 1\nhomepage: https://example.org\nreference: see %s\nlicense: MIT\n",
    "# Tool\n\nFast attention for everybody, as described in [our paper](%s).\n\n## Install\n\n    pip install tool\n\n## Cite\n\n```bibtex\n@article{bell2025,\n  title={Fast attention},\n  author={Bell, Ann},\n  eprint={2501.00001},\n  archivePrefix={arXiv}\n}\n```\n",
    '"""A loss.\n\nSee %s\n\n@misc{bell2025,\n  title={A loss of its own},\n  author={Ann Bell},\n  eprint={2501.00001},\n  archivePrefix={arXiv}\n}\n"""\n\nimport torch\nfrom torch import nn\n\n\nclass Loss(nn.Module):\n    def forward(self, x):\n        return x\n',
    "# Tool\n\n## Installation\n\nInstall it with pip, and see the manual, which says the rest of what there is to say about installing it.\n\n"
    + "Much is said about what it does, at length, in paragraphs such as this one.\n\n" * 20
    + "## Usage\n\nCall it.\n\n## References\n\n"
    + "".join(
        f"[{i}] Bell, A. (2025). [A title of some length, number {i}](%s). Journal of tools.\n\n"
        for i in range(1, 6)
    ).replace("%s", LINK.format(7), 4),
    "Why language models forget\n\n"
    + "Nobody knows why a model forgets what it was taught, but there are thoughts about it, and this essay is about some of them.\n\n"
    * 30
    + "References\n\n"
    + "".join(
        f"{i}. Bell, A. et al. A title of some length, number {i}. arXiv preprint arXiv:2501.{i:05d} (2025).\n"
        for i in range(1, 15)
    )
    + "\n%s\n",
]


@pytest.mark.parametrize("number", range(len(PROGRAMS)))
@pytest.mark.parametrize("paper", [1, 2, 3, 4, 5])
def test_a_text_that_mentions_a_paper_lists_none(number, paper):
    text = PROGRAMS[number] % LINK.format(paper)
    digest = read(text, f"file{number}.md")
    assert digest is None or not digest.entries


def test_installed_programs_that_mention_papers_are_no_digests():
    """Of the first 200 files of the environment that name arXiv at most one in a hundred."""
    mentioning, false = 0, []
    for path in sorted(Path(sysconfig.get_path("purelib")).rglob("*")):
        if mentioning == 200:
            break
        if (
            path.suffix not in {".py", ".md", ".txt", ".rst", ".json", ".html"}
            or not path.is_file()
            or "paperhouse" in path.parts
        ):
            continue
        content = path.read_bytes()
        if b"arxiv" not in content.lower():
            continue
        mentioning += 1
        digest = read_digest(content, Place(path.name, (path.name,)))
        if digest is not None and digest.entries:
            false.append(path)
    assert len(false) <= mentioning / 100, false


HOSTILE = {
    "brackets": lambda n: "[" * n + LINK.format(1),
    "open links": lambda n: "[a](" * (n // 4) + LINK.format(1),
    "open comments": lambda n: "<html>" + "<!--" * (n // 4) + LINK.format(1),
    "open scripts": lambda n: "<html>" + "<script>" * (n // 8) + LINK.format(1),
    "open elements": lambda n: "<html>" + "<div>" * (n // 5) + LINK.format(1),
    "open details": lambda n: "<details>\n" * (n // 10) + LINK.format(1),
    "open braces": lambda n: '{"a":' * (n // 5),
    "escaped quotes": lambda n: '{"' + '\\"' * (n // 2),
    "pipes": lambda n: "|" * n + LINK.format(1) + "|\n",
    "deep lists": lambda n: (
        "".join(" " * min(i, 400) + "- x\n" for i in range(n // 404)) + "- " + LINK.format(1)
    ),
    "names": lambda n: f"## [A long title]({LINK.format(1)})\n*" + "Aa Bb, " * (n // 7) + "*\n",
    "headings": lambda n: "".join("#" * (1 + i % 6) + " a\n" for i in range(n // 5)) + LINK.format(1),
    "footnotes": lambda n: "[^1]" * (n // 4) + f"\n[^1]: {LINK.format(1)}",
    "emoji": lambda n: "📝 a\n" * (n // 4) + LINK.format(1),
    "elements of XML": lambda n: '<?xml version="1.0"?>' + "<a>" * (n // 3) + LINK.format(1),
    "many records": lambda n: items(n // 65),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_take_time_as_their_length(name):
    """Eight times the text in at most thirty times the time of the processor: a square law would be sixty-four."""
    short, long = HOSTILE[name](30_000), HOSTILE[name](240_000)
    spent = []
    for text in (short, long):
        start = time.process_time()
        read_generic(text)
        spent.append(time.process_time() - start)
    assert spent[1] <= 30 * max(spent[0], 0.02)


WHOLE = '{"id": "2504.00001", "title": "One", "authors": ["A. B."]}'


@pytest.mark.parametrize(
    "cut_off",
    [
        '{"id": "2504.00002", "title": "T',
        '{"title": "The identifier comes later", "abs',
        '{"id": "2504.00002", "title": "A text that is \0 none", "authors": []}',
    ],
)
def test_a_record_of_json_that_breaks_off_is_a_reject(cut_off):
    digest = read(f"[{WHOLE}, {cut_off}", "2025-04-01.json")
    assert [entry.arxiv_id for entry in digest.entries] == ["2504.00001"]
    assert [reject.reason for reject in digest.rejects] == ["malformed_record"]
    assert cut_off in digest.rejects[0].text


def test_a_wrapper_that_is_not_closed_is_no_record():
    assert read(f'{{"papers": [{WHOLE}, {WHOLE.replace("001", "002")}]', "a.json").rejects == []


def test_a_file_of_one_record_that_breaks_off_is_a_reject():
    digest = read('[{"id": "2504.00001", "title": "One", "auth', "a.json")
    assert (digest.format, len(digest.rejects)) == ("unknown", 1)


def test_a_rule_speaks_of_files_from_the_folder_on_that_was_given():
    rule = format_rule(["lists/*.md"], "list item", {})
    assert rule.matches(Place("a.md", ("home", "lists", "a.md")))
    assert rule.matches(Place("lists/a.md", ("home", "lists", "a.md")))
    assert not rule.matches(Place("other/a.md", ("lists", "home", "other", "a.md")))


def test_what_is_suggested_reads_the_file_as_it_was_read():
    text = items(
        5, "### The title of paper {i}\n\n**Authors**: Ada Lovelace, Alan Turing\n\n**Link**: {link}\n\n"
    )
    structure = read_generic(text).structure
    (block,) = tomllib.loads(suggested_block("mine/list.md", structure))["formats"]
    rule = format_rule(block["files"], block["record"], block["fields"])
    assert read(text, "mine/list.md", (rule,)).entries == read(text, "mine/list.md").entries


def test_a_rule_names_the_record_and_labels_that_nobody_knows():
    text = items(
        3,
        "- Foo {i}\n  - Handle: The title of paper {i}\n  - Penned by: Ada Lovelace, Alan Turing\n  - See: {link}\n",
    )
    rule = format_rule(["odd/*.md"], "list item", {"title": "Handle", "authors": "Penned by", "link": "See"})
    digest = read(text, "odd/list.md", (rule,))
    assert [entry.title for entry in digest.entries] == [f"The title of paper {i}" for i in range(1, 4)]
    assert digest.entries[0].authors == ["Ada Lovelace", "Alan Turing"]


def test_a_rule_with_an_unknown_field_says_which_there_are():
    settings = Settings(formats=[{"files": ["*.md"], "fields": {"writer": "By"}}])
    with pytest.raises(SettingsError, match="'writer' is no field; the fields are"):
        _ = settings.format_rules


def test_three_names_are_the_whole_list_where_the_digest_says_et_al_when_it_cuts():
    names = [
        f"{first} {last}"
        for first in ("Ada", "Bo", "Cleo", "Dan")
        for last in ("Hill", "Marsh", "Wood", "Lake")
    ]

    def text(cut: str) -> str:
        rows = [
            f"- **A title of some words number {i}** - {', '.join(names[i % 13 : i % 13 + 3])}"
            f"{cut if i % 3 == 0 else ''} - [2025-08-28](http://arxiv.org/pdf/2508.{10000 + i}v1)"
            for i in range(20)
        ]
        return "# Papers\n\n" + "\n".join(rows) + "\n"

    signed = read_digest(text(" et al.").encode(), Place("a.md", ("a.md",))).entries
    assert [entry.authors_completeness for entry in signed] == [
        "truncated" if i % 3 == 0 else "full" for i in range(20)
    ]
    silent = read_digest(text("").encode(), Place("a.md", ("a.md",))).entries
    assert {entry.authors_completeness for entry in silent} == {"truncated"}


def test_the_name_of_a_benchmark_that_has_a_paper_is_no_title():
    benchmark = '{"name": "A benchmark of the open world (how it really works)", "paper": "2604.2119%d"}'
    paper = '{"name": "A title of the open world and how it works", "url": "https://arxiv.org/abs/2604.2119%d", "authors": ["A Bo"]}'
    for record, title in ((benchmark, None), (paper, "A title of the open world and how it works")):
        text = '{"of": [' + ", ".join(record % number for number in range(3)) + "]}"
        held = read_digest(text.encode(), Place("a.json", ("a.json",)))
        assert [entry.title for entry in held.entries] == [title] * 3


def test_a_feed_with_two_links_in_its_head_is_read_item_by_item():
    items = "".join(
        f"<item>\n<title>📄 Feeds of the open world number {i}{' 📦代码' if i == 2 else ''} (2026-08-0{i})</title>\n"
        f"<description>We read a feed. It has an item...</description>\n"
        f"<link>http://arxiv.org/abs/2608.0636{i}v1</link>\n<guid>http://arxiv.org/abs/2608.0636{i}v1#2026-08-0{i}</guid>\n"
        f"<pubDate>Sat, 0{i} Aug 2026 18:00:00 +0000</pubDate>\n</item>\n"
        for i in range(1, 6)
    )
    head = '<?xml version="1.0" ?>\n<rss xmlns:atom="http://www.w3.org/2005/Atom" version="2.0">\n<channel>\n'
    links = '<title>A bot</title>\n<description>Daily</description>\n<link>https://a.io</link>\n<atom:link href="https://a.io/feed.xml"/>\n'
    digest = read_digest(
        f"{head}{links}{items}</channel>\n</rss>\n".encode(), Place("feed.xml", ("feed.xml",))
    )
    assert (digest.format, digest.rejects) == ("generic_xml", [])
    assert [(entry.title, entry.version, entry.stated_date.day) for entry in digest.entries] == [
        (f"Feeds of the open world number {i}", 1, i) for i in range(1, 6)
    ]


def test_a_sign_before_one_title_is_the_title_s_own():
    records = ", ".join(
        f'{{"title": "{sign}A title of some words", "arxiv_id": "2608.0636{i}", "authors": ["A Bo"]}}'
        for i, sign in enumerate(["★ ", "", "", ""])
    )
    digest = read_digest(f"[{records}]".encode(), Place("a.json", ("a.json",)))
    assert digest.entries[0].title == "★ A title of some words"
