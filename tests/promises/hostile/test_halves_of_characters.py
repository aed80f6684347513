r"""A JSON text may escape half a character (`\ud800`), which no encoding holds: it costs that field, never the load."""

import json
from pathlib import Path

import pytest

from paperhouse.transforms.digests.statements import statement_frames
from paperhouse.transforms.parsing.repairs import whole_text
from paperhouse.transforms.read_digest import ReadDigest, read_digest
from paperhouse.transforms.text.path_metadata import Place

HALF = "@@HALF@@"
ROW = "|**2021-10-14**|**A title**|Ann Lee et.al.|[{0}](http://arxiv.org/abs/{0})|**[link](https://github.com/a/b)**|\n"
RECORD = {
    "id": "2504.00012",
    "title": "A title",
    "authors": ["Ann Lee", "Bob Ray"],
    "categories": ["cs.CL", "cs.AI"],
    "comment": "Five pages",
    "doi": "10.1/x",
    "journal_ref": "J. 1",
    "summary": "On words.",
    "topic": "SLAM",
    "title_zh": "标题标题",
    "code": "https://github.com/a/b",
    "abs": "https://arxiv.org/abs/2504.00012",
    "AI": {"tldr": "Short.", "score": "9"},
}
REPR = {
    "title": "A title",
    "arxiv_id": "arXiv:2504.00012",
    "authors": "Ann Lee, Bob Ray",
    "abstract": "On words.",
    "abstract_zh": "中文中文",
}
DOCUMENTS = {
    "cv_arxiv_daily_json": {
        "SLAM": {"2504.00011": ROW.format("2504.00011"), "2504.00012": ROW.format("2504.00012")}
    },
    "ai_enhanced_jsonl": RECORD,
    "scroll_json": {"count": 1, "papers": [RECORD]},
    "reporter_jsonl": REPR,
}


def places_of(value, path=()):
    """Every string of a document, as a path to it; a key counts as well as a value."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield (*path, ("key", key))
            yield from places_of(inner, (*path, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from places_of(inner, (*path, number))
    elif isinstance(value, str):
        yield path


def marked(value, path):
    """The document with a mark in the middle of one string."""
    step, *rest = path
    if isinstance(step, tuple):
        return {(_with_mark(key) if key == step[1] else key): inner for key, inner in value.items()}
    changed = value.copy()
    changed[step] = marked(value[step], rest) if rest else _with_mark(value[step])
    return changed


def _with_mark(text):
    return text[: len(text) // 2] + HALF + text[len(text) // 2 :]


def text_with(name: str, path, escape: str) -> str:
    document = marked(DOCUMENTS[name], path)
    written = repr(document) if name == "reporter_jsonl" else json.dumps(document, ensure_ascii=False)
    lines = {
        "reporter_jsonl": [repr({**REPR, "arxiv_id": f"arXiv:2504.0009{n}"}) for n in range(3)],
        "ai_enhanced_jsonl": [json.dumps({**RECORD, "id": f"2504.0009{n}"}) for n in range(3)],
    }
    return "\n".join([*lines.get(name, ()), written]).replace(HALF, escape)


CASES = [
    pytest.param(name, path, escape, id=f"{name} {'.'.join(map(str, path))} {escape}")
    for name, document in DOCUMENTS.items()
    for path in places_of(document)
    for escape in (r"\ud800", r"\udfff")
]


def digest_of(text: str) -> ReadDigest | None:
    return read_digest(text.encode(), Place("x.json", ("x.json",)))


def texts_of(digest: ReadDigest) -> str:
    return repr([digest.entries, digest.rejects, digest.repairs, digest.list_name])


@pytest.mark.parametrize(("name", "path", "escape"), CASES)
def test_half_a_character_anywhere_is_a_repair_or_a_reject(name, path, escape):
    digest = digest_of(text_with(name, path, escape))
    assert digest is not None
    assert digest.fault is None
    statement_frames([digest], "L1")
    repr(digest).encode()
    is_told = any(repair.before.endswith(escape) or escape in repair.before for repair in digest.repairs)
    is_rejected = any(escape in reject.text for reject in digest.rejects)
    is_replaced = "\ufffd" in texts_of(digest)
    assert is_told or is_rejected or not is_replaced
    assert digest.entries or digest.rejects


def test_every_repair_says_what_the_file_says_and_what_is_kept():
    digest = digest_of(text_with("ai_enhanced_jsonl", ("title",), r"\ud800"))
    (repair,) = digest.repairs
    assert (repair.position, repair.field, repair.line_start) == (4, "title", 4)
    assert (repair.before, repair.after) == (r"A t\ud800itle", "A t\ufffditle")
    assert digest.entries[3].title == "A t\ufffditle"


def test_halves_are_replaced_also_where_encodings_are_not_repaired():
    content = text_with("ai_enhanced_jsonl", ("title",), r"\ud800").encode()
    digest = read_digest(content, Place("x.jsonl", ("x.jsonl",)), is_repairing=False)
    assert [repair.field for repair in digest.repairs] == ["title"]


def test_a_field_that_is_repaired_twice_is_one_repair():
    text = text_with("ai_enhanced_jsonl", ("title",), "vis-\\u00c3\\u00a0-vis \\ud800 ")
    digest = digest_of(text)
    (repair,) = digest.repairs
    assert "\\ud800" in repair.before
    assert "vis-à-vis \ufffd" in repair.after


def test_whole_pairs_and_backslashes_that_escape_nothing_stay():
    emoji = digest_of(text_with("ai_enhanced_jsonl", ("title",), r"\ud83d\ude00"))
    assert (emoji.entries[3].title, emoji.repairs) == ("A t\U0001f600itle", [])
    written = digest_of(text_with("ai_enhanced_jsonl", ("title",), r"\\ud800"))
    assert (written.entries[3].title, written.repairs) == (r"A t\ud800itle", [])
    assert whole_text("\ud83d\ude00") == "\U0001f600"


def json_goldens():
    """Golden cases of every family that are one JSON document or JSON lines, as parsed."""
    for path in sorted((Path(__file__).parents[2] / "golden").glob("*json*/*")):
        if ".expected" in path.name or not path.is_file():
            continue
        text = path.read_text("utf-8", errors="replace")
        try:
            yield path, [json.loads(text)]
        except (ValueError, RecursionError):
            lines = [line for line in text.split("\n") if line.strip()]
            try:
                yield path, [json.loads(line) for line in lines]
            except (ValueError, RecursionError):
                continue


@pytest.mark.parametrize(
    ("path", "documents"), list(json_goldens()), ids=lambda value: getattr(value, "name", "")
)
def test_half_a_character_in_a_golden_case_of_any_family(path, documents):
    places = [(number, place) for number, document in enumerate(documents) for place in places_of(document)]
    for number, place in places[:: max(len(places) // 20, 1)]:
        changed = documents.copy()
        changed[number] = marked(documents[number], place)
        text = "\n".join(json.dumps(document, ensure_ascii=False) for document in changed)
        digest = read_digest(text.replace(HALF, r"\ud800").encode(), Place(path.name, ("data", path.name)))
        if digest is not None:
            assert digest.fault is None
            statement_frames([digest], "L1")
            repr(digest).encode()


def test_golden_cases_of_json_are_found():
    assert len({path.parent.name for path, _ in json_goldens()}) >= 3


def test_all_such_files_load_beside_good_ones(bench, tmp_path):
    folder = tmp_path / "in"
    (folder / "good").mkdir(parents=True)
    (folder / "good" / "2025-04-08.jsonl").write_text(json.dumps(RECORD).replace("00012", "00500"))
    for number, case in enumerate(CASES):
        name, path, escape = case.values
        Path(folder / f"{number}.json").write_text(text_with(name, path, escape))
    summary = bench.ingest(tmp_path / "home", folder)
    assert summary.problems == []
    assert summary.warnings == []
    assert summary.n_files == summary.n_digests == len(CASES) + 1
    assert bench.rows(tmp_path / "home", "select count(*) from papers where arxiv_id = '2504.00500'") == [
        (1,)
    ]
