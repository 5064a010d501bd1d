"""Which cursors people may give a sensor: of those that watchbell makes up itself, only such as make sense."""

from __future__ import annotations

from watchbell.ground.errors import ParameterCheckError
from watchbell.record.asset_cursor import DIGITS_MAX, read_cursor

NUMBERED = ("RUN_STATUS", "ASSET")
"""Types of sensors whose cursor is the number of an event."""


def check_cursor_text(name: str, sensor_type: str, cursor: str, newest_id: int) -> None:
    """Refuses a cursor that the sensor could make nothing of.

    Args:
        name: of the sensor.
        sensor_type: e.g. ``"STANDARD"``, whose cursor is its own affair.
        cursor: the text.
        newest_id: storage id of the newest event.

    Raises:
        ParameterCheckError: it is no number of an event, or of one that has not happened.
            Or the sensor's cursor is not for people to set.
        DagsterInvariantViolationError: it is no cursor of a sensor of several assets.
    """
    what = f"sensor {name!r}"
    if sensor_type == "MULTI_ASSET":
        ids = [each.storage_id for each in read_cursor(cursor).values()]
    elif sensor_type in NUMBERED:
        if not (cursor.isascii() and cursor.isdecimal() and len(cursor) <= DIGITS_MAX):
            raise ParameterCheckError(
                f"the cursor of {what} is the number of the last event it dealt with, from 0 to {newest_id}, "
                f"not {cursor[:100]!r}",
                parameter="cursor",
                value=cursor,
            )
        ids = [int(cursor)]
    elif sensor_type == "AUTOMATION":
        raise ParameterCheckError(
            f"the cursor of {what} cannot be set: it belongs to what is stored of each condition. `watchbell sensor "
            f"cursor {name} --delete` has all of them begin anew, as if evaluated for the first time",
            parameter="cursor",
            value=cursor,
        )
    else:
        return
    if max(ids, default=0) > newest_id:
        raise ParameterCheckError(
            f"the cursor of {what} would lie behind event {max(ids):,}, but the newest there is has number "
            f"{newest_id:,}: it would be blind to all that happens before. Give a smaller number, or --delete",
            parameter="cursor",
            value=cursor,
        )
