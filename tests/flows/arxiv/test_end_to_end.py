"""Seeds and a digest of recorded papers, enriched and harvested by the commands from recorded real replies."""

# ruff: noqa: PLR0913, PLR0917 - pytest passes fixtures by name

import re
import shutil
from urllib.parse import parse_qsl, urlsplit

import pytest

from paperhouse.transforms.arxiv.atom import read_query_reply
from paperhouse.transforms.papers.author_names import name_key
from paperhouse.transforms.read_digest import read_digest
from paperhouse.transforms.text.path_metadata import Place

COLUMNS = [
    "version",
    "primary_category",
    "published_at",
    "updated_at",
    "comment",
    "doi",
    "journal_ref",
    "n_authors",
    "abstract",
    "first_listed_date",
]


def filled(bench, home):
    """Number of papers, of non-null values by column, and of author lists and abstracts that are full."""
    counts = ", ".join(f"count({name})" for name in COLUMNS)
    full = ", ".join(f"count(*) filter ({name}_completeness = 'full')" for name in ("authors", "abstract"))
    ((n_papers, *numbers),) = bench.rows(home, f"select count(*), {counts}, {full} from papers")
    return {
        "papers": n_papers,
        **dict(zip([*COLUMNS, "full authors", "full abstract"], numbers, strict=True)),
    }


@pytest.fixture
def first_author_digest(recorded_entries, known, made, tmp_path):
    """The recorded papers as a table bot lists them: date, title, first author and link, in no digest otherwise."""
    rows = []
    for entry in recorded_entries.values():
        (record,) = read_query_reply(made.atom([entry]), known).records
        paper = record.entry
        title = paper.title.replace("|", "\\|")
        link = f"[{paper.arxiv_id}](http://arxiv.org/abs/{paper.arxiv_id})"
        rows.append(f"|**{paper.updated_at:%Y-%m-%d}**|**{title}**|{paper.authors[0]} et.al.|{link}|null|")
    head = "## Updated on 2026.08.01\n\n## Testing\n\n|Publish Date|Title|Authors|PDF|Code|\n|---|---|---|---|---|\n"
    folder = tmp_path / "bot"
    folder.mkdir()
    (folder / "README.md").write_text(head + "\n".join(rows) + "\n")
    return folder


def test_a_bots_table_of_recorded_papers_is_completed_from_the_recorded_replies(
    seed_home, first_author_digest, run, server, made, recorded_entries, bench, tmp_path
):
    home = shutil.copytree(seed_home, tmp_path / "home")
    assert run("ingest", first_author_digest).exit_code == 0
    before = filled(bench, home)
    listed = bench.rows(home, "select arxiv_id, first_listed_date, n_listings from papers order by 1")
    server.answer = made.api(recorded_entries)
    done = run("enrich")
    # The recorded replies hold none of the papers of the seeds: of those arXiv, as recorded, knows nothing.
    assert re.search(r"asked +64 answered, 54 unknown\n", done.stdout)
    after = filled(bench, home)
    assert before == {
        "papers": 118,
        **dict.fromkeys(
            ["version", "primary_category", "published_at", "updated_at", "comment", "doi", "journal_ref"], 0
        ),
        "n_authors": 118,
        "abstract": 54,
        "first_listed_date": 77,
        "full authors": 54,
        "full abstract": 54,
    }
    assert after == {
        "papers": 118,
        "version": 64,
        "primary_category": 64,
        "published_at": 64,
        "updated_at": 64,
        # As often as the elements stand in the recorded text.
        **{
            name: sum(f"<arxiv:{name}" in entry for entry in recorded_entries.values())
            for name in ("comment", "doi", "journal_ref")
        },
        "n_authors": 118,
        "abstract": 118,
        "first_listed_date": 77,
        "full authors": 118,
        "full abstract": 118,
    }
    assert bench.rows(home, "select arxiv_id, first_listed_date, n_listings from papers order by 1") == listed
    assert bench.rows(
        home, "select distinct source_kind from variants semi join papers using (variant_id) order by 1"
    ) == [
        ("arxiv",),
        ("digest",),
    ]
    assert (after["comment"], after["doi"], after["journal_ref"]) == (63, 17, 8)


def test_seeds_with_replies_made_from_their_own_words_gain_what_digests_leave_out(
    seed_home, run, server, made, bench, tmp_path
):
    """No reply about the seeds is recorded; these are made: the seeds' words, and facts that are not real."""
    home = shutil.copytree(seed_home, tmp_path / "home")
    papers = bench.rows(
        home,
        "select arxiv_id, any_value(title), list(name_as_written order by position), any_value(abstract) "
        "from papers join paper_authors using (arxiv_id) group by arxiv_id",
    )
    server.answer = made.api(
        {
            arxiv_id: made.atom_entry(
                arxiv_id, 2, title, authors=authors, abstract=abstract, categories=["cs.IR", "cs.AI"]
            )
            for arxiv_id, title, authors, abstract in papers
        }
    )
    before = filled(bench, home)
    n_authors = bench.rows(home, "select count(*) from authors")
    assert run("enrich").exit_code == 0
    after = filled(bench, home)
    gained = {name: after[name] - before[name] for name in after if after[name] != before[name]}
    assert gained == {"version": 54, "primary_category": 54, "published_at": 54, "updated_at": 54}
    assert bench.rows(home, "select count(*) from authors") == n_authors


def test_recorded_lists_are_harvested_by_the_command_in_both_formats(
    run, server, reply, recorded_oai, oai_requests, bench, tmp_path
):
    answers = {}
    for one in oai_requests:
        query = dict(parse_qsl(urlsplit(one["request"]).query))
        if query.get("verb") == "ListRecords" and one["file"].startswith(
            ("ListRecords.arXivRaw.paged", "ListRecords.arXiv.oneday")
        ):
            answers[query.get("resumptionToken", query.get("metadataPrefix")).replace("%25", "%")] = (
                recorded_oai[one["file"]]
            )

    def answer(path):
        query = dict(parse_qsl(urlsplit(path).query))
        return reply(
            answers[query.get("resumptionToken", query.get("metadataPrefix"))], content_type="text/xml"
        )

    server.answer = answer
    raw = run("harvest", "--from", "2005-09-16")
    split = run("harvest", "--from", "2011-02-03", "--until", "2011-02-03", "--prefix", "arXiv")
    assert "replies    13 asked for\nrecords    503, 0 deleted" in raw.stdout
    assert "replies    3 asked for\nrecords    103, 0 deleted" in split.stdout
    home = tmp_path / "home"
    assert bench.rows(home, "select count(*), count(version), count(published_at) from papers") == [
        (503, 503, 503)
    ]
    pages = [body for name, body in recorded_oai.items() if name.startswith("ListRecords.arXivRaw.paged")]
    n_versions = sum(body.count(b'<version version="') for body in pages)
    versions = "select count(*), count(distinct arxiv_id) from paper_versions"
    assert bench.rows(home, versions) == [(n_versions, 503)] == [(1026, 503)]
    assert bench.rows(home, "select sum(n_ids_seen), sum(n_ids_unaccounted) from digests") == [(606, 0)]
    assert bench.rows(home, "select prefix, n_replies from harvest_points order by 1") == [
        ("arXiv", 3),
        ("arXivRaw", 13),
    ]
    assert run("verify").exit_code == 0
    before = bench.hash_of(home)
    assert run("rebuild").exit_code == 0
    assert bench.hash_of(home) == before


@pytest.mark.parametrize(("arxiv_id", "day"), [("2504.04921", "8-Apr-2025"), ("2502.09460", "14-Feb-2025")])
def test_a_digest_and_the_query_api_give_one_paper_the_same_name_keys(
    arxiv_id, day, shared_corpus, recorded_entries, made, known
):
    content = (shared_corpus / "reporter" / day / "AI" / "README.md").read_bytes()
    digest = read_digest(content, Place("README.md", (day, "AI", "README.md")))
    (listed,) = [entry for entry in digest.entries if entry.arxiv_id == arxiv_id]
    (record,) = read_query_reply(made.atom([recorded_entries[arxiv_id]]), known).records
    assert [name_key(name) for name in listed.authors] == [name_key(name) for name in record.entry.authors]
