"""Answers to lookups that stored replies give, asking nobody: after a run that was cut off, and in a replay."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

from paperhouse.flows.arxiv.client.datacite import doi_asked, read_doi
from paperhouse.flows.arxiv.client.oai_record import read_single_record, record_asked
from paperhouse.flows.arxiv.client.polite_client import Fetched
from paperhouse.flows.arxiv.client.query_api import BATCH_SIZE, LookedUp, look_up
from paperhouse.flows.arxiv.client.reply_cache import StoredReply
from paperhouse.flows.arxiv.client.stored_replies import ReplayClient, StoredReplies
from paperhouse.flows.arxiv.datacite_door import DataciteDoor
from paperhouse.flows.arxiv.doors import LookupAnswer
from paperhouse.flows.arxiv.oai_door import OaiDoor, ids_named
from paperhouse.flows.arxiv.query_api_door import QueryApiDoor
from paperhouse.flows.arxiv.replies import known_categories, reply_store
from paperhouse.flows.settings import Settings
from paperhouse.transforms.arxiv.oai_pmh import MetadataPrefix, read_oai_reply
from paperhouse.transforms.errors import InvalidArxivIdError, RemoteError


def kept_answers(settings: Settings, stored: StoredReplies) -> Iterator[LookupAnswer]:
    """Answers of any door, in the order in which they came; replies that are none, or not whole, are passed over."""
    known = known_categories()
    query_api = QueryApiDoor(settings.arxiv_api_url, known, settings.repair_mojibake)
    for found in _kept_batches(settings, stored, known):
        yield query_api.answer_of(found)
    for reply in stored.replies:
        try:
            answer = _kept_answer(settings, reply, known)
        except RemoteError:
            continue
        if answer is not None:
            yield answer


def _kept_batches(settings: Settings, stored: StoredReplies, known: frozenset[str]) -> Iterator[LookedUp]:
    """Batches of the query API that stored replies answer completely."""
    store = reply_store(settings)
    used: set[str] = set()
    for number, reply in enumerate(stored.replies):
        ids = _ids_asked(reply.url, settings.arxiv_api_url)
        if not ids or reply.sha256 in used:
            continue
        client = ReplayClient(store, stored, number)
        try:
            (found,) = look_up(
                client,
                ids,
                base_url=settings.arxiv_api_url,
                known=known,
                batch_size=max(len(ids), BATCH_SIZE),
            )
        except (RemoteError, InvalidArxivIdError):
            continue
        used.update(one.sha256 for one in client.used)
        yield found


def _ids_asked(url: str, base_url: str) -> list[str]:
    """Identifiers of a request's first page; none if it is another request."""
    if not url.startswith(f"{base_url}?"):
        return []
    query = parse_qs(urlsplit(url).query)
    is_first = query.get("start") == ["0"]
    return query.get("id_list", [""])[0].split(",") if is_first and query.get("id_list") else []


def _kept_answer(settings: Settings, reply: StoredReply, known: frozenset[str]) -> LookupAnswer | None:
    """What a stored reply about one paper, or a page of a window, says; None if it is neither."""
    store, oai_url = reply_store(settings), settings.arxiv_oai_url
    if (arxiv_id := doi_asked(reply.url, settings.datacite_url)) is not None:
        doi = read_doi(store.read(reply.sha256), arxiv_id=arxiv_id, known=known)
        door = DataciteDoor(settings.datacite_url, known, settings.repair_mojibake)
        return door.answer_of(Fetched(doi, reply), arxiv_id)
    if (asked := record_asked(reply.url, oai_url)) is not None:
        arxiv_id, prefix = asked
        page = read_single_record(store.read(reply.sha256), arxiv_id=arxiv_id, prefix=prefix, known=known)
        return _oai_door(settings, prefix, known).answer_of(Fetched(page, reply), arxiv_id)
    if (named := ids_named(reply.url, oai_url)) is not None:
        ids, prefix = named
        page = read_oai_reply(store.read(reply.sha256), prefix, known)
        return _oai_door(settings, prefix, known).answer_of_page(reply, page, ids)
    return None


def _oai_door(settings: Settings, prefix: MetadataPrefix, known: frozenset[str]) -> OaiDoor:
    store = reply_store(settings)
    return OaiDoor(settings.arxiv_oai_url, known, settings.repair_mojibake, prefix, store)
