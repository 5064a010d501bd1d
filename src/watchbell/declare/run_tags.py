"""Tags of runs that ask for something: refused while nothing here does it, rather than read over in silence."""

from __future__ import annotations

from collections.abc import Mapping

from watchbell.ground.errors import DagsterInvalidDefinitionError

NO_RETRIES = "runs are not retried yet; give the ops a RetryPolicy, which is"
WITHOUT_EFFECT = {
    "dagster/max_retries": NO_RETRIES,
    "dagster/retry_strategy": NO_RETRIES,
    "dagster/retry_on_asset_or_op_failure": NO_RETRIES,
    "dagster/max_runtime": "the time of a run is not limited yet; take the tag away",
}
"""Tags that mean something elsewhere, and why they do not here."""


def check_run_tags(tags: Mapping[str, str], what: str) -> None:
    """Refuses tags that somebody relies on and that would do nothing.

    Args:
        tags: of a run, or of all runs of a job.
        what: whose, for the message, e.g. ``"job 'etl'"``.

    Raises:
        DagsterInvalidDefinitionError: names the tag and says what to do instead.
    """
    for tag, reason in WITHOUT_EFFECT.items():
        if tag in tags:
            raise DagsterInvalidDefinitionError(f"{what} has the tag {tag!r}, which has no effect: {reason}", tag=tag)
