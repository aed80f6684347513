"""Digest files as data and as bytes: what each one says is known before anything reads it.

Four layouts, of which two are siblings of each other. The alphabets are small, so that papers meet again in
other wordings, versions, lists and places all the time.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import date

from hypothesis import strategies as st

from paperhouse.transforms.keys import stable_hex

MASKED = "Code at this https URL."
UNMASKED = "Code at https://github.com/x/y."
SUBMITTED = {
    "2504.00001": date(2025, 4, 1),
    "2504.00002": date(2025, 4, 1),
    "hep-th/9901001": date(1999, 1, 1),
}
NAMES = ("Ann Lee", "ANN LEE", "José Ray", "Jose Ray", "J. Ray", "Bob Cid")
CATEGORIES = ((), ("cs.AI",), ("cs.IR", "cs.AI"))


@dataclass(frozen=True)
class Said:
    """What one digest says of one paper."""

    arxiv_id: str
    version: int | None
    title: str
    authors: tuple[str, ...]
    abstract: str | None
    categories: tuple[str, ...] = ()
    comment: str | None = None
    is_list_cut: bool = False
    is_abstract_cut: bool = False

    @property
    def written_id(self) -> str:
        return self.arxiv_id + (f"v{self.version}" if self.version else "")

    @property
    def authors_completeness(self) -> str:
        return ("truncated" if self.is_list_cut else "full") if self.authors else "none"

    @property
    def abstract_completeness(self) -> str:
        return ("truncated" if self.is_abstract_cut else "full") if self.abstract else "none"


@dataclass(frozen=True)
class Page:
    """One digest file: where it lies, what its place says, what it says, and its text."""

    path: str
    layout: str
    list_name: str | None
    day: date | None
    entries: tuple[Said, ...]
    text: str

    @property
    def format(self) -> str:
        return self.layout if self.text else "empty"

    @property
    def digest_id(self) -> str:
        sha256 = hashlib.sha256(self.text.encode()).hexdigest()
        return stable_hex(sha256, self.day.isoformat() if self.day else None, self.list_name)


def _section(said: Said, *, is_last_cut: bool) -> str:
    head = f"# {said.title} \n\n**Authors**: {', '.join(said.authors)}  \n\n"
    link = f"**Link**: [PDF](https://arxiv.org/pdf/{said.written_id})  \n\n"
    return f"{head}{link}**Abstract**: {said.abstract or ''}" + ("" if is_last_cut else " \n\n---\n")


def _row(said: Said, *, is_last_cut: bool) -> str:
    url = f"https://arxiv.org/abs/{said.written_id}"
    row = f"| {said.title} | [{url}]({url}) | {said.abstract or ''} | {', '.join(said.authors)}"
    return row + ("" if is_last_cut else " |\n")


def _python_line(said: Said) -> str:
    link = f"https://arxiv.org/abs/{said.written_id}"
    record = {"arxiv_id": f"arXiv:{said.written_id}", "title": said.title, "authors": ", ".join(said.authors)}
    return f"{record | {'link': link, 'abstract': said.abstract or ''}!r}\n"


def _json_line(said: Said) -> str:
    pages = {name: f"https://arxiv.org/{name}/{said.arxiv_id}" for name in ("abs", "pdf")}
    record = {"id": said.written_id, "title": said.title, "authors": said.authors, "summary": said.abstract}
    return json.dumps(record | {"comment": said.comment, "categories": said.categories} | pages) + "\n"


_REPORT_HEAD = "# arXiv Daily Report\n\n| Title | Link | abstract | author |\n| --- | --- | --- | --- |\n"


def page_of(  # noqa: PLR0913, PLR0917 - a file's place and content, each by its name
    path: str,
    layout: str,
    list_name: str | None,
    day: date | None,
    entries: tuple[Said, ...],
    is_cut: bool,  # noqa: FBT001
) -> Page:
    """The file at `path` that says this; `is_cut` breaks it off where its last entry should be closed."""
    # Only one layout states everything, and only two close what they say last, so that a cut shows.
    if layout != "ai_enhanced_jsonl":
        entries = tuple(_replaced(said, categories=(), comment=None) for said in entries)
    cut = {"reporter": ("abstract", "is_abstract_cut"), "report_table": ("authors", "is_list_cut")}.get(
        layout
    )
    is_cut = bool(is_cut and cut and entries and getattr(entries[-1], cut[0]))
    if cut and is_cut:
        entries = (*entries[:-1], _replaced(entries[-1], **{cut[1]: True}))
    last = len(entries) - 1
    if layout in {"reporter", "report_table"}:
        write = _section if layout == "reporter" else _row
        parts = [write(said, is_last_cut=is_cut and n == last) for n, said in enumerate(entries)]
    else:
        parts = [(_python_line if layout == "reporter_jsonl" else _json_line)(said) for said in entries]
    text = (_REPORT_HEAD if layout == "report_table" else "") + "".join(parts)
    return Page(path, layout, list_name, day, entries, text)


def _replaced(said: Said, **facts: object) -> Said:
    return Said(**{**vars(said), **facts})  # type: ignore[arg-type]


def entries() -> st.SearchStrategy[tuple[Said, ...]]:
    said = st.builds(
        Said,
        arxiv_id=st.sampled_from(sorted(SUBMITTED)),
        version=st.sampled_from([None, None, 2, 3]),
        title=st.sampled_from(["A title", "A Title"]),
        authors=st.lists(st.sampled_from(NAMES), max_size=3).map(tuple),
        abstract=st.sampled_from([None, MASKED, UNMASKED, "Words."]),
        categories=st.sampled_from(CATEGORIES),
        comment=st.sampled_from([None, "9 pages"]),
    )
    return st.lists(said, max_size=3).map(tuple)


def _places() -> st.SearchStrategy[tuple[str, str, str | None, date | None]]:
    """Path, layout, and the list and date that the path says."""
    days = [date(2025, 4, 8), date(2025, 4, 9)]
    places = []
    for root in ("", "mirror/"):
        for day in days:
            folder = f"{root}{day.day}-Apr-2025"
            for name in ("AI", "NLP"):
                places += [
                    (f"{folder}/{name}/README.md", "reporter", name, day),
                    (f"{folder}/{name}/index.md", "reporter", name, day),
                    (f"{folder}/{name}/papers.jsonl", "reporter_jsonl", name, day),
                ]
            places += [
                (f"{folder}/README.md", "report_table", None, day),
                (f"{root}data/{day}.jsonl", "ai_enhanced_jsonl", None, day),
            ]
        places += [
            (f"{root}loose/README.md", "reporter", None, None),
            (f"{root}loose/papers.jsonl", "reporter_jsonl", None, None),
        ]
    return st.sampled_from(places)


def pages() -> st.SearchStrategy[Page]:
    """Any file."""
    return st.builds(
        lambda place, said, is_cut: page_of(*place, said, is_cut), _places(), entries(), st.booleans()
    )


def corrections(page: Page) -> st.SearchStrategy[Page]:
    """The file at the same place with another content."""
    place = (page.path, page.layout, page.list_name, page.day)
    return st.builds(lambda said, is_cut: page_of(*place, said, is_cut), entries(), st.booleans())


def siblings(page: Page) -> st.SearchStrategy[Page]:
    """A file beside the page of some of its entries and some others, in the other layout of its family."""
    folder = page.path.rpartition("/")[0]
    names = {"reporter": ("papers.jsonl", "reporter_jsonl"), "reporter_jsonl": ("README.md", "reporter")}
    name, layout = names[page.layout]
    whole = tuple(_replaced(said, is_abstract_cut=False, is_list_cut=False) for said in page.entries)
    said = st.tuples(st.integers(0, 3), entries()).map(lambda drawn: whole[: drawn[0]] + drawn[1][:1])
    return said.map(
        lambda some: page_of(f"{folder}/{name}", layout, page.list_name, page.day, some, is_cut=False)
    )


def mirrored(page: Page) -> Page:
    """The same file in the other place where its digest may lie."""
    path = page.path.removeprefix("mirror/") if page.path.startswith("mirror/") else f"mirror/{page.path}"
    return Page(**{**vars(page), "path": path})
