"""What a load does for watches when it has ended: deliver, and never fail because of it."""

from datetime import UTC, datetime

from paperhouse.flows.reading_settings import StatedPlace
from paperhouse.flows.settings import load_settings
from paperhouse.flows.watches.deliver import ChannelsOf, Delivery, addressed_channels, deliver_watches
from paperhouse.transforms.errors import PaperhouseError
from paperhouse.warehouse.storage.connections import is_published


def deliver_after_load(place: StatedPlace, channels_of: ChannelsOf = addressed_channels) -> list[Delivery]:
    """Deliver what is new; none where there are no watches. What goes wrong is in the deliveries."""
    try:
        settings = load_settings(*place)
        if not settings.watches or not is_published(settings.live):
            return []
        return deliver_watches(settings, datetime.now(UTC), channels_of)
    except (PaperhouseError, OSError) as error:
        return [Delivery("ledger", None, error=str(error))]
