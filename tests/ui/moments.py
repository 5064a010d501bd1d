"""When it is in the tests of the UI."""

from datetime import UTC, datetime, timedelta

NOW = datetime(2026, 5, 12, 9, 12, 30, tzinfo=UTC)
"""A Tuesday. In Berlin, where the browser of the tests is, it is 11:12:30."""
ZONE = "Europe/Berlin"


def ago(**length: float) -> datetime:
    """So long before now; arguments as of ``timedelta``."""
    return NOW - timedelta(**length)
