"""Replies of arXiv into the warehouse: read again from the store, and published as one load.

What is loaded depends on stored bytes alone, however they came: requested just now, by a run that was cut off,
or long ago. So replaying gives the same rows. The lock of the warehouse is held for this part only; while arXiv
is asked, other loads may run.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from paperhouse.flows.arxiv.client.reply_cache import ReplyStore, StoredReply
from paperhouse.flows.arxiv.client.stored_replies import StoredReplies
from paperhouse.flows.load.batches import in_batches
from paperhouse.flows.load.pipeline import publish_load
from paperhouse.flows.load.plan import plan_load
from paperhouse.flows.load.session import LoadSession, open_load
from paperhouse.flows.load.summary import Summary
from paperhouse.flows.settings import Settings
from paperhouse.flows.sources.reference import read_categories
from paperhouse.transforms.digests.arxiv_replies import ArxivReply, Body, reply_frames
from paperhouse.transforms.read_digest import DigestDefaults
from paperhouse.warehouse.read.ledger import read_ledger
from paperhouse.warehouse.storage.connections import Live


@dataclass(frozen=True, slots=True)
class ReplyToLoad:
    """A stored reply, and how to read it: `read` knows the request, and so what the reply means."""

    reply: StoredReply
    read: Callable[[Body], ArxivReply]


def reply_store(settings: Settings) -> ReplyStore:
    """The store of the home's raw replies."""
    return ReplyStore(settings.home / "http")


def known_categories() -> frozenset[str]:
    """The category codes of arXiv's taxonomy."""
    return frozenset(read_categories()["category"].to_list())


def unpublished(store: ReplyStore, live: Live) -> StoredReplies:
    """Stored replies that no published load has brought in and nobody made it forget.

    Raises:
        WarehouseError: the warehouse cannot be read.
    """
    ledger = read_ledger(live)
    settled = {sha256 for sha256, _ in ledger.files} | {sha256 for sha256, _ in ledger.forgotten_files}
    return StoredReplies(reply for reply in store.replies() if reply.sha256 not in settled)


def load_replies(settings: Settings, trigger: str, replies: Sequence[ReplyToLoad]) -> Summary:
    """Publish these replies as one load, and then let replies go that are older than the settings say.

    Raises:
        BusyError: another process is loading; the replies are kept.
        CheckFailedError: a check refused; the live warehouse is untouched, the replies are kept.
    """
    store = reply_store(settings)
    plan = plan_load((), settings, DigestDefaults(), trigger=trigger)
    with open_load(plan) as load:
        load.summary.n_files = len(replies)
        for batch in in_batches(replies, plan.batch_bytes, lambda one: one.reply.n_bytes):
            _add(load, store, batch)
        summary = publish_load(load)
    store.prune(datetime.now(UTC) - timedelta(days=settings.arxiv_reply_days))
    return summary


def _add(load: LoadSession, store: ReplyStore, batch: Sequence[ReplyToLoad]) -> None:
    """Read replies into the load's package; what the ledger knows adds nothing."""
    new: list[ArxivReply] = []
    for one in batch:
        body = Body(store.read(one.reply.sha256), one.reply.sha256, one.reply.fetched_at)
        reply = one.read(body)
        load.summary.n_bytes += len(body.content)
        if _is_wanted(load, reply):
            new.append(reply)
    if new:
        load.writer.add(reply_frames(new, load.row["load_id"]))


def _is_wanted(load: LoadSession, reply: ArxivReply) -> bool:
    digest, summary = reply.digest, load.summary
    if digest.digest_id in load.ledger.forgotten_ids:
        summary.n_forgotten_files += 1
        return False
    if digest.digest_id in load.digest_ids or load.ledger.adds_nothing(digest):
        summary.n_known += 1
        return False
    load.digest_ids.add(digest.digest_id)
    summary.n_repairs += len(digest.repairs)
    if digest.n_ids_unaccounted:
        summary.warnings.append(
            f"{digest.path}: {digest.n_ids_unaccounted} of {digest.n_ids_seen} identifiers of the reply are in no "
            "entry and no reject; please report it with the file"
        )
    return True
