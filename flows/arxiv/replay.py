"""Loading what arXiv answered before from the stored replies, with no network at all."""

from paperhouse.flows.arxiv import announcements as daily_feed
from paperhouse.flows.arxiv import harvests
from paperhouse.flows.arxiv.client.stored_replies import StoredReplies
from paperhouse.flows.arxiv.kept_answers import kept_answers
from paperhouse.flows.arxiv.replies import ReplyToLoad, known_categories, load_replies, reply_store
from paperhouse.flows.arxiv.summary import ArxivSummary
from paperhouse.flows.load.summary import Summary
from paperhouse.flows.settings import Settings

TRIGGER = "replay"


def run_replay(settings: Settings) -> ArxivSummary:
    """Publish every lookup, harvest and feed that the stored replies hold completely; what is known adds nothing.

    Each reply is read as it was then, so that a new warehouse gets the rows that the first one got.
    """
    known = known_categories()
    stored = StoredReplies(reply_store(settings).replies())
    summary = ArxivSummary(Summary(home=str(settings.home)))
    replies: list[ReplyToLoad] = []
    for found in kept_answers(settings, stored):
        replies += found.replies
    for pages in harvests.kept_harvests(settings, stored, known):
        replies += harvests.replies_of(pages, known, is_repairing=settings.repair_mojibake)
    for reading in daily_feed.kept_feeds(settings, stored, known):
        replies += daily_feed.replies_of(reading, known, settings)
    summary.n_kept = len(replies)
    summary.load = load_replies(settings, TRIGGER, replies)
    return summary
