"""Tags of a run that say where it comes from. Who makes the run writes them; people who ask for one do not."""

from __future__ import annotations

from collections.abc import Mapping

from watchbell.record.partition import BACKFILL_TAG
from watchbell.record.run import (
    AUTO_RETRY_TAG,
    LAUNCHED_BY_TAG,
    PARENT_RUN_ID_TAG,
    ROOT_RUN_ID_TAG,
    RUN_KEY_TAG,
    SCHEDULE_NAME_TAG,
    SCHEDULED_TIME_TAG,
    SENSOR_NAME_TAG,
    STOP_REASON_TAG,
)

ORIGIN_TAGS = frozenset(
    {
        SCHEDULE_NAME_TAG, SCHEDULED_TIME_TAG, SENSOR_NAME_TAG, RUN_KEY_TAG, BACKFILL_TAG, LAUNCHED_BY_TAG,
        PARENT_RUN_ID_TAG, ROOT_RUN_ID_TAG, AUTO_RETRY_TAG, STOP_REASON_TAG,
    }
)  # fmt: skip


def tags_of_person(tags: Mapping[str, str], who: str | None) -> dict[str, str]:
    """The tags of a run that a person asks for: those they gave that claim no other origin, and who it was.

    Args:
        tags: as they were given.
        who: the person; None: nobody knows.
    """
    given = {key: value for key, value in tags.items() if key not in ORIGIN_TAGS}
    return {**given, **({LAUNCHED_BY_TAG: who} if who else {})}
