"""Why a watch has nothing to say."""

from collections.abc import Collection
from datetime import date

from paperhouse.transforms.calendar.announcement_days import announcement_days, is_announcement_day


def empty_reason(today: date, reported: date | None, digest_days: Collection[date], n_listed: int) -> str:
    """Say why there are no new papers: nothing matched, no digest came, or arXiv announced nothing.

    `reported` is the day up to which the watch has reported; `digest_days` are the days after it of which digests
    are loaded, `n_listed` the papers that they list.
    """
    if digest_days:
        days = ", ".join(day.isoformat() for day in sorted(digest_days)[-3:])
        return f"Nothing matched: the digests of {days} list {n_listed:,} paper{'s' * (n_listed != 1)}."
    since = reported or today
    due = list(announcement_days(since, today))
    if due:
        days = ", ".join(day.isoformat() for day in due[-3:])
        return f"No digest yet: arXiv announced papers for {days}, and no digest of that date is loaded."
    if not is_announcement_day(today):
        kind = "a weekend" if today.isoweekday() > 5 else "a holiday or the day after one"  # noqa: PLR2004 - Friday
        return f"Nothing was announced: {today.isoformat()} is {kind}."
    return f"Nothing has been announced since {since.isoformat()}, up to which this watch has reported."
