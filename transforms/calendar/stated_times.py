"""Times as records state them."""

from datetime import UTC, datetime


def time_of(written: object) -> datetime | None:
    """Time in UTC of a text in ISO 8601; None for anything else, and where it says no time zone."""
    if not isinstance(written, str):
        return None
    try:
        stated = datetime.fromisoformat(written.strip())
    except ValueError:
        return None
    try:
        return stated.astimezone(UTC) if stated.tzinfo is not None else None
    except OverflowError:
        return None
