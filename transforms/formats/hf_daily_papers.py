"""Hugging Face's daily papers as its API gives them: `/api/daily_papers?date=2024-05-27`.

```
[{"paper": {"id": "2405.15738", "authors": [{"name": "A", "hidden": false}], "publishedAt": "2024-05-24T17:34:15.000Z",
  "title": "...", "summary": "...", "upvotes": 46, "githubRepo": "...", "projectPage": "..."},
  "publishedAt": "...", "title": "...", "numComments": 3}]
```
Bots keep that list bare or under a name (`papers`, `data`), and flatten its records; then the link says that it is
a paper of Hugging Face's. `summary` is arXiv's abstract, wrapped; `ai_summary` is generated. `publishedAt` of the
paper is the day of its first version.
"""

import re

from paperhouse.transforms.arxiv.identifiers import ID_PATTERN
from paperhouse.transforms.calendar.dates import date_in
from paperhouse.transforms.calendar.stated_times import time_of
from paperhouse.transforms.digest import DigestFormat, Entry, LinkKind, Parsed
from paperhouse.transforms.parsing.json_document import outline_of, records_of
from paperhouse.transforms.parsing.json_records import Record, place_record, read_api_record, text_of

_LISTS = frozenset({"papers", "data", "items", "daily_papers", "dailyPapers"})
_PAPER_LINK = re.compile(
    rf"https?://(?:www\.)?(?:huggingface\.co|hf\.co)/papers/(?P<id>{ID_PATTERN})(?:[/?#].*)?", re.IGNORECASE
)
_LINK_NAMES = ("url", "link", "hf_url", "paper_url", "hf_link", "huggingface_url")
_LEFT_OUT = frozenset(
    {
        "thumbnail", "authors", "mediaUrl", "mediaUrls", "_id", "githubRepo", "projectPage", "github", "project_page",
        "publishedAt", "submittedOnDailyAt", "numComments", "isAuthorParticipating", "discussionId",
    }
)  # fmt: skip
_LINKS: tuple[tuple[str, LinkKind], ...] = (
    ("githubRepo", "code"), ("github", "code"), ("projectPage", "project"), ("project_page", "project"),
)  # fmt: skip


def recognise(head: str) -> bool:
    """Whether the first record wraps a paper as the API does, or links to a paper of Hugging Face's."""
    outline = outline_of(head)
    if outline is None or not outline.is_list or outline.name not in {None, *_LISTS}:
        return False
    first = outline.first
    paper = first.get("paper")
    if isinstance(paper, dict):
        return "id" in paper and "title" in paper
    return "title" in first and _linked_id(first) is not None and "paper_id" not in first


def parse(text: str) -> Parsed:
    """Read every record of the list."""
    parsed, found, facts = records_of(text, _LISTS)
    for named in found:
        place_record(parsed, named.located, read_paper)
    stated = facts.get("date")
    parsed.heading_date = date_in(stated) if isinstance(stated, str) else None
    return parsed


def read_paper(record: Record) -> Entry | str:
    """Read one record, flat or with the paper inside; what the paper itself says goes first."""
    inner = record.get("paper")
    paper: Record = inner if isinstance(inner, dict) else {}
    fields = {key: value for key, value in {**record, **paper}.items() if key not in {"paper", *_LEFT_OUT}}
    title = text_of(fields.get("title"))
    entry = read_api_record(
        fields
        | {
            "title": " ".join(map(str.strip, title.split("\n"))) if title else None,
            "authors": paper.get("authors", record.get("authors")),
            "arxiv_id": _linked_id(record) or fields.get("arxiv_id"),
        }
    )
    if isinstance(entry, Entry):
        entry.published_at = time_of(paper.get("publishedAt", record.get("publishedAt")))
        if entry.published_at is not None:
            entry.stated_date, entry.stated_date_kind = entry.published_at.date(), "published"
        entry.links += [
            (url, kind) for key, kind in _LINKS if (url := text_of(paper.get(key, record.get(key))))
        ]
    return entry


def _linked_id(record: Record) -> str | None:
    """Identifier in a link to a paper of Hugging Face's; None if the record has none."""
    links = (text_of(record.get(name)) for name in _LINK_NAMES)
    return next((match["id"] for link in links if link and (match := _PAPER_LINK.fullmatch(link))), None)


FORMAT = DigestFormat(
    name="hf_daily_papers",
    description="Hugging Face daily papers as JSON, as its API gives them or flattened by a bot",
    authors="full",
    abstract="full",
    recognise=recognise,
    parse=parse,
)
