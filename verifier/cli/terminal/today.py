"""The calendar, asked in one place."""

from datetime import UTC, date, datetime


def today() -> date:
    """The day it is, in UTC."""
    return datetime.now(UTC).date()
