"""A small dated folder of digests beside the seeds, and what the warehouse of both must come to."""

from pathlib import Path

import pytest

SECTION = """# {title}

**Authors**: {authors}

**Link**: [PDF](https://arxiv.org/pdf/{arxiv_id})

**Abstract**: {abstract}

---
"""
LISTS = {
    "8-Apr-2025/AI/README.md": [("2504.00001", "One", "Ann Lee, Bob Ray"), ("2504.00002", "Two", "Cid Cox")],
    "8-Apr-2025/NLP/README.md": [("2504.00001", "One", "Ann Lee, Bob Ray")],
    "9-Apr-2025/AI/README.md": [
        ("2504.00002", "Two, newly worded", "Cid Cox"),
        ("2504.04178", "Three", "Ann Lee"),
    ],
    "9-Apr-2025/NLP/README.md": [],
}


@pytest.fixture(scope="session")
def more_digests(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("more") / "digests"
    for path, papers in LISTS.items():
        sections = [
            SECTION.format(arxiv_id=arxiv_id, title=title, authors=authors, abstract=f"On {title}.")
            for arxiv_id, title, authors in papers
        ]
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join(sections))
    return root


@pytest.fixture(scope="session")
def full_hash(tmp_path_factory, bench, seeds, more_digests) -> str:
    """Content hash of a warehouse of the seeds and the other digests that nothing disturbed."""
    root = tmp_path_factory.mktemp("undisturbed") / "home"
    bench.loaded(root, seeds)
    bench.loaded(root, more_digests)
    return bench.hash_of(root)
