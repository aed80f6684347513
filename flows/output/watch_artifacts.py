"""A watch's message in the Prefect UI: an artifact under the watch's key, and an event that automations can act on."""

import re
from logging import INFO, WARNING
from typing import Final

from prefect import get_run_logger
from prefect.artifacts import create_markdown_artifact
from prefect.events import emit_event

from paperhouse.flows.output.markup import escape_markdown
from paperhouse.flows.reading_settings import StatedPlace
from paperhouse.flows.watches.after_load import deliver_after_load
from paperhouse.flows.watches.deliver import addressed_channels
from paperhouse.transforms.watches.message_text import message_markdown
from paperhouse.transforms.watches.watch_message import WatchMessage

_NO_KEY: Final = re.compile(r"[^a-z0-9]+")
EVENT: Final = "paperhouse.watch.found"


class PrefectChannel:
    """Takes messages as artifacts of the run that is going on, and emits an event for each."""

    key = "prefect"

    @staticmethod
    def send(message: WatchMessage, batch_id: str) -> None:
        """Create the artifact, then emit the event."""
        create_markdown_artifact(
            key=artifact_key(message.watch),
            markdown=message_markdown(message),
            description=escape_markdown(message.subject),
        )
        emit_event(
            event=EVENT,
            resource={
                "prefect.resource.id": f"paperhouse.watch.{message.watch}",
                "prefect.resource.name": message.watch,
            },
            payload={
                "subject": message.subject,
                "batch_id": batch_id,
                "arxiv_ids": [one.paper.arxiv_id for one in message.papers],
            },
        )


def artifact_key(watch: str) -> str:
    """Key of a watch's artifact: Prefect allows small letters, digits and dashes."""
    return f"watch-{_NO_KEY.sub('-', watch.lower()).strip('-')}"


def deliver_in_run(place: StatedPlace) -> None:
    """Deliver watches at the end of a flow run: to their addresses, and to this run; each outcome is logged."""
    logger = get_run_logger()
    for delivery in deliver_after_load(place, lambda watch: [*addressed_channels(watch), PrefectChannel()]):
        logger.log(WARNING if delivery.error else INFO, delivery.line)
