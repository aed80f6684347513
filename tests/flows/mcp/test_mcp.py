"""A real MCP client starts `paperhouse mcp` and talks to it over standard input and output."""

import asyncio
import json
import os
import sys

import pytest

from paperhouse.flows.mcp.answers import query_answer
from paperhouse.flows.mcp.query_tool import MAX_ROWS, run_foreign_query
from paperhouse.flows.settings import Settings, load_settings
from paperhouse.transforms.errors import QueryError

ENDLESS = (
    "select count(*) from papers a, papers b, papers c, papers d, papers e, papers f "
    "where a.title < b.title || c.title || d.title || e.title || f.title"
)


PATIENCE_SECONDS = 300


def talk(home, conversation):
    """Run a conversation with a client that is connected to the command, however long that takes to start."""
    from mcp import Client, StdioServerParameters
    from mcp.client import session

    # Else it would take a server that is slow to start for an old one, and ask it in the old way.
    session.DISCOVER_TIMEOUT_SECONDS = PATIENCE_SECONDS

    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "paperhouse.flows.cli.main", "mcp", "--home", str(home)],
        env={"PATH": os.environ["PATH"]},
    )

    async def connected():
        async with Client(server, read_timeout_seconds=PATIENCE_SECONDS) as client:
            return await conversation(client)

    return asyncio.run(connected())


def test_a_client_lists_the_tools_and_gets_answers_with_provenance(seed_home):
    async def conversation(client):
        tools = await client.list_tools()
        calls = {
            "paper": await client.call_tool("paper", {"arxiv_id": "arXiv:2504.04178v1"}),
            "search": await client.call_tool("search", {"words": '"dense retrieval"', "limit": 2}),
            "nothing": await client.call_tool("search", {"words": "-zebra"}),
            "person": await client.call_tool("person", {"name_or_id": "Dawei Yin"}),
            "similar": await client.call_tool("similar", {"arxiv_id": "2504.04178"}),
            "status": await client.call_tool("status", {}),
            "sql": await client.call_tool("sql", {"query": "select count(*) as n from papers"}),
            "refused": await client.call_tool("sql", {"query": "from read_csv('/etc/passwd')"}),
            "unknown": await client.call_tool("paper", {"arxiv_id": "0704.0001"}),
        }
        person_id = calls["person"].structured_content["persons"][0]["person_id"]
        calls["papers"] = await client.call_tool("person", {"name_or_id": person_id})
        return client.server_info, tools.tools, calls

    info, tools, calls = talk(seed_home, conversation)
    assert info.name == "paperhouse"
    assert {"search", "paper", "similar", "person", "status", "sql"} <= {tool.name for tool in tools}
    assert all(tool.annotations.read_only_hint for tool in tools)
    answers = {name: call.structured_content for name, call in calls.items() if not call.is_error}
    assert set(calls) - set(answers) == {"refused", "unknown", "nothing"}
    paper = answers["paper"]["paper"]
    assert paper["title"].startswith("MSL: Not All Tokens")
    assert len(paper["authors"]) == paper["n_authors"] == 10
    assert paper["sources"][0]["path"].endswith(".txt")
    assert paper["sources"][0]["line_start"] <= paper["sources"][0]["line_end"]
    assert answers["paper"]["provenance"]["generation"] == 1
    (hit,) = answers["search"]["papers"]
    assert (hit["arxiv_id"], answers["search"]["n_found"]) == ("2504.05216", 1)
    assert "*Dense* *retrieval*" in hit["snippet"]
    assert hit["sources"][0]["path"].endswith(".txt")
    assert "names nothing to find papers by" in calls["nothing"].content[0].text
    assert len(answers["person"]["persons"]) == answers["person"]["n_persons"] == 1
    assert [len(one["sources"]) for one in answers["papers"]["papers"]] == [1, 1, 1]
    assert isinstance(answers["papers"]["person"]["person_id"], str)
    assert len(answers["similar"]["similar"]) == 10
    assert answers["similar"]["similar"][0]["why"].startswith("both on ")
    assert answers["similar"]["similar"][0]["sources"][0]["path"].endswith(".txt")
    assert answers["status"]["generation"] == 1
    assert answers["sql"]["rows"] == [{"n": 54}]
    assert answers["sql"]["provenance"]["load_id"] == answers["paper"]["provenance"]["load_id"]
    assert "read_csv() is refused here" in calls["refused"].content[0].text
    assert "0704.0001: not in the warehouse" in calls["unknown"].content[0].text


def test_a_long_answer_is_cut_and_says_so(seed_home):
    answer = run_foreign_query(load_settings(seed_home), "select arxiv_id from papers order by 1", 5)
    assert (len(answer.rows), answer.is_cut) == (5, True)
    assert not run_foreign_query(load_settings(seed_home), "select 1 as x", 1).is_cut
    wide = run_foreign_query(
        load_settings(seed_home), "select repeat('x', 1000) as x from range(100000)", MAX_ROWS
    )
    assert wide.is_cut
    assert len(json.dumps(wide.rows)) < 250_000


def test_a_query_that_takes_too_long_is_ended_with_its_message(seed_home, monkeypatch):
    monkeypatch.setenv("PAPERHOUSE_QUERY_TIMEOUT_SECONDS", "0.5")
    with pytest.raises(QueryError, match=r"the query has taken 0\.5 s and was ended"):
        run_foreign_query(load_settings(seed_home), ENDLESS, 10)


def test_rows_and_the_state_named_belong_together(seed_home, monkeypatch):
    from paperhouse.flows.mcp import answers

    states = iter([{"generation": 1}, {"generation": 2}, {"generation": 2}])
    queries = []
    monkeypatch.setattr(answers, "_state", lambda _: next(states))
    monkeypatch.setattr(
        answers,
        "run_foreign_query",
        lambda home, query, n: queries.append(n) or run_foreign_query(home, query, n),
    )
    answer = query_answer(Settings(home=seed_home), "select 1 as x", 99_999)
    assert queries == [MAX_ROWS, MAX_ROWS]
    assert answer["provenance"] == {"generation": 2, "query": "select 1 as x"}


def test_without_the_extra_the_command_says_what_to_install(seed_home, monkeypatch):
    import importlib.util

    from click.testing import CliRunner

    from paperhouse.flows.cli.main import main

    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    done = CliRunner().invoke(main, ["mcp", "--home", str(seed_home)])
    assert done.exit_code == 1
    assert "pip install 'paperhouse[mcp]'" in done.output
