"""Every layout of a stranger gives the papers as arXiv states them: identifier, title, authors and abstract."""

import json
from pathlib import Path

import pytest

from paperhouse.transforms.read_digest import read_digest
from paperhouse.transforms.text.path_metadata import Place
from tests.support.stranger_layouts import STRANGERS

GOLDEN = Path(__file__).parents[2] / "golden" / "generic"
N_PAPERS = 8


def papers():
    """Real papers of the goldens with whole lists of authors and abstracts, in the order of their identifiers."""
    found = {}
    for path in GOLDEN.glob("*/*.expected.jsonl"):
        for line in path.read_text("utf-8").split("\n")[1:]:
            record = json.loads(line) if line else {}
            whole = (
                record.get("authors_completeness") == "full" and record.get("abstract_completeness") == "full"
            )
            if whole and len(record["authors"]) > 1 and len(record["abstract"]) > 400 and record.get("title"):
                record["id"] = record["arxiv_id"]
                record["abstract"] = " ".join(record["abstract"].split())
                found[record["id"]] = record
    return [found[key] for key in sorted(found)]


PAPERS = papers()


@pytest.mark.parametrize("name", STRANGERS)
def test_a_layout_that_nobody_here_has_seen_is_read_whole(name):
    layout = STRANGERS[name]
    start = sum(map(ord, name)) % (len(PAPERS) - N_PAPERS)
    listed = PAPERS[start : start + N_PAPERS]
    texts = layout.render(listed)
    digests = [
        read_digest(text.encode(), Place(f"x.{layout.ending}", (f"x.{layout.ending}",)))
        for text in ([texts] if isinstance(texts, str) else texts)
    ]
    assert all(digest is not None and not digest.rejects for digest in digests)
    read = [
        (
            entry.arxiv_id,
            entry.title,
            entry.authors if layout.authors else [],
            " ".join((entry.abstract or "").split()) if layout.abstract else "",
        )
        for digest in digests
        for entry in digest.entries
    ]
    assert read == [
        (
            paper["id"],
            paper["title"],
            paper["authors"] if layout.authors else [],
            paper["abstract"] if layout.abstract else "",
        )
        for paper in listed
    ]
