"""Digests of every family in which a hostile text can be put into any field."""

import json
from collections.abc import Callable
from dataclasses import dataclass

import pytest

URL = "https://arxiv.org/abs/2504.00001"


@dataclass(frozen=True)
class Filled:
    """Texts of a digest's fields; the field called `where` is hostile, the others are short."""

    where: str
    text: str

    def __getitem__(self, field: str) -> str:
        return self.text if field == self.where else ""


FIELDS = ("title", "authors", "abstract", "other", "after")
"""Where a hostile text may stand: in a field, or behind the digest."""


def _section(f: Filled) -> str:
    return (
        f"# T\n\n**Authors**: A\n\n**Link**: [PDF](https://arxiv.org/pdf/2504.00002)\n\n**Abstract**: a\n\n---\n"
        f"# T {f['title']}\n\n**Authors**: A {f['authors']}\n\n**Link**: [PDF]({URL}) {f['other']}\n\n"
        f"**Abstract**: a {f['abstract']}\n\n---\n"
    )


def _report_table(f: Filled) -> str:
    return (
        f"# arXiv Daily Report - 30-Apr-2025 {f['other'][:2000]}\n\n| Title | Link | abstract | author |\n"
        f"| --- | --- | --- | --- |\n| T {f['title']} | [{URL}]({URL}) | a {f['abstract']} | A {f['authors']} |\n"
        f"| T | [{f['other']}]({URL}) | a | A |\n"
    )


def _report_table_csv(f: Filled) -> str:
    return f"Title,Link,Desc,author\nT {f['title']},{URL},a {f['abstract']},A {f['authors']}\n{f['other']},{URL},a,A\n"


def _topic_table(f: Filled) -> str:
    return (
        f"## Updated on 2026.06.29\n## SLAM\n|Publish Date|Title|Authors|PDF|Code|\n|---|---|---|---|---|\n"
        f"|**2026-05-13**|**T**|A et.al.|[2504.00002](http://arxiv.org/abs/2504.00002)|null|\n## SLAM {f['other']}\n"
        f"|Publish Date|Title|Authors|PDF|Code|\n|---|---|---|---|---|\n"
        f"|**2026-05-13**|**T {f['title']}**|A {f['authors']} et.al.|[2504.00001]({URL})|{f['abstract'] or 'null'}|\n"
    )


def _topic_list(f: Filled) -> str:
    return (
        f"## Updated on 2026.06.29\n## SLAM\n- 2022-01-19, **T**, X et.al., Paper: [{URL}]({URL})\n{f['abstract']}\n"
        f"- 2022-01-19, **T {f['title']}**, X {f['authors']} et.al., Paper: [{URL}]({URL}), Code: **[{f['other']}]({URL})**\n"
    )


def _storage(f: Filled) -> str:
    return "# arxiv-daily\n Automated deployment @ 2021-12-31 21:06:30 Asia/Shanghai\n" + _topic_table(f)


def _dailyarxiv(f: Filled) -> str:
    return (
        "# Daily Papers\nLast update: 2026-08-21\n\n## Time Series\n| **Title** | **Date** | **Abstract** | **Comment** |\n"
        "| --- | --- | --- | --- |\n| **[T](https://arxiv.org/abs/2608.19171v1)** | 2026-08-19 | "
        "<details><summary>Show</summary><p>a</p></details> | 34 |\n"
        f"| **[T {f['title']}]({URL})** | 2026-08-19 | <details><summary>Show</summary><p>{f['abstract']}</p></details> | "
        f"{f['other']} |\n"
    )


def _ai_enhanced(f: Filled) -> str:
    return (
        "## cs.CV [[Back]](#toc)\n### [1] [T](https://arxiv.org/abs/2504.00002)\n*A,B*\n\nMain category: cs.CV\n\n"
        f"### [2] [T {f['title']}]({URL})\n*A,{f['authors']}*\n\nMain category: cs.CV\n\nTL;DR: t\n\n<details>\n"
        f"  <summary>Details</summary>\nMotivation: {f['other']}\n\nAbstract: {f['abstract']}\n\n</details>\n"
    )


def _rss_bot(f: Filled) -> str:
    return (
        "# Papers\n### 1. [T](https://arxiv.org/abs/2504.00002)\n\n**Authors**: A, B\n**Category**: cs.CL\n\n---\n"
        f"### 2. [T {f['title']}]({URL})\n\n**Authors**: A, {f['authors']}\n**Category**: cs.CL\n**Published**: 2026-01-01\n"
        f"**Type**: new\n\n#### Abstract\n{f['abstract']}\n\n<details>\n<summary>AI Summary (by m)</summary>\n"
        f"{f['other']}\n</details>\n\n---\n"
    )


def _scroll(f: Filled) -> str:
    return (
        f"---\nlayout: default\n---\n\n# T {f['title']}\n**arXiv**：[2504.00001v1]({URL}) · [PDF](u)\n"
        f"**作者**：A, {f['authors']}\n\n## 3 点简述\n- {f['other']}\n\n## 摘要（原文）\n\n> {f['abstract']}\n> b\n"
    )


def _advanced_cs(f: Filled) -> str:
    return (
        "#### [new 001] T\n- **分类: cs.CV**\n\n- **链接: [u](https://arxiv.org/pdf/2504.00002)**\n\n---\n"
        f"#### [new 002] T {f['title']}\n- **分类: cs.CV; {f['other']}**\n\n- **链接: [u]({URL})**\n\n"
        f"> **作者:** A; {f['authors']}\n>\n> **摘要:** {f['abstract']}\n>\n---\n"
    )


def _record(f: Filled) -> dict:
    return {
        "id": "2504.00001",
        "categories": ["cs.AI", f["other"]],
        "authors": ["A", f["authors"] or "B"],
        "title": f"T {f['title']}",
        "summary": f"a {f['abstract']}",
        "AI": {"tldr": f["other"] or "t"},
    }


def _json_lines(f: Filled) -> str:
    return "".join(json.dumps(_record(one), ensure_ascii=False) + "\n" for one in (Filled("", ""), f))


def _repr_lines(f: Filled) -> str:
    first = {"arxiv_id": "arXiv:2504.00002", "title": "T", "authors": "A, B", "abstract": "a"}
    second = {
        "arxiv_id": "arXiv:2504.00001",
        "title": f"T {f['title']}",
        "authors": f"A, {f['authors']}",
        "abstract": f"a {f['abstract']}",
        "x": f["other"],
    }
    return f"{first!r}\n{second!r}\n"


def _json_document(f: Filled) -> str:
    return json.dumps({"count": 1, "papers": [_record(f)]}, ensure_ascii=False)


def _json_topics(f: Filled) -> str:
    row = f"|**2021-10-14**|**T {f['title']}**|A {f['authors']} et.al.|[2504.00001]({URL})|{f['abstract'] or 'null'}|\n"
    return json.dumps({"SLAM": {"2504.00001": row}, f["other"]: {"2504.00001": row}}, ensure_ascii=False)


def _page_with_front_matter(f: Filled) -> str:
    return (
        f'---\ntitle: "T {f["title"]}"\ntitle_zh: 题\nauthors: "A, {f["authors"]}"\npdf: "{URL}"\n'
        f"tldr: {f['other'][:2000]}\n---\n\n## 摘要\n{f['other']}\n\n## Abstract\na {f['abstract']}\n\n---\n\n## x\n{f['other']}\n"
    )


def _reader_records(f: Filled) -> str:
    record = {
        "paper_id": "202603/22/2504.00001v1-t",
        "title_en": f"T {f['title']}",
        "authors": f"A, {f['authors']}",
        "pdf": URL,
        "tldr": f["other"],
        "abstract_en": f"a {f['abstract']}",
    }
    return json.dumps({"date": "2026-03-22", "count": 1, "papers": [record]}, ensure_ascii=False, indent=1)


def _reader_archive(f: Filled) -> str:
    record = {**_record(f), "abstract": f"a {f['abstract']}", "link": URL}
    return json.dumps({"mode": f["other"], "deep_dive": [record], "quick_skim": [record]}, ensure_ascii=False)


def _numbered_sections(f: Filled) -> str:
    return (
        "# Personalized Daily ArXiv Papers 11/19/2025\nTotal relevant papers: 2\n\n0. [T](#link0)\n**Authors:** A\n\n---\n"
        f'## 0. [T]({URL}) <a id="link0"></a>\n**ArXiv ID:** 2504.00001\n**Authors:** A\n\n**Abstract:** a\n\n---\n\n'
        f'## 1. [T {f["title"]}]({URL}) <a id="link1"></a>\n**ArXiv ID:** 2504.00001\n**Authors:** A, {f["authors"]}\n\n'
        f"**Abstract:** a {f['abstract']}\n\n**Comment:** {f['other']}\n**Relevance:** 9\n---\n"
    )


def _records_by_id(f: Filled) -> str:
    record = {
        "authors": ["A", f["authors"]],
        "title": f"T {f['title']}",
        "abstract": f"arXiv:2504.00001v1 Announce Type: new  Abstract: a {f['abstract']}",
        "COMMENT": f["other"],
    }
    return json.dumps({"2504.00001": record, "2504.00002": record}, ensure_ascii=False, indent=1)


def _html_rows(f: Filled) -> str:
    return (
        '<!doctype html>\n<html>\n<main class="daily-arxiv">\n<summary class="topic-heading">M</summary>\n'
        f'<details class="paper-row" id="link0">\n<strong>T {f["title"]}</strong>\n<small>A, {f["authors"]}</small>\n'
        f'<a class="paper-action" href="{URL}">Open</a>\n<span class="topic-tag">{f["other"]}</span>\n'
        f'<p class="comment">{f["other"]}</p>\n<p class="abstract">a {f["abstract"]}</p>\n</details>\n</main>\n'
    )


def _html_cards(f: Filled) -> str:
    return (
        f'<!DOCTYPE html>\n<html>\n<h2 class="paper-title">T {f["title"]}</h2>\n'
        f'<p class="paper-summary">a {f["abstract"]}</p>\n<p class="paper-tldr">{f["other"]}</p>\n'
        f'<a href="{URL}">Read</a>\n<p class="paper-authors">Authors: A, {f["authors"]}</p>\n</motion.div>\n'
    )


def _bare_array(f: Filled) -> str:
    record = {**_record(f), "url": URL, "published_date": "2025-12-24T15:01:26Z"}
    return json.dumps([record, record], ensure_ascii=False, indent=1)


def _wrapped_papers(f: Filled) -> str:
    paper = {
        "id": "2504.00001",
        "title": f"T {f['title']}",
        "summary": f"a {f['abstract']}",
        "authors": [{"name": "A"}, {"name": f["authors"]}],
        "ai_summary": f["other"],
    }
    return json.dumps([{"paper": paper}, {"paper": paper}], ensure_ascii=False, indent=1)


def _hf_headings(f: Filled) -> str:
    link = "https://huggingface.co/papers/2504.00001"
    return (
        f"# Daily\n\n### 1. **[T]**({link})\n- **作者**：A\n\n---\n\n### 2. **[T {f['title']}]**({link})\n"
        f"- **作者**：A, {f['authors']}\n\n**Abstract**: a {f['abstract']}\n\n{f['other']}\n\n### 3. 题\n"
        f"**原文标题：** T {f['title']}\n[HF]({link})\n"
    )


def _bibtex(f: Filled) -> str:
    return (
        "@misc{a, title={T}, author={A}, eprint={2504.00002}, archivePrefix={arXiv}}\n"
        f"@article{{b,\n  title = {{T {f['title']}}},\n  author = {{Lee, Ann and {f['authors']}}},\n"
        f"  abstract = {{a {f['abstract']}}},\n  note = {{{f['other']}}},\n  eprint = {{2504.00001}}\n}}\n"
    )


def _ris(f: Filled) -> str:
    return (
        f"TY  - GEN\nTI  - T {f['title']}\nAU  - Lee, {f['authors']}\nAB  - a {f['abstract']}\n"
        f"N1  - {f['other']}\nUR  - {URL}\nER  - \n"
    )


def _reference(f: Filled) -> dict:
    return {
        "type": "article",
        "title": f"T {f['title']}",
        "author": [{"family": "Lee", "given": f["authors"]}],
        "abstract": f"a {f['abstract']}",
        "note": f["other"],
        "URL": URL,
    }


def _csl(f: Filled) -> str:
    return json.dumps([_reference(f), _reference(f)], ensure_ascii=False, indent=1)


def _zotero(f: Filled) -> str:
    data = {
        "itemType": "preprint",
        "title": f"T {f['title']}",
        "creators": [{"creatorType": "author", "name": f"Lee, {f['authors']}"}],
        "abstractNote": f"a {f['abstract']}",
        "extra": f["other"],
        "url": URL,
    }
    return json.dumps([{"key": "A", "data": data}], ensure_ascii=False)


def _zotero_csv(f: Filled) -> str:
    return (
        "Key,Item Type,Author,Title,Url,Abstract Note,Extra\n"
        f'A,preprint,"Lee, {f["authors"]}","T {f["title"]}",{URL},"a {f["abstract"]}","{f["other"]}"\n'
    )


def _openalex(f: Filled) -> str:
    work = {
        "id": "https://openalex.org/W1",
        "title": f"T {f['title']}",
        "authorships": [{"author": {"display_name": f"A {f['authors']}"}}],
        "abstract_inverted_index": {f"a{f['abstract']}": [0]},
        "locations": [{"landing_page_url": URL}, {"landing_page_url": f["other"]}],
    }
    return json.dumps({"meta": {"x": f["other"]}, "results": [work]}, ensure_ascii=False)


def _semantic_scholar(f: Filled) -> str:
    paper = {
        "paperId": "1",
        "externalIds": {"ArXiv": "2504.00001", "DOI": f["other"]},
        "title": f"T {f['title']}",
        "abstract": f"a {f['abstract']}",
        "authors": [{"name": f"A {f['authors']}"}],
    }
    return json.dumps({"data": [paper]}, ensure_ascii=False)


def _snapshot(f: Filled) -> str:
    record = {
        "id": "2504.00001",
        "authors": f"A {f['authors']}",
        "title": f"T {f['title']}",
        "comments": f["other"],
        "categories": f"cs.AI {f['other']}",
        "abstract": f"a {f['abstract']}",
        "versions": [{"version": "v1", "created": f["other"]}],
        "update_date": "2015-11-26",
        "authors_parsed": [],
    }
    return json.dumps(record, ensure_ascii=False) + "\n" + json.dumps(record, ensure_ascii=False) + "\n"


def _saved_atom(f: Filled) -> str:
    return (
        '<?xml version="1.0"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n<title>ArXiv Query</title>\n'
        f"<entry><id>http://arxiv.org/abs/2504.00001v1</id><updated>2023-08-02T00:41:18Z</updated>\n"
        f"<published>2017-06-12T17:57:34Z</published><title>T {f['title']}</title><summary>a {f['abstract']}</summary>\n"
        f'<author><name>A {f["authors"]}</name></author><category term="{f["other"]}"/></entry>\n</feed>\n'
    )


def _saved_oai(f: Filled) -> str:
    return (
        '<?xml version="1.0"?>\n<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">\n<ListRecords>\n<record><header>'
        "<identifier>oai:arXiv.org:2504.00001</identifier><datestamp>2015-05-12</datestamp></header>\n<metadata>"
        '<arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/"><id>2504.00001</id><version version="v1">'
        f"<date>Wed, 19 Dec 2007 15:57:07 GMT</date></version><title>T {f['title']}</title><authors>A {f['authors']}</authors>"
        f"<categories>{f['other']}</categories><abstract>a {f['abstract']}</abstract></arXivRaw></metadata></record>\n"
        "</ListRecords>\n</OAI-PMH>\n"
    )


FAMILIES: dict[str, Callable[[Filled], str]] = {
    "reporter": _section,
    "report_table": _report_table,
    "report_table_csv": _report_table_csv,
    "cv_arxiv_daily": _topic_table,
    "cv_arxiv_daily list": _topic_list,
    "storage": _storage,
    "dailyarxiv": _dailyarxiv,
    "ai_enhanced": _ai_enhanced,
    "rss_bot": _rss_bot,
    "scroll": _scroll,
    "advanced_cs": _advanced_cs,
    "ai_enhanced_jsonl": _json_lines,
    "reporter_jsonl": _repr_lines,
    "scroll_json": _json_document,
    "cv_arxiv_daily_json": _json_topics,
    "daily_paper_reader": _page_with_front_matter,
    "daily_paper_reader_json": _reader_records,
    "daily_paper_reader_archive": _reader_archive,
    "gpt_paper_assistant": _numbered_sections,
    "gpt_paper_assistant_json": _records_by_id,
    "gpt_paper_assistant_html": _html_rows,
    "arxiv_daily_aigc_json": _bare_array,
    "arxiv_daily_aigc_html": _html_cards,
    "hf_daily_papers": _wrapped_papers,
    "hf_daily_papers_md": _hf_headings,
    "bibtex": _bibtex,
    "ris": _ris,
    "csl_json": _csl,
    "zotero_json": _zotero,
    "zotero_csv": _zotero_csv,
    "openalex": _openalex,
    "semantic_scholar": _semantic_scholar,
    "arxiv_kaggle": _snapshot,
    "arxiv_api": _saved_atom,
    "arxiv_oai": _saved_oai,
}

PIECES = [
    "[", "](", f"]({URL}", " | [", f" | []({URL}", " | ", "|", "\\|", "$", "<details>", "</details>",
    "<details><summary>", "**", "**A**:", "\n**A**: ", "\n**Authors**: A", "\n---", "\n---\n# ", "\n# x",
    "\n### 1. ", f"\n### 1. [x]({URL})\n", f"\n### [1] [x]({URL})\n*A\n", "\n#### [new 1] x", "\n#### [new 1] x\n- **",
    "\n## x", "\n|", "\n| a", f"\n| x | [u]({URL}) | a", "\n|---|", "\n|Title|PDF|\n|---|---|\n|a|", "{", '"', '""',
    "'", "(", ")", "\\", "\\'{", "\n- 2022-01-19, **", "\n- 2022-01-19, **T**, Paper: [", "**, ", "https://",
    "https://a", "a.", "a-", " ", "\t", "\n", " \n", "\n> ", "\n- **", "\u2028", "\x00", "é", "Ã\xa0", "汉", " et.al.",
    "等", ",", ", ", "; ", f"{URL})", "arxiv ", "arxiv.org/", "cs.", "\n{'a': ", '\n{"id": ', "<p align", "<li><a href=",
    "<!--", "<strong>", '<p class="abstract">', '<a href="https://arxiv.org/x" ', "</p>", "<span>a <strong>1</strong>",
    "\n## Abstract", "\n**Abstract:** ", "\n## 1. [x](", "\n### 1. [x](https://huggingface.co/papers/2504.00001)",
    "@misc{a, ", "\n@misc{a,", "title={", " and ", "\nAU  - ", "\nTY  - GEN\n", "<entry>", "</entry>", "<record>", 'term="cs.AI"',
    "updated ", "\nUpdated on 2025.1.1 ", "\n<details>", "\n</details>", '\n1,"', '\n"',
]  # fmt: skip
"""What layouts are made of: a run of any of them is what a parser may choke on."""


def hostile_digest(family: str, field: str, text: str) -> str:
    """A digest of the family with the text in one field, or behind it."""
    digest = FAMILIES[family](Filled(field, text))
    return f"{digest}| {text}\n" if field == "after" else digest


@pytest.fixture(scope="session")
def make_hostile() -> Callable[[str, str, str], str]:
    return hostile_digest


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for `family` or `piece` for each of them."""
    if "family" in metafunc.fixturenames:
        metafunc.parametrize("family", FAMILIES)
    if "piece" in metafunc.fixturenames:
        metafunc.parametrize("piece", PIECES, ids=repr)


@pytest.fixture(scope="session")
def pieces() -> list[str]:
    return PIECES


@pytest.fixture(scope="session")
def fields() -> tuple[str, ...]:
    return FIELDS
