"""Look papers up by identifier in arXiv's query API, page by page, and believe only what is complete."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final
from urllib.parse import urlencode

from paperhouse.flows.arxiv.client.polite_client import Client, Fetched
from paperhouse.flows.arxiv.client.reply_cache import StoredReply
from paperhouse.transforms.arxiv.atom import QueryPage, read_query_reply
from paperhouse.transforms.arxiv.identifiers import split_version
from paperhouse.transforms.arxiv.records import ArxivRecord
from paperhouse.transforms.digest import Reject
from paperhouse.transforms.errors import InvalidArxivIdError, ReplyError

BATCH_SIZE: Final = 200
CONTENT_TYPES: Final = frozenset({"application/atom+xml", "application/xml", "text/xml"})
_STATUSES: Final = frozenset({200, 400})  # 400 brings an error entry with the reason
_REFUSED_ID: Final = "incorrect_id_format_for_"

AskedId = tuple[str, int | None]
"""A canonical identifier, and the version wanted or None for the latest."""


@dataclass(slots=True)
class LookedUp:
    """The answer to one batch. Every identifier of `asked` is in a record, in `unknown` or in `unread`.

    `unread` are papers that arXiv has, but whose entry lacks what every entry has: see `rejects`. `pages` pairs
    each reply that counts with what it holds, in order; `refusals` each reply that refuses an identifier's form.
    """

    asked: tuple[str, ...]
    records: list[ArxivRecord] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    pages: list[tuple[StoredReply, QueryPage]] = field(default_factory=list)
    refusals: list[tuple[StoredReply, str]] = field(default_factory=list)


def look_up(
    client: Client, ids: Sequence[str], *, base_url: str, known: frozenset[str], batch_size: int = BATCH_SIZE
) -> Iterator[LookedUp]:
    """Look identifiers up, each with or without a version, in batches; yield each batch when it is complete.

    A batch is complete when the distinct papers that came are as many as arXiv says there are; the others of the
    batch are unknown to it. An answer without any paper is believed only when it comes twice.

    Raises:
        InvalidArxivIdError: one is no identifier; no request was made.
        RemoteError: a batch could not be completed; those yielded before are.
    """
    for batch in batches_of(ids, batch_size):
        yield _look_up_batch(client, batch, base_url, known)


def batches_of(ids: Sequence[str], batch_size: int = BATCH_SIZE) -> list[list[AskedId]]:
    """Identifiers in canonical form, each once, in batches: as many as `look_up` makes requests, if all goes well.

    Raises:
        InvalidArxivIdError: one is no identifier.
    """
    asked = list(dict.fromkeys(split_version(one) for one in ids))
    return [asked[start : start + batch_size] for start in range(0, len(asked), batch_size)]


def _look_up_batch(client: Client, batch: list[AskedId], base_url: str, known: frozenset[str]) -> LookedUp:
    found = LookedUp(asked=tuple(_written(one) for one in batch))
    left = list(batch)
    while left:
        pages = _ask(client, left, base_url, known)
        refused = _refused_id(pages[-1].value, left)
        if refused is None:
            break
        found.unknown.append(_written(refused))
        found.refusals.append((pages[-1].reply, _written(refused)))
        left.remove(refused)
    else:
        return found
    if not pages[-1].value.n_records:
        pages = _ask(client, left, base_url, known)
    found.pages = [(page.reply, page.value) for page in pages]
    for page in pages:
        found.records.extend(page.value.records)
        found.rejects.extend(page.value.rejects)
    _settle(found, left, pages[-1].value.total)
    return found


def _ask(
    client: Client, batch: list[AskedId], base_url: str, known: frozenset[str]
) -> list[Fetched[QueryPage]]:
    """All pages of the answer to one batch; a single page with an error, if that is the answer."""
    pages: list[Fetched[QueryPage]] = []
    n_records = 0
    while not pages or n_records < pages[0].value.total:
        total = pages[0].value.total if pages else None
        read = partial(_read_page, batch=batch, start=n_records, total=total, known=known)
        query = {
            "id_list": ",".join(_written(one) for one in batch),
            "start": n_records,
            "max_results": len(batch),
        }
        url = f"{base_url}?{urlencode(query)}"
        pages.append(client.fetch(url, read, content_types=CONTENT_TYPES, statuses=_STATUSES))
        page = pages[-1].value
        if page.error is not None:
            return pages[-1:]
        n_records += page.n_records
    return pages


def _read_page(
    content: bytes, *, batch: list[AskedId], start: int, total: int | None, known: frozenset[str]
) -> QueryPage:
    """Read a page and refuse one that does not answer this request, which is then made again."""
    page = read_query_reply(content, known)
    if page.error is not None:
        return page
    if page.start != start:
        msg = f"the page starts at {page.start}, asked for {start}"
    elif total is not None and page.total != total:
        msg = f"the total changed from {total} to {page.total} between two pages"
    elif page.total > len(batch):
        msg = f"arXiv says it has {page.total} papers for {len(batch)} identifiers"
    elif page.n_records == 0 and page.total > start:
        msg = f"the page is empty, though arXiv says it has {page.total} papers and {start} came before"
    elif unasked := _unasked(page, batch):
        msg = f"the page holds {unasked}, which was not asked for"
    else:
        return page
    raise ReplyError(msg, total=page.total, start=page.start, n_records=page.n_records, is_retryable=True)


def _unasked(page: QueryPage, batch: list[AskedId]) -> str | None:
    """First paper of the page that no identifier of the batch asks for, wrong versions included."""
    for record in page.records:
        entry = record.entry
        if (entry.arxiv_id, None) not in batch and (entry.arxiv_id, entry.version) not in batch:
            return _written((entry.arxiv_id, entry.version))
    return None


def _refused_id(page: QueryPage, batch: list[AskedId]) -> AskedId | None:
    """The identifier whose form the query API does not accept; None for an answer.

    Raises:
        ReplyError: the error is another one.
    """
    if page.error is None:
        return None
    if page.error.code.startswith(_REFUSED_ID):
        said = page.error.message.rpartition(" ")[2]
        for one in batch:
            if said in (_written(one), one[0]):
                return one
    msg = f"arXiv refuses the question: {page.error.message} ({page.error.code})"
    raise ReplyError(msg, code=page.error.code, is_retryable=False)


def _settle(found: LookedUp, batch: list[AskedId], total: int) -> None:
    """Say of each identifier of the batch whether it was found; papers that came must be as many as stated."""
    came = {(record.entry.arxiv_id, record.entry.version) for record in found.records}
    came_ids = {arxiv_id for arxiv_id, _ in came}
    n_came = len(came) + len(found.rejects)
    if n_came != total:
        msg = f"{n_came} distinct papers came, but arXiv says it has {total} for {len(batch)} identifiers"
        raise ReplyError(msg, n_came=n_came, total=total, is_retryable=False)
    missing = [one for one in batch if one not in came and (one[1] is not None or one[0] not in came_ids)]
    named = {arxiv_id for reject in found.rejects for arxiv_id in _ids_named(reject.text, missing)}
    # A reject that names none of them may be any of them: then none is called unknown.
    is_unclear = any(not _ids_named(reject.text, missing) for reject in found.rejects)
    for one in missing:
        (found.unread if is_unclear or one[0] in named else found.unknown).append(_written(one))


def _ids_named(text: str, asked: list[AskedId]) -> set[str]:
    """Identifiers that the `<id>` of a reject names, of those that are missing."""
    said = text.partition("<id>")[2].partition("</id>")[0]
    try:
        named = split_version(said)[0]
    except InvalidArxivIdError:
        return set()
    return {one[0] for one in asked if one[0] == named}


def _written(asked: AskedId) -> str:
    arxiv_id, version = asked
    return arxiv_id if version is None else f"{arxiv_id}v{version}"
