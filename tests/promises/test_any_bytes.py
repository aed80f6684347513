"""P1 and P6: whatever the bytes, reading them gives entries, rejects and furniture that add up, or no digest."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paperhouse.flows.sources.seeds import seed_digests
from paperhouse.transforms.digests.statements import statement_frames
from paperhouse.transforms.formats import known_formats, reporter
from paperhouse.transforms.read_digest import read_digest
from paperhouse.transforms.text.path_metadata import Place

GOLDEN = Path(__file__).parents[1] / "golden"
SEEDS = sorted(seed_digests().glob("*.txt"))
GOLDENS = sorted(p for p in GOLDEN.glob("*/*") if p.is_file() and ".expected" not in p.name)
PATHS = ["8-Apr-2025/AI/README.md", "data/2025-04-08.jsonl", "x.csv", "notes.txt"]
CONTENTS = [path.read_bytes() for path in GOLDENS]
HOSTILE = [
    b"\x00", b"\r", b"\r\n", b"\n", b"\n\n---\n", b"\n# ", b"\n## ", b"\n### [1] [x](y)\n*A*\n", b"\n### 1. ", b"|", b" | ",
    b"\n|---|\n", b"<details>", b"</details>", b"**", b"\n**Link**: ", b"[", b"](", b"{", b"}", b'"', b"'", b"\\", b",", b";",
    b"\n- 2022-01-19, **T**, ", b"https://arxiv.org/abs/2504.00001", b"hep-th/9901001", b"arXiv:2513.00001v0", b"\xff",
    b"\xed\xa0\x80", b"\xe2\x80\xa8", b"\xe2\x80\xae", b"\xef\xbb\xbf", b"\xc3\x83\xc2\xa0", b"NaN", b"1e999", b"null", b"[" * 1200,
    b'{"a":' * 1200, b" et.al.", "等".encode(), b"$(x)", b"=1+1", b"Updated on 2025.13.45", b'"papers": [', b"---\n",
]  # fmt: skip
REPORTER_PIECES = [
    "Title", " ", "\n", "\n\n", "\n\n---\n# ", "\n---\n", "**", "\n\n**Authors**:", " A, B", "\n\n**Link**: ", "\n\n**Abstract**:",
    "[PDF](https://arxiv.org/pdf/2504.05220)", "[PDF](https://arxiv.org/pdf/2504.05220v2)", "[PDF](https://arxiv.org/pdf/9)",
    "\n\n**Title (ZH)**: T", "\n\n**Abstract (ZH)**: Z", " text", "\u2028", "\n\n**Authors**: A\n\n**Link**: [PDF](https://arxiv.org/pdf/2504.05220)\n\n**Abstract**: x",
]  # fmt: skip
QUIET = {"deadline": None, "database": None}


def check(content: bytes, path: str = PATHS[0]) -> None:
    digest = read_digest(content, Place(path, tuple(path.split("/"))))
    if digest is None:
        return
    assert digest.fault is None, digest.fault
    assert digest.n_entry_lines + digest.n_reject_lines + digest.n_furniture_lines == digest.n_lines
    if digest.unit == "line":
        spans = [*digest.entries, *digest.rejects, *digest.furniture]
        covered = sorted(line for span in spans for line in range(span.line_start, span.line_end + 1))
        assert covered == list(range(1, digest.n_lines + 1))
    frames = statement_frames([digest], "L1")
    assert frames["listings"].height == len(digest.entries)
    assert frames["rejects"].height == len(digest.rejects)


def mutated(content: bytes, how: str, one: int, other: int) -> bytes:
    lines = content.split(b"\n")
    first, second = one % len(lines), other % len(lines)
    if how == "insert":
        at = one % (len(content) + 1)
        return content[:at] + HOSTILE[other % len(HOSTILE)] + content[at:]
    if how == "splice":
        # The head of one family with the body of another.
        stranger = CONTENTS[other % len(CONTENTS)]
        return content[: one % (len(content) + 1)] + stranger[one % (len(stranger) + 1) :]
    if how == "cut":
        return content[: one % (len(content) + 1)]
    if how == "cut_front":
        return content[one % (len(content) + 1) :]
    if how == "double":
        lines.insert(first, lines[first])
    elif how == "delete":
        del lines[first : first + 1 + other % 3]
    elif how == "swap":
        lines[first], lines[second] = lines[second], lines[first]
    elif how == "flip":
        at = one % max(len(content), 1)
        return content[:at] + bytes([other % 256]) + content[at + 1 :]
    else:
        lines[first] = b" " * (other % 3) + lines[second]
    return b"\n".join(lines)


MUTATIONS = st.tuples(
    st.sampled_from(["cut", "cut_front", "double", "delete", "swap", "flip", "paste", "insert", "splice"]),
    st.integers(0, 1 << 20),
    st.integers(0, 1 << 20),
)


@settings(max_examples=200, **QUIET)
@given(st.binary(max_size=2000), st.sampled_from(PATHS))
def test_any_bytes_add_up(content, path):
    check(content, path)


# Pieces of real layouts, so that parsers are entered at all.
PIECES = st.sampled_from(
    [
        "# ", "# Title\n", "**Authors**: ", "\n**Link**: [PDF](https://arxiv.org/pdf/2504.00001)\n",
        "**Abstract**: ", "\n---\n", "---\n", "| ", " | ", " |\n", "<details>", "</details>",
        "| Title | Link | abstract | author |\n| --- | --- | --- | --- |\n", "Title,Link,Desc,author\n",
        "[x](https://arxiv.org/abs/2504.00001v1)", "## Robotics\n", "### SLAM\n", "arXiv:2504.00001",
        "|**2025-04-08**|**T**|A et.al.|[2504.00001](http://arxiv.org/abs/2504.00001)|null|\n",
        "|Publish Date|Title|Authors|PDF|Code|\n|---|---|---|---|---|\n", "vis-Ã\xa0-vis",
        '{"id": "2504.00001", "title": "T", "summary": "\\ud800", "authors": ["A"]}', '{"', "}", "[", "]",
        "{'title': 'T', 'pdf_link': 'https://arxiv.org/pdf/2504.00001', 'authors': 'A'}\n", '"', ",",
        "\r\n", "\r", "\n\n", "\x00", "\u2028", "\ufeff", " ", "\t",
    ]
)  # fmt: skip


@settings(max_examples=400, **QUIET)
@given(st.lists(PIECES | st.text(max_size=8), max_size=25), st.sampled_from(PATHS))
def test_any_text_adds_up(pieces, path):
    check("".join(pieces).encode("utf-8", "replace"), path)


@settings(max_examples=60, **QUIET)
@given(st.sampled_from(SEEDS), st.lists(MUTATIONS, min_size=1, max_size=4))
def test_damaged_seeds_add_up(seed, mutations):
    content = seed.read_bytes()
    for mutation in mutations:
        content = mutated(content, *mutation)
    check(content)


@settings(max_examples=250, **QUIET)
@given(st.sampled_from(GOLDENS), st.lists(MUTATIONS, min_size=1, max_size=4))
def test_damaged_digests_of_every_family_add_up(golden, mutations):
    content = golden.read_bytes()
    for mutation in mutations:
        content = mutated(content, *mutation)
    check(content, f"8-Apr-2025/{golden.name}")


@pytest.mark.slow
@settings(max_examples=5000, **QUIET)
@given(st.sampled_from(GOLDENS + SEEDS), st.lists(MUTATIONS, min_size=1, max_size=6))
def test_damaged_digests_add_up_at_length(digest, mutations):
    content = digest.read_bytes()
    for mutation in mutations:
        content = mutated(content, *mutation)
    check(content, f"8-Apr-2025/{digest.name}")


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS, ids=lambda path: path.stem)
def test_a_seed_cut_at_every_hundredth_byte_adds_up(seed):
    content = seed.read_bytes()
    for end in range(0, len(content), 97):
        check(content[:end])


def test_no_two_formats_claim_the_same_seed_or_golden():
    for path in GOLDENS + SEEDS:
        head = path.read_text("utf-8", errors="replace")[:65_536]
        claims = [known.name for known in known_formats() if known.recognise(head)]
        assert len(claims) <= 1, path


@settings(**QUIET)
@given(st.lists(st.sampled_from(REPORTER_PIECES), max_size=14).map("".join))
def test_the_quick_way_through_a_reporter_section_gives_what_the_general_way_gives(pieces):
    quick = reporter.parse("# " + pieces)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reporter, "_usual_fields", lambda _: None)
        assert reporter.parse("# " + pieces) == quick
