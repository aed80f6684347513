"""What a load does for watches when it has ended: deliver, and never fail because of it."""

from datetime import UTC, datetime
from pathlib import Path

from paperhouse.flows.settings import load_settings
from paperhouse.flows.watches.deliver import ChannelsOf, Delivery, addressed_channels, deliver_watches
from paperhouse.transforms.errors import PaperhouseError
from paperhouse.warehouse.storage.home import Home


def deliver_after_load(home: Path, channels_of: ChannelsOf = addressed_channels) -> list[Delivery]:
    """Deliver what is new; none where there are no watches. What goes wrong is in the deliveries."""
    try:
        settings = load_settings(home)
        if not settings.watches or not Home(home).live.exists():
            return []
        return deliver_watches(settings, datetime.now(UTC), channels_of)
    except (PaperhouseError, OSError) as error:
        return [Delivery("ledger", None, error=str(error))]
