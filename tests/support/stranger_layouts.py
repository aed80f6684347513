"""Layouts that no format here was written for, as functions from papers to texts: what strangers' bots might write.

Each takes papers (`id`, `title`, `authors`, `abstract`) and gives a text, or one text a paper. `STRANGERS` names them
with the ending of their file and which fields they state.
"""

import csv
import html
import io
import json
import textwrap
from collections.abc import Callable
from dataclasses import dataclass

Paper = dict


@dataclass(frozen=True)
class Layout:
    """How a stranger writes papers, and which fields he states."""

    render: Callable[[list[Paper]], str | list[str]]
    ending: str
    authors: bool
    abstract: bool


STRANGERS: dict[str, Layout] = {}


def layout(ending="md", *, authors=True, abstract=True):
    def keep(render):
        STRANGERS[render.__name__] = Layout(render, ending, authors, abstract)
        return render

    return keep


def names(p):
    return ", ".join(p["authors"])


def page(p):
    return f"https://arxiv.org/abs/{p['id']}"


def pdf(p):
    return f"https://arxiv.org/pdf/{p['id']}"


def wrap(t, w=78, ind=""):
    return textwrap.fill(
        t, w, initial_indent=ind, subsequent_indent=ind, break_long_words=False, break_on_hyphens=False
    )


@layout()
def de_sections(ps):
    return "# Neue Arbeiten vom 3. Mai 2026\n\n" + "\n".join(
        f"## {i}. {p['title']}\n\n**Autoren:** {names(p)}\n\n**Verknüpfung:** <{page(p)}>\n\n**Zusammenfassung:** {p['abstract']}\n"
        for i, p in enumerate(ps, 1)
    )


@layout()
def fr_sections(ps):
    return "# Articles du jour\n\n" + "\n".join(
        f"### {p['title']}\n\n- **Auteurs :** {names(p)}\n- **Lien :** {page(p)}\n- **Résumé :** {p['abstract']}\n"
        for p in ps
    )


@layout()
def es_list(ps):
    return "# Artículos de hoy\n\n" + "\n".join(
        f"- **{p['title']}**\n  - Autores: {names(p)}\n  - Enlace: {page(p)}\n  - Resumen: {p['abstract']}"
        for p in ps
    )


@layout()
def pt_sections(ps):
    return "# Artigos\n\n" + "\n".join(
        f"### [{p['title']}]({page(p)})\n**Autores**: {names(p)}\n\n**Resumo**: {p['abstract']}\n\n---\n"
        for p in ps
    )


@layout()
def ru_sections(ps):
    return "# Новые статьи\n\n" + "\n".join(
        f"## {p['title']}\n\n**Авторы:** {names(p)}\n**Ссылка:** {page(p)}\n**Аннотация:** {p['abstract']}\n"
        for p in ps
    )


@layout()
def ja_sections(ps):
    return "# 本日の論文\n\n" + "\n".join(
        f"## {i}. {p['title']}\n\n- 著者: {names(p)}\n- リンク: {page(p)}\n- 概要: {p['abstract']}\n- 日本語要約: これは機械が書いた文です。論文の内容を短くまとめています。\n"
        for i, p in enumerate(ps, 1)
    )


@layout()
def ko_sections(ps):
    return "# 오늘의 논문\n\n" + "\n".join(
        f"## {p['title']}\n\n> 저자: {names(p)}\n> 링크: {page(p)}\n\n초록: {p['abstract']}\n\n요약: 이것은 기계가 쓴 글입니다. 짧은 요약입니다.\n"
        for p in ps
    )


@layout()
def it_list(ps):
    return "\n".join(
        f"{i}. {p['title']}\n   Autori: {names(p)}\n   Sommario: {p['abstract']}\n   Collegamento: {page(p)}\n"
        for i, p in enumerate(ps, 1)
    )


@layout()
def vi_sections(ps):
    return "\n".join(
        f"## {p['title']}\n- Tác giả: {names(p)}\n- Tóm tắt: {p['abstract']}\n- Liên kết: {page(p)}\n"
        for p in ps
    )


@layout()
def nested_list(ps):
    return (
        "# Digest\n- cs.CL\n"
        + "".join(
            f"  - [{p['title']}]({page(p)})\n    - {names(p)}\n    - {p['abstract']}\n"
            for p in ps[: len(ps) // 2]
        )
        + "- cs.LG\n"
        + "".join(
            f"  - [{p['title']}]({page(p)})\n    - {names(p)}\n    - {p['abstract']}\n"
            for p in ps[len(ps) // 2 :]
        )
    )


@layout()
def nested3(ps):
    return "".join(
        f"* Week {w}\n"
        + "".join(
            f"    * Day {d}\n"
            + "".join(
                f"        * {p['title']}\n            * authors: {names(p)}\n            * arXiv: {p['id']}\n            * abstract: {p['abstract']}\n"
                for p in ps[w * 4 + d * 2 : w * 4 + d * 2 + 2]
            )
            for d in range(2)
        )
        for w in range(len(ps) // 4)
    )


@layout("html")
def html_cards(ps):
    return (
        "<!DOCTYPE html><html><head><title>Papers</title></head><body><h1>Papers</h1>\n"
        + "\n".join(
            f'<div class="card"><h3 class="t"><a href="{page(p)}">{html.escape(p["title"])}</a></h3><p class="who">{html.escape(names(p))}</p><p class="abs">{html.escape(p["abstract"])}</p><a href="{pdf(p)}">PDF</a></div>'
            for p in ps
        )
        + "</body></html>"
    )


@layout("html")
def html_dl(ps):
    return (
        "<html><body><dl>\n"
        + "\n".join(
            f'<dt><a name="i{i}">[{i}]</a> <a href="{page(p)}" title="Abstract">arXiv:{p["id"]}</a></dt>\n<dd><div class="list-title"><span class="d">Title:</span> {html.escape(p["title"])}</div><div class="list-authors">{", ".join("<a href=/a/x>" + html.escape(a) + "</a>" for a in p["authors"])}</div><p class="mathjax">{html.escape(p["abstract"])}</p></dd>'
            for i, p in enumerate(ps, 1)
        )
        + "</dl></body></html>"
    )


@layout("html")
def html_table(ps):
    return (
        "<html><body><table><thead><tr><th>#</th><th>Paper</th><th>Authors</th><th>Abstract</th></tr></thead><tbody>\n"
        + "\n".join(
            f'<tr><td>{i}</td><td><a href="{page(p)}">{html.escape(p["title"])}</a></td><td>{html.escape(names(p))}</td><td>{html.escape(p["abstract"])}</td></tr>'
            for i, p in enumerate(ps, 1)
        )
        + "</tbody></table></body></html>"
    )


@layout("html")
def html_li_details(ps):
    return (
        "<html><body><ol>\n"
        + "\n".join(
            f'<li><strong>{html.escape(p["title"])}</strong><br><em>{html.escape(names(p))}</em> <a href="{pdf(p)}">[pdf]</a><details><summary>Abstract</summary>{html.escape(p["abstract"])}</details></li>'
            for p in ps
        )
        + "</ol></body></html>"
    )


@layout("html")
def html_email(ps):
    return (
        '<html><body><table width="100%"><tr><td>\n'
        + "\n".join(
            f'<table class="row"><tr><td><a href="{page(p)}" style="font-size:16px">{html.escape(p["title"])}</a></td></tr><tr><td style="color:#888">{html.escape(names(p))}</td></tr><tr><td>{html.escape(p["abstract"])}</td></tr></table>'
            for p in ps
        )
        + "</td></tr></table></body></html>"
    )


@layout("html")
def html_article_labels(ps):
    return (
        "<html><body><main>\n"
        + "\n".join(
            f'<article id="p{i}"><header><h2>{html.escape(p["title"])}</h2></header><p><b>Authors:</b> {html.escape(names(p))}</p><p><b>Abstract:</b> {html.escape(p["abstract"])}</p><footer><a href="{page(p)}">arXiv</a> <a href="{pdf(p)}">PDF</a></footer></article>'
            for i, p in enumerate(ps)
        )
        + "</main></body></html>"
    )


@layout(abstract=False)
def table_merged(ps):
    return "# T\n\n| Day | Paper / Authors | Links |\n|:--|:--|:--|\n" + "\n".join(
        f"| {'2026-05-03' if i == 0 else ''} | **{p['title'].replace('|', chr(92) + '|')}**<br>{names(p)} | [abs]({page(p)}) [pdf]({pdf(p)}) |"
        for i, p in enumerate(ps)
    )


@layout()
def table_full(ps):
    return "| Nr | Titel | Autoren | Zusammenfassung | arXiv |\n|--|--|--|--|--|\n" + "\n".join(
        f"| {i} | {p['title'].replace('|', chr(92) + '|')} | {names(p)} | {p['abstract'].replace('|', chr(92) + '|')} | [{p['id']}]({page(p)}) |"
        for i, p in enumerate(ps, 1)
    )


@layout(abstract=False)
def table_no_outer(ps):
    return "Title | Authors | Link\n--- | --- | ---\n" + "\n".join(
        f"{p['title'].replace('|', '/')} | {names(p)} | [arXiv]({page(p)})" for p in ps
    )


@layout(authors=False, abstract=False)
def table_two_header_rows(ps):
    return (
        "| | Paper | | Links | |\n|--|--|--|--|--|\n| **Date** | **Title** | **Field** | **arXiv** | **Code** |\n"
        + "\n".join(
            f"| 2026-05-0{i % 9 + 1} | {p['title'].replace('|', chr(92) + '|')} | cs.CL | [link]({page(p)}) | - |"
            for i, p in enumerate(ps)
        )
    )


@layout()
def page_frontmatter(ps):
    return [
        f'---\ntitle: "{p["title"].replace(chr(34), chr(39))}"\nauthors:\n'
        + "".join(f"  - {a}\n" for a in p["authors"])
        + f"arxiv: {p['id']}\ntags: [ai, paper]\n---\n\n# {p['title']}\n\n## Abstract\n\n{p['abstract']}\n\n## Notes\n\n- to read\n"
        for p in ps
    ]


@layout()
def page_frontmatter_toml(ps):
    return [
        f'+++\ntitle = {json.dumps(p["title"], ensure_ascii=False)}\nauthors = {json.dumps(p["authors"], ensure_ascii=False)}\nurl_pdf = "{pdf(p)}"\nabstract = {json.dumps(p["abstract"], ensure_ascii=False)}\ndate = 2026-05-03\n+++\n\nRead this.\n'
        for p in ps
    ]


@layout()
def page_obsidian(ps):
    return [
        f"---\naliases:\ntags: paper/unread\nurl: {page(p)}\n---\n# {p['title']}\n\n**Authors**:: {', '.join('[[' + a + ']]' for a in p['authors'])}\n**URL**:: {page(p)}\n\n> [!abstract]\n> {p['abstract']}\n\n## My notes\n"
        for p in ps
    ]


@layout()
def page_notion(ps):
    return [
        f"# {p['title']}\n\nAuthors: {names(p)}\nCreated: May 3, 2026 10:00 AM\nStatus: To read\nURL: {page(p)}\nTags: nlp\n\n## Abstract\n\n{p['abstract']}\n"
        for p in ps
    ]


@layout()
def page_plain(ps):
    return [f"{p['title']}\n{names(p)}\narXiv:{p['id']}\n\nAbstract\n{wrap(p['abstract'])}\n" for p in ps]


@layout()
def page_logseq(ps):
    return [
        f"title:: {p['title']}\nauthors:: {names(p)}\nurl:: {page(p)}\n\n- ## Abstract\n\t- {p['abstract']}\n- ## Notes\n\t-\n"
        for p in ps
    ]


@layout()
def logseq_day(ps):
    return "\n".join(
        f"- [[Paper]] {p['title']}\n  authors:: {names(p)}\n  url:: {page(p)}\n\t- {p['abstract']}"
        for p in ps
    )


@layout()
def quotes(ps):
    return "\n".join(f"> **{p['title']}**\n> {names(p)}\n> {page(p)}\n>\n> {p['abstract']}\n" for p in ps)


@layout()
def quote_abstract(ps):
    return "\n".join(f"**[{p['title']}]({page(p)})**  \n*{names(p)}*\n\n> {p['abstract']}\n" for p in ps)


@layout("json")
def json_odd1(ps):
    return json.dumps(
        {
            "meta": {"when": "2026-05-03"},
            "data": {
                "results": [
                    {
                        "node": {
                            "paper": {
                                "ids": {"arxiv": p["id"]},
                                "headline": p["title"],
                                "title": p["title"],
                                "people": [{"name": a} for a in p["authors"]],
                                "authors": [{"name": a, "aff": None} for a in p["authors"]],
                                "abstract": p["abstract"],
                            }
                        }
                    }
                    for p in ps
                ]
            },
        },
        ensure_ascii=False,
        indent=1,
    )


@layout("json")
def json_by_id(ps):
    return json.dumps(
        {
            p["id"] + "v1": {"title": p["title"], "authors": names(p), "abstract": p["abstract"], "score": 3}
            for p in ps
        },
        ensure_ascii=False,
    )


@layout("json")
def json_columns(ps):
    return json.dumps(
        {
            "title": [p["title"] for p in ps],
            "arxiv_id": [p["id"] for p in ps],
            "authors": [p["authors"] for p in ps],
            "abstract": [p["abstract"] for p in ps],
        },
        ensure_ascii=False,
    )


@layout("json")
def json_pandas(ps):
    return json.dumps(
        {
            "columns": ["id", "title", "authors", "abstract"],
            "index": list(range(len(ps))),
            "data": [[p["id"], p["title"], names(p), p["abstract"]] for p in ps],
        },
        ensure_ascii=False,
    )


@layout("json")
def json_topics(ps):
    return json.dumps(
        [
            {
                "topic": "a",
                "papers": [
                    {
                        "paperTitle": p["title"],
                        "authorList": [
                            {"firstName": " ".join(a.split()[:-1]), "lastName": a.split()[-1]}
                            for a in p["authors"]
                        ],
                        "paperUrl": page(p),
                        "paperAbstract": p["abstract"],
                    }
                    for p in ps
                ],
            }
        ],
        ensure_ascii=False,
        indent=2,
    )


@layout("json")
def json_entry_atom(ps):
    return json.dumps(
        {
            "feed": {
                "entry": [
                    {
                        "id": {"$t": "http://arxiv.org/abs/" + p["id"] + "v1"},
                        "title": {"$t": p["title"]},
                        "summary": {"$t": p["abstract"]},
                        "author": [{"name": {"$t": a}} for a in p["authors"]],
                    }
                    for p in ps
                ]
            }
        },
        ensure_ascii=False,
    )


@layout("json")
def json_slack(ps):
    return json.dumps(
        [
            {
                "type": "message",
                "user": "U01",
                "text": f"<{page(p)}|{p['title'].replace('&', '&amp;').replace('<', '&lt;')}>\n_{names(p)}_\n{p['abstract'].replace('&', '&amp;').replace('<', '&lt;').replace('>', '&gt;')}",
                "ts": "1714.01",
            }
            for p in ps
        ],
        ensure_ascii=False,
    )


@layout("json", authors=False, abstract=False)
def json_slack_attach(ps):
    return json.dumps(
        [
            {
                "type": "message",
                "user": "U01",
                "text": f"<{page(p)}>",
                "attachments": [
                    {
                        "title": p["title"],
                        "title_link": page(p),
                        "text": p["abstract"],
                        "fallback": "arXiv.org: " + p["title"],
                        "service_name": "arXiv.org",
                    }
                ],
                "ts": "1714.01",
            }
            for p in ps
        ],
        ensure_ascii=False,
    )


@layout("json")
def json_discord(ps):
    return json.dumps(
        {
            "embeds": [
                {
                    "title": p["title"],
                    "url": page(p),
                    "description": p["abstract"],
                    "author": {"name": names(p)},
                    "fields": [{"name": "Categories", "value": "cs.CL", "inline": True}],
                }
                for p in ps
            ]
        },
        ensure_ascii=False,
    )


@layout("json")
def json_jsonfeed(ps):
    return json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": "x",
            "items": [
                {
                    "id": page(p),
                    "url": page(p),
                    "title": p["title"],
                    "content_text": p["abstract"],
                    "authors": [{"name": a} for a in p["authors"]],
                }
                for p in ps
            ],
        },
        ensure_ascii=False,
    )


@layout("jsonl")
def jsonl_hf(ps):
    return "\n".join(
        json.dumps(
            {
                "paper": {
                    "id": p["id"],
                    "title": p["title"],
                    "authors": [{"name": a, "hidden": False} for a in p["authors"]],
                    "summary": p["abstract"],
                    "upvotes": 3,
                },
                "publishedAt": "2026-05-03",
            },
            ensure_ascii=False,
        )
        for p in ps
    )


@layout("yaml")
def yaml_list(ps):
    return "papers:\n" + "".join(
        f"  - title: {json.dumps(p['title'], ensure_ascii=False)}\n    authors: [{', '.join(json.dumps(a, ensure_ascii=False) for a in p['authors'])}]\n    url: {page(p)}\n    abstract: >-\n{wrap(p['abstract'], 90, '      ')}\n"
        for p in ps
    )


@layout("yaml")
def yaml_by_day(ps):
    return "2026-05-03:\n" + "".join(
        f"  '{p['id']}':\n    title: {json.dumps(p['title'], ensure_ascii=False)}\n    authors:\n"
        + "".join(f"      - {a}\n" for a in p["authors"])
        + f"    abstract: |\n      {p['abstract']}\n"
        for p in ps
    )


def rows_of(rows, d=","):
    s = io.StringIO()
    csv.writer(s, delimiter=d, lineterminator="\n").writerows(rows)
    return s.getvalue()


@layout("csv")
def csv_other(ps):
    return rows_of(
        [["Paper Title", "Author Names", "Link to arXiv", "Abstract Text"]]
        + [[p["title"], "; ".join(p["authors"]), page(p), p["abstract"]] for p in ps]
    )


@layout("csv")
def csv_semicolon_de(ps):
    return rows_of(
        [["Nr", "Titel", "Autoren", "Kurzfassung", "URL"]]
        + [[i, p["title"], names(p), p["abstract"], page(p)] for i, p in enumerate(ps)],
        ";",
    )


@layout("csv")
def csv_pandas_index(ps):
    return rows_of(
        [["", "title", "authors", "summary", "entry_id"]]
        + [
            [i, p["title"], str(p["authors"]), p["abstract"], "http://arxiv.org/abs/" + p["id"] + "v1"]
            for i, p in enumerate(ps)
        ]
    )


@layout("tsv")
def tsv_upper(ps):
    return rows_of(
        [["ARXIV_ID", "TITLE", "AUTHORS", "ABSTRACT"]]
        + [[p["id"], p["title"], names(p), p["abstract"]] for p in ps],
        "\t",
    )


@layout()
def emoji(ps):
    return "\n".join(
        f"## 📄 {p['title']}\n\n👥 **Authors**: {names(p)}\n\n🔗 [arXiv]({page(p)})\n\n📝 **Abstract**: {p['abstract']}\n\n⭐ **Score**: 8/10\n"
        for p in ps
    )


@layout()
def emoji_nolabel(ps):
    return "\n".join(
        f"### 🔥 {i}️⃣ {p['title']}\n👥 {names(p)}\n🔗 {page(p)}\n📝 {p['abstract']}\n"
        for i, p in enumerate(ps, 1)
    )


@layout()
def details_collapsed(ps):
    return "\n".join(
        f"<details>\n<summary><b>{html.escape(p['title'], quote=False)}</b> — <i>{names(p)}</i></summary>\n\n[arXiv]({page(p)})\n\n{p['abstract']}\n\n</details>\n"
        for p in ps
    )


@layout()
def list_details(ps):
    return "\n".join(
        f"- [{p['title']}]({page(p)}) — {names(p)}\n  <details><summary>Abstract</summary>\n\n  {p['abstract']}\n\n  </details>"
        for p in ps
    )


@layout()
def multiline_items(ps):
    return "\n\n".join(
        f"{i}. **{p['title']}** ([arXiv:{p['id']}]({page(p)}))\n\n   {wrap(names(p), 76).replace(chr(10), chr(10) + '   ')}\n\n{wrap(p['abstract'], 76, '   ')}"
        for i, p in enumerate(ps, 1)
    )


@layout()
def footnote_links(ps):
    return (
        "# Reading\n\n"
        + "\n".join(
            f"## [{p['title']}][{i}]\n\n*{names(p)}*\n\n{p['abstract']}\n" for i, p in enumerate(ps, 1)
        )
        + "\n"
        + "\n".join(f"[{i}]: {page(p)}" for i, p in enumerate(ps, 1))
        + "\n"
    )


@layout(abstract=False)
def footnote_list(ps):
    return (
        "# Reading\n\n"
        + "\n".join(f"- {p['title']} ({names(p)}) [^{i}]" for i, p in enumerate(ps, 1))
        + "\n\n"
        + "\n".join(f"[^{i}]: {page(p)}" for i, p in enumerate(ps, 1))
        + "\n"
    )


@layout("org")
def org_heads(ps):
    return "#+TITLE: Papers\n#+DATE: 2026-05-03\n\n* Papers\n" + "\n".join(
        f"** TODO {p['title']}\n:PROPERTIES:\n:AUTHORS: {names(p)}\n:URL: {page(p)}\n:END:\n{p['abstract']}\n"
        for p in ps
    )


@layout("org")
def org_links(ps):
    return "* Today\n" + "\n".join(
        f"** [[{page(p)}][{p['title']}]]\n- Authors :: {names(p)}\n- Abstract :: {p['abstract']}\n"
        for p in ps
    )


@layout("rst")
def rst_sections(ps):
    return "Papers\n======\n\n" + "\n".join(
        f"{p['title']}\n{'-' * len(p['title'])}\n\n:Authors: {names(p)}\n:Link: `arXiv:{p['id']} <{page(p)}>`_\n\n{wrap(p['abstract'])}\n"
        for p in ps
    )


@layout("rst")
def rst_list(ps):
    return "Papers\n======\n\n" + "\n".join(
        f"* `{p['title']} <{page(p)}>`_\n\n  {names(p)}\n\n  {p['abstract']}\n" for p in ps
    )


@layout("adoc")
def asciidoc(ps):
    return "= Papers\n\n" + "\n".join(
        f"== {p['title']}\n\nAuthors:: {names(p)}\nLink:: {page(p)}[arXiv:{p['id']}]\n\n.Abstract\n[quote]\n____\n{p['abstract']}\n____\n"
        for p in ps
    )


@layout("adoc")
def asciidoc_list(ps):
    return "= Papers\n\n" + "\n".join(
        f"* {page(p)}[{p['title'].replace(']', '')}] +\n_{names(p)}_ +\n{p['abstract']}\n" for p in ps
    )


@layout("txt")
def newsletter_txt(ps):
    return (
        "Weekly papers\n=============\n\n"
        + ("\n\n" + "-" * 60 + "\n\n").join(
            f"[{i}] {p['title']}\n    by {names(p)}\n    {page(p)}\n\n{wrap(p['abstract'], 70)}"
            for i, p in enumerate(ps, 1)
        )
        + "\n"
    )


@layout("txt")
def arxiv_mail(ps):
    return ("-" * 78 + "\n").join(
        [""]
        + [
            "\\\\\narXiv:{}\nDate: Fri, 1 May 2026 17:59:59 GMT   (1234kb)\n\nTitle: {}\nAuthors: {}\nCategories: cs.CL\n\\\\\n{}\n\\\\ ( https://arxiv.org/abs/{} ,  1234kb)\n".format(
                p["id"],
                textwrap.fill(
                    p["title"], 70, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
                ),
                textwrap.fill(
                    names(p), 70, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
                ),
                wrap(p["abstract"], 78, "  "),
                p["id"],
            )
            for p in ps
        ]
    )


@layout("txt")
def plain_blocks(ps):
    return "\n\n".join(
        f"Title: {p['title']}\nAuthors: {names(p)}\nAbstract: {p['abstract']}\nURL: {page(p)}" for p in ps
    )


@layout("xml")
def rss_dump(ps):
    return (
        '<?xml version="1.0"?>\n<rss version="2.0"><channel><title>My bot</title>\n'
        + "\n".join(
            f"<item><title>{html.escape(p['title'])}</title><link>{page(p)}</link><author>{html.escape(names(p))}</author><description>{html.escape(p['abstract'])}</description><pubDate>Fri, 01 May 2026 00:00:00 GMT</pubDate></item>"
            for p in ps
        )
        + "</channel></rss>"
    )


@layout("xml")
def xml_custom(ps):
    return (
        '<?xml version="1.0"?>\n<papers>\n'
        + "\n".join(
            f'<paper id="{p["id"]}"><title>{html.escape(p["title"])}</title><authors>'
            + "".join(f"<author>{html.escape(a)}</author>" for a in p["authors"])
            + f"</authors><url>{page(p)}</url><abstract>{html.escape(p['abstract'])}</abstract></paper>"
            for p in ps
        )
        + "</papers>"
    )


@layout("xml", authors=False, abstract=False)
def opml(ps):
    return (
        '<?xml version="1.0"?>\n<opml version="2.0"><head><title>x</title></head><body>\n'
        + "\n".join(
            f'<outline text="{html.escape(p["title"])}" url="{page(p)}" _note="{html.escape(names(p))}"/>'
            for p in ps
        )
        + "</body></opml>"
    )


@layout("html", authors=False, abstract=False)
def bookmarks(ps):
    return (
        '<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=UTF-8">\n<TITLE>Bookmarks</TITLE>\n<H1>Bookmarks</H1>\n<DL><p>\n    <DT><H3>Papers</H3>\n    <DL><p>\n'
        + "\n".join(
            f'        <DT><A HREF="{page(p)}" ADD_DATE="1714">[{p["id"]}] {html.escape(p["title"], quote=False)}</A>'
            for p in ps
        )
        + "\n    </DL><p>\n</DL><p>\n"
    )


@layout(authors=False, abstract=False)
def awesome(ps):
    return "# Awesome X\n\n## Papers\n\n" + "\n".join(
        f"- [{p['title']}]({page(p)}), arXiv 2025. [[code](https://github.com/a/b{i})]"
        for i, p in enumerate(ps)
    )


@layout(authors=False, abstract=False)
def awesome2(ps):
    return "## Papers\n\n" + "\n".join(
        f"* **{p['title']}**, *{p['authors'][0]} et al.*, CVPR 2025. [[Paper]]({pdf(p)})"
        for i, p in enumerate(ps)
    )


@layout(abstract=False)
def citation_list(ps):
    return "## References\n\n" + "\n".join(
        f'- {names(p)}. "{p["title"]}." arXiv preprint arXiv:{p["id"]} (2025).' for i, p in enumerate(ps)
    )


@layout(abstract=False)
def citation_list2(ps):
    return "## Reading list\n\n" + "\n".join(
        f"1. {names(p)}. {p['title']}. arXiv:{p['id']}, 2025. {page(p)}" for i, p in enumerate(ps)
    )


@layout()
def bold_lines_hr(ps):
    return "\n---\n".join(
        f"**{p['title']}**\n\n*{names(p)}*\n\n[Paper]({page(p)}) | [PDF]({pdf(p)})\n\n{p['abstract']}\n"
        for p in ps
    )


@layout()
def table_per_paper(ps):
    return "\n".join(
        f"## {p['title']}\n\n| | |\n|--|--|\n| **Authors** | {names(p)} |\n| **arXiv** | [{p['id']}]({page(p)}) |\n| **Categories** | cs.CL |\n\n### Abstract\n\n{p['abstract']}\n"
        for p in ps
    )


@layout()
def h3_abstract(ps):
    return "\n".join(
        f"## {p['title']}\n\n### Authors\n\n{names(p)}\n\n### Link\n\n{page(p)}\n\n### Abstract\n\n{p['abstract']}\n"
        for p in ps
    )


@layout()
def authors_bullets(ps):
    return "\n".join(
        f"## [{p['title']}]({page(p)})\n\n**Authors:**\n"
        + "".join(f"- {a}\n" for a in p["authors"])
        + f"\n**Abstract:**\n\n{p['abstract']}\n"
        for p in ps
    )


@layout()
def with_related(ps):
    return "\n".join(
        f"### {p['title']}\n\nAuthors: {names(p)}\n\nLink: {page(p)}\n\nAbstract: {p['abstract']}\n\nRelated: [{ps[i - 1]['title']}]({page(ps[i - 1])}), [{ps[i - 2]['title']}]({page(ps[i - 2])})\n"
        for i, p in enumerate(ps)
    )


@layout()
def arrows(ps):
    return "\n".join(f"▶ {p['title']}\n   └ {names(p)}\n   └ {page(p)}\n   └ {p['abstract']}\n" for p in ps)


@layout()
def zh_brackets(ps):
    return "\n\n".join(
        f"【{i}】{p['title']}\n【作者】{names(p)}\n【链接】{page(p)}\n【摘要】{p['abstract']}"
        for i, p in enumerate(ps, 1)
    )


@layout()
def setext(ps):
    return "Papers of today\n===============\n\n" + "\n".join(
        f"{p['title']}\n---\n\nAuthors: {names(p)}\n\n{page(p)}\n\n{p['abstract']}\n" for p in ps
    )


@layout("html")
def hugo_cards(ps):
    return "---\ntitle: Daily\ndate: 2026-05-03\n---\n\n" + "\n".join(
        f'<div class="paper">\n<h2><a href="{page(p)}">{html.escape(p["title"], quote=False)}</a></h2>\n<p><em>{names(p)}</em></p>\n<blockquote>{html.escape(p["abstract"], quote=False)}</blockquote>\n</div>\n'
        for p in ps
    )


@layout()
def telegram(ps):
    return "\n\n".join(
        f"📌 {p['title']}\n👤 {names(p)}\n🆔 {p['id']}\n🌐 {page(p)}\n💬 {p['abstract']}\n#ai #nlp"
        for p in ps
    )


@layout()
def hn_style(ps):
    return "\n\n".join(f"{p['title']} ({page(p)})\n{names(p)}\n{p['abstract']}" for p in ps)


@layout()
def checkboxes(ps):
    return "\n".join(
        f"- [ ] **{p['title']}**\n  {names(p)}\n  [{p['id']}]({page(p)})\n  > {p['abstract']}" for p in ps
    )


@layout()
def deflist(ps):
    return "\n".join(
        f"{p['title']}\n: Authors: {names(p)}\n: Link: {page(p)}\n: Abstract: {p['abstract']}\n" for p in ps
    )


@layout()
def wiki(ps):
    return "== Papers ==\n" + "\n".join(
        f"=== {p['title']} ===\n* '''Authors''': {names(p)}\n* '''Link''': [{page(p)} arXiv]\n\n{p['abstract']}\n"
        for p in ps
    )


@layout("py")
def repr_lines(ps):
    return "\n".join(
        repr({"title": p["title"], "authors": p["authors"], "link": page(p), "abstract": p["abstract"]})
        for p in ps
    )
